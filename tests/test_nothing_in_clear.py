"""Whoever carries the database away learns nobody's number, contacts, address or answers."""

from __future__ import annotations

import subprocess

import pytest

from motcua.config import postgres, testing
from motcua.config.postgres.cluster import environment
from motcua.config.postgres.connection import dsn
from motcua.core.cases import actions, queries
from motcua.core.cases.models import Case, Task
from motcua.core.identity.models import Account, Party
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from tests.conftest import SignedIn
from tests.house import fresh_world, work
from tests.people import CLERK, REGISTRAR, number
from tests.test_three_doors import NAME, by_the_portal

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Bà Ngát hàng xóm nộp thay, đã gọi điện xin lỗi"
PHONE, EMAIL, ADDRESS = "+84912345678", "lan.anh.1995@example.vn", "Ngõ Hoa Phượng số 77"
PUBLISHED = {"public.services_serviceversion"}
"""Packs are public, test cases with the demonstration's people included."""


def dump() -> str:
    """The whole database as pg_dump writes it, with every row as text."""
    database = dsn(postgres.embedded_parameters(postgres.SUPERUSER, testing.TESTS, testing.DATABASE))
    program = postgres.programs(testing.TESTS).program("pg_dump")
    done = subprocess.run([program, database], env=environment(), capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def lines_with(text: str, value: str) -> list[str]:
    """Where a value stands: the table's COPY line of each row that has it."""
    found, table = [], ""
    for line in text.splitlines():
        if line.startswith("COPY "):
            table = line.split(" ", 2)[1]
        if value in line and table not in PUBLISHED:
            found.append(f"{table}: {line[:200]}")
    return found


def officer(username: str) -> Actor:
    with acting(SYSTEM):
        return actor_of(Account.objects.get(username=username))


def live_through_a_birth(signed_in: SignedIn) -> None:
    with acting(SYSTEM):
        mother = Party.objects.get(personal_number=number("lan_anh"))
        mother.phone, mother.email, mother.address_text = PHONE, EMAIL, ADDRESS
        mother.save(update_fields=["phone", "email", "address_text"])
    case = by_the_portal(signed_in(number("lan_anh")))
    work()
    clerk = officer(CLERK)
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    registrar = officer(REGISTRAR)
    with acting(registrar):
        actions.stop(registrar, case.uuid, WHY, "Điều 12")
        actions.resume(registrar, case.uuid, WHY)
    with acting(SYSTEM):
        step = Task.objects.get(case=case, state="open", verb="appraise")
    with acting(registrar):
        actions.complete_task(registrar, step.uuid, "accept", reason=WHY)
        assert WHY in [item.detail for item in queries.timeline(queries.case_for(registrar, case.uuid))]
    with acting(SYSTEM):
        assert Case.objects.get(pk=case.pk).data["answers"]["child"]["name"] == NAME.upper()


def test_a_dump_of_the_database_tells_nothing_of_a_person(signed_in: SignedIn) -> None:
    with fresh_world():
        live_through_a_birth(signed_in)
        text = dump()
    assert "cases_case" in text
    assert "case.submitted" in text
    planted = [
        PHONE,
        PHONE.removeprefix("+84"),
        EMAIL,
        ADDRESS,
        "hàng xóm nộp thay",
        number("lan_anh"),
        number("duc"),
    ]
    assert {value: lines_with(text, value) for value in planted if lines_with(text, value)} == {}
