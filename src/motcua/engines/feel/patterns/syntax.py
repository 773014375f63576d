"""The syntax of patterns: text into a tree, and an estimate of what matching it costs."""

from __future__ import annotations

from dataclasses import dataclass, field

from motcua.engines.feel.patterns.characters import CharacterClass, category, escape_class, single
from motcua.engines.feel.values import Fault

_MAX_REPEAT = 1_000
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Flags:
    """i: any case; s: the dot takes newlines; m: ^ and $ at each line; x: blanks ignored; q: no special signs."""

    any_case: bool = False
    dot_all: bool = False
    lines: bool = False
    blanks: bool = False
    quoted: bool = False

    @classmethod
    def read(cls, flags: str) -> Flags:
        for flag in flags:
            if flag not in "ismxq":
                raise Fault(f"there is no flag {flag!r}; there are i, s, m, x and q")
        return cls("i" in flags, "s" in flags, "m" in flags, "x" in flags, "q" in flags)


@dataclass
class One:
    """One character out of a class."""

    chars: CharacterClass


@dataclass
class Sequence:
    parts: list[Tree] = field(default_factory=list)


@dataclass
class Choice:
    branches: list[Tree]


@dataclass
class Repeat:
    what: Tree
    least: int
    most: int | None
    lazy: bool


@dataclass
class Group:
    what: Tree
    number: int | None


@dataclass
class Back:
    number: int


@dataclass
class Anchor:
    sign: str


Tree = One | Sequence | Choice | Repeat | Group | Back | Anchor


