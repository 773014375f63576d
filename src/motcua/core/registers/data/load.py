"""Fill the registers. Safe to repeat: a register that holds records is left as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from motcua.core import bulk, clock
from motcua.core.organisations import queries as organisations
from motcua.core.registers import actions, queries, shape, versions
from motcua.core.registers import schema as schemas
from motcua.core.registers.data import businesses
from motcua.core.registers.models import BookCounter, CivilEntry, EntryState, Record
from motcua.core.registers.population_sample import Couple, Place, Somebody, generate

HERE = Path(__file__).parent
PROVINCE = "19"
NEIGHBOUR = "24"
REFORM = dt.date(2025, 7, 1)
Progress = Callable[[str], None]


@lru_cache(maxsize=1)
def demo_people() -> dict[str, Any]:
    """The people known by name: see demo_people.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "demo_people.yaml").read_text(encoding="utf-8"))
    return loaded


def definitions() -> dict[str, Any]:
    """The schemas that ship."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "registers.yaml").read_text(encoding="utf-8"))
    return loaded


def load_definitions() -> None:
    """Define the registers that ship."""
    versions.define(definitions())


def load(progress: Progress = lambda _: None, *, people: int = 12_000) -> None:
    """Define the registers and fill them with made-up people."""
    load_definitions()
    if Record.objects.filter(register_id=queries.POPULATION).exists():
        return
    progress("dân cư mẫu")
    places = [Place(u.code, u.label, u.kind == "Phường") for u in organisations.units_of(PROVINCE)]
    sample = generate(places, people=people)
    _add_population(sample.people)
    progress("hộ tịch mẫu")
    _add_entries(sample.people, sample.couples)
    progress("người trong phần trình diễn")
    demo = _Demo()
    demo.add()
    progress("doanh nghiệp, hộ kinh doanh, địa chỉ, cơ quan")
    businesses.add(demo.people)


def _add_population(people: list[Somebody]) -> None:
    bulk.insert(_population_record(one) for one in people)
    old = clock.today().year - 60
    bulk.insert(
        _record(queries.SOCIAL, one.number, _social(one), one.born) for one in people if one.born.year <= old
    )


def _population_record(one: Somebody) -> Record:
    facts = {
        "number": one.number,
        "name": one.name,
        "sex": one.sex,
        "born": one.born.isoformat(),
        "home_place": one.home_place,
        "ethnicity": one.ethnicity,
        "nationality": "Việt Nam",
        "residence_unit": one.residence_unit,
        "residence_text": one.residence_text,
        "household": one.household,
        "household_role": one.household_role,
        "father_number": one.father_number,
        "mother_number": one.mother_number,
        "spouse_number": one.spouse_number,
    }
    return _record(queries.POPULATION, one.number, {k: v for k, v in facts.items() if v}, one.born)


def _social(one: Somebody) -> dict[str, Any]:
    """Two in five of the old draw a pension; one household in twelve is poor or nearly so. By the number's digits."""
    luck = int(one.number[-4:])
    poor = "Nghèo" if luck % 25 == 0 else "Cận nghèo" if luck % 25 == 1 else ""
    return {"pension": luck % 5 < 2, "household_class": poor}


def _add_entries(people: list[Somebody], couples: list[Couple]) -> None:
    books = _Books()
    entries = [books.marriage(couple) for couple in couples]
    by_number = {one.number: one for one in people}
    entries += [books.birth(one, by_number) for one in people if one.father_number and one.mother_number]
    bulk.insert(entries)
    books.save_counters()


class _Books:
    """Numbers given book by book, from 300 on, so that the demonstration's own low numbers stay free."""

    FIRST = 300

    def __init__(self) -> None:
        self.last: dict[tuple[str, str, int], int] = {}
        self.keepers = {
            agency.unit_code: agency
            for province in (PROVINCE, NEIGHBOUR)
            for agency in organisations.agencies("commune_committee", province_code=province)
        }

    def marriage(self, couple: Couple) -> CivilEntry:
        facts = {"husband": spouse_facts(couple.husband), "wife": spouse_facts(couple.wife)}
        numbers = [couple.husband.number, couple.wife.number]
        return self._entry(queries.MARRIAGES, couple.unit, couple.married_on, facts, numbers)

    def birth(self, one: Somebody, people: dict[str, Somebody]) -> CivilEntry:
        facts = {
            "person": person_facts(one),
            "father": spouse_facts(people[one.father_number]),
            "mother": spouse_facts(people[one.mother_number]),
        }
        day = one.born + dt.timedelta(days=14)
        return self._entry(queries.BIRTHS, one.residence_unit, day, facts, [one.number])

    def _entry(
        self, book: str, unit: str, day: dt.date, facts: dict[str, Any], numbers: list[str], number: int = 0
    ) -> CivilEntry:
        keeper = self.keepers[unit]
        day = min(day, clock.today())
        place = (book, keeper.code, day.year)
        if not number:
            number = self.last[place] = self.last.get(place, self.FIRST) + 1
        return CivilEntry(
            book=book,
            agency_code=keeper.code,
            agency_name=keeper.name,
            year=day.year,
            number=number,
            state=EntryState.EFFECTIVE,
            registered_on=day,
            data=facts,
            person_numbers=numbers,
            people=actions.blinded(numbers),
            opened_at=clock.now(),
            closed_at=clock.now(),
        )

    def known(
        self, book: str, unit: str, day: dt.date, facts: dict[str, Any], numbers: list[str], number: int
    ) -> CivilEntry:
        return self._entry(book, unit, day, facts, numbers, number)

    def save_counters(self) -> None:
        bulk.insert(
            BookCounter(book=book, agency_code=agency, year=year, last=last)
            for (book, agency, year), last in self.last.items()
        )


