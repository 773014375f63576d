"""Rows written before there were seals are taken apart by the migration's own steps."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from motcua.core.ledger.actor import Actor
from motcua.core.registers import queries
from motcua.core.registers.models import CivilEntry, Record
from motcua.core.sealing.keyring import PERSON, blind

pytestmark = pytest.mark.usefixtures("registers")
NUMBER = "019190888777"
FACTS = {"number": NUMBER, "name": "ĐINH CỔ LAI", "sex": "Nam", "born": "1990-02-02", "household": "TN-9"}


def test_an_old_row_is_sealed_and_found_afterwards(officer: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registers_record (uuid, register_id, version, key, data, sealed, terms, valid_from,"
            " recorded_at) values (gen_random_uuid(), 'population', 1, %s, %s, '{}', '{}', '1990-02-02', now())",
            [NUMBER, json.dumps(FACTS)],
        )
        cursor.execute(
            "insert into registers_civilentry (uuid, book, agency_code, agency_name, year, number, state,"
            " registered_on, data, person_numbers, people, opened_at) values (gen_random_uuid(), 'births', 'H55.237',"
            " 'Phường', 1990, 9999, 'effective', '1990-02-10', %s, %s, '{}', now())",
            [json.dumps({"person": FACTS}), json.dumps([NUMBER])],
        )
    upgrade = import_module("motcua.core.registers.migrations.0003_sealed")
    editor = SimpleNamespace(connection=connection)
    upgrade.seal_records(apps, editor)
    upgrade.seal_entries(apps, editor)
    with connection.cursor() as cursor:
        for table in ("registers_record", "registers_civilentry"):
            cursor.execute(
                f"select count(*) from {table} t where t::text like any (%s)", [[f"%{NUMBER}%", "%CỔ LAI%"]]
            )
            assert cursor.fetchone()[0] == 0
    found = queries.person(officer, NUMBER, purpose="Kiểm tra")
    assert found is not None
    assert found.name == "ĐINH CỔ LAI"
    assert [one.number for one in queries.search_people(officer, "dinh co", purpose="Kiểm tra")] == [NUMBER]
    assert CivilEntry.objects.get(people__contains=[blind(PERSON, NUMBER)]).number == 9999
    row = Record.objects.get(register_id="population", key=NUMBER)
    assert (row.data["born:year"], row.valid_from.isoformat()) == (1990, "1990-01-01")
