"""Issuers outside whose credentials count here: a file that names each with its law, its days and its types.

The file is `MOTCUA_CREDENTIAL_ISSUERS`, else `credential-issuers.yaml` of the home; without one, only our own count.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from cryptography import x509
from django.conf import settings

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.services.pack.parts import Words
from motcua.engines import sd_jwt

SETTING = "MOTCUA_CREDENTIAL_ISSUERS"
FIELDS = {"issuer", "name", "source", "valid_from", "valid_until", "certificates", "types"}
NEEDED = {"issuer", "name", "source", "valid_from", "types"}


class WrongIssuers(UserError):
    """The file cannot be used; the message says which line of it and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"Tệp cơ quan cấp giấy tờ số có lỗi ở {where}: {why}",
            f"The file of credential issuers is wrong at {where}: {why}",
        )


@dataclass(frozen=True, slots=True)
class ForeignType:
    """A type of credential of theirs: its `vct`, its name, and the claims that we understand."""

    vct: str
    title: Words
    claims: tuple[sd_jwt.ClaimMetadata, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer. With `authorities` its certificates (x5c) have to come from one of them; without, its keys are
    those that it publishes itself (SD-JWT VC section 5)."""

    address: str
    name: Words
    source: str
    valid_from: dt.date
    valid_until: dt.date | None
    authorities: tuple[x509.Certificate, ...]
    types: tuple[ForeignType, ...]

    def counts_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def in_force() -> dict[str, Issuer]:
    """The issuers that count today, by their address. Raises WrongIssuers."""
    today = clock.today()
    return {one.address: one for one in _listed() if one.counts_on(today)}


def type_of(vct: str) -> ForeignType | None:
    """A type of theirs by its `vct`: today's meaning, else that of an issuer whose time is over."""
    found = [
        (one.counts_on(clock.today()), type_) for one in _listed() for type_ in one.types if type_.vct == vct
    ]
    return max(found, key=lambda line: line[0])[1] if found else None


def _listed() -> tuple[Issuer, ...]:
    said = os.environ.get("MOTCUA_CREDENTIAL_ISSUERS")
    file = Path(said) if said else Path(settings.MOTCUA_HOME) / "credential-issuers.yaml"
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        if said:
            raise WrongIssuers(str(file), f"{SETTING} names a file that is not there") from None
        return ()


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int) -> tuple[Issuer, ...]:
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise WrongIssuers(file.name, f"not YAML: {wrong}") from None
    lines = told.get("issuers") if isinstance(told, dict) else None
    if not isinstance(lines, list):
        raise WrongIssuers(file.name, "it has no list `issuers`")
    made = tuple(
        _issuer(line, f"{file.name}, issuers[{place}]", file.parent) for place, line in enumerate(lines)
    )
    if len({one.address for one in made}) != len(made):
        raise WrongIssuers(file.name, "an issuer stands there twice")
    return made


def _issuer(line: Any, where: str, folder: Path) -> Issuer:
    if not isinstance(line, dict) or not NEEDED <= set(line) <= FIELDS:
        raise WrongIssuers(
            where, f"an issuer has {', '.join(sorted(NEEDED))}, and may have certificates, valid_until"
        )
    address = str(line["issuer"])
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise WrongIssuers(f"{where}.issuer", "an https address without query is needed")
    if address == str(settings.MOTCUA_SITE):
        raise WrongIssuers(f"{where}.issuer", "this is our own address, which needs no line")
    first, last = line["valid_from"], line.get("valid_until")
    if not isinstance(first, dt.date) or (last is not None and not isinstance(last, dt.date)):
        raise WrongIssuers(where, "valid_from and valid_until are days, as 2026-01-31")
    if not isinstance(line["types"], list) or not line["types"]:
        raise WrongIssuers(f"{where}.types", "at least one type is needed")
    types = tuple(_type(one, f"{where}.types[{place}]") for place, one in enumerate(line["types"]))
    authorities = _certificates(folder / str(line["certificates"]), where) if "certificates" in line else ()
    return Issuer(address, _words(line["name"], where), str(line["source"]), first, last, authorities, types)


def _type(line: Any, where: str) -> ForeignType:
    if (
        not isinstance(line, dict)
        or set(line) != {"vct", "title", "claims"}
        or not isinstance(line["claims"], list)
    ):
        raise WrongIssuers(where, "a type has vct, title and a list of claims")
    claims = []
    for claim in line["claims"]:
        path = claim.get("path") if isinstance(claim, dict) else None
        if not isinstance(path, list) or not path or not all(isinstance(step, str) for step in path):
            raise WrongIssuers(
                f"{where}.claims", "a claim has a path, as [age_equal_or_over, '18'], and a title"
            )
        title = _words(claim.get("title"), f"{where}.claims")
        claims.append(sd_jwt.ClaimMetadata(tuple(path), {"vi": title.vi, "en": title.en}))
    return ForeignType(str(line["vct"]), _words(line["title"], where), tuple(claims))


def _words(value: Any, where: str) -> Words:
    if not isinstance(value, Mapping) or not {"vi", "en"} <= set(value):
        raise WrongIssuers(where, "names and titles are given as {vi: …, en: …}")
    return Words.of({name: str(text) for name, text in value.items()})


def _certificates(file: Path, where: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError) as wrong:
        raise WrongIssuers(f"{where}.certificates", f"{file}: {wrong}") from None
