"""Registers say what is, since when, to whom, and only their master writes."""

from __future__ import annotations

import datetime as dt

import pytest

from motcua.core import clock, jobs
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.queries import reads_of
from motcua.core.registers import actions, queries
from motcua.core.registers.connector import number_answered
from motcua.core.registers.contrib import sandbox
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import NumberRequest, Record

pytestmark = pytest.mark.usefixtures("registers")
CHILD = {"name": "TRẦN NGỌC MINH CHÂU", "sex": "Nữ", "born": "2026-11-15", "ethnicity": "Kinh"}


def number_of(name: str) -> str:
    return str(demo_people()["people"][name]["number"])


def test_a_person_is_found_with_what_the_law_asks(officer: Actor) -> None:
    lan_anh = queries.person(officer, number_of("lan_anh"), purpose="Đăng ký khai sinh", case_id=5)
    assert lan_anh is not None
    assert (lan_anh.name, lan_anh.born) == ("NGUYỄN THỊ LAN ANH", dt.date(1995, 3, 8))
    assert lan_anh.residence_text.endswith("Phường Phan Đình Phùng, Tỉnh Thái Nguyên")


def test_the_person_sees_who_looked_and_why(officer: Actor) -> None:
    queries.person(officer, number_of("lan_anh"), purpose="Đăng ký khai sinh", case_id=5)
    newest = reads_of(number_of("lan_anh"))[0]
    assert (newest.who, newest.purpose, newest.case_id) == ("Đặng Thị Hồng Thủy", "Đăng ký khai sinh", 5)
    assert all(look.who != "Đặng Thị Hồng Thủy" for look in reads_of(number_of("duc")))


def test_names_are_found_without_accents(officer: Actor) -> None:
    found = queries.search_people(officer, "tran minh duc", purpose="Tiếp nhận tại quầy")
    assert number_of("duc") in [person.number for person in found]


def test_the_marriage_of_two_people_names_its_book(officer: Actor) -> None:
    marriage = queries.marriage_of(officer, number_of("mai"), number_of("thang"), purpose="Xác minh")
    assert marriage is not None
    assert (marriage.number, marriage.year) == (118, 2020)
    assert marriage.agency_code.startswith("H05.")
    assert queries.marriage_of(officer, number_of("mai"), number_of("duc"), purpose="Xác minh") is None


def test_what_was_known_then_can_be_asked_again(officer: Actor) -> None:
    number = number_of("teo")
    before = clock.now()
    actions.write(SYSTEM, queries.SOCIAL, number, {"pension": False}, valid_from=dt.date(2026, 11, 1))
    now = queries.read(officer, queries.SOCIAL, number, purpose="Trợ cấp", on=dt.date(2026, 11, 20))
    then = queries.read(
        officer, queries.SOCIAL, number, purpose="Trợ cấp", on=dt.date(2026, 10, 1), known_at=before
    )
    assert now is not None
    assert then is not None
    assert (now.data["pension"], then.data["pension"]) == (False, True)


def test_an_attribute_is_written_only_at_its_master() -> None:
    with pytest.raises(actions.NotMaster) as refused:
        actions.write(SYSTEM, queries.POPULATION, number_of("duc"), {"name": "TRẦN ĐỨC"})
    assert refused.value.field == "name"
    actions.write(SYSTEM, queries.POPULATION, number_of("duc"), {"residence_text": "Số 1"})


def test_an_unknown_attribute_is_named() -> None:
    with pytest.raises(UserError, match="shoe_size"):
        actions.write(SYSTEM, queries.POPULATION, number_of("duc"), {"shoe_size": 42})


def open_entry(case_id: int) -> queries.Entry:
    return actions.open_civil_entry(
        SYSTEM,
        queries.BIRTHS,
        agency_code="H55.237",
        agency_name="Ủy ban nhân dân phường Phan Đình Phùng",
        data={"person": CHILD},
        person_numbers=[],
        case_id=case_id,
    )


def test_a_book_numbers_without_gaps_and_once_for_a_case() -> None:
    first, again, second = open_entry(901), open_entry(901), open_entry(902)
    assert again.number == first.number
    assert second.number == first.number + 1


def test_a_pending_entry_becomes_the_register_s_word_when_confirmed(officer: Actor) -> None:
    entry = open_entry(901)
    assert not Record.objects.filter(register_id="civil_status", case_id=901).exists()
    actions.confirm_civil_entry(SYSTEM, 901, queries.BIRTHS)
    found = queries.civil_entry(officer, "births", "H55.237", entry.year, entry.number, purpose="Trích lục")
    assert found is not None
    assert found.state == "effective"
    assert Record.objects.filter(register_id="civil_status", case_id=901).count() == 1


def test_a_newborn_gets_a_number_that_the_law_would_give() -> None:
    request = actions.request_personal_number(SYSTEM, CHILD, 901)
    assert request.state == "issued"
    assert request.number.startswith("019326")
    assert queries.person(SYSTEM, request.number, purpose="Kiểm tra") is not None


def test_a_number_that_comes_late_is_asked_for_again_and_told_once() -> None:
    sandbox.behave("late", delay_seconds=0)
    told: list[str] = []
    listener = lambda request: told.append(request.number)  # noqa: E731
    number_answered.register(listener)
    request = actions.request_personal_number(SYSTEM, CHILD, 901)
    assert request.state == "requested"
    actions.ask_for_number_again(request.pk)
    actions.ask_for_number_again(request.pk)
    request.refresh_from_db()
    assert request.state == "issued"
    assert told == [request.number]


@pytest.mark.parametrize(("mode", "state"), [("duplicate", "suspected_duplicate"), ("refuse", "refused")])
def test_a_doubt_or_refusal_comes_with_its_reason(mode: str, state: str) -> None:
    sandbox.behave(mode)
    request = actions.request_personal_number(SYSTEM, CHILD, 901)
    assert request.state == state
    assert request.reason


def test_a_silent_population_database_loses_nothing() -> None:
    sandbox.behave("down")
    request = actions.request_personal_number(SYSTEM, CHILD, 901)
    assert request.state == "requested"
    sandbox.behave("normal")
    NumberRequest.objects.filter(pk=request.pk).update(attempts=1)
    actions.ask_for_number_again(request.pk)
    request.refresh_from_db()
    assert request.state == "issued"
    assert jobs.run_all() >= 0


def test_asking_twice_for_a_case_asks_once() -> None:
    one = actions.request_personal_number(SYSTEM, CHILD, 901)
    two = actions.request_personal_number(SYSTEM, CHILD, 901)
    assert (one.pk, one.number) == (two.pk, two.number)
