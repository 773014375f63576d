"""The morning's differences: few, each with somebody whose it is, until it is explained."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER
from tests.people import CHAIR, CLERK

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.systems.exchange import comparing
from motcua.systems.exchange.jobs import compare
from motcua.systems.exchange.models import Difference, Member
from motcua.systems.exchange.tests.conftest import EDITOR, World
from motcua.systems.exchange.tests.test_operations import told

PAGE = "/lien-thong/khac-biet/"


@pytest.fixture
def yesterday() -> dt.datetime:
    return clock.now() - dt.timedelta(days=1)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_end_that_told_nothing_all_day_is_one_piece_of_work_and_closes_when_it_tells(
    exchange: World, yesterday: dt.datetime
) -> None:
    for number in range(40):
        told(exchange, f"m{number}", yesterday, sides="client")
    compare()
    (work,) = Difference.objects.all()
    assert (work.what, work.calls, work.owner) == ("silent", 40, exchange.province)
    for number in range(39):
        told(exchange, f"m{number}", yesterday, sides="provider")
    compare()
    work.refresh_from_db()
    assert "báo số liệu muộn" in work.explanation
    (left,) = Difference.objects.filter(explained_at=None)
    assert (left.message, left.what, left.owner) == ("m39", "not_answered", exchange.province)


def test_who_lacks_the_record_is_asked_and_for_two_contents_those_who_run_it(
    exchange: World, yesterday: dt.datetime
) -> None:
    told(exchange, "fine", yesterday)
    told(exchange, "unasked", yesterday, sides="provider")
    told(exchange, "changed", yesterday, sides="client", answer_digest="aa")
    told(exchange, "changed", yesterday, sides="provider", answer_digest="bb")
    compare()
    owners = {one.message: one.owner for one in Difference.objects.all()}
    assert owners == {"unasked": exchange.ward, "changed": None}


def test_a_digest_is_the_same_in_hex_and_in_base64(exchange: World, yesterday: dt.datetime) -> None:
    digest = bytes(range(32))
    told(exchange, "m", yesterday, sides="client", answer_digest=digest.hex().upper())
    told(exchange, "m", yesterday, sides="provider", answer_digest=base64.b64encode(digest).decode())
    compare()
    assert not Difference.objects.exists()


def test_clocks_that_differ_by_minutes_over_midnight_make_no_work(exchange: World) -> None:
    midnight = dt.datetime.combine(clock.today(), dt.time(), clock.now().tzinfo) - dt.timedelta(days=1)
    told(exchange, "late clock", midnight - dt.timedelta(seconds=1), sides="client")
    told(exchange, "late clock", midnight + dt.timedelta(minutes=3), sides="provider")
    told(exchange, "early clock", midnight + dt.timedelta(minutes=3), sides="client")
    told(exchange, "early clock", midnight - dt.timedelta(seconds=1), sides="provider")
    compare()
    assert not Difference.objects.exists()


def test_somebody_looks_into_it_and_explains_it_once(exchange: World, yesterday: dt.datetime) -> None:
    told(exchange, "fine", yesterday)
    told(exchange, "lost", yesterday, sides="client")
    compare()
    work = Difference.objects.get()
    comparing.take_up(EDITOR, work)
    work.refresh_from_db()
    assert work.taken_by == "Biên tập"
    comparing.explain(EDITOR, work, "cổng tỉnh khởi động lại")
    with pytest.raises(Conflict):
        comparing.explain(EDITOR, work, "lần nữa")
    with pytest.raises(Conflict):
        comparing.take_up(EDITOR, work)
    compare()
    assert Difference.objects.get().explanation == "cổng tỉnh khởi động lại", "explained stays explained"


def test_the_head_of_an_agency_sees_its_own_and_nobody_else_s(
    exchange: World, yesterday: dt.datetime, client: Client
) -> None:
    with acting(SYSTEM):
        phuong = Agency.objects.get(code="H55.237")
        Member.objects.filter(pk=exchange.ward.pk).update(agency_id=phuong.pk)
    told(exchange, "fine", yesterday)
    told(exchange, "ours", yesterday, sides="provider")
    told(exchange, "theirs", yesterday, sides="client")
    compare()
    with acting(SYSTEM):
        sign_in(client, CHAIR)
    page = text(client.get(PAGE))
    assert "ours" in page
    assert "theirs" not in page

    def explain(name: str, said: str) -> Any:
        which = Difference.objects.get(message=name).pk
        return client.post(PAGE, {"act": "explain", "difference": which, "explanation": said})

    assert explain("theirs", "x").status_code == 404
    taken = {"act": "take", "difference": Difference.objects.get(message="ours").pk}
    assert [client.post(PAGE, taken).status_code for _ in range(2)] == [303, 303]
    empty = explain("ours", " ")
    assert (empty.status_code, "không được để trống" in text(empty)) == (400, True)
    assert explain("ours", "máy hỏng").status_code == 303
    assert "Hai bên khớp nhau" in text(client.get(PAGE))


def test_a_clerk_does_not_see_them_and_those_who_run_it_see_all_in_both_languages(
    exchange: World, yesterday: dt.datetime, client: Client
) -> None:
    told(exchange, "quiet", yesterday, sides="client")
    compare()
    with acting(SYSTEM):
        sign_in(client, CLERK)
    assert client.get(PAGE).status_code in (403, 404)
    desk = Client()
    with acting(SYSTEM):
        sign_in(desk, APPROVING_OFFICER)
    assert "Cổng bên kia không báo số liệu cả ngày" in text(desk.get(PAGE))
    assert "told nothing all day" in text(desk.get(f"{PAGE}?lang=en"))
    stranger = Actor(ActorKind.OFFICER, "Người lạ", account_id=1, groups=frozenset({"chair"}), unit_ids=(-1,))
    with pytest.raises(NotFound):
        comparing.take_up(stranger, Difference.objects.get())
