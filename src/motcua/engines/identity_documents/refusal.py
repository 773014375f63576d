"""Why a reading is not believed, in words for whoever stands at the reader."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What was wrong with a reading."""

    TORN = "torn"
    NOT_A_DOCUMENT = "not_a_document"
    CHANGED = "changed"
    NOT_SIGNED = "not_signed"
    UNKNOWN_ISSUER = "unknown_issuer"
    REVOKED = "revoked"
    OUT_OF_FORCE = "out_of_force"
    STANDING_UNKNOWN = "standing_unknown"
    WEAK = "weak"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    CONTRADICTION = "contradiction"
    EXPIRED = "expired"
    NO_ANSWER = "no_answer"
    CLONED = "cloned"


class Disbelieved(ValueError):
    """A reading that proves nothing. `fault` for programs, `vi` and `en` for people: what, where, how to mend it."""

    def __init__(self, fault: Fault, vi: str, en: str) -> None:
        super().__init__(en)
        self.fault = fault
        self.vi = vi
        self.en = en


def torn(what: str) -> Disbelieved:
    """The reading stopped in the middle of `what`, or brought something else."""
    return Disbelieved(
        Fault.TORN,
        f"Lần đọc bị dứt quãng ở {what}. Giữ thẻ nằm yên trên đầu đọc và đọc lại.",
        f"The reading broke off in {what}. Keep the document still on the reader and read it again.",
    )
