"""Three real forms, and the lists they choose from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from motcua.engines import forms, text
from motcua.engines.forms import Form, Option

SAMPLES = Path(__file__).parent / "samples"
TODAY = dt.date(2026, 11, 21)


class Communes:
    """A long list: typed and looked up."""

    small = False
    _names: Mapping[str, str] = {
        "05434": "Phường Phan Đình Phùng, tỉnh Thái Nguyên",
        "05455": "Phường Tân Lập, tỉnh Thái Nguyên",
        "24130": "Phường Tân Lập, tỉnh Đắk Lắk",
    }

    def options(self, lang: str) -> list[Option]:
        return []

    def find(self, typed: str, lang: str) -> list[Option]:
        wanted = text.fold(typed)
        return [Option(code, name) for code, name in self._names.items() if wanted in text.fold(name)]

    def label(self, value: str, lang: str) -> str | None:
        return self._names.get(value)


class EthnicGroups(Communes):
    """A short list: offered whole."""

    small = True
    _names = {"01": "Kinh", "02": "Tày"}

    def options(self, lang: str) -> list[Option]:
        return [Option(code, name) for code, name in self._names.items()]


SOURCES = {"communes": Communes(), "ethnic-groups": EthnicGroups()}


@lru_cache
def sample(name: str) -> Form:
    texts = {
        lang: yaml.safe_load((SAMPLES / f"{name}.{lang}.yaml").read_text("utf-8")) for lang in ("vi", "en")
    }
    return forms.load((SAMPLES / f"{name}.json").read_bytes(), texts, sources=SOURCES)
