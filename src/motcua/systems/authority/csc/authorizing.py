"""Leave to sign: the second factor, the activation data bound to digests, the signatures made under it."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from motcua.core import clock
from motcua.core.documents.key_stores import key_stores
from motcua.core.documents.models import Key
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actions import emit
from motcua.core.notifications.actions import notify
from motcua.core.organisations.models import Officer
from motcua.systems.authority.csc import approving, credentials, tokens
from motcua.systems.authority.csc.errors import ApiError, invalid
from motcua.systems.authority.models import Authorization

SAD_LASTS = dt.timedelta(minutes=5)
CODE_LASTS = 300  # seconds
MOST_EXTENSIONS = 5
MOST_MISTAKES = 5
MISTAKES_KEPT = 300  # seconds
_SIZE = 32  # bytes of a SHA-256 digest


def authorize(account: Account, asked: dict[str, Any], version: str) -> dict[str, Any]:
    """`credentials/authorize`: the second factor opens the key for these digests, each once, for five minutes."""
    key = credentials.in_force(account, asked.get("credentialID"))
    digests = digests_in(asked, version)
    count = asked.get("numSignatures", len(digests))
    if not isinstance(count, int) or count != len(digests):
        raise invalid("Parameter numSignatures must be the number of hashes")
    if count > credentials.BATCH:
        raise invalid(f"Numbers of signatures is too high: {credentials.BATCH} at most")
    approval = _value_of(asked, approving.FACTOR) if version == "v2" else ""
    if approval:
        approving.spend(account, key, digests, approval)
    else:
        _check_second_factor(account, _code_in(asked, version))
    description = str(asked.get("description", ""))[:200]
    return _grant(account, key, digests, description)


def extend(account: Account, asked: dict[str, Any], version: str) -> dict[str, Any]:
    """`credentials/extendTransaction`: fresh activation data for what is still unsigned; the former one ends."""
    key = credentials.in_force(account, asked.get("credentialID"))
    given = _authorization(account, key, asked.get("SAD"))
    if given.extended >= MOST_EXTENSIONS:
        raise invalid("The authorization was extended too often: authorize again")
    wanted = digests_in(asked, version) if asked.get(_name_of_digests(version)) else given.digests
    if not wanted or _without(given.digests, wanted) is None:
        raise invalid("Hash is not authorized by the SAD")
    given.expires_at = clock.now()
    given.save(update_fields=["expires_at"])
    return _grant(account, key, wanted, given.description, extended=given.extended + 1)


def sign_digests(account: Account, asked: dict[str, Any], version: str) -> dict[str, Any]:
    """`signatures/signHash`: one signature for each digest, under activation data that names it."""
    key = credentials.in_force(account, asked.get("credentialID"))
    algorithm = asked.get("signAlgo")
    if algorithm not in credentials.algorithms_of(key):
        raise invalid("Invalid parameter signAlgo")
    digests = digests_in(asked, version)
    given = _authorization(account, key, asked.get("SAD"))
    left = _without(given.digests, digests)
    if left is None:
        raise invalid("Hash is not authorized by the SAD")
    given.digests = left
    given.save(update_fields=["digests"])
    store = key_stores.get(key.store)
    made = [store.sign(key, base64.b64decode(text), prehashed=True) for text in digests]
    emit(
        "certificate.signed_remotely",
        actor_of(account, level=2),
        subject=("key", key.pk),
        data={"digests": digests, "description": given.description},
    )
    return {"signatures": [base64.b64encode(each).decode("ascii") for each in made]}


def challenge(account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    """`credentials/getChallenge`: a code by official e-mail, or (`authObjectID` FIDO2, with the hashes) the page on
    which the holder's passkey agrees; its `approval` is the value of that factor."""
    if asked.get("authObjectID") != approving.FACTOR:
        return send_code(account, asked)
    key = credentials.in_force(account, asked.get("credentialID"))
    digests = digests_in(asked, "v2")
    if len(digests) > credentials.BATCH:
        raise invalid(f"Numbers of signatures is too high: {credentials.BATCH} at most")
    made = approving.ask(account, key, digests, str(asked.get("description", ""))[:200])
    page = settings.MOTCUA_SITE + reverse("authority:agree", args=[made.uuid])
    return {"challenge": page, "approval": str(made.uuid), "expiresIn": int(approving.LASTS.total_seconds())}


