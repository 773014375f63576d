"""A matcher that never explodes: backtracking over instructions, each (instruction, position) tried once.

What a pattern prefers (greedy or lazy, left branch first) is kept, as in RE2's bit-state matcher. Only
patterns with back references must try a state again; those have an allowance of steps.
"""

from __future__ import annotations

import re
from typing import Any

from motcua.engines.feel.patterns.emit import anchor_to_python, class_to_python
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
from motcua.engines.feel.values import Fault

_MAX_INSTRUCTIONS = 20_000
_MAX_STEPS = 2_000_000

_CHAR, _SPLIT, _JUMP, _SAVE, _BACK, _ASSERT, _DONE = range(7)
Spans = list[tuple[int, int]]


class Machine:
    """The instructions of one pattern."""

    def __init__(self, tree: Tree, flags: Flags, groups: int) -> None:
        self.flags = flags
        self.groups = groups
        self.re_flags = re.IGNORECASE if flags.any_case else 0
        self.code: list[list[Any]] = []
        self.has_back = False
        self._classes: dict[str, Any] = {}
        self._emit(tree)
        self._add(_DONE)

    def _add(self, *instruction: Any) -> int:
        if len(self.code) >= _MAX_INSTRUCTIONS:
            raise Fault("the pattern repeats too much")
        self.code.append(list(instruction))
        return len(self.code) - 1

    def _tester(self, python: str) -> Any:
        if python not in self._classes:
            self._classes[python] = re.compile(python, self.re_flags).match
        return self._classes[python]

    def _emit(self, tree: Tree) -> None:
        match tree:
            case One(chars):
                self._add(_CHAR, self._tester(class_to_python(chars)))
            case Sequence(parts):
                for part in parts:
                    self._emit(part)
            case Choice(branches):
                self._emit_choice(branches)
            case Group(what, number):
                self._emit_group(what, number)
            case Repeat():
                self._emit_repeat(tree)
            case Back(number):
                self.has_back = True
                self._add(_BACK, number)
            case Anchor(sign):
                self._add(_ASSERT, self._tester(anchor_to_python(sign, self.flags)))

    def _emit_choice(self, branches: list[Tree]) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = self._add(_SPLIT, len(self.code) + 1, 0)
            self._emit(branch)
            jumps.append(self._add(_JUMP, 0))
            self.code[split][2] = len(self.code)
        self._emit(branches[-1])
        for jump in jumps:
            self.code[jump][1] = len(self.code)

    def _emit_group(self, what: Tree, number: int | None) -> None:
        if number is not None:
            self._add(_SAVE, 2 * number)
        self._emit(what)
        if number is not None:
            self._add(_SAVE, 2 * number + 1)

    def _emit_repeat(self, repeat: Repeat) -> None:
        for _ in range(repeat.least):
            self._emit(repeat.what)
        if repeat.most is None:
            split = self._add(_SPLIT, 0, 0)
            self._emit(repeat.what)
            self._add(_JUMP, split)
            self._aim(split, split + 1, len(self.code), repeat.lazy)
            return
        splits = []
        for _ in range(repeat.most - repeat.least):
            splits.append(self._add(_SPLIT, 0, 0))
            self._emit(repeat.what)
        for split in splits:
            self._aim(split, split + 1, len(self.code), repeat.lazy)

    def _aim(self, split: int, into: int, past: int, lazy: bool) -> None:
        self.code[split][1:] = [past, into] if lazy else [into, past]

    def search(self, text: str, start: int) -> Spans | None:
        """The leftmost match from `start`. Raises Fault when the allowance of steps is used up."""
        seen: set[int] = set()
        steps = [0]
        for position in range(start, len(text) + 1):
            spans = self._match(text, position, seen, steps)
            if spans:
                return spans
        return None

    def _match(self, text: str, start: int, seen: set[int], steps: list[int]) -> Spans | None:
        saved: tuple[int, ...] = (-1,) * (2 * self.groups + 2)
        stack: list[tuple[int, int, tuple[int, ...]]] = [(0, start, saved)]
        size = len(self.code)
        while stack:
            at, position, saved = stack.pop()
            while True:
                if not self.has_back:
                    state = position * size + at
                    if state in seen:
                        break
                    seen.add(state)
                steps[0] += 1
                if steps[0] > _MAX_STEPS:
                    raise Fault("matching the pattern takes too many steps")
                instruction = self.code[at]
                op = instruction[0]
                if op == _DONE:
                    return [(start, position), *zip(saved[2::2], saved[3::2], strict=True)]
                if op == _CHAR:
                    if not instruction[1](text, position):
                        break
                    at, position = at + 1, position + 1
                elif op == _SPLIT:
                    if len(stack) > 500_000:
                        raise Fault("matching the pattern takes too much memory")
                    stack.append((instruction[2], position, saved))
                    at = instruction[1]
                elif op == _JUMP:
                    at = instruction[1]
                elif op == _SAVE:
                    slot = instruction[1]
                    saved = (*saved[:slot], position, *saved[slot + 1 :])
                    at += 1
                elif op == _ASSERT:
                    if not instruction[1](text, position):
                        break
                    at += 1
                else:
                    moved = self._back(text, position, saved, instruction[1])
                    if moved < 0:
                        break
                    at, position = at + 1, moved
        return None

    def _back(self, text: str, position: int, saved: tuple[int, ...], number: int) -> int:
        """The position after the text of a group, or -1; a group that took no part matches the empty text."""
        start, end = saved[2 * number], saved[2 * number + 1]
        if start < 0 or end < 0:
            return position
        wanted, found = text[start:end], text[position : position + end - start]
        alike = wanted.casefold() == found.casefold() if self.flags.any_case else wanted == found
        return position + len(found) if alike and len(found) == len(wanted) else -1
