"""Finding facts instead of asking for them, in the order of the pack's lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from motcua.core.services.pack.expressions import plain
from motcua.core.services.pack.parts import PrefillRule
from motcua.core.services.pack.sources import SOURCES, VALUE, Reader
from motcua.engines.forms import Found

if TYPE_CHECKING:
    from motcua.core.services.pack.pack import Pack

EMPTY = (None, "")
"""What a register does not know is asked."""


def find(pack: Pack, reader: Reader, facts: Mapping[str, Any], lang: str = "vi") -> dict[str, Found]:
    """Everything the pack's lines find, leaf by leaf (`mother.name` → Found), over what is known so far.

    `facts` are those of `Pack.facts` without found ones: answers stand before what is found, so a corrected
    number leads to another person.
    """
    found: dict[str, Found] = {}
    context: dict[str, Any] | None = None
    for rule in pack.prefill:
        if context is None:
            context = pack.known(facts, found)
        arguments = rule.arguments.value(context)
        fact = _one(rule, reader, arguments if isinstance(arguments, list) else [], lang)
        if fact is not None:
            found.update(_leaves(rule.path, fact))
            context = None
    return found


def as_json(found: Mapping[str, Found]) -> dict[str, Any]:
    """Found facts as a JSON column holds them."""
    return {
        path: {
            "value": plain(fact.value),
            "source": fact.source_label,
            "labels": dict(fact.labels),
            "at": None if fact.at is None else fact.at.isoformat(),
            "register": fact.register,
            "key": fact.key,
        }
        for path, fact in found.items()
    }


def from_json(stored: Mapping[str, Any]) -> dict[str, Found]:
    """The inverse of `as_json`. Rows from before sources were kept in every language have the one name they have."""
    return {
        path: Found(
            fact["value"],
            fact["source"],
            _at(fact["at"]),
            fact["register"],
            fact["key"],
            fact.get("labels") or {},
        )
        for path, fact in stored.items()
    }


def _one(rule: PrefillRule, reader: Reader, arguments: list[Any], lang: str) -> Found | None:
    source = SOURCES[rule.name]
    names = {language: rule.labels.text(language) or source.label.text(language) for language in ("vi", "en")}
    label = names.get(lang) or names["vi"]
    if rule.name == VALUE:
        value = arguments[0] if arguments else None
        return None if value in EMPTY else Found(plain(value), label, labels=names)
    if (
        any(argument in EMPTY for argument in arguments[: source.required])
        or len(arguments) < source.required
    ):
        return None
    fact = reader.read(rule.name, [plain(argument) for argument in arguments], label)
    return None if fact is None else replace(fact, labels=names)


def _leaves(path: str, fact: Found) -> Iterator[tuple[str, Found]]:
    if not isinstance(fact.value, Mapping):
        if fact.value not in EMPTY:
            yield path, fact
        return
    for name, value in fact.value.items():
        inner = replace(fact, value=value)
        yield from _leaves(f"{path}.{name}", inner)


def _at(text: str | None) -> dt.date | dt.datetime | None:
    if text is None:
        return None
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
