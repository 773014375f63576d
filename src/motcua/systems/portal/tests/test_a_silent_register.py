"""A register is down while a form is filled in: asked instead, marked for the officer, compared once it answers."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.cases import prefill
from motcua.core.cases.actions import application_of, submit
from motcua.core.cases.models import Case, Draft
from motcua.core.documents import actions as documents
from motcua.core.errors import Unavailable
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.systems.portal.tests.conftest import work
from motcua.systems.portal.tests.test_wrong_data import officer, text_of

__all__ = ["officer"]
HOSPITAL = "health.birth_notice"
CHILD = {"name": "TRẦN NGỌC MINH CHÂU", "sex": "Nữ", "born": "2026-11-15", "birth_place": "Bệnh viện A"}


@pytest.fixture(autouse=True)
def today(friday: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the worker, which knows no other: what is to be asked again in five minutes is not due yet."""
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=7)))
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def silent() -> Iterator[Callable[[], None]]:
    """The hospitals' register does not answer; call to let it speak again."""

    def raises(reader: Any, arguments: list[Any]) -> Any:
        raise Unavailable("Không trả lời.", "No answer.")

    patched = pytest.MonkeyPatch()
    patched.setitem(prefill.SOURCES, HOSPITAL, raises)
    yield patched.undo
    patched.undo()


def test_what_a_silent_register_would_say_is_asked_marked_and_compared_later(
    mother: Client, officer: Client, silent: Callable[[], None]
) -> None:
    mother.post("/thu-tuc/khai-sinh/nop/")
    with acting(SYSTEM):
        draft = Draft.objects.get()
    assert draft.down == [HOSPITAL]
    tasks = text_of(mother.get(f"/don/{draft.uuid}/"))
    assert "Có cơ sở dữ liệu chưa trả lời" in tasks
    assert "Chúng tôi hỏi ông/bà những điều đó trước, rồi tự đối chiếu sau." in tasks
    with acting(SYSTEM):
        draft.answers = {"child": CHILD, "copies": 0}
        draft.files = {"birth_notice": []}
        draft.save()
        case = _submitted(draft)
    desk = f"/mot-cua/ho-so/{case.uuid}/"
    marked = text_of(officer.get(desk))
    assert "Chưa đối chiếu được: Giấy chứng sinh điện tử" in marked
    assert "Hệ thống hỏi lại năm phút một lần" in marked
    silent()
    make_due()
    work()
    compared = text_of(officer.get(desk))
    assert "Chưa đối chiếu được" not in compared
    assert "Cơ sở dữ liệu im lặng lúc nộp đã trả lời: khác ở" in compared


def _submitted(draft: Draft) -> Case:
    """The case that the draft becomes, with a paper that stands for the notice."""
    mother = Actor(ActorKind.CITIZEN, "NGUYỄN THỊ LAN ANH", party_id=draft.party_id, level=2)
    with acting(mother):
        paper = documents.upload(
            mother, name="giay-chung-sinh.png", stream=io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0" * 24)
        )
        draft.files = {"birth_notice": [str(paper.uuid)]}
        made = submit(mother, application_of(draft), draft.key)
    jobs.run_all()
    return Case.objects.get(uuid=made.case_uuid)


def make_due() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
        )
