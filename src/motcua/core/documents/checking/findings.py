"""What a check finds, in words that a page, a command and a report share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from motcua.core.errors import Text
from motcua.engines.pades import Today


class Verdict(StrEnum):
    """The seven things that a check can come to."""

    VALID = "valid"
    """Genuine and in force."""
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    ALTERED = "altered"
    """Not to be trusted: changed, forged, or signed with a revoked certificate."""
    UNKNOWN = "unknown"
    """Nothing here that could be checked."""
    NOT_OURS = "not_ours"
    """Validly signed, yet no result in the register of this system."""
    UNPROVEN = "unproven"
    """Not shown to be false, but not proven either."""

    @property
    def holds(self) -> bool:
        """Whether what was handed in is genuine, as far as it is known."""
        return self in (Verdict.VALID, Verdict.NOT_OURS)

    @property
    def indication(self) -> str:
        """The main indication of ETSI TS 119 102-2; empty where there is no signature to speak of."""
        passed = {Verdict.VALID, Verdict.NOT_OURS, Verdict.WITHDRAWN, Verdict.REPLACED}
        if self in passed:
            return "total-passed"
        return {Verdict.ALTERED: "total-failed", Verdict.UNPROVEN: "indeterminate"}.get(self, "")


class Form(StrEnum):
    """What was handed in."""

    PDF = "PDF"
    XML = "XML"
    CONTAINER = "ASiC"
    DETACHED = "CAdES"
    LOG_PROOF = "log proof"
    LOG_EXPORT = "log export"
    CREDENTIAL = "SD-JWT"
    CODE = "code"
    UNKNOWN = "unknown"


class Holder(Enum):
    """Of what kind the holder of a certificate is."""

    OFFICER = ("Cán bộ, công chức", "Officer")
    AGENCY = ("Cơ quan nhà nước", "State agency")
    PERSON = ("Cá nhân", "Private person")
    ORGANISATION = ("Tổ chức", "Organisation")
    SYSTEM = ("Hệ thống, thiết bị", "System or device")

    def text(self, lang: str = "vi") -> str:
        vi, en = self.value
        return en if lang == "en" else vi


@dataclass(frozen=True, slots=True)
class SignatureFinding:
    """One signature, of any form."""

    signer: str
    position: str
    organisation: str
    serial: str
    """Of the signer's certificate, decimal."""
    at: dt.datetime | None
    at_is_proven: bool
    """By a trusted time-stamp; otherwise the signer only claims it."""
    form: str
    """PAdES, XAdES, CAdES or XML-DSig"""
    level: str
    intact: bool
    valid: bool
    today: Today
    reasons: tuple[Text, ...] = ()
    holder: Holder | None = None
    vouched_by: str = ""
    """The service of a trust list that vouches for the certificate; empty for this installation's authority."""
    ours: bool = False
    """This installation's authority issued the certificate."""
    refused: bool = False
    """Something is shown to be false, rather than left unproven."""
    revoked_at: dt.datetime | None = None
    known_until: dt.datetime | None = None
    roles: tuple[str, ...] = ()
    finding: str = ""

    def to_json(self, lang: str) -> dict[str, Any]:
        """With the names of ETSI TS 119 102-2 where it has one."""
        return {
            "signer": self.signer,
            "position": self.position,
            "organisation": self.organisation,
            "holder": self.holder.name.lower() if self.holder else None,
            "vouched_by": self.vouched_by,
            "certificate_serial": self.serial,
            "signing_time": _iso(self.at),
            "signing_time_is_proven": self.at_is_proven,
            "signature_format": self.form,
            "signature_level": self.level,
            "level": self.level,
            "at": _iso(self.at),
            "intact": self.intact,
            "valid": self.valid,
            "main_indication": "total-passed"
            if self.valid
            else "indeterminate"
            if self.intact
            else "total-failed",
            "sub_indication_and_details": self.finding,
            "certificate_today": self.today.name.lower(),
            "certificate_today_in_words": self.today.text(lang),
            "certificate_revoked_at": _iso(self.revoked_at),
            "proof_of_existence_until": _iso(self.known_until),
            "claimed_roles": list(self.roles),
            "reasons": [reason.text(lang) for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a signature covers: a file by its name, or a part of an XML document as it was signed."""

    name: str
    size: int | None = None
    text: str = ""
    """The beginning of the very bytes that were digested, where they can be read."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What anyone may know of an issued document: no names of people it is about."""

    code: str
    title: str
    number: str
    agency: str
    issued_at: dt.datetime | None
    state: str
    withdrawn_at: dt.datetime | None
    withdrawn_reason: str
    replaced_by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer about one thing handed in."""

    verdict: Verdict
    message: Text
    signatures: Sequence[SignatureFinding] = ()
    document: DocumentFacts | None = None
    log_proof: dict[str, Any] | None = None
    reasons: Sequence[Text] = field(default_factory=tuple)
    form: Form = Form.UNKNOWN
    name: str = ""
    digest: str = ""
    """SHA-256 of the file, hexadecimal; empty where a code was typed."""
    size: int = 0
    parts: tuple[Part, ...] = ()
    partly: bool = False
    """Only `parts` are signed, not the whole file."""
    warnings: tuple[Text, ...] = ()
    """Beside the verdict: they do not change it."""
    not_known: tuple[Text, ...] = ()
    """What could not be looked at here."""

    def sentence(self, lang: str = "vi") -> str:
        return self.message.text(lang)

    def to_json(self, lang: str = "vi") -> dict[str, Any]:
        """The report as JSON."""
        document = self.document
        return {
            "file": self.name,
            "form": self.form.value,
            "sha256": self.digest,
            "size": self.size,
            "verdict": self.verdict.value,
            "valid": self.verdict.holds,
            "main_indication": self.verdict.indication,
            "sentence": self.sentence(lang),
            "signatures": [one.to_json(lang) for one in self.signatures],
            "signed_parts": [{"name": part.name, "size": part.size} for part in self.parts],
            "only_partly_signed": self.partly,
            "reasons": [one.text(lang) for one in self.reasons],
            "warnings": [one.text(lang) for one in self.warnings],
            "not_known": [one.text(lang) for one in self.not_known],
            "document": document
            and {
                "code": document.code,
                "title": document.title,
                "number": document.number,
                "agency": document.agency,
                "issued_at": _iso(document.issued_at),
                "state": document.state,
                "withdrawn_at": _iso(document.withdrawn_at),
                "withdrawn_reason": document.withdrawn_reason,
                "replaced_by": document.replaced_by,
            },
            "log_proof": self.log_proof,
        }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
