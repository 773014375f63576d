"""A small public-key infrastructure: authority, revocation, time-stamps, key stores, signed messages."""

from motcua.engines.pki.authority import (
    Addresses,
    Authority,
    Person,
    Revocation,
    Seal,
    Service,
    blind_reference,
)
from motcua.engines.pki.cms import MessageFrame, algorithm_of, der_of, frame_for
from motcua.engines.pki.keys import (
    FileKeyStore,
    KeyKind,
    KeyStore,
    KeyStoreError,
    PrivateKey,
    PublicKey,
    Sign,
    SignatureAlgorithm,
    generate_key,
    sign_with,
)
from motcua.engines.pki.ocsp import Lookup, OcspResponder, Standing
from motcua.engines.pki.time_stamping import TimeStampAuthority

__all__ = [
    "Addresses",
    "Authority",
    "FileKeyStore",
    "KeyKind",
    "KeyStore",
    "KeyStoreError",
    "Lookup",
    "MessageFrame",
    "OcspResponder",
    "Person",
    "PrivateKey",
    "PublicKey",
    "Revocation",
    "Seal",
    "Service",
    "Sign",
    "SignatureAlgorithm",
    "Standing",
    "TimeStampAuthority",
    "algorithm_of",
    "blind_reference",
    "der_of",
    "frame_for",
    "generate_key",
    "sign_with",
]
