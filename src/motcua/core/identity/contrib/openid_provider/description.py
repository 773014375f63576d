"""The file that describes the OpenID providers of an installation, read once and judged entirely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from motcua.core.identity.sources import ASYMMETRIC, Rules

BY_KEY, BY_SECRET = "private_key_jwt", ("client_secret_basic", "client_secret_post")
WAYS = (BY_KEY, *BY_SECRET)
KNOWN = {
    "name", "issuer", "client_id", "authentication", "secret_file", "key_file", "algorithms", "scope", "levels",
    "claims", "organisation", "max_age", "userinfo",
}  # fmt: skip
LEVELS = (1, 2)


class Misdescribed(ValueError):
    """The file says something that cannot be meant; the message says where, what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Description:
    """One provider: where it is, who we are there, and how it says things."""

    key: str
    name: str
    issuer: str
    client_id: str
    authentication: str
    credential: Path
    rules: Rules
    userinfo: bool


def read(file: Path) -> list[Description]:
    """The providers that `file` describes. Raises Misdescribed."""
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as wrong:
        raise Misdescribed(f"{file}: cannot be read: {wrong}") from wrong
    if not isinstance(told, dict) or not isinstance(told.get("sources"), dict):
        raise Misdescribed(f"{file}: begin with `sources:` and one entry for each provider")
    return [_described(file, str(key), one) for key, one in told["sources"].items()]


def _described(file: Path, key: str, told: Any) -> Description:
    where = f"{file}: sources.{key}"
    if not isinstance(told, dict):
        raise Misdescribed(f"{where}: give at least issuer and client_id")
    if not key.replace("-", "").replace("_", "").isalnum() or not key.isascii():
        raise Misdescribed(f"{where}: the name stands in addresses; use letters, digits and hyphens")
    if unknown := sorted(set(told) - KNOWN):
        raise Misdescribed(
            f"{where}: {', '.join(unknown)} is not known; known are {', '.join(sorted(KNOWN))}"
        )
    issuer, client_id = str(told.get("issuer", "")), str(told.get("client_id", ""))
    if urlsplit(issuer).scheme not in {"https", "http"} or not client_id:
        raise Misdescribed(f"{where}: issuer (a URL) and client_id are needed")
    way = told.get("authentication", BY_KEY)
    if way not in WAYS:
        raise Misdescribed(f"{where}.authentication: one of {', '.join(WAYS)}, not {way!r}")
    wanted = "key_file" if way == BY_KEY else "secret_file"
    if not told.get(wanted):
        raise Misdescribed(f"{where}: {way} needs {wanted}")
    return Description(
        key, str(told.get("name", urlsplit(issuer).hostname)), issuer, client_id, way,
        file.parent / str(told[wanted]), _rules(where, told), bool(told.get("userinfo", False)),
    )  # fmt: skip


def _rules(where: str, told: Mapping[str, Any]) -> Rules:
    algorithms = tuple(told.get("algorithms", ASYMMETRIC))
    if not algorithms or not set(algorithms) <= set(ASYMMETRIC):
        raise Misdescribed(
            f"{where}.algorithms: of {', '.join(ASYMMETRIC)}, not {', '.join(map(str, algorithms))}"
        )
    levels, claims = told.get("levels"), told.get("claims", {})
    if not isinstance(levels, dict) or not levels or not set(levels.values()) <= set(LEVELS):
        raise Misdescribed(f"{where}.levels: say which acr is worth 1 and which 2, as `urn:…: 2`")
    if not isinstance(claims, dict) or not isinstance(organisation := told.get("organisation") or {}, dict):
        raise Misdescribed(f"{where}: claims and organisation say which claim holds number and name")
    max_age = told.get("max_age")
    if max_age is not None and (not isinstance(max_age, int) or max_age < 0):
        raise Misdescribed(f"{where}.max_age: seconds, not {max_age!r}")
    return Rules(
        algorithms=algorithms,
        scope=str(told.get("scope", "openid profile")),
        levels={str(acr): int(level) for acr, level in levels.items()},
        personal_number=str(claims.get("number", "personal_number")),
        person_name=str(claims.get("name", "name")),
        organisation_number=str(organisation.get("number", "")),
        organisation_name=str(organisation.get("name", "name")),
        max_age=max_age,
    )
