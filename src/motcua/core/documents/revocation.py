"""How certificates stand: answers about single ones (RFC 6960) and lists (RFC 5280), for every authority of ours."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from threading import Lock

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import ocsp
from django.conf import settings
from django.db.models import Count, Max, Q

from motcua.core import clock
from motcua.core.documents import trust
from motcua.core.documents.models import Key
from motcua.core.documents.naming import responder_of
from motcua.engines.pki import Authority, KeyStoreError, OcspResponder, Revocation, Standing
from motcua.engines.pki.ceremonies import LIST_LASTS as LIST_LASTS_OFFLINE
from motcua.engines.pki.ocsp import is_about

RESPONDER = "ocsp-responder"
LIST_LASTS = dt.timedelta(days=2)
LIST_RENEWED = dt.timedelta(minutes=30)
REASONS = {reason.name: reason for reason in x509.ReasonFlags}
_ENDED = Q(revoked_at__isnull=False) | Q(suspended_at__isnull=False)


@dataclass(frozen=True, slots=True)
class _List:
    """A list as it was signed, and of what state of the database."""

    state: tuple[object, ...]
    signed_at: dt.datetime
    encoded: bytes


_lists: dict[tuple[str, str], _List] = {}
_lock = Lock()


def standing_of(serial: int, branch: str = trust.FORMER) -> Standing | Revocation:
    """How the certificate with this serial number of this authority stands now."""
    house = trust.house()
    if branch in house.roots:
        gone = next((one for one in house.revoked() if one.serial == serial), None)
        if gone is not None:
            return Revocation(serial, gone.at, REASONS[gone.reason])
        own = {one.serial_number for one in house.intermediates if house.issuer_of(one) == branch}
        return Standing.GOOD if serial in own | _of_our_services(branch) else Standing.UNKNOWN
    key = Key.objects.filter(serial=str(serial), authority=branch).first()
    if key is not None:
        return _revocation(key) or Standing.GOOD
    return Standing.GOOD if serial in _of_our_services(branch) else Standing.UNKNOWN


def respond(request: bytes) -> bytes:
    """The answer (DER) to a question (DER) about a certificate of any of our authorities."""
    return responder(_branch_asked(request)).respond(request, clock.now())


def answer_about(certificate: x509.Certificate) -> bytes | None:
    """An answer to keep with a signature; None where the certificate is of another authority."""
    branch = trust.house().issuer_of(certificate)
    return responder(branch).respond_about(certificate, clock.now()) if branch else None


def responder(branch: str = trust.FORMER) -> OcspResponder:
    """The responder of one authority. Its certificate is renewed in time, a root's by ceremony only."""
    house = trust.house()
    if branch in house.roots:
        key_id, issuer = responder_of(branch), house.roots[branch]
    else:
        key_id, issuer = _responder_key(branch), house.authorities[branch].certificate
        _keep_current(key_id, branch)
    certificate = house.keys.certificate(key_id)
    return OcspResponder(
        issuer, certificate, house.keys.private_key(key_id), lambda serial: standing_of(serial, branch)
    )


def list_of(branch: str) -> bytes:
    """The list (DER) in force of an authority; signed anew when something changed or the last is half an hour old.

    A root's is signed by ceremony once its key is offline, and read from the trust folder.
    """
    now, place = clock.now(), (str(settings.MOTCUA_HOME), branch)
    if branch in trust.house().roots:
        return _root_list(branch, now)
    ended = Key.objects.filter(_ENDED, authority=branch)
    state = tuple(ended.aggregate(Count("id"), Max("id"), Max("revoked_at"), Max("suspended_at")).values())
    with _lock:
        known = _lists.get(place)
    if known and known.state == state and known.signed_at <= now < known.signed_at + LIST_RENEWED:
        return known.encoded
    revoked = [found for key in ended.order_by("id") if (found := _revocation(key))]
    encoded = (
        trust.house()
        .authorities[branch]
        .crl(revoked, number=_number(now), now=now, next_update=now + LIST_LASTS)
    )
    with _lock:
        _lists[place] = _List(state, now, encoded)
    return encoded


def sign_root_list(house: trust.House, root: Authority) -> bytes:
    """A fresh list of a root, kept in the trust folder for a year: the authorities that it revoked."""
    now, name = clock.now(), house.root_named(root.certificate)
    gone = [Revocation(one.serial, one.at, REASONS[one.reason]) for one in revoked_under(house, name)]
    encoded = root.crl(gone, number=_number(now), now=now, next_update=now + LIST_LASTS_OFFLINE)
    keep_root_list(house, name, encoded)
    return encoded


