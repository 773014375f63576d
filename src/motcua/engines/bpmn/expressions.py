"""Expressions in a process file: FEEL when they begin with "=", else the text itself (the zeebe convention)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from motcua.engines import feel
from motcua.engines.bpmn.errors import BpmnError

LARGEST_VALUE = 500_000
DEEPEST_VALUE = 100


class Compiled(Protocol):
    """What the FEEL engine gives for a text."""

    def evaluate(self, context: Mapping[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Expression:
    """A text of the file that is either constant or computed from the data."""

    text: str
    compiled: Compiled | None = None

    @classmethod
    def read(cls, text: str) -> "Expression":
        """Compile it once. Raises feel.FeelSyntaxError for a text that begins with "=" and is no FEEL."""
        text = text.strip()
        return cls(text, feel.compile(text[1:].strip()) if text.startswith("=") else None)

    @property
    def constant(self) -> bool:
        """Whether it says the same whatever the data."""
        return self.compiled is None

    def value(self, context: Mapping[str, Any]) -> Any:
        """Its value over the data; null (None) where FEEL finds a fault in the data."""
        return self.text if self.compiled is None else self.compiled.evaluate(context)


class Scale:
    """Weighs what is stored (one for each item, one for each character beyond) and refuses what has no end."""

    __slots__ = ("left",)

    def __init__(self, left: int = LARGEST_VALUE) -> None:
        self.left = left

    def copy(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON can hold it. Raises BpmnError when it is too large, too deep or holds itself."""
        self.left -= 1 + len(value) if isinstance(value, str) else 1
        if self.left < 0:
            raise BpmnError(f"The data grows beyond {LARGEST_VALUE:,} characters and items in one act.")
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if depth == DEEPEST_VALUE:
            raise BpmnError(f"A value is nested deeper than {DEEPEST_VALUE}, or it holds itself.")
        if isinstance(value, Mapping):
            return {str(key): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.copy(item, depth + 1) for item in value]
        return feel.to_json(value)


def storable(value: Any) -> Any:
    """The value as JSON can hold it: times, durations and ranges as their FEEL text (see `Scale.copy`)."""
    return Scale().copy(value)


def as_text(value: Any) -> str:
    """A value as the text that a key, a name or a timer is: numbers without trailing zeros, times in ISO 8601."""
    return str(value).lower() if isinstance(value, bool) else str(storable(value))
