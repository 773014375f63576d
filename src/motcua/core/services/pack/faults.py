"""What is wrong with a pack, in plain words: the file, the line, the key, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from motcua.core.errors import UserError

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake. `line` counts from 1; 0 when the whole file is meant."""

    file: str
    line: int
    key: str
    vi: str
    en: str

    def text(self, lang: str = "vi") -> str:
        """`service.yaml:12 fees[0].amount: …`"""
        where = f"{self.file}:{self.line}" if self.line else self.file
        said = self.en if lang == "en" else self.vi
        return f"{where} {self.key}: {said}" if self.key else f"{where}: {said}"

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "key": self.key, "vi": self.vi, "en": self.en}


class PackError(UserError):
    """A pack that cannot be used; `faults` says everything that is wrong with it, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "\n".join(fault.text("vi") for fault in self.faults),
            "\n".join(fault.text("en") for fault in self.faults),
        )


def shown(path: Path) -> str:
    """`("fees", 0, "amount")` as it is read: `fees[0].amount`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
