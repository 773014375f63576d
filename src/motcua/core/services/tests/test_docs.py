"""docs/service-packs.md says everything that the format has, and nothing it has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from motcua.core.services.pack import checking
from motcua.core.services.pack.expressions import FUNCTIONS
from motcua.core.services.pack.schema import schema
from motcua.core.services.pack.sources import SOURCES
from motcua.core.services.tests.conftest import CATALOGUE

TEXT = (CATALOGUE.parent / "docs" / "service-packs.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", TEXT))


def keys_of(rule: dict[str, Any]) -> Iterator[str]:
    for key, inner in rule.get("properties", {}).items():
        yield key
        yield from keys_of(inner)
    for inner in (rule.get("items"), rule.get("additionalProperties"), *rule.get("anyOf", ())):
        if isinstance(inner, dict):
            yield from keys_of(inner)
    for name, inner in rule.get("$defs", {}).items():
        if name != "words":
            yield from keys_of(inner)


def mentions(word: str) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", named) for named in NAMED)


@pytest.mark.parametrize("name", ["service", "case"])
def test_every_key_of_the_format_is_explained(name: str) -> None:
    keys = set(keys_of(schema(name))) - {"vi", "en"}
    assert sorted(key for key in keys if not mentions(key)) == []


def test_every_source_function_role_verb_and_service_is_explained() -> None:
    words = {*SOURCES, *FUNCTIONS, *checking.ROLES, *checking.VERBS, *checking.SERVICES, "rate"}
    assert sorted(word for word in words if not mentions(word)) == []


def test_what_a_source_gives_is_told() -> None:
    for source in SOURCES.values():
        line = next((line for line in TEXT.splitlines() if line.startswith(f"| `{source.name}(")), "")
        assert line, source.name
        if source.name in (
            "population.person",
            "civil_status.marriage",
            "social_protection.person",
            "health.birth_notice",
        ):
            assert [fact for fact in source.gives if not re.search(rf"\b{fact}\b", line)] == []


def test_the_table_of_keys_names_no_key_that_is_not_there() -> None:
    table = TEXT.split("## service.yaml")[1].split("## Facts")[0]
    first = [
        key
        for line in table.splitlines()
        if line.startswith("| `")
        for key in re.findall(r"`([\w]+)`", line.split("|")[1])
    ]
    assert sorted(first) == sorted(schema("service")["properties"])
