"""Paths such as `parents.mother.residence` and `witnesses[0].name`, and answers reached by them."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

Steps = tuple[str | int, ...]
"""A path taken apart: keys are strings, places in a list are integers from 0."""

MISSING: Any = object()
"""Told apart from `None`: nothing was ever answered here."""

MAX_LENGTH = 300
_PIECE = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d{1,6})\]")


@lru_cache(maxsize=4096)
def parse(path: str) -> Steps:
    """`witnesses[0].name` → `("witnesses", 0, "name")`. Raises ValueError when it is no path."""
    steps: list[str | int] = []
    place = 0
    while place < len(path) <= MAX_LENGTH:
        piece = _PIECE.match(path, place)
        if piece is None:
            break
        key, index = piece.groups()
        steps.append(int(index) if key is None else key)
        place = piece.end()
    if not steps or place != len(path) or isinstance(steps[0], int):
        raise ValueError(f"{path[:60]!r} is no path; paths look like child.name or witnesses[0].name")
    return tuple(steps)


def show(steps: Steps) -> str:
    """The path as it is written: the inverse of `parse`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def get(answers: object, steps: Steps, default: Any = MISSING) -> Any:
    """What stands at `steps`, or `default` when the way ends before."""
    here: Any = answers
    for step in steps:
        if isinstance(step, str):
            if not isinstance(here, Mapping) or step not in here:
                return default
        elif not isinstance(here, list) or step >= len(here):
            return default
        here = here[step]
    return here


def put(answers: MutableMapping[str, Any], steps: Steps, value: object) -> None:
    """Set `value` at `steps`; mappings and list places on the way are made as needed."""
    here: Any = answers
    for step, following in pairwise(steps):
        fresh: Any = {} if isinstance(following, str) else []
        if isinstance(step, int):
            _lengthen(here, step)
            if not isinstance(here[step], type(fresh)):
                here[step] = fresh
        elif not isinstance(here.get(step), type(fresh)):
            here[step] = fresh
        here = here[step]
    last = steps[-1]
    if isinstance(last, int):
        _lengthen(here, last)
    here[last] = value


def drop(answers: MutableMapping[str, Any], steps: Steps) -> None:
    """Forget what stands at `steps`, and mappings that this leaves empty; list places stay."""
    above = get(answers, steps[:-1]) if len(steps) > 1 else answers
    last = steps[-1]
    if not isinstance(last, str) or not isinstance(above, MutableMapping) or last not in above:
        return
    del above[last]
    if not above and len(steps) > 1:
        drop(answers, steps[:-1])


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by path (`{"child.name": "AN"}`) as nested answers; nested ones pass through, copied."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        steps = parse(path) if "." in path or "[" in path else (path,)
        here = get(nested, steps)
        if isinstance(here, dict) and isinstance(value, Mapping):
            value = {**here, **value}
        put(nested, steps, copied(value))
    return nested


def copied(value: Any) -> Any:
    """A copy of mappings and lists, deep enough that nothing is shared."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _lengthen(places: list[Any], index: int) -> None:
    while len(places) <= index:
        places.append({})
