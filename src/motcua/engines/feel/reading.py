"""What reading FEEL needs before expressions: the stream of tokens, names and types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from motcua.engines.feel import nodes as n
from motcua.engines.feel.lexer import (
    NAME_OPERATORS,
    FeelSyntaxError,
    Token,
    TooTangled,
    name_parts,
    syntax_error,
    tokens,
)

MAX_NESTING = 100
#: trying a filter and going back may happen per "[" of an interval; beyond this the text is not sensible
_READS_PER_TOKEN = 60

#: names of the standard library that hold a keyword; read as one name only before "("
_CALLED_NAMES = [("date", "and", "time"), ("years", "and", "months", "duration")]


#: names of types that hold a keyword
_TYPE_NAMES = [*_CALLED_NAMES, ("days", "and", "time", "duration")]


class KnownNames:
    """Names by their first part, longest first."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        parts = name_parts(name)
        if parts:
            self._by_first.setdefault(parts[0], {}).setdefault(parts, name)

    def canonical(self, parts: tuple[str, ...]) -> str | None:
        return self._by_first.get(parts[0], {}).get(parts)

    def longest(self, stream: list[Token], at: int) -> tuple[int, str] | None:
        """How many tokens from `at` form the longest known name, and that name."""
        best: tuple[int, str] | None = None
        for parts, name in self._by_first.get(stream[at].text, {}).items():
            if best and len(parts) <= best[0]:
                continue
            if all(stream[at + i].text == part for i, part in enumerate(parts) if at + i < len(stream)) and (
                at + len(parts) < len(stream)
            ):
                best = len(parts), name
        return best


class Reader:
    """A text as tokens, with the names known in it; what a name or a type is. `names` are those in scope."""

    def __init__(self, source: str, names: Iterable[str] = ()) -> None:
        self.source = source
        self.stream = tokens(source)
        self.at = 0
        self.known = KnownNames(names)
        self.depth = 0
        self.reads_left = 10_000 + _READS_PER_TOKEN * len(self.stream)

    # the stream

    @property
    def now(self) -> Token:
        return self.stream[self.at]

    def _error(self, message: str, token: Token | None = None) -> FeelSyntaxError:
        return syntax_error(self.source, (token or self.now).start, message)

    def _tangled(self, message: str, token: Token | None = None) -> FeelSyntaxError:
        return syntax_error(self.source, (token or self.now).start, message, TooTangled)

    def _found(self) -> str:
        return "the text ends here" if self.now.kind == "end" else f"{self.now.text!r} stands here"

    def _advance(self) -> Token:
        token = self.stream[self.at]
        self.at += 1
        self.reads_left -= 1
        if self.reads_left < 0:
            raise self._tangled("the brackets are too tangled to be read", token)
        return token

    def _is(self, text: str) -> bool:
        return self.now.text == text and self.now.kind in ("op", "keyword")

    def _accept(self, text: str) -> bool:
        if self._is(text):
            self._advance()
            return True
        return False

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise self._error(f"{text!r} is expected, but {self._found()}")
        return self._advance()

    def _expect_end(self) -> None:
        if self.now.kind != "end":
            raise self._error(
                f"the expression should end before {self.now.text!r}, or an operator is missing"
            )

    def _placed(self, node: n.Node, start: int) -> n.Node:
        node.start, node.end = start, self.stream[self.at - 1].end
        return node

    def _separated(self, read: Callable[[], n.Node]) -> list[n.Node]:
        items = [read()]
        while self._accept(","):
            items.append(read())
        return items

    # names

    def _known_here(self) -> bool:
        return self.known.longest(self.stream, self.at) is not None

    def _name(self) -> str:
        """The longest known name here; without one, all names and numbers that follow each other."""
        start = self.at
        found = self.known.longest(self.stream, start)
        count = found[0] if found else self._called_name()
        if not count and self.now.kind == "keyword":
            raise self._error(f"a name is expected, but the keyword {self.now.text!r} stands here")
        end = start + max(count, 1)
        while self.stream[end].kind == "name" or (self.stream[end].kind == "number" and self._plain(end)):
            end += 1
        parts = tuple(t.text for t in self.stream[start:end])
        while self.at < end:
            self._advance()
        if found and end == start + found[0]:
            return found[1]
        return self.known.canonical(parts) or _written(self.source, self.stream[start:end])

    def _plain(self, at: int) -> bool:
        return self.stream[at].text[0].isdigit()

    def _called_name(self) -> int:
        for parts in _CALLED_NAMES:
            here = tuple(t.text for t in self.stream[self.at : self.at + len(parts) + 1])
            if here == (*parts, "("):
                return len(parts)
        return 0

    def _property_name(self) -> str:
        if self.now.kind == "keyword" and not self._known_here():
            return self._advance().text
        if self.now.kind not in ("name", "keyword"):
            raise self._error(f"a name is expected after the dot, but {self._found()}")
        return self._name()

    def _free_name(self, *closers: str) -> str:
        """A name being introduced: everything up to one of the closing tokens."""
        start = self.at
        while not (self.now.kind in ("op", "keyword") and self.now.text in closers):
            if self.now.kind in ("end", "string") or (
                self.now.kind == "op" and self.now.text not in NAME_OPERATORS
            ):
                raise self._error(f"a name followed by {closers[0]!r} is expected, but {self._found()}")
            self._advance()
        if self.at == start or self.stream[start].kind not in ("name", "keyword"):
            raise self._error(f"a name is expected, but {self._found()}", self.stream[start])
        name = _written(self.source, self.stream[start : self.at])
        self.known.add(name)
        return name

    # types (rules 54 to 56)

    def _type(self) -> n.TypeNode:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self._tangled("the type is nested too deep")
        start = self.now.start
        node = self._type_body()
        node.start, node.end = start, self.stream[self.at - 1].end
        self.depth -= 1
        return node

    def _type_body(self) -> n.TypeNode:
        word = self.now.text
        if word in ("list", "range", "context", "function") and self.stream[self.at + 1].text == "<":
            self._advance()
            self._advance()
            if word == "context":
                return self._context_type()
            if word == "function":
                return self._function_type()
            inner = self._type()
            self._expect(">")
            return n.TypeNode(word, [inner])
        return n.TypeNode(self._type_name())

    def _type_name(self) -> str:
        for parts in _TYPE_NAMES:
            if tuple(t.text for t in self.stream[self.at : self.at + len(parts)]) == parts:
                for _ in parts:
                    self._advance()
                return " ".join(parts)
        if self.now.kind == "keyword" and self.now.text in ("function", "null"):
            return self._advance().text
        name = self._name() if self.now.kind == "name" else ""
        if not name:
            raise self._error(f"a type is expected, but {self._found()}")
        while self._is(".") and self.stream[self.at + 1].kind == "name":
            self._advance()
            name += "." + self._name()
        return name

    def _context_type(self) -> n.TypeNode:
        fields: list[tuple[str, n.TypeNode]] = []
        while not self._accept(">"):
            if fields:
                self._expect(",")
            name = self._free_name(":")
            self._advance()
            fields.append((name, self._type()))
        return n.TypeNode("context", fields=fields)

    def _function_type(self) -> n.TypeNode:
        args: list[n.TypeNode] = []
        while not self._accept(">"):
            if args:
                self._expect(",")
            args.append(self._type())
        self._expect("->")
        return n.TypeNode("function", args, result=self._type())


def _written(source: str, parts: list[Token]) -> str:
    """The name as written, each stretch of white space made one blank."""
    text = parts[0].text
    for before, part in pairwise(parts):
        text += (" " if before.end < part.start else "") + part.text
    return text
