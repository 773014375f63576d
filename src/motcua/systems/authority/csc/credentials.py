"""Credentials: the signer's keys as a client sees them."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from motcua.core.documents import certificates, signing_keys
from motcua.core.documents.key_stores import key_stores
from motcua.core.documents.models import Key, KeyPurpose
from motcua.core.identity.models import Account
from motcua.engines.pki import der_of
from motcua.systems.authority.csc.approving import FACTOR, has_passkey
from motcua.systems.authority.csc.errors import ApiError, invalid

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA, RSA_SHA256, ECDSA_SHA256 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
P256 = "1.2.840.10045.3.1.7"
BATCH = 500
"""Signatures under one authorisation, as many as the desk signs at one press."""
_CERTIFICATE_STATUS = {"valid": "valid", "suspended": "suspended", "revoked": "revoked", "ended": "expired"}


def of_account(account: Account, *, only_valid: bool = False) -> list[Key]:
    """The officer's keys that this service holds, the newest first."""
    if account.officer_id is None:
        return []
    here = [name for name in key_stores.names() if key_stores.get(name).signs_at_once]
    keys = Key.objects.filter(officer_id=account.officer_id, purpose=KeyPurpose.PERSON, store__in=here)
    return [key for key in keys.order_by("-id") if not only_valid or certificates.standing(key) == "valid"]


def one(account: Account, identifier: Any) -> Key:
    """The key of that identifier; others' keys do not exist."""
    if not isinstance(identifier, str) or not identifier:
        raise invalid("Missing (or invalid type) string parameter credentialID")
    for key in of_account(account):
        if key.key_id == identifier:
            return key
    raise invalid("Invalid parameter credentialID")


def in_force(account: Account, identifier: Any) -> Key:
    """The key, if it may sign now."""
    key = one(account, identifier)
    standing = certificates.standing(key)
    if standing != "valid":
        raise ApiError("invalid_request", f"The credential cannot sign: its certificate is {standing}")
    return key


def algorithms_of(key: Key) -> list[str]:
    """Object identifiers of how the key signs."""
    rsa_key = isinstance(signing_keys.certificate_of(key).public_key(), rsa.RSAPublicKey)
    return [RSA_SHA256, RSA] if rsa_key else [ECDSA_SHA256]


def has_totp(account: Account) -> bool:
    """Whether the holder reads codes from an authenticator; else one is sent."""
    return bool(Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.TOTP).exists())


def described(
    account: Account, key: Key, asked: dict[str, Any], version: str, lang: str = "vi"
) -> dict[str, Any]:
    """The answer to `credentials/info`. `certificates` is none, single (default) or chain."""
    wanted = asked.get("certificates", "single")
    if wanted not in ("none", "single", "chain"):
        raise invalid("Invalid parameter certificates")
    certificate = signing_keys.certificate_of(key)
    standing = certificates.standing(key)
    answer: dict[str, Any] = {
        "description": key.subject,
        "key": _key(certificate, algorithms_of(key), enabled=standing == "valid"),
        "cert": _certificate(key, certificate, wanted, standing, detailed=bool(asked.get("certInfo"))),
        "multisign": BATCH,
        "lang": lang,
    }
    return answer | (_modes_2(account) if version == "v2" else _modes_1(account))


def _key(certificate: x509.Certificate, algorithms: list[str], *, enabled: bool) -> dict[str, Any]:
    public = certificate.public_key()
    facts: dict[str, Any] = {"status": "enabled" if enabled else "disabled", "algo": algorithms}
    if isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        facts["len"] = public.key_size
    if isinstance(public, ec.EllipticCurvePublicKey):
        facts["curve"] = P256
    return facts


def _certificate(
    key: Key, certificate: x509.Certificate, wanted: str, standing: str, *, detailed: bool
) -> dict[str, Any]:
    facts: dict[str, Any] = {"status": _CERTIFICATE_STATUS.get(standing, "valid")}
    if wanted != "none":
        sent = [certificate, *(signing_keys.chain_of(key) if wanted == "chain" else [])]
        facts["certificates"] = [base64.b64encode(der_of(each)).decode("ascii") for each in sent]
    if detailed:
        facts |= {
            "issuerDN": certificate.issuer.rfc4514_string(),
            "subjectDN": certificate.subject.rfc4514_string(),
            "serialNumber": f"{certificate.serial_number:x}",
            "validFrom": f"{certificate.not_valid_before_utc:%Y%m%d%H%M%SZ}",
            "validTo": f"{certificate.not_valid_after_utc:%Y%m%d%H%M%SZ}",
        }
    return facts


def _modes_1(account: Account) -> dict[str, Any]:
    code = {
        "presence": "true",
        "type": "offline" if has_totp(account) else "online",
        "format": "N",
        "label": "Mã xác thực",
        "description": "Mã 6 chữ số của ứng dụng xác thực, hoặc mã được gửi tới hộp thư công vụ",
    }
    return {"authMode": "explicit", "SCAL": "2", "PIN": {"presence": "false"}, "OTP": code}


def _modes_2(account: Account) -> dict[str, Any]:
    code = {"type": "Password", "id": "OTP", "format": "N", "label": "Mã xác thực"}
    if not has_totp(account):
        code["generator"] = "credentials/getChallenge"
    objects, expression = [code], "OTP"
    if has_passkey(account):
        passkey = {"type": "ChallengeResponse", "id": FACTOR, "format": "A", "label": "Khóa bảo mật"}
        objects.append(passkey | {"generator": "credentials/getChallenge"})
        expression = f"OTP OR {FACTOR}"
    return {"auth": {"mode": "explicit", "expression": expression, "objects": objects}, "SCAL": "2"}
