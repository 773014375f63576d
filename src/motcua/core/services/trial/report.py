"""What came of running a pack's cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that came out otherwise than the case says."""

    what: str
    expected: Any
    actual: Any

    def text(self) -> str:
        return f"{self.what}: expected {self.expected!r}, came out {self.actual!r}"


@dataclass(frozen=True, slots=True)
class CaseReport:
    """One case: `mismatches` are empty when it passed; `checked` names what it looked at; `error` ended it."""

    file: str
    name: dict[str, str]
    checked: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]
    error: str = ""
    skipped: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.mismatches and not self.error

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "name": self.name,
            "passed": self.passed,
            "checked": list(self.checked),
            "skipped": list(self.skipped),
            "error": self.error,
            "mismatches": [
                {"what": one.what, "expected": one.expected, "actual": one.actual} for one in self.mismatches
            ],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All cases of a pack. A pack without cases has not passed: nothing was shown."""

    code: str
    slug: str
    cases: tuple[CaseReport, ...]

    @property
    def failures(self) -> int:
        return sum(not case.passed for case in self.cases)

    @property
    def passed(self) -> bool:
        return bool(self.cases) and self.failures == 0

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "slug": self.slug,
            "passed": self.passed,
            "cases": [case.as_json() for case in self.cases],
        }
