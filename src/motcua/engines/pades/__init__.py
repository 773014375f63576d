"""PDF signatures by PAdES: prepared here, signed anywhere, completed and verified here."""

from motcua.engines.pades.protection import protected_until
from motcua.engines.pades.revision import SigningError
from motcua.engines.pades.signing import (
    Prepared,
    Timestamp,
    archive,
    complete,
    embed_evidence,
    prepare,
    renew,
    sign,
)
from motcua.engines.pades.verdict import Level, Reason, SignatureReport, Today, Verdict
from motcua.engines.pades.verification import verify

__all__ = [
    "Level",
    "Prepared",
    "Reason",
    "SignatureReport",
    "SigningError",
    "Timestamp",
    "Today",
    "Verdict",
    "archive",
    "complete",
    "embed_evidence",
    "prepare",
    "protected_until",
    "renew",
    "sign",
    "verify",
]