def keep_root_list(house: trust.House, name: str, encoded: bytes) -> None:
    """The list of a root as everybody gets it from now on."""
    trust.write_whole(house.trust / f"{name}.crl", encoded)


def revoked_under(house: trust.House, root: str) -> list[trust.RevokedAuthority]:
    """The revoked authorities that a root had certified, and the keys of other roots that it had."""
    return [one for one in house.revoked() if _certified_by(house, one) == root]


def root_list_ends(name: str = "") -> dt.datetime:
    """Until when a root's list holds; the ceremony has to come before."""
    found = x509.load_der_x509_crl(list_of(name or trust.house().root_name)).next_update_utc
    assert found is not None
    return found


def root_list_lacks(house: trust.House, name: str) -> bool:
    """Whether an authority was revoked that the root's list does not name yet."""
    listed = x509.load_der_x509_crl(list_of(name))
    return any(
        listed.get_revoked_certificate_by_serial_number(one.serial) is None
        for one in revoked_under(house, name)
    )


def _certified_by(house: trust.House, one: trust.RevokedAuthority) -> str:
    if one.root or one.name not in house.authorities:
        return one.root
    return house.issuer_of(house.authorities[one.name].certificate) or ""


def _root_list(name: str, now: dt.datetime) -> bytes:
    house = trust.house()
    file, online = house.trust / f"{name}.crl", trust.key_of(name) in house.keys.key_ids()
    if file.exists():
        encoded = file.read_bytes()
        held = x509.load_der_x509_crl(encoded)
        end = held.next_update_utc
        fresh = end and held.last_update_utc <= now and now < end - trust.RENEW_BEFORE
        if fresh or not online:
            return encoded
    key = house.keys.private_key(trust.key_of(name))
    return sign_root_list(house, Authority(house.roots[name], key, trust.addresses_of(name)))


def _revocation(key: Key) -> Revocation | None:
    if key.revoked_at is not None:
        reason = REASONS.get(key.revoked_code, x509.ReasonFlags.unspecified)
        return Revocation(int(key.serial), key.revoked_at, reason)
    if key.suspended_at is not None:
        return Revocation(int(key.serial), key.suspended_at, x509.ReasonFlags.certificate_hold)
    return None


def _of_our_services(branch: str) -> set[int]:
    """Serial numbers of what an authority certified for the house itself: the time-stamping keys."""
    house = trust.house()
    stampers = [house.keys.certificate(each) for each in house.stampers]
    return {each.serial_number for each in stampers if house.issuer_of(each) == branch}


def _branch_asked(request: bytes) -> str:
    """The authority whose certificate is asked about; the former one where none of ours is meant (it refuses)."""
    house = trust.house()
    try:
        asked = ocsp.load_der_ocsp_request(request)
        issuers = house.roots | {
            branch: authority.certificate for branch, authority in house.authorities.items()
        }
        return next((name for name, one in issuers.items() if is_about(asked, one)), trust.FORMER)
    except (ValueError, NotImplementedError, UnsupportedAlgorithm, x509.UnsupportedGeneralNameType):
        return trust.FORMER


def _responder_key(branch: str) -> str:
    return RESPONDER if branch == trust.FORMER else f"ocsp-{branch}"


def _keep_current(key_id: str, branch: str) -> None:
    """Issue the responder's certificate, or its next when less than a month is left of it."""
    house = trust.house()
    if _is_current(key_id):
        return
    with trust.alone(house.home):
        if _is_current(key_id):
            return  # another process was quicker
        if key_id not in house.keys.key_ids():
            house.keys.create(key_id)
        public_key = house.keys.private_key(key_id).public_key()
        start = clock.now() - dt.timedelta(days=1)
        authority = house.authorities[branch]
        house.install(key_id, authority.issue_ocsp_responder("Motcua OCSP", public_key, start=start))


def _is_current(key_id: str) -> bool:
    keys, now = trust.house().keys, clock.now()
    try:
        held = keys.certificate(key_id)
    except KeyStoreError:
        return False
    return held.not_valid_before_utc <= now < held.not_valid_after_utc - trust.RENEW_BEFORE


def _number(now: dt.datetime) -> int:
    """Grows with every list, also between several processes: microseconds since 1970, and luck."""
    return int(now.timestamp() * 1_000_000) << 12 | secrets.randbits(12)
