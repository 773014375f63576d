"""Which registers an officer's agency reads, asked of the database itself, whatever Python would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from motcua.core.ledger.actor import ANONYMOUS, SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.core.registers import actions, consent, queries, schema, versions
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import CivilEntry, Consent, ConsentRevision, Record, Register

WARD, ELSEWHERE = "05443", "05488"


def agency(unit: str) -> Agency:
    return organisations.competent_agency("commune_committee", unit)


def officer(unit: str, *duties: str) -> Actor:
    pk = agency(unit).pk
    return Actor(
        ActorKind.OFFICER, "Cán bộ", officer_id=1, agency_id=pk, unit_ids=(pk,), groups=frozenset(duties)
    )


def rule(**who: Any) -> dict[str, Any]:
    return {"acts": ["read"], "legal_basis": "Luật", **who}


def book(owner: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "Sổ", "name_en": "Book", "owner": owner, "key": "Số", "legal_basis": "Luật",
        "access": {f"use_{place}": one for place, one in enumerate(rules)},
        "attributes": {"said": {"type": "text", "vi": "Ghi", "en": "Said", "personal": False}}, **more,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def books(registers: None) -> Iterator[None]:
    """Registers that differ in whom their rules name; each holds one record."""
    here = agency(WARD).code
    schema.forget()
    made = {
        "for_all": book("G01", rule(kinds=["officer"])),
        "owned": book(here),
        "of_the_ward": book("G01", rule(agencies=[here])),
        "of_officers_of_the_ward": book("G01", rule(kinds=["officer"], agencies=[here])),
        "of_a_duty": book("G01", rule(groups=["civil_status_officer"])),
        "of_a_duty_in_the_ward": book("G01", rule(groups=["civil_status_officer"], agencies=[here])),
        "answered_by_a_duty": book("G01", desk={"kind": "commune_committee", "group": "social_officer"}),
        "of_people": book("G01", rule(kinds=["citizen"])),
        "of_partners": book("G01", rule(partners=["sandbox-tax"])),
        "of_nobody": book("G01"),
    }
    versions.define(made)
    for slug in made:
        actions.write(SYSTEM, slug, "1", {"said": "x"})
    yield
    schema.forget()


OPEN = {"for_all"}
IN_THE_WARD = OPEN | {"owned", "of_the_ward", "of_officers_of_the_ward"}
WHO: dict[str, tuple[Callable[[], Actor], set[str]]] = {
    "an officer of the ward": (lambda: officer(WARD), IN_THE_WARD),
    "one with the duty": (
        lambda: officer(WARD, "civil_status_officer"),
        IN_THE_WARD | {"of_a_duty", "of_a_duty_in_the_ward"},
    ),
    "one who answers doubts": (lambda: officer(WARD, "social_officer"), IN_THE_WARD | {"answered_by_a_duty"}),
    "an officer elsewhere": (lambda: officer(ELSEWHERE), OPEN),
    "one with the duty elsewhere": (
        lambda: officer(ELSEWHERE, "civil_status_officer"),
        OPEN | {"of_a_duty"},
    ),
    "an officer without a post today": (
        lambda: Actor(ActorKind.OFFICER, "Cán bộ", officer_id=1, groups=frozenset({"civil_status_officer"})),
        set(),
    ),
    "nobody": (lambda: ANONYMOUS, set()),
}


@pytest.mark.parametrize("who", WHO)
def test_each_agency_reads_the_registers_that_are_open_to_it(who: str) -> None:
    make, expected = WHO[who]
    ours = Register.objects.filter(name="Sổ").values_list("slug", flat=True)
    with acting(make()):
        seen = set(Record.objects.filter(register_id__in=list(ours)).values_list("register_id", flat=True))
    assert seen == expected


@pytest.mark.parametrize("who", [who for who, (_, seen) in WHO.items() if "of_a_duty" not in seen])
def test_what_is_closed_is_neither_changed_nor_written(who: str) -> None:
    with acting(WHO[who][0]()):
        assert Record.objects.filter(register_id="of_a_duty").update(case_id=1) == 0
        with pytest.raises(ProgrammingError), transaction.atomic():
            Record.objects.create(register_id="of_a_duty", key="2", valid_from="2026-01-01")


def test_the_look_in_one_statement_finds_nothing_and_logs_nothing_where_it_is_closed() -> None:
    person = str(demo_people()["people"]["lan_anh"]["number"])
    stranger = officer(ELSEWHERE)
    with acting(stranger):
        assert queries.person(stranger, person, purpose="Thử") is not None
    _keep_for("population", agency(WARD).code)
    with acting(stranger):
        assert queries.person(stranger, person, purpose="Thử lần hai") is None
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_read where purpose = 'Thử lần hai'")
        assert cursor.fetchone() == (0,)


def test_books_are_open_where_the_civil_status_register_is() -> None:
    standing = CivilEntry.objects.count()
    assert standing
    _keep_for("civil_status", agency(WARD).code)
    for unit, expected in ((WARD, standing), (ELSEWHERE, 0)):
        with acting(officer(unit)):
            assert CivilEntry.objects.count() == expected


def test_a_consent_is_seen_where_its_register_is() -> None:
    person = demo_people()["people"]["lan_anh"]
    given = consent.give(
        Actor(ActorKind.CITIZEN, "Lan Anh", party_id=4711, level=2), person["number"], "bank-customer"
    )
    _keep_for("population", agency(WARD).code)
    for unit, expected in ((WARD, True), (ELSEWHERE, False)):
        with acting(officer(unit)):
            assert Consent.objects.filter(pk=given.pk).exists() is expected
            assert ConsentRevision.objects.filter(about_uuid=given.uuid).exists() is expected


def test_a_new_schema_opens_and_closes_at_once() -> None:
    stranger = officer(ELSEWHERE)
    with acting(stranger):
        assert not Record.objects.filter(register_id="of_the_ward").exists()
    versions.draft(SYSTEM, "of_the_ward", book("G01", rule(kinds=["officer"])))
    versions.publish(SYSTEM, "of_the_ward", 2)
    with acting(stranger):
        assert Record.objects.filter(register_id="of_the_ward").exists()


def _keep_for(slug: str, code: str) -> None:
    """Let the rules of a register name one agency only."""
    row = Register.objects.get(pk=slug)
    row.schema = {**row.schema, "desk": {}, "access": {"service": rule(kinds=["officer"], agencies=[code])}}
    row.save(update_fields=["schema"])
