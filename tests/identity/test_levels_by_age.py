"""Levels of eID by age, as article 7 of Decree 69/2024 has them; a birthday counts on its day."""

from __future__ import annotations

import datetime as dt

import pytest

from motcua.core import clock
from motcua.core.identity.accounts import Standing, may_have_account, standing_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import Record
from motcua.systems.eid import holders

BORN = dt.date(2012, 12, 31)


@pytest.mark.parametrize(
    ("kind", "on", "standing"),
    [
        ("citizen", dt.date(2012, 12, 30), None),
        ("citizen", dt.date(2018, 12, 30), Standing(1, True)),
        ("citizen", dt.date(2018, 12, 31), Standing(2, True)),
        ("citizen", dt.date(2026, 12, 30), Standing(2, True)),
        ("citizen", dt.date(2026, 12, 31), Standing(2, False)),
        ("foreigner", dt.date(2018, 12, 30), Standing(1, True)),
        ("foreigner", dt.date(2018, 12, 31), Standing(2, True)),
        ("foreigner", dt.date(2040, 1, 1), Standing(2, True)),
        ("organisation", dt.date(2040, 1, 1), None),
    ],
)
def test_the_level_follows_kind_and_birthday(kind: str, on: dt.date, standing: Standing | None) -> None:
    assert standing_of(kind, BORN, on) == standing


def test_an_account_of_one_s_own_begins_on_the_fourteenth_birthday() -> None:
    assert not may_have_account(BORN, dt.date(2026, 12, 30))
    assert may_have_account(BORN, dt.date(2026, 12, 31))


@pytest.mark.django_db
def test_the_sandbox_eid_counts_by_the_birthday_not_by_the_year(monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(SYSTEM):
        rows = Record.objects.filter(register_id="population", superseded_at=None).order_by("id")
        child = next(row for row in rows if "2013-03-01" < row.facts["born"] < "2026-01-01"
                     and not row.facts.get("dead_on"))  # fmt: skip
        born = dt.date.fromisoformat(child.facts["born"])
        birthday = born.replace(year=born.year + 14)
        levels = []
        for day in (birthday - dt.timedelta(days=1), birthday):
            monkeypatch.setattr(clock, "today", lambda day=day: day)
            found = holders.holder(child.key)
            assert found is not None
            levels.append(found.level)
    assert levels == [1, 2]
