"""This gateway's own keys: one for TLS, one for each member it signs for. PEM files that only its account can read.

`keys/tls.key` with `keys/tls.crt`; `keys/CLASS.CODE.key` for a member, whose certificate stands in the configuration.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from motcua.engines.xmldsig import DigestMethod, signer_for
from motcua.gateway.directory import Directory
from motcua.gateway.seals import Seal, profile_of
from motcua.gateway.settings import SettingError
from motcua.gateway.trust import Untrusted, check_certificate

NEXT = ".next"
"""Keys whose certificates the others do not know yet (`renewal.py`)."""
SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def control_plane_keys(place: Path) -> dict[str, ec.EllipticCurvePublicKey]:
    """Public keys by key id: a PEM file, or a folder of them. Raises SettingError."""
    files = sorted(place.glob("*.pem")) if place.is_dir() else [place]
    found = {}
    for path in files:
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise SettingError(f"{path}: not a public key in PEM: {error}") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.key_size != 256:
            raise SettingError(f"{path}: the control plane signs with a P-256 key")
        found[path.stem] = key
    if not found:
        raise SettingError(
            f"{place} holds no public key (*.pem): enrol this gateway at the control plane first"
        )
    return found


def load_signing_keys(folder: Path) -> dict[str, SigningKey]:
    """Keys by `CLASS/CODE`. Raises SettingError."""
    found: dict[str, SigningKey] = {}
    for path in sorted(folder.glob("*.key")):
        if path.stem == "tls" or path.stem.endswith(NEXT):
            continue
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise SettingError(f"{path}: not an unencrypted private key in PEM: {error}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise SettingError(f"{path}: members sign by P-256 or RSA")
        found[path.stem.replace(".", "/", 1)] = key
    return found


def certificate_for(key: SigningKey, pems: tuple[str, ...]) -> x509.Certificate | None:
    """The newest of a member's certificates that belongs to `key`."""
    for pem in reversed(pems):
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if certificate.public_key() == key.public_key():
            return certificate
    return None


def chain_of(certificate: x509.Certificate, directory: Directory) -> tuple[x509.Certificate, ...]:
    """What is sent along: the intermediate certificates above it."""
    chain: list[x509.Certificate] = []
    between = [
        x509.load_pem_x509_certificate(pem.encode())
        for authority in directory.configuration.trust.authorities
        for pem in authority.intermediates
    ]
    current = certificate
    while above := next((one for one in between if one.subject == current.issuer and one not in chain), None):
        chain.append(above)
        current = above
    return tuple(chain)


def make_seal(
    member: str, key: SigningKey, directory: Directory, ocsps: tuple[bytes, ...], now: dt.datetime
) -> Seal:
    """Raises Untrusted when the member's certificate is missing or does not count now."""
    pems = directory.members[member].certificates
    certificate = certificate_for(key, pems)
    if certificate is None:
        raise Untrusted(f"the configuration holds no certificate of {member} for the key at this gateway")
    check_certificate(certificate, ocsps, directory, now)
    chain = chain_of(certificate, directory)
    signer = signer_for(certificate, key, chain=chain, digest=DigestMethod.SHA512)
    return Seal(member, signer, profile_of(certificate, chain, ocsps), ocsps)
