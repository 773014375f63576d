"""Asking for a document back: in the way that the partner understands, as often as needed, and seen when it fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from motcua.core import jobs
from motcua.core.documents import store
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import edxml
from motcua.systems.dispatch.actions import admitting, receiving, sending
from motcua.systems.dispatch.models import AxisMessage, Fault, Incoming, Outgoing, Stage
from motcua.systems.dispatch.tests.conftest import FRIDAY_MORNING, Axis


def recalled(axis: Axis, letter: Outgoing, reason: str) -> Incoming:
    sending.recall(axis.ours.clerk, letter.uuid, reason)
    jobs.run_all()
    axis.poll()
    return Incoming.objects.get(agency_id=axis.theirs.agency.pk, edxml_id=letter.edxml_id)


@pytest.mark.parametrize(("way", "kind", "business"), [("business", "edoc", "1"), ("status", "status", "13")])
def test_a_partner_is_asked_for_a_document_back_in_the_way_it_understands(
    axis: Axis, way: str, kind: str, business: str
) -> None:
    admitting.note_recalling(SYSTEM, axis.member.uuid, way, "Tài liệu kết nối, bản 2.1")
    letter = axis.sent()
    axis.arrived(letter)
    before = set(AxisMessage.objects.values_list("pk", flat=True))
    came = recalled(axis, letter, "Sai số liệu")
    assert (came.standing, came.reason) == ("asked_back", "Sai số liệu")
    (asked,) = AxisMessage.objects.filter(from_organ=axis.ours.agency.code).exclude(pk__in=before)
    message = edxml.read(store.get(asked.digest)).message
    told = message.header.code if isinstance(message, edxml.Status) else message.business
    assert (asked.message_type, told) == (kind, business)


@pytest.mark.parametrize("way", ["business", "status"])
def test_what_was_not_given_back_may_be_asked_for_again(
    axis: Axis, way: str, friday: Callable[[dt.datetime], None]
) -> None:
    admitting.note_recalling(SYSTEM, axis.member.uuid, way, "Tài liệu kết nối, bản 2.1")
    letter = axis.sent()
    came = recalled(axis, letter, "Sai số liệu") if axis.arrived(letter) else None
    assert came
    receiving.answer_recall(axis.theirs.clerk, came.uuid, False, "Đã giải quyết xong")
    axis.poll()
    friday(FRIDAY_MORNING + dt.timedelta(minutes=5))
    assert recalled(axis, letter, "Lãnh đạo yêu cầu").reason == "Lãnh đạo yêu cầu"
    receiving.answer_recall(axis.theirs.clerk, came.uuid, True)
    axis.poll()
    letter.refresh_from_db()
    assert letter.stage == Stage.RECALLED


def test_a_way_that_departs_from_the_rule_says_from_where_it_is_known(axis: Axis) -> None:
    for given, field in ((("status", " "), "recall_source"), (("fax", "Bà Hoa"), "recall_by")):
        with pytest.raises(UserError) as wrong:
            admitting.note_recalling(SYSTEM, axis.member.uuid, *given)
        assert wrong.value.field == field
    assert admitting.note_recalling(SYSTEM, axis.member.uuid, "", "").recall_by == ""


def test_a_recall_that_does_not_get_through_leaves_the_letter_sent_and_is_asked_again(axis: Axis) -> None:
    letter = axis.sent()
    axis.arrived(letter)
    admitting.suspend(SYSTEM, axis.member.uuid, "Kiểm tra")
    sending.recall(axis.ours.clerk, letter.uuid, "Sai số liệu")
    jobs.run_all()
    row = letter.sendings.get()
    assert row.state == "sent"
    assert row.fault
    assert Fault.objects.get(kind="send").what.startswith("Yêu cầu thu hồi văn bản 01/UBND-TP không gửi được")
    admitting.resume(SYSTEM, axis.member.uuid)
    assert recalled(axis, letter, "Sai số liệu").standing == "asked_back"