class _Demo:
    """The people whom the demonstration knows by name."""

    def __init__(self) -> None:
        self.facts = demo_people()
        self.people = {name: self._somebody(given) for name, given in self.facts["people"].items()}
        self.books = _Books()
        self.neighbour_unit = min(unit.code for unit in organisations.units_of(NEIGHBOUR))

    def add(self) -> None:
        Record.objects.bulk_create(_population_record(one) for one in self.people.values())
        entries = [self._marriage(given) for given in self.facts["marriages"]]
        entries += [self._birth(given) for given in self.facts["births"]]
        CivilEntry.objects.bulk_create(entries)
        for name, given in self.facts["social"].items():
            one = self.people[name]
            _record(queries.SOCIAL, one.number, dict(given), one.born).save()
        for notice in self.facts["birth_notices"]:
            self._notice(notice).save()

    def _somebody(self, given: dict[str, Any]) -> Somebody:
        label = organisations.unit_label(given["residence_unit"])
        spouse = self.facts["people"].get(given.get("spouse", ""), {}).get("number", "")
        return Somebody(
            number=given["number"],
            name=given["name"],
            sex=given["sex"],
            born=given["born"],
            ethnicity=given["ethnicity"],
            home_place=label,
            residence_unit=given["residence_unit"],
            residence_text=f"{given['place']}, {label}",
            household=given["household"],
            household_role=given["household_role"],
            spouse_number=spouse,
        )

    def _marriage(self, given: dict[str, Any]) -> CivilEntry:
        husband, wife = self.people[given["husband"]], self.people[given["wife"]]
        unit = self.neighbour_unit if given["unit"] == "bac_ninh" else given["unit"]
        facts = {"husband": spouse_facts(husband), "wife": spouse_facts(wife)}
        numbers = [husband.number, wife.number]
        return self.books.known(queries.MARRIAGES, unit, given["date"], facts, numbers, given["number"])

    def _birth(self, given: dict[str, Any]) -> CivilEntry:
        one = self.people[given["person"]]
        facts = {"person": person_facts(one)}
        return self.books.known(
            queries.BIRTHS, given["unit"], given["date"], facts, [one.number], given["number"]
        )

    def _notice(self, given: dict[str, Any]) -> Record:
        mother = self.people[given["mother"]]
        day = clock.today() - dt.timedelta(days=given["days_ago"])
        facts = {
            "mother_number": mother.number,
            "born_at": f"{day.isoformat()}T{given['at']}:00+07:00",
            "sex": given["sex"],
            "weight_g": given["weight_g"],
            "place": f"{self.facts['hospital']}, {organisations.unit_label('05443')}",
            "facility": self.facts["hospital"],
            "signed_by": "Trưởng khoa Sản",
        }
        return _record(queries.BIRTH_NOTICES, given["key"], facts, day)


def person_facts(one: Somebody) -> dict[str, str]:
    """A person as a birth entry holds them."""
    return {
        "number": one.number,
        "name": one.name,
        "born": one.born.isoformat(),
        "sex": one.sex,
        "ethnicity": one.ethnicity,
        "nationality": "Việt Nam",
        "home_place": one.home_place,
        "birth_place": one.home_place,
    }


def spouse_facts(one: Somebody) -> dict[str, str]:
    """A parent or spouse as an entry holds them."""
    return {
        "number": one.number,
        "name": one.name,
        "born": one.born.isoformat(),
        "ethnicity": one.ethnicity,
        "nationality": "Việt Nam",
        "residence": one.residence_text,
    }


def _record(register: str, key: str, data: dict[str, Any], since: dt.date) -> Record:
    return shape.row(schemas.of(register), key, data, valid_from=min(since, clock.today()))
