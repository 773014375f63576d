"""Regular expressions of form files, held to what can never take long.

Python's matcher backtracks: `(a+)+$` needs years for forty letters. So nested repetition is refused when the
form is loaded, and the length of text that a pattern may see is capped by how many repetitions it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]  # the parsed form has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 300
_STEPS = 2_000_000  # character comparisons that a match may need at worst: some 20 ms
_LONG_TEXT = 2_000
_FEW = 12  # a repetition bounded by this is counted as plain text
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_LOOKS = {op.ASSERT, op.ASSERT_NOT}
_REFERENCES = {op.GROUPREF, op.GROUPREF_EXISTS}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that is safe for texts up to `max_text` characters."""

    expression: re.Pattern[str]
    max_text: int

    def accepts(self, text: str) -> bool:
        """As form-js tests it: found anywhere unless anchored. Longer texts are never accepted."""
        return len(text) <= self.max_text and self.expression.search(text) is not None


def compile_pattern(text: str) -> Pattern:
    """Raises ValueError that says why a pattern is refused and what to write instead."""
    if len(text) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(text)} characters; at most {MAX_PATTERN} are taken")
    try:
        parsed = parser.parse(text, re.ASCII)
        expression = re.compile(text, re.ASCII)
    except (re.error, RecursionError, OverflowError) as wrong:
        raise ValueError(f"the pattern is no regular expression: {wrong}") from None
    repeats = _count(parsed, inside=False)
    anchored = bool(parsed) and parsed[0][0] is op.AT
    degree = max(1, repeats + (0 if anchored else 1))
    return Pattern(expression, min(_LONG_TEXT, int(_STEPS ** (1 / degree))))


def _count(parsed: Any, *, inside: bool) -> int:
    """How many repetitions without a small bound stand one after the other."""
    total = 0
    for operation, argument in parsed:
        if operation in _REPEATS:
            total += _count_repeat(argument, inside=inside)
        elif operation in _REFERENCES:
            raise ValueError(
                "the pattern refers back to a group (\\1), which can take for ever; repeat the text"
            )
        elif operation is op.BRANCH:
            if inside:
                raise ValueError("the pattern repeats alternatives, as in (ab|cd)*; use a set such as [a-d]*")
            total += sum(_count(branch, inside=inside) for branch in argument[1])
        elif operation in _LOOKS:
            total += _count(argument[1], inside=inside)
        elif operation is op.SUBPATTERN:
            total += _count(argument[-1], inside=inside)
        elif operation is op.ATOMIC_GROUP:
            total += _count(argument, inside=inside)
    return total


def _count_repeat(argument: tuple[int, int, Any], *, inside: bool) -> int:
    least, most, body = argument
    if inside and least != most:
        raise ValueError("the pattern repeats a repetition, as in (a+)+, which can take for ever; flatten it")
    long = most > _FEW
    below = _count(body, inside=inside or long)
    return below * (1 if long else max(1, int(most))) + (1 if long else 0)
