"""The world that a test case gives: what registers answer, which days are worked, which fonts there are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from motcua.core.errors import Unavailable
from motcua.engines.forms import Found
from motcua.engines.working_time import Calendar

DOWN = "down"
"""A case gives this word for a source that does not answer."""


class GivenReader:
    """Answers from the case file: `registers: {source: {arguments: answer}}`, arguments joined by “/”."""

    def __init__(self, registers: Mapping[str, Any], at: dt.datetime) -> None:
        self._registers = registers
        self._at = at
        self.down: list[str] = []

    def read(self, source: str, arguments: list[Any], label: str) -> Found | None:
        """The given answer; a source given as `down` is noted and finds nothing, as in a real case."""
        try:
            return self._answer(source, arguments, label)
        except Unavailable:
            self.down.append(source)
            return None

    def _answer(self, source: str, arguments: list[Any], label: str) -> Found | None:
        answers = self._registers.get(source, {})
        if answers == DOWN:
            raise Unavailable(f"{source} không trả lời.", f"{source} does not answer.")
        if not isinstance(answers, Mapping):
            return None
        key = "/".join(str(argument) for argument in arguments if argument is not None)
        value = answers.get(key)
        register = source.split(".")[0]
        return None if value is None else Found(value, label, self._at, register, key)


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What every case gives, with what this case gives over it; null takes away."""
    laid = dict(below)
    for key, value in above.items():
        here = laid.get(key)
        laid[key] = (
            overlaid(here, value) if isinstance(value, Mapping) and isinstance(here, Mapping) else value
        )
    return laid


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """Vietnamese public holidays and make-up days, as the product ships them."""
    file = _holidays()
    return Calendar() if file is None else Calendar.from_holidays_json(json.loads(file))


@lru_cache(maxsize=1)
def fonts() -> Path | None:
    """The folder with the fonts of documents; None when the assets are not built."""
    shell = Path(str(resources.files("motcua.shell")))
    for folder in (
        shell / "static" / "dist" / "fonts" / "tinos",
        Path("node_modules/@expo-google-fonts/tinos"),
    ):
        if folder.is_dir() and any(folder.rglob("*.ttf")):
            return folder
    return None


def _holidays() -> str | None:
    folder = Path(str(resources.files("motcua.core"))) / "organisations" / "data"
    for file in sorted(folder.glob("*holidays*.json")) if folder.is_dir() else ():
        return file.read_text("utf-8")
    return None
