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
_STEPS = 2_000_000  # comparisons that a match may need at worst: some 50 ms
_CHOICES = 2_000  # ways to match the optional parts, tried one after the other at worst
_TURN = 10  # comparisons to come back from one way and try the next
_LONG_TEXT = 2_000
_FEW = 12  # a repetition up to this counts as so many choices, beyond it as one without a bound
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
_LOOKS = {op.ASSERT, op.ASSERT_NOT}
_REFERENCES = {op.GROUPREF, op.GROUPREF_EXISTS}
_STARTS = {op.AT_BEGINNING, op.AT_BEGINNING_STRING}


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
    cost = _Cost()
    cost.add(parsed, times=1)
    anchored = bool(parsed) and parsed[0][0] is op.AT and parsed[0][1] in _STARTS
    degree = max(1, cost.repeats + (0 if anchored else 1))
    ways = cost.choices if cost.choices == 1 else cost.choices * _TURN
    return Pattern(expression, min(_LONG_TEXT, int((_STEPS / ways) ** (1 / degree))))


class _Cost:
    """What a match may cost at worst: about `choices` times the length of the text to the power `repeats`."""

    def __init__(self) -> None:
        self.repeats = 0
        self.choices = 1

    def add(self, parsed: Any, times: int) -> None:
        """`times`: how often the repetitions around may come to this part."""
        for operation, argument in parsed:
            if operation in _REPEATS:
                least, most, body = argument
                self._add_repeat(int(least), int(most), body, times)
            elif operation in _REFERENCES:
                raise ValueError(
                    "the pattern refers back to a group (\\1), which can take for ever; repeat the text"
                )
            elif operation is op.BRANCH:
                self._choose(
                    len(argument[1]), times, "repeats alternatives, as in (ab|cd)*; use a set such as [a-d]*"
                )
                for branch in argument[1]:
                    self.add(branch, times)
            elif operation in _LOOKS:
                self.add(argument[1], times)
            elif operation is op.SUBPATTERN:
                self.add(argument[-1], times)
            elif operation is op.ATOMIC_GROUP:
                self.add(argument, times)

    def _add_repeat(self, least: int, most: int, body: Any, times: int) -> None:
        if most > _FEW and least != most:
            if times > 1:
                raise ValueError(
                    "the pattern repeats a repetition, as in (a+)+, which can take for ever; flatten it"
                )
            self.repeats += 1
        else:
            self._choose(most - least + 1, times, "has too many optional parts, or repeats them; simplify it")
        self.add(body, times * most)

    def _choose(self, ways: int, times: int, told: str) -> None:
        if ways > 1:
            self.choices *= ways ** min(times, 64)
        if self.choices > _CHOICES:
            raise ValueError(f"the pattern {told}")
