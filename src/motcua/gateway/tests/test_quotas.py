"""Quotas: counted by the minute and by the day, over a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from motcua.gateway.configuration import Quota
from motcua.gateway.faults import Fault
from motcua.gateway.quotas import Quotas

CLIENT, SERVICE = "VN/GOV/A/x", "VN/GOV/B/y/z"
NOON = 1_795_348_800.0 // 86_400 * 86_400 + 43_200
DAILY = Quota(service=SERVICE, per_day=3)


def call(quotas: Quotas, now: float, quota: Quota = DAILY) -> None:
    quotas.leave(quotas.enter(quota, CLIENT, SERVICE, now))


def test_a_restart_goes_on_with_the_day_s_count(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    first = Quotas(file)
    for _ in range(2):
        call(first, NOON)
    first.keep(NOON)
    second = Quotas(file)
    assert second.told(NOON) == [{"client": CLIENT, "service": SERVICE, "today": 2}]
    call(second, NOON + 1)
    with pytest.raises(Fault, match="3 calls a day") as refused:
        call(second, NOON + 2)
    assert refused.value.retry_after_s == 43_198


def test_yesterday_s_count_is_no_use_today(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    first = Quotas(file)
    for _ in range(3):
        call(first, NOON)
    first.keep(NOON)
    second = Quotas(file)
    assert second.told(NOON + 86_400) == []
    call(second, NOON + 86_400)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"day": "x", "uses": [["a"]]}', '{"uses": 1, "day": 1}'])
def test_a_broken_file_lets_calls_through_and_is_written_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(content, encoding="utf-8")
    quotas = Quotas(file)
    call(quotas, NOON)
    quotas.keep(NOON)
    assert Quotas(file).told(NOON)[0]["today"] == 1


def test_nothing_is_written_where_nothing_was_called_or_nothing_can_be(tmp_path: Path) -> None:
    quotas = Quotas(tmp_path / "quotas.json")
    quotas.keep(NOON)
    assert list(tmp_path.iterdir()) == []
    lost = Quotas(tmp_path / "no such folder" / "quotas.json")
    call(lost, NOON)
    lost.keep(NOON)
    assert lost.told(NOON)[0]["today"] == 1


def test_a_minute_slides(tmp_path: Path) -> None:
    quotas = Quotas()
    limit = Quota(service=SERVICE, per_minute=1)
    call(quotas, NOON, limit)
    with pytest.raises(Fault, match="a minute"):
        call(quotas, NOON + 59, limit)
    call(quotas, NOON + 60, limit)
