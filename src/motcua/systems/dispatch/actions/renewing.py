"""Keys of the axis renew themselves before they end: ours with others, others' with us, those of agencies we host.

Whoever is connected makes the new secret and brings it sealed under the one in force, so that it never travels in
clear; the former one is good for some days more. The new one is written down before it is brought: an answer that got
lost is asked for again, and changes nothing twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import signing_keys
from motcua.core.documents.key_stores import certificates_in
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.systems.dispatch import rules
from motcua.systems.dispatch.axis import authentication, directory
from motcua.systems.dispatch.axis.clients import Unreachable, renewed_at
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisAgency, AxisMember, AxisToken, Connection, Form

FORMER_LASTS = dt.timedelta(days=7)
"""How long the secret before the present one is good, so that a change needs no appointment."""
_STRONG = re.compile(r"[A-Za-z0-9_-]{43,100}")
_LABEL, _NONCE = b"motcua axis secret 1", 12


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def seal(text: str, under: str) -> str:
    """A new secret as only who knows the present one can read it (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE)
    return b64encode(nonce + AESGCM(_key(under)).encrypt(nonce, text.encode(), _LABEL)).decode()


def unseal(sealed: str, under: str) -> str | None:
    """What was sealed under that secret; None where it was not."""
    try:
        raw = b64decode(sealed, validate=True)
        return AESGCM(_key(under)).decrypt(raw[:_NONCE], raw[_NONCE:], _LABEL).decode()
    except (ValueError, InvalidTag):
        return None


def hand_over(member: AxisMember, made: str) -> None:
    """The new secret is in force, the former one for a while more. Saving is the caller's."""
    now = clock.now()
    member.former_secret, member.former_until = member.secret, now + FORMER_LASTS
    member.secret, member.secret_until = made, now + rules.days_of_keys("secret_days")
    AxisToken.objects.filter(member=member).delete()


def take(system_id: str, sealed: str) -> dt.datetime:
    """A member that has proved itself brings its next secret; when that will end. A repeat is answered alike.

    Only who knows the secret in force may bring another one. Raises AxisError.
    """
    member = AxisMember.objects.select_for_update(of=("self",)).get(system_id=system_id)
    brought = next(
        (text for text in (unseal(sealed, one) for one in authentication.secrets_of(member)) if text), None
    )
    if brought is not None and hmac.compare_digest(brought.encode(), member.secret.encode()):
        assert member.secret_until is not None
        return member.secret_until
    if brought is None or unseal(sealed, member.secret) is None:
        raise AxisError(Code.WRONG_SECRET, "khóa mới phải được niêm phong bằng khóa đang dùng")
    if not _STRONG.fullmatch(brought) or brought == member.former_secret:
        raise AxisError(Code.PROCESSING_FAULT, "khóa mới cần ít nhất 43 ký tự ngẫu nhiên, khác khóa cũ")
    hand_over(member, brought)
    member.save(update_fields=["secret", "secret_until", "former_secret", "former_until"])
    emit("axis.secret_renewed", SYSTEM, subject=("axis_member", member.pk), data={"system": system_id})
    assert member.secret_until is not None
    return member.secret_until


def due() -> list[int]:
    """Our connections whose secret is to be renewed now, each with its next secret written down."""
    found = []
    until = clock.now() + rules.days_of_keys("renew_days")
    for connection in Connection.objects.select_for_update(of=("self",)).filter(active=True):
        ends = _ends(connection)
        if ends is None or ends > until:
            continue
        if not connection.next_secret:
            connection.next_secret = new_secret()
            connection.save(update_fields=["next_secret"])
        found.append(connection.pk)
    return found


def renew(connection_id: int) -> bool:
    """Put the next secret of a connection in force, at the axis and here. False: the axis did not take it, and why is
    kept for the people who run the connection."""
    connection = Connection.objects.select_for_update(of=("self",)).get(pk=connection_id)
    made = connection.next_secret
    if not made:
        return True
    try:
        until = _renew_hosted(connection) if connection.form == Form.LOCAL else _ask(connection, made)
    except (Unreachable, AxisError) as trouble:
        connection.renewal_fault = str(trouble)[:300]
        connection.save(update_fields=["renewal_fault"])
        return False
    connection.secret, connection.next_secret, connection.secret_until = made, "", until
    connection.renewal_fault = ""
    connection.save(update_fields=["secret", "next_secret", "secret_until", "renewal_fault"])
    emit(
        "axis.connection_renewed", SYSTEM, subject=("axis_connection", connection.pk),
        data={"name": connection.name, "until": until.date().isoformat()},
    )  # fmt: skip
    return True


def renew_certificates() -> list[str]:
    """Register the present seals of the agencies that we host and that are bound to certificates; the ended go.

    Returns the ids of those that changed. The certificates of others are their own to bring.
    """
    changed = []
    hosted = {code for one in Connection.objects.filter(form=Form.LOCAL) for code in one.organ_ids}
    for code in sorted(hosted):
        entry = directory.agency_of(code)
        agency = Agency.objects.filter(organisations.in_force(None), code=code).first()
        if entry is None or agency is None or not entry.certificates_pem:
            continue
        if _with_present_seal(entry, agency):
            changed.append(code)
    return changed


def _with_present_seal(entry: AxisAgency, agency: Agency) -> bool:
    present = signing_keys.certificate_of(signing_keys.agency_key(agency))
    known = certificates_in(entry.certificates_pem)
    kept = [each for each in known if each.not_valid_after_utc > clock.now()]
    if present not in kept:
        kept.append(present)
    if kept == list(known):
        return False
    entry.certificates_pem = "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in kept)
    entry.save(update_fields=["certificates_pem"])
    emit(
        "axis.certificates_registered", SYSTEM, subject=("axis_agency", entry.pk),
        data={"organ": entry.organ_id, "count": len(kept)},
    )  # fmt: skip
    return True


def _renew_hosted(connection: Connection) -> dt.datetime:
    """Both ends are here: the member's secret and the connection's change in one transaction."""
    member = AxisMember.objects.select_for_update(of=("self",)).filter(system_id=connection.system_id).first()
    if member is None or member.locked_at is not None:
        raise AxisError(Code.WRONG_SECRET)
    hand_over(member, connection.next_secret)
    member.save(update_fields=["secret", "secret_until", "former_secret", "former_until"])
    emit("axis.secret_renewed", SYSTEM, subject=("axis_member", member.pk), data={"system": member.system_id})
    others = Connection.objects.filter(form=Form.LOCAL, system_id=member.system_id).exclude(pk=connection.pk)
    for other in others:
        other.secret, other.next_secret = member.secret, ""
        other.save(update_fields=["secret", "next_secret"])
    assert member.secret_until is not None
    return member.secret_until


def _ask(connection: Connection, made: str) -> dt.datetime:
    """Bring it to an axis outside. Where only the answer was lost the other time, the new one proves us."""
    try:
        return renewed_at(connection, connection.secret, seal(made, connection.secret))
    except AxisError as refused:
        if refused.code is not Code.WRONG_SECRET:
            raise
        return renewed_at(connection, made, seal(made, made))


def _ends(connection: Connection) -> dt.datetime | None:
    """When the secret of a connection ends; of one to our own axis its member knows."""
    if connection.form != Form.LOCAL:
        return connection.secret_until
    member = AxisMember.objects.filter(system_id=connection.system_id, locked_at__isnull=True).first()
    return member.secret_until if member is not None else None


def _key(secret: str) -> bytes:
    return hmac.new(_LABEL, secret.encode(), hashlib.sha256).digest()
