"""Every figure can be worked out again from what stands beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases.models import IndicatorDay
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.systems.indicators import figures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        IndicatorDay.objects.all().delete()
        yield


def day(service: str, **sums: int) -> IndicatorDay:
    """A day's sums of a service at the ward, through the portal."""
    agency = organisations.agency("H55.237")
    return IndicatorDay.objects.create(
        day=clock.today(), agency=agency, service_code=service, channel="portal", **sums
    )


def share(name: str, **narrower: Any) -> float | None:
    found = {one.id: one for one in figures.figures(figures.month(), **narrower)}
    return found[name].share


def test_online_share_leaves_out_cases_assisted_at_the_desk() -> None:
    day("1.001193", received=4, online=3, assisted=1, finished=4, finished_online=3)
    assert share("online_cases") == 0.75


def test_on_time_is_over_all_that_was_finished() -> None:
    day("1.001193", finished=5, on_time=4, late=1)
    assert share("on_time") == 0.8


def test_a_service_that_nobody_used_counts_against_the_live_share() -> None:
    day("1.001193", online=2)
    found = {one.id: one for one in figures.figures(figures.month())}
    assert (found["live_services"].over, found["live_services"].under) == (1, 3)
    assert found["full_online"].share == 1


def test_nothing_to_divide_by_is_no_zero() -> None:
    assert share("satisfied") is None


def test_found_facts_are_weighed_against_asked_ones() -> None:
    day("1.001193", asked=5, found=28)
    assert share("found_facts") == pytest.approx(28 / 33)


def test_savings_follow_the_published_formula() -> None:
    day("1.001193", finished_online=2)
    saved = figures.savings(figures.month())
    from motcua.core.services import queries as services

    one = services.current("1.001193", clock.today()).saved(asked=0, papers=0, trips=0, on=clock.today())
    assert (saved.papers, saved.trips, saved.money) == (one.papers * 2, one.trips * 2, one.money * 2)
    assert saved.money > 0


def test_figures_can_be_narrowed_to_a_service_and_an_agency() -> None:
    day("1.001193", finished=1, on_time=1)
    day("2.000635", finished=1, late=1)
    assert share("on_time", service_code="1.001193") == 1
    assert share("on_time", agency_id=organisations.agency("H05.200").pk) is None


def test_the_page_shows_formula_target_and_numbers(client: Client) -> None:
    day("1.001193", received=4, online=3, finished=4, finished_online=3)
    page = client.get("/chi-so/").content.decode()
    assert "75,0%" in page
    assert "Hồ sơ nộp trực tuyến đã giải quyết xong ÷ tổng hồ sơ đã giải quyết xong" in page
    assert "mục tiêu 80%" in page


def test_an_empty_period_helps(client: Client) -> None:
    assert "Chưa có hồ sơ nào trong kỳ này" in client.get("/chi-so/").content.decode()


def test_a_date_that_is_none_is_said(client: Client) -> None:
    answer = client.get("/chi-so/?tu=hom-qua")
    assert answer.status_code == 400
    assert "hom-qua" in answer.content.decode()


def test_a_machine_reads_the_same_figures(client: Client) -> None:
    day("1.001193", finished=5, on_time=4, late=1)
    assert client.get("/chi-so/so-lieu.json").json()["indicators"]["on_time"]["share"] == 0.8


def test_a_month_ends_today_while_it_lasts() -> None:
    assert figures.month(dt.date(2024, 2, 10)).last == dt.date(2024, 2, 29)
    assert figures.month().last == clock.today()
