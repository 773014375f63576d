"""What the schema calls personal is in no table in clear, and is found all the same."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import actions, queries
from motcua.core.registers.data import demo_people
from motcua.core.registers.data.load import _population_record
from motcua.core.registers.population_sample import Place, generate

pytestmark = pytest.mark.usefixtures("registers")
PLANTED = {
    "number": "019195777123",
    "name": "LƯƠNG QUỲNH BẢO THOA",
    "born": "1995-04-17",
    "home": "Xóm Đồng Tâm Bí Mật",
    "mother": "019160777456",
}


def plant() -> str:
    child = {
        "name": PLANTED["name"],
        "sex": "Nữ",
        "born": PLANTED["born"],
        "home_place": PLANTED["home"],
        "mother_number": PLANTED["mother"],
    }
    actions.write(
        SYSTEM, queries.POPULATION, PLANTED["number"], {**child, "number": PLANTED["number"]},
        told_by=queries.CIVIL_STATUS,
    )  # fmt: skip
    actions.open_civil_entry(
        SYSTEM, queries.BIRTHS, agency_code="H55.237", agency_name="Phường", data={"person": child},
        person_numbers=[PLANTED["number"]], case_id=77001,
    )  # fmt: skip
    actions.confirm_civil_entry(SYSTEM, 77001, queries.BIRTHS)
    actions.request_personal_number(SYSTEM, {**child, "ethnicity": "Kinh"}, 77001)
    return PLANTED["number"]


def test_no_planted_value_is_in_clear_in_any_table_of_registers_or_ledger() -> None:
    plant()
    with connection.cursor() as cursor:
        for table in ("registers_record", "registers_civilentry", "registers_numberrequest", "ledger_event"):
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone()[0] > 0
            for value in PLANTED.values():
                cursor.execute(f"select count(*) from {table} t where t::text like %s", [f"%{value}%"])
                assert cursor.fetchone()[0] == 0, (table, value)


def test_a_person_is_found_by_number_and_by_the_beginning_of_names(officer: Actor) -> None:
    number = plant()
    for asked in (number, "luong quynh", "Quỳnh Bảo", "bao tho", "LƯƠNG QUỲNH BẢO THOA"):
        found = queries.search_people(officer, asked, purpose="Tiếp nhận tại quầy")
        assert number in [one.number for one in found], asked
    found = queries.search_people(officer, "bao quynh", purpose="Tiếp nhận tại quầy")
    assert number not in [one.number for one in found]


def test_children_are_found_by_a_sealed_number(officer: Actor) -> None:
    number = plant()
    found = queries.children_of(officer, PLANTED["mother"], purpose="Xác minh")
    assert number in [one.number for one in found]


def test_a_household_is_found_by_its_sealed_code(officer: Actor) -> None:
    people = demo_people()["people"]
    found = queries.household_of(officer, "TN-000001", purpose="Xác minh")
    assert {one.number for one in found} == {people["lan_anh"]["number"], people["duc"]["number"]}


def test_a_sealed_field_without_an_index_is_no_criterion(officer: Actor) -> None:
    with pytest.raises(UserError, match="cannot be searched"):
        queries.find(officer, queries.POPULATION, purpose="Xác minh", home_place="Hà Nội")


def test_what_is_open_still_counts_in_plain_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select data->>'sex', count(*) from registers_record"
            " where register_id = 'population' and (data->>'born:year')::int < 1980 group by 1"
        )
        counted = dict(cursor.fetchall())
    assert set(counted) == {"Nam", "Nữ"}
    assert min(counted.values()) > 10


def test_sealing_a_person_costs_less_than_a_millisecond() -> None:
    people = generate([Place("05443", "Phường Phan Đình Phùng", True)], people=400).people
    start = time.process_time()
    for one in people:
        row = _population_record(one)
        row._meta.get_field("sealed").pre_save(row, True)
    assert (time.process_time() - start) / len(people) < 0.001