def send_code(account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    """`credentials/sendOTP`: a code by official e-mail, for holders without an authenticator app."""
    key = credentials.in_force(account, asked.get("credentialID"))
    if credentials.has_totp(account):
        raise invalid("The OTP of this credential is offline: read it from the authenticator")
    officer = Officer.objects.get(pk=key.officer_id or 0)
    if not officer.email:
        raise invalid("No address is known to which a code could be sent")
    code = f"{secrets.randbelow(10**6):06d}"
    cache.set(_sent(account), code, CODE_LASTS)
    notify(
        None,
        kind="certificate.code",
        key=f"certificate.code/{account.pk}/{secrets.token_hex(8)}",
        texts={
            "vi": (
                "Mã để ký từ xa",
                f"Mã của ông/bà là {code}, dùng một lần trong 5 phút. Không đọc mã cho ai.",
            ),
            "en": (
                "Code for remote signing",
                f"Your code is {code}, good once within 5 minutes. Tell nobody.",
            ),
        },
        contact={"email": officer.email},
    )
    return {}


def digests_in(asked: dict[str, Any], version: str) -> list[str]:
    """The base64 SHA-256 digests of a call."""
    named = asked.get("hashAlgorithmOID" if version == "v2" else "hashAlgo", credentials.SHA256)
    if named != credentials.SHA256:
        raise invalid("Invalid parameter hashAlgo: SHA-256 is taken")
    texts = asked.get(_name_of_digests(version))
    if not isinstance(texts, list) or not texts:
        raise invalid(f"Missing (or invalid type) array parameter {_name_of_digests(version)}")
    for text in texts:
        try:
            right = isinstance(text, str) and len(base64.b64decode(text, validate=True)) == _SIZE
        except (binascii.Error, ValueError):
            right = False
        if not right:
            raise invalid("Invalid Base64 hash string parameter")
    return [str(text) for text in texts]


def _name_of_digests(version: str) -> str:
    return "hashes" if version == "v2" else "hash"


def _code_in(asked: dict[str, Any], version: str) -> str:
    if version != "v2":
        return str(asked.get("OTP", ""))
    return _value_of(asked, "OTP")


def _value_of(asked: dict[str, Any], factor: str) -> str:
    """What a call brings for one of the authentication objects."""
    parts = asked.get("authData")
    given = parts if isinstance(parts, list) else []
    found = [part.get("value") for part in given if isinstance(part, dict) and part.get("id") == factor]
    return str(found[0]) if found else ""


def _check_second_factor(account: Account, code: str) -> None:
    """Raises invalid_otp; after five mistakes nothing is accepted for five minutes."""
    mistakes = f"authority.otp.{account.pk}"
    cache.add(mistakes, 0, MISTAKES_KEPT)
    if int(cache.get(mistakes, 0)) >= MOST_MISTAKES:
        raise ApiError("otp_locked", "Too many wrong codes: wait five minutes")
    if not code:
        raise invalid("Missing (or invalid type) string parameter OTP")
    if _is_right(account, code.strip()):
        cache.delete(mistakes)
        return
    cache.incr(mistakes)
    raise ApiError("invalid_otp", "The OTP is invalid")


def _is_right(account: Account, code: str) -> bool:
    app = Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).first()
    if app is not None:
        return bool(TOTP(app).validate_code(code))
    sent = cache.get(_sent(account))
    if sent is None or not constant_time_compare(sent, code):
        return False
    cache.delete(_sent(account))
    return True


def _sent(account: Account) -> str:
    return f"authority.code.{account.pk}"


def _grant(
    account: Account, key: Key, digests: list[str], description: str, *, extended: int = 0
) -> dict[str, Any]:
    sad = secrets.token_urlsafe(32)
    Authorization.objects.create(
        sad_hash=tokens.hashed(sad),
        account_id=account.pk,
        key=key,
        digests=digests,
        algorithm=credentials.SHA256,
        description=description,
        given_at=clock.now(),
        expires_at=clock.now() + SAD_LASTS,
        extended=extended,
    )
    emit(
        "certificate.authorized",
        actor_of(account, level=2),
        subject=("key", key.pk),
        data={"digests": digests, "description": description},
    )
    return {"SAD": sad, "expiresIn": int(SAD_LASTS.total_seconds())}


def _authorization(account: Account, key: Key, sad: Any) -> Authorization:
    if not isinstance(sad, str) or not sad:
        raise invalid("Missing (or invalid type) string parameter SAD")
    given = (
        Authorization.objects.select_for_update()
        .filter(sad_hash=tokens.hashed(sad), account_id=account.pk, key=key)
        .first()
    )
    if given is None:
        raise invalid("Invalid parameter SAD")
    if given.expires_at <= clock.now():
        raise invalid("SAD expired")
    return given


def _without(allowed: list[str], used: list[str]) -> list[str] | None:
    """What is left of the digests allowed; None when one of those used is not among them, or not so often."""
    left = list(allowed)
    for text in used:
        if text not in left:
            return None
        left.remove(text)
    return left
