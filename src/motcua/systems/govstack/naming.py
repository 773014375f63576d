"""Attributes under GovStack's names: `first_name` is `FirstName`, `birth_certificate_id` is `BirthCertificateID`, the
key is `ID`. One follows from the other, so no table has to be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from motcua.core.registers.schema import Schema
from motcua.systems.govstack.speaking import NotSaid

KEY = "ID"
_PARTS = re.compile(r"ID(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")


def outside(path: str) -> str:
    return "".join("ID" if one == "id" else one.capitalize() for one in path.split("_"))


def path_of(name: str) -> str:
    """What an attribute of this name is called with us: `FirstName` is `first_name`."""
    return "_".join(one.lower() for one in _PARTS.findall(name))


def inside(schema: Schema, name: str) -> str:
    """The attribute of a name, in either spelling. Raises NotSaid, naming what there is."""
    path = name if name in schema.fields else path_of(name)
    if path not in schema.fields:
        known = ", ".join([KEY, *(outside(one) for one in schema.fields)])
        raise NotSaid(f"Không có trường “{name}”.", f"There is no field {name!r}; there are: {known}.", name)
    return path


def content(key: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is given."""
    return {KEY: key, **{outside(path): value for path, value in facts.items()}}


def split(schema: Schema, said: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(key or nothing, facts under our names) of content that was given. Raises NotSaid."""
    facts = {inside(schema, name): value for name, value in said.items() if name != KEY}
    key = said.get(KEY, "")
    if not isinstance(key, str | int) or isinstance(key, bool):
        raise NotSaid("ID phải là chữ hoặc số.", "ID must be a text or a number.", KEY)
    return str(key), facts
