"""By which keys this room signs, and whose credentials it takes: the agency's seal under the house's authority."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.db.models import Q
from joserfc.jwk import ECKey, RSAKey

from motcua.core import clock
from motcua.core.documents import signing_keys, trust
from motcua.core.documents.models import Key as SigningKey
from motcua.core.organisations.models import Agency
from motcua.engines import sd_jwt
from motcua.engines.pki import KeyStoreError, PrivateKey, Seal
from motcua.engines.sd_jwt import SdJwtError
from motcua.systems.wallet import abroad, issuers
from motcua.systems.wallet.certificates import certificates_of, key_in
from motcua.systems.wallet.issuers import Issuer
from motcua.systems.wallet.models import Credential

HOUSE = "credential-house"
"""Signs status lists and questions; credentials themselves are sealed by the agency whose result they are."""


def site() -> str:
    """Who issues, by its address."""
    return str(settings.MOTCUA_SITE)


def agency_key(agency: Agency) -> tuple[str, sd_jwt.Key, dict[str, Any]]:
    """The key for an agency's credentials: its name, the key, and the header that leads a verifier to the trust list.

    The agency's sealing key where that lies in our own store; for a seal on a token, which nobody holds up to
    each phone, the installation's.
    """
    sealing = signing_keys.agency_key(agency)
    key_id = sealing.key_id if sealing.store == "file" else _known_house()
    return key_id, *_signer(key_id)


def house_key() -> tuple[sd_jwt.Key, dict[str, Any]]:
    """The key of the installation itself, made at first need."""
    house, own = trust.house(), Seal(settings.MOTCUA_AUTHORITY, "MOTCUA")
    if HOUSE not in house.keys.key_ids():
        try:
            house.issue_seal(HOUSE, own)
        except KeyStoreError:  # another process was quicker
            house.keys.certificate(HOUSE)
    elif not house.vouches_for(house.keys.certificate(HOUSE)):
        house.renew_seal(HOUSE, own)
    return _signer(HOUSE)


def client_id() -> str:
    """Our name as a verifier: the hash of our certificate (OpenID4VP 1.0 section 5.9.3, `x509_hash`)."""
    der = trust.house().keys.certificate(_known_house()).public_bytes(Encoding.DER)
    return "x509_hash:" + base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def public_keys() -> list[dict[str, Any]]:
    """Every key under which something of this room may stand, as JWKs."""
    house = trust.house()
    names = [
        _known_house(),
        *Credential.objects.order_by("key_id").values_list("key_id", flat=True).distinct(),
    ]
    return [
        {**_jwk(house.keys.private_key(name)).as_dict(private=False), "kid": name, "use": "sig"}
        for name in names
    ]


def trusted_key(header: Mapping[str, Any], payload: Mapping[str, Any]) -> sd_jwt.Key:
    """The key of a credential's issuer: of our own by the trust list, of one outside as the file of issuers says.
    Raises SdJwtError."""
    outside = issuer_of(payload)
    if outside is not None:
        return abroad.key_of(outside, header)
    leaf = certificates_of(header)[0]
    if not any(_issued_by(leaf, authority) for authority in trust.house().standing_intermediates):
        raise SdJwtError("signature", "the certificate is not of an authority on the trust list")
    now = clock.now()
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise SdJwtError("signature", "the certificate is not in force")
    ended = Q(revoked_at__isnull=False) | Q(suspended_at__isnull=False)
    if SigningKey.objects.filter(ended, serial=str(leaf.serial_number)).exists():
        raise SdJwtError("signature", "the certificate was revoked or suspended")
    return key_in(leaf)


def issuer_of(payload: Mapping[str, Any]) -> Issuer | None:
    """The issuer outside whose credential this is, None for one of ours. Raises SdJwtError for whom nobody trusts."""
    named = payload.get("iss")
    if named in (None, site()):
        return None
    found = issuers.in_force().get(named) if isinstance(named, str) else None
    if found is None:
        raise SdJwtError("signature", f"the issuer {named!r} is not on the trust list")
    return found


def _issued_by(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _known_house() -> str:
    house_key()
    return HOUSE


def _signer(key_id: str) -> tuple[sd_jwt.Key, dict[str, Any]]:
    keys = trust.house().keys
    above = [one for one in keys.chain(key_id) if one.issuer != one.subject]
    chain = [keys.certificate(key_id), *above]
    x5c = [base64.b64encode(one.public_bytes(Encoding.DER)).decode("ascii") for one in chain]
    return _jwk(keys.private_key(key_id)), {"kid": key_id, "x5c": x5c}


def _jwk(key: PrivateKey) -> ECKey | RSAKey:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem) if isinstance(key, EllipticCurvePrivateKey) else RSAKey.import_key(pem)
