"""What verification of an XML signature finds, in terms that a page or a command can say to anyone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from motcua.engines.trust_lists import Reason
from motcua.engines.xmldsig import SignedPart

__all__ = ["Level", "Reason", "XadesReport"]


class Level(StrEnum):
    """XAdES baseline levels (ETSI EN 319 132-1): how long a signature can be proven."""

    XMLDSIG = "XML-DSig"
    """a plain XML signature: says neither who claims to have signed, nor when"""
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


@dataclass(frozen=True, slots=True)
class XadesReport:
    """One XML signature. `valid` and `reasons` are the verdict; the rest says what was found."""

    valid: bool
    reasons: tuple[Reason, ...]
    intact: bool
    """Digests and signature value hold, whoever signed."""
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
    roles: tuple[str, ...]
    """Claimed by the signer."""
    place: str
    policy: str
    """Identifier of the signature policy; empty for none."""
    parts: tuple[SignedPart, ...]
    """What is signed, without the properties: the very bytes that were digested."""
    warnings: tuple[str, ...]
    finding: str
    """Details for experts."""

    @property
    def covers_document(self) -> bool:
        """Whether the whole XML document is signed, not only a part of it: a page must say when it is not."""
        return any(part.element is not None and part.element.getparent() is None for part in self.parts)

    @property
    def signer(self) -> str:
        """The common name in the certificate."""
        names = self.certificate.subject.get_attributes_for_oid(_COMMON_NAME) if self.certificate else []
        return str(names[0].value) if names else ""


_COMMON_NAME = x509.oid.NameOID.COMMON_NAME
