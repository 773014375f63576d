"""Regular expressions as XPath writes them (F&O 3.1, 5.6; XML Schema part 2, appendix F), in bounded time.

Patterns whose work is known to be small run on Python's `re`; the others on a machine of our own that visits
each (instruction, position) once, so that nested repetitions cannot explode.
"""

from __future__ import annotations

import re
from functools import lru_cache

from motcua.engines.feel.patterns.emit import to_python
from motcua.engines.feel.patterns.machine import Machine
from motcua.engines.feel.patterns.syntax import Flags, PatternParser, cost_degree, literal_pattern
from motcua.engines.feel.values import Fault

_MAX_PATTERN = 2_000
#: steps that Python's own matcher may be trusted with
_TRUSTED_WORK = 20_000_000

Spans = list[tuple[int, int]]


class Pattern:
    """A compiled pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > _MAX_PATTERN:
            raise Fault(f"a pattern has at most {_MAX_PATTERN} characters")
        options = Flags.read(flags)
        parser = PatternParser(pattern, options)
        self.tree = literal_pattern(pattern, options) if options.quoted else parser.parse()
        self.groups = parser.groups
        self.degree = cost_degree(self.tree)
        self._python = re.compile(to_python(self.tree, options), re.IGNORECASE if options.any_case else 0)
        self._machine = (
            Machine(self.tree, options, self.groups) if self.degree is None or self.degree > 1 else None
        )

    def _search(self, text: str, start: int) -> Spans | None:
        """The spans of the whole match and of its groups, (-1, -1) for a group that took no part."""
        if self._machine and (self.degree is None or len(text) ** (self.degree + 1) > _TRUSTED_WORK):
            return self._machine.search(text, start)
        match = self._python.search(text, start)
        return [match.span(i) for i in range(self.groups + 1)] if match else None

    def found_in(self, text: str) -> bool:
        return self._search(text, 0) is not None

    def _matches(self, text: str) -> list[Spans]:
        if self._search("", 0) is not None:
            raise Fault("the pattern matches an empty text, so there is nothing to replace or to split at")
        found: list[Spans] = []
        position = 0
        while spans := self._search(text, position):
            found.append(spans)
            position = max(spans[0][1], spans[0][0] + 1)
        return found

    def split(self, text: str) -> list[str]:
        parts, position = [], 0
        for spans in self._matches(text):
            parts.append(text[position : spans[0][0]])
            position = spans[0][1]
        return [*parts, text[position:]]

    def replaced(self, text: str, replacement: str, longest: int) -> str:
        """The text with every match replaced; `$1` stands for a group, `$0` for the match."""
        template = _template(replacement, self.groups)
        parts, position, length = [], 0, 0
        for spans in self._matches(text):
            parts.append(text[position : spans[0][0]])
            for piece in template:
                if isinstance(piece, str):
                    parts.append(piece)
                elif piece <= self.groups and spans[piece][0] >= 0:
                    parts.append(text[slice(*spans[piece])])
                length += len(parts[-1])
            if length > longest:
                raise Fault("the text would be too long")
            position = spans[0][1]
        return "".join([*parts, text[position:]])


def _template(replacement: str, groups: int) -> list[str | int]:
    pieces: list[str | int] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        if character == "\\":
            if replacement[at + 1 : at + 2] not in ("\\", "$"):
                raise Fault("in a replacement, \\ stands only before \\ or $")
            pieces.append(replacement[at + 1])
            at += 2
        elif character == "$":
            digits = re.match(r"[0-9]+", replacement[at + 1 :])
            if not digits:
                raise Fault(
                    "in a replacement, $ is followed by the number of a group; write \\$ for the sign itself"
                )
            number = digits.group()
            while len(number) > 1 and int(number) > groups:
                number = number[:-1]
            pieces.append(int(number))
            at += 1 + len(number)
        else:
            pieces.append(character)
            at += 1
    return pieces


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """The pattern, ready for use. Raises Fault when it or its flags are not valid."""
    return Pattern(pattern, flags)
