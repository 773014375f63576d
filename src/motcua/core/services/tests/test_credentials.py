"""What a pack says of the credential beside its result."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from motcua.core.services import pack as packs
from motcua.core.services.pack.credentials import CredentialRule, age_on

SERVICES = Path(__file__).parents[5] / "services"
TODAY = dt.date(2026, 11, 21)
ENTRY = {
    "number": 203,
    "year": 2001,
    "agency_name": "Ủy ban nhân dân phường Phan Đình Phùng",
    "person": {"number": "019201006789", "name": "DƯƠNG QUỐC KHÁNH", "born": "2001-09-02", "sex": "Nam"},
}


def rule(slug: str = "trich-luc-ho-tich") -> CredentialRule:
    found = packs.load(SERVICES / slug).credential
    assert found is not None
    return found


def faults(old: str, new: str) -> str:
    files = dict(packs.read_files(SERVICES / "trich-luc-ho-tich"))
    assert old in files["service.yaml"]
    files["service.yaml"] = files["service.yaml"].replace(old, new)
    return " ".join(fault.en for fault in packs.check(files))


def test_an_extract_becomes_claims_and_ages() -> None:
    values = rule().values({"entry": ENTRY, "copies": 1}, TODAY)
    assert values["full_name"] == "DƯƠNG QUỐC KHÁNH"
    assert values["birthdate"] == "2001-09-02"
    assert values["entry"] == {
        "number": 203, "year": 2001, "agency": "Ủy ban nhân dân phường Phan Đình Phùng"
    }  # fmt: skip
    assert values["age_equal_or_over"] == {"14": True, "16": True, "18": True}
    assert "birth_place" not in values, "a claim without a value is no claim"


def test_one_is_eighteen_on_the_birthday_and_not_the_day_before() -> None:
    assert age_on(dt.date(2008, 11, 21), TODAY) == 18
    assert age_on(dt.date(2008, 11, 22), TODAY) == 17
    assert age_on(dt.date(2008, 2, 29), dt.date(2026, 2, 28)) == 17


def test_an_extract_is_held_by_the_person_it_is_about_only() -> None:
    assert rule().holder_of({"entry": ENTRY}) == "019201006789"
    assert rule().holder_of({"entry": {}}) == ""
    assert rule("khai-sinh").holder_of({}) is None


def test_a_refused_pension_is_no_card() -> None:
    assert rule("tro-cap-huu-tri-xa-hoi").given_for({"granted": True})
    assert not rule("tro-cap-huu-tri-xa-hoi").given_for({"granted": False})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("holder: 'entry.person.number'", "holder: 'owner.number'", "no data “owner”"),
        ("at_least: [14, 16, 18]", "at_least: []", "at least"),
        ("valid_days: 1826", "valid_days: 0", "0"),
        ("value: 'entry.person.sex'", "value: entry.person.sex", "between quotes"),
        ("  ages: {born", "  aged: {born", "Did you mean “ages”"),
    ],
)
def test_a_faulty_block_is_told(old: str, new: str, told: str) -> None:
    assert told in faults(old, new)
