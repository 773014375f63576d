"""By which sealed values are found: keyed digests of a value, of each of its words, and of the words' beginnings.

A term is the first eight bytes of HMAC-SHA-256 under the key of blind indexes, as a signed number. The same value has
another term in each register and field. What is found by a term is compared again once it is open, so that a
collision (one in 2^64) shows nobody anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from motcua.core.registers.schema import Schema
from motcua.core.sealing import keyring
from motcua.engines.text import fold

LONGEST = 10
"""Beginnings of words are indexed up to so many letters; Vietnamese words have seven at most."""


def of_facts(schema: Schema, facts: dict[str, Any]) -> list[int]:
    """Every term of a record, in order."""
    key = keyring.key_for(keyring.INDEX).key
    found: set[int] = set()
    for path, field in schema.fields.items():
        if field.search and (value := facts.get(path)) not in (None, ""):
            if field.search == "words":
                for word in _words(str(value)):
                    found.update(_of_word(key, schema.slug, path, word))
            else:
                for one in value if isinstance(value, list) else [value]:
                    found.add(_term(key, f"{schema.slug}\0{path}\0={_exact(one)}"))
    return sorted(found)


def exact(schema: Schema, path: str, value: Any) -> int:
    """The term of a whole value."""
    key = keyring.key_for(keyring.INDEX).key
    return _term(key, f"{schema.slug}\0{path}\0={_exact(value)}")


def of_text(schema: Schema, path: str, text: str) -> list[int]:
    """The terms that a record must have whose field holds these words, the beginnings of words being enough."""
    key = keyring.key_for(keyring.INDEX).key
    return [_term(key, f"{schema.slug}\0{path}\0{word[:LONGEST]}") for word in _words(text)]


def holds(value: Any, text: str) -> bool:
    """Whether the words of `text` begin words of the value that stand in the same order, side by side."""
    asked, words = _words(text), _words(str(value or ""))
    last = len(words) - len(asked)
    return any(
        all(word.startswith(one) for word, one in zip(words[at : at + len(asked)], asked, strict=True))
        for at in range(last + 1)
    )


def _words(text: str) -> list[str]:
    return fold(text).split()


def _exact(value: Any) -> str:
    return str(value).strip().casefold()


@lru_cache(maxsize=200_000)
def _of_word(key: bytes, slug: str, path: str, word: str) -> tuple[int, ...]:
    """A name's words come back thousands of times, so they are remembered."""
    beginnings: Iterable[str] = {word[:n] for n in range(2, min(len(word), LONGEST) + 1)} | {word[:LONGEST]}
    return tuple(_term(key, f"{slug}\0{path}\0{one}") for one in beginnings)


def _term(key: bytes, message: str) -> int:
    return int.from_bytes(
        hmac.digest(key, b"register term\0" + message.encode(), "sha256")[:8], "big", signed=True
    )
