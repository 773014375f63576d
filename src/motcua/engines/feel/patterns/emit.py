"""A pattern's tree as a pattern of Python's `re`."""

from __future__ import annotations

from motcua.engines.feel.patterns.characters import CharacterClass
from motcua.engines.feel.patterns.syntax import (
    Anchor,
    Back,
    Choice,
    Flags,
    Group,
    One,
    Repeat,
    Sequence,
    Tree,
)


def to_python(tree: Tree, flags: Flags) -> str:
    """The same pattern in Python's words."""
    match tree:
        case One(chars):
            return class_to_python(chars)
        case Sequence(parts):
            return "".join(to_python(part, flags) for part in parts)
        case Choice(branches):
            return "|".join(to_python(branch, flags) for branch in branches)
        case Group(what, number):
            return f"({'' if number is not None else '?:'}{to_python(what, flags)})"
        case Repeat(what, least, most, lazy):
            inner = to_python(what, flags)
            bounds = f"{{{least},{'' if most is None else most}}}"
            return f"(?:{inner}){bounds}{'?' if lazy else ''}"
        case Back(number):
            return f"(?:\\{number})"
        case Anchor(sign):
            return anchor_to_python(sign, flags)


def anchor_to_python(sign: str, flags: Flags) -> str:
    if sign == "^":
        return r"(?:\A|(?<=\n)(?!\Z))" if flags.lines else r"\A"
    return r"(?=\n|\Z)" if flags.lines else r"\Z"


def class_to_python(chars: CharacterClass) -> str:
    """One character of the class, as a Python pattern."""
    if not chars.ranges and not chars.others:
        text = r"[\s\S]" if chars.negated else r"(?!)"
    elif not chars.others:
        text = f"[{'^' if chars.negated else ''}{_ranges(chars)}]"
    else:
        options = ([f"[{_ranges(chars)}]"] if chars.ranges else []) + [
            class_to_python(o) for o in chars.others
        ]
        either = f"(?:{'|'.join(options)})"
        text = rf"(?:(?!{either})[\s\S])" if chars.negated else either
    if chars.subtracted is not None:
        return f"(?:(?!{class_to_python(chars.subtracted)}){text})"
    return text


def _ranges(chars: CharacterClass) -> str:
    return "".join(_code(a) if a == b else f"{_code(a)}-{_code(b)}" for a, b in chars.ranges)


def _code(code: int) -> str:
    return f"\\U{code:08x}"
