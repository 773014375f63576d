"""The built-in words of forms, one file for each language in `messages/`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

FALLBACK = "en"
_FOLDER = Path(__file__).parent / "messages"


def languages() -> list[str]:
    """The languages that have words: the files of `messages/`."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


@lru_cache(maxsize=32)
def catalogue(lang: str) -> dict[str, str]:
    """All words of `lang`; what a language lacks stands in English."""
    file = _FOLDER / f"{lang}.yaml"
    known = lang.isalnum() and file.is_file()
    words = yaml.safe_load(file.read_text("utf-8")) if known else {}
    return words if lang == FALLBACK else {**catalogue(FALLBACK), **words}


def say(lang: str, message: str, **facts: object) -> str:
    """The message in `lang` with its facts filled in. Raises KeyError for a message that is not there."""
    return catalogue(lang)[message].format(**facts)


def inner(label: str) -> str:
    """A label as it reads within a sentence: `Họ tên` → `họ tên`, but `UBND xã` stays."""
    words = label.rstrip(" :.?")
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words
