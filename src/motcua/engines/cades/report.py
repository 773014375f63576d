"""What verification of a CMS signature finds, in terms that a page or a command can say to anyone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID

from motcua.engines.trust_lists import Reason


class Level(StrEnum):
    """CAdES baseline levels (ETSI EN 319 122-1 section 6): how long a signature can be proven."""

    CMS = "CMS"
    """a plain signed message: does not bind the signer's certificate"""
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


@dataclass(frozen=True, slots=True)
class CadesReport:
    """One signer of a message. `valid` and `reasons` are the verdict; the rest says what was found."""

    valid: bool
    reasons: tuple[Reason, ...]
    intact: bool
    """Digest and signature value hold, whoever signed."""
    file: str
    """The name of the file that was signed; empty where the message encloses it."""
    content: bytes | None
    """What the message encloses; None for a detached signature."""
    certificate: x509.Certificate | None
    level: Level
    claimed_at: dt.datetime | None
    at: dt.datetime | None
    """Proven by a time-stamp when `at_is_proven`, otherwise what the signer claims."""
    at_is_proven: bool
    known_until: dt.datetime | None
    """The moment for which validity was established: now, or that of the evidence kept."""
    revoked_at: dt.datetime | None
    """The certificate is revoked by now, be it before or after signing."""
    finding: str
    """Details for experts."""
    warnings: tuple[str, ...] = ()

    @property
    def signer(self) -> str:
        """The common name in the certificate."""
        names = (
            self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME) if self.certificate else []
        )
        return str(names[0].value) if names else ""
