"""Made-up businesses, streets and systems of the demonstration; and the agencies, which are real rows already."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from joserfc.jwk import ECKey

from motcua.core import bulk
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.core.registers import consent, shape
from motcua.core.registers import schema as schemas
from motcua.core.registers.companies import check_digit
from motcua.core.registers.models import Agreement, Reader, Record
from motcua.core.registers.population_sample import Somebody

FILE = Path(__file__).with_name("businesses.yaml")
REFORM = dt.date(2025, 7, 1)


def add(people: dict[str, Somebody]) -> None:
    """Fill the registers of businesses, addresses and agencies, and let the sandbox's systems in."""
    given = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    bulk.insert([_enterprise(one, people) for one in given["enterprises"]])
    bulk.insert([_household(one, people) for one in given["households"]])
    bulk.insert(_streets(given["streets"]))
    bulk.insert(_agencies())
    if settings.MOTCUA_SANDBOX:
        for one in given["readers"]:
            Reader.objects.get_or_create(
                code=one["code"],
                defaults={**one, "public_key": sandbox_key(one["code"]).as_dict(private=False)},
            )
    for one in given["agreements"]:
        if not Agreement.objects.filter(slug=one["slug"]).exists():
            consent.put_in_force(consent.write_agreement(**one))


def sandbox_key(code: str) -> ECKey:
    """The signing key of a system of the sandbox: made from its code, so that everybody can try."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    number = int.from_bytes(hashlib.sha256(f"motcua sandbox reader {code}".encode()).digest(), "big")
    key = ec.derive_private_key(number % (2**255) + 1, ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ECKey.import_key(pem)


def _enterprise(one: dict[str, Any], people: dict[str, Somebody]) -> Record:
    who = [
        {"number": people[each["person"]].number, "name": people[each["person"]].name, "role": each["role"]}
        for each in one["representatives"]
    ]
    return _business("enterprises", one["stem"] + check_digit(one["stem"]), one, one["kind"], who)


def _household(one: dict[str, Any], people: dict[str, Somebody]) -> Record:
    head = people[one["head"]]
    who = [{"number": head.number, "name": head.name, "role": "Chủ hộ kinh doanh"}]
    return _business("household_businesses", head.number, one, "Hộ kinh doanh", who)


def _business(slug: str, key: str, one: dict[str, Any], kind: str, who: list[dict[str, str]]) -> Record:
    facts = {
        "name": one["name"],
        "kind": kind,
        "state": "Đang hoạt động",
        "unit": "05443",
        "address": f"{one['address']}, {organisations.unit_label('05443')}",
        "founded_on": one["founded_on"].isoformat(),
        "capital": one["capital"],
        "industry": one["industries"][0],
        "industries": one["industries"],
        "representatives": who,
        "representative_numbers": [each["number"] for each in who],
    }
    return shape.row(schemas.of(slug), key, facts, valid_from=one["founded_on"])


def _streets(given: dict[str, Any]) -> list[Record]:
    schema = schemas.of("addresses")
    unit = given["unit"]
    return [
        shape.row(
            schema,
            f"{unit}.{number:03}",
            {"name": name, "kind": "đường", "unit": unit, "note": "Dữ liệu mẫu"},
            valid_from=REFORM,
        )
        for number, name in enumerate(given["names"], 1)
    ]


def _agencies() -> list[Record]:
    schema = schemas.of("agencies")
    rows = Agency.objects.filter(valid_until=None).select_related("parent").order_by("id")
    return [
        shape.row(
            schema,
            row.code,
            {
                "name": row.name,
                "kind": row.kind,
                "parent": row.parent.code if row.parent else "",
                "unit": row.unit_code,
            },
            valid_from=row.valid_from,
        )
        for row in rows
    ]