class PatternParser:
    """Reads one pattern."""

    def __init__(self, pattern: str, flags: Flags) -> None:
        self.flags = flags
        self.text = _without_blanks(pattern) if flags.blanks and not flags.quoted else pattern
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.depth = 0

    def parse(self) -> Tree:
        tree = self._choice()
        if self.at < len(self.text):
            raise Fault("the pattern has a ) without its (")
        return tree

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise Fault("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def _choice(self) -> Tree:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Fault("the pattern is nested too deep")
        branches = [self._branch()]
        while self._peek() == "|":
            self._take()
            branches.append(self._branch())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Choice(branches)

    def _branch(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return Sequence(parts)

    def _atom(self) -> Tree:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return One(self._class())
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return One(CharacterClass(() if self.flags.dot_all else ((10, 10), (13, 13)), negated=True))
        if sign in "^$":
            return Anchor(sign)
        if sign in "?*+{}]":
            raise Fault(f"{sign!r} has nothing to stand for here; write \\{sign} for the sign itself")
        return One(single(sign))

    def _group(self) -> Tree:
        number: int | None = None
        if self._peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise Fault("a group that starts with ? goes on with :")
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        inner = self._choice()
        if self._peek() != ")":
            raise Fault("the pattern has a ( without its )")
        self._take()
        if number is not None:
            self.closed.add(number)
        return Group(inner, number)

    def _escape(self) -> Tree:
        sign = self._peek()
        if sign.isascii() and sign.isdigit():
            return self._back_reference()
        return One(self._class_escape())

    def _back_reference(self) -> Tree:
        digits = self._take()
        if digits == "0":
            raise Fault("groups are counted from 1")
        while self._peek().isdigit() and self._peek().isascii() and int(digits + self._peek()) <= self.groups:
            digits += self._take()
        if int(digits) not in self.closed:
            raise Fault(f"\\{digits} refers to a group that is not there")
        return Back(int(digits))

    def _class_escape(self) -> CharacterClass:
        sign = self._take()
        if sign in "pP":
            if self._take() != "{" or "}" not in self.text[self.at :]:
                raise Fault(f"\\{sign} is followed by a category in braces, as in \\{sign}{{L}}")
            end = self.text.index("}", self.at)
            name, self.at = self.text[self.at : end], end + 1
            return category(name, negated=sign == "P")
        return escape_class(sign)

    def _class(self) -> CharacterClass:
        negated = self._peek() == "^"
        if negated:
            self._take()
        found: list[CharacterClass] = []
        subtracted: CharacterClass | None = None
        while True:
            sign = self._take()
            if sign == "]" and found:
                break
            if sign == "[" or (sign == "]" and not found):
                raise Fault(f"inside [ ], {sign!r} is written \\{sign}")
            if sign == "-" and self._peek() == "[":
                self._take()
                self.depth += 1
                if self.depth > _MAX_DEPTH:
                    raise Fault("the pattern is nested too deep")
                subtracted = self._class()
                self.depth -= 1
                if self._take() != "]":
                    raise Fault("after the subtracted [ ] comes the closing ]")
                break
            found.append(self._member(sign))
        ranges = tuple(r for part in found if not part.negated for r in part.ranges)
        negatives = tuple(part for part in found if part.negated)
        return CharacterClass(ranges, negated=negated, others=negatives, subtracted=subtracted)

    def _member(self, sign: str) -> CharacterClass:
        start = self._class_escape() if sign == "\\" else single(sign)
        if self._peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", "[", ""):
            return start
        self._take()
        sign = self._take()
        end = self._class_escape() if sign == "\\" else single(sign)
        if not (start.is_single and end.is_single) or start.ranges[0][0] > end.ranges[0][0]:
            raise Fault("inside [ ], a range goes from one character to a later one")
        return CharacterClass(((start.ranges[0][0], end.ranges[0][0]),))

    def _quantified(self, atom: Tree) -> Tree:
        bounds = self._bounds()
        if bounds is None:
            return atom
        lazy = self._peek() == "?"
        if lazy:
            self._take()
        if self._peek() in tuple("?*+{"):
            raise Fault("a repetition cannot be repeated without brackets")
        return Repeat(atom, *bounds, lazy)

    def _bounds(self) -> tuple[int, int | None] | None:
        sign = self._peek()
        if sign in ("?", "*", "+") and sign:
            self._take()
            return {"?": (0, 1), "*": (0, None), "+": (1, None)}[sign]
        if sign != "{":
            return None
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at + 1 : max(end, 0)].partition(",")
        if (
            end < 0
            or not least.isdigit()
            or not (most.isdigit() or not most)
            or max(len(least), len(most)) > 6
        ):
            raise Fault("a repetition is written {2}, {2,} or {2,5}")
        self.at = end + 1
        low = int(least)
        high = (int(most) if most else None) if comma else low
        if (high is not None and high < low) or max(low, high or 0) > _MAX_REPEAT:
            raise Fault(f"a repetition goes from fewer to more, at most {_MAX_REPEAT}")
        return low, high


def _without_blanks(pattern: str) -> str:
    """Blanks taken out, except inside [ ] (flag x)."""
    kept, depth, at = [], 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and depth:
            kept.append(pattern[at : at + 2])
            at += 2
            continue
        depth += {"[": 1, "]": -1}.get(sign, 0) if at == 0 or pattern[at - 1] != "\\" else 0
        if depth or sign not in "\t\n\r ":
            kept.append(sign)
        at += 1
    return "".join(kept)


def literal_pattern(text: str, flags: Flags) -> Tree:
    """The pattern that matches just this text (flag q)."""
    return Sequence([One(single(character)) for character in text])


def cost_degree(tree: Tree) -> int | None:
    """Matching takes about length ** degree steps; None when it may be exponential."""
    if isinstance(tree, Sequence):
        degrees = [cost_degree(part) for part in tree.parts]
        return None if None in degrees else sum(d for d in degrees if d)
    if isinstance(tree, Choice):
        degrees = [cost_degree(branch) for branch in tree.branches]
        return None if None in degrees else max((d for d in degrees if d), default=0)
    if isinstance(tree, Group):
        return cost_degree(tree.what)
    if isinstance(tree, Repeat):
        inner = cost_degree(tree.what)
        if inner is None or (tree.most is not None and tree.most <= 1):
            return inner
        plain = isinstance(tree.what, One)
        if plain:
            return 1
        # Repeating what has choices or repetitions of its own can try every way to divide the text.
        return 1 if not inner and not _chooses(tree.what) else None
    return 0


def _chooses(tree: Tree) -> bool:
    if isinstance(tree, Choice | Repeat | Back):
        return True
    if isinstance(tree, Group):
        return _chooses(tree.what)
    return isinstance(tree, Sequence) and any(_chooses(part) for part in tree.parts)
