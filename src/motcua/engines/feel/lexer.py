"""FEEL text into tokens (DMN 1.5, 10.3.1.2). Names are left in parts: only the parser knows which belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_LENGTH = 200_000

_NAME_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD\U00010000-\U000EFFFF"
)
_SPACE = r"[\t-\r \u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]"
_TOKEN = re.compile(
    rf"""
    (?P<space>{_SPACE}+|//[^\n\r]*|/\*(?s:.*?)\*/)
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<name>(?!{_SPACE})[{_NAME_START}](?:(?!{_SPACE})[{_NAME_START}0-9\u00B7\u0300-\u036F\u203F-\u2040])*)
  | (?P<op>\.\.|\*\*|<=|>=|!=|->|[-+*/<>=(){{}}\[\],.:@'])
    """,
    re.VERBOSE | re.DOTALL,
)

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between instance function external true false null".split()
)
#: operator characters that a name may hold (rule 29, additional name symbols)
NAME_OPERATORS = frozenset({".", "/", "-", "'", "+", "*", "**"})

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class FeelSyntaxError(ValueError):
    """Text that is not FEEL: says what, at which line and column (both from 1)."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message = message
        self.line = line
        self.column = column


class TooTangled(FeelSyntaxError):
    """Text nested too deep, or too tangled: reading it in another way would not help."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: kind is number, string, name, keyword, op or end."""

    kind: str
    text: str
    start: int
    end: int


def syntax_error(
    source: str, position: int, message: str, kind: type[FeelSyntaxError] = FeelSyntaxError
) -> FeelSyntaxError:
    line = source.count("\n", 0, position) + 1
    column = position - (source.rfind("\n", 0, position) + 1) + 1
    return kind(message, line, column)


def tokens(source: str) -> list[Token]:
    """All tokens of a text, an `end` token last. Raises FeelSyntaxError on what FEEL cannot hold."""
    if len(source) > MAX_LENGTH:
        raise FeelSyntaxError(
            f"the expression has {len(source)} characters; at most {MAX_LENGTH} can be read"
        )
    found: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise syntax_error(source, position, _what_is_wrong(source, position))
        kind, text = match.lastgroup or "", match.group()
        if kind == "name" and text in KEYWORDS:
            kind = "keyword"
        if kind != "space":
            found.append(Token(kind, text, position, match.end()))
        position = match.end()
    found.append(Token("end", "", len(source), len(source)))
    return found


def _what_is_wrong(source: str, position: int) -> str:
    character = source[position]
    if character == '"':
        return 'this text has no closing "'
    return f"the character {character!r} has no meaning here"


def unescape(source: str, token: Token) -> str:
    """The value of a string token. Raises FeelSyntaxError on an unknown escape."""
    body = token.text[1:-1]
    if "\\" not in body:
        return body

    def one(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        if code:
            if int(code, 16) > 0x10FFFF:
                raise syntax_error(source, token.start, f"\\U{code} is beyond the last Unicode character")
            return chr(int(code, 16))
        # An unknown escape keeps its backslash, so that patterns such as "\\d" can be written plainly.
        return _ESCAPES.get(match.group(3), match.group())

    text = _ESCAPE.sub(one, body)
    return _SURROGATES.sub(lambda m: m.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)


@lru_cache(maxsize=4096)
def name_parts(name: str) -> tuple[str, ...]:
    """A name as the parts it has in FEEL text; () when it cannot be written there."""
    try:
        parts = tokens(name)[:-1]
    except FeelSyntaxError:
        return ()
    if (
        not parts
        or parts[0].kind not in ("name", "keyword")
        or any(
            part.kind == "string" or (part.kind == "op" and part.text not in NAME_OPERATORS) for part in parts
        )
    ):
        return ()
    return tuple(part.text for part in parts)


@lru_cache(maxsize=4096)
def is_tricky(name: str) -> bool:
    """Whether the parser must be told this name: it holds an operator or a keyword."""
    parts = name_parts(name)
    return len(parts) > 1 and any(part in KEYWORDS or part in NAME_OPERATORS for part in parts)
