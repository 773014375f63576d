"""A letter of a ward to another: drafted, approved, signed, sent, received, answered, taken back."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable

import pytest

from motcua.core import jobs
from motcua.core.documents import queries as documents
from motcua.core.documents import store
from motcua.core.documents.models import Document
from motcua.core.errors import Conflict, UserError
from motcua.engines import edxml
from motcua.engines.edxml import BusinessType, StatusCode
from motcua.systems.dispatch import messages, queries, statuses
from motcua.systems.dispatch.actions import drafting, receiving, sending, signing, work_files
from motcua.systems.dispatch.axis import exchange
from motcua.systems.dispatch.models import Fault, Incoming, Outgoing, Stage
from motcua.systems.dispatch.tests.conftest import FRIDAY_MORNING, Axis

VN = dt.timezone(dt.timedelta(hours=7))


def test_a_letter_is_drafted_approved_signed_and_sent_and_its_receipts_come_back(axis: Axis) -> None:
    letter = axis.sent(head_id=axis.ours.vice.officer_id)
    assert letter.sign == "01/UBND-TP"
    came = axis.arrived(letter)
    assert (came.status, came.signature, came.trusted) == ("01", "valid", True)
    assert came.files[0]["name"] == "01-UBND-TP.pdf"
    receiving.enter(axis.theirs.clerk, came.uuid)
    (task,) = receiving.assign(
        axis.theirs.chair,
        came.uuid,
        [axis.theirs.social.officer_id or 0],
        "Xác minh và trả lời",
        dt.date(2026, 11, 27),
    )
    receiving.begin(axis.theirs.social, task.uuid)
    receiving.finish_task(axis.theirs.social, task.uuid, "Đã xác minh")
    receiving.finish(axis.theirs.clerk, came.uuid)
    axis.poll()
    (row,) = letter.sendings.all()
    assert row.status == "06"
    assert [each.code for each in row.notes.order_by("id")] == ["01", "03", "04", "05", "06"]


def test_the_signed_letter_is_a_pdf_with_the_leaders_signature_and_the_seal(axis: Axis) -> None:
    letter = axis.signed()
    signed = Document.objects.get(pk=letter.document_pk or 0)
    assert signed.number == letter.sign
    assert [each.role for each in signed.signatures.order_by("place")] == ["person", "seal"]
    assert documents.content(signed).startswith(b"%PDF")


def test_numbers_run_by_kind_and_year_without_gaps_and_a_cancelled_one_is_shown(
    axis: Axis, friday: Callable[..., None]
) -> None:
    first, second, plan = axis.signed(), axis.signed(), axis.signed(type_code="KH")
    assert [first.sign, second.sign, plan.sign] == ["01/UBND-TP", "02/UBND-TP", "01/KH-UBND"]
    signing.cancel_number(axis.ours.clerk, second.uuid, "Ký nhầm bản dự thảo")
    third = axis.signed()
    assert third.number == 3
    book = {each.sign: each.stage for each in queries.outgoing(axis.ours.clerk, axis.ours.agency.pk, "book")}
    assert book["02/UBND-TP"] == Stage.CANCELLED
    friday(dt.datetime(2027, 1, 4, 9, 0, tzinfo=VN))
    assert axis.signed().number == 1


def test_a_draft_given_back_says_why_and_takes_no_number(axis: Axis) -> None:
    letter = drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft())
    drafting.submit(axis.ours.clerk, letter.uuid)
    with pytest.raises(Conflict):
        signing.sign(axis.ours.vice, letter.uuid)
    back = drafting.send_back(axis.ours.chair, letter.uuid, "Bổ sung căn cứ")
    assert (back.stage, back.returned, back.number) == (Stage.DRAFT, "Bổ sung căn cứ", None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"body": ""}, "body"),
        ({"receivers": []}, "receivers"),
        ({"type_code": "XX"}, "type_code"),
        ({"priority": 9}, "priority"),
        ({"due": dt.date(2026, 1, 1)}, "due"),
    ],
)
def test_what_is_missing_in_a_draft_is_told_at_its_field(
    axis: Axis, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(UserError) as told:
        drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft(**wrong))
    assert told.value.field == field


def test_only_who_has_the_right_signs(axis: Axis) -> None:
    with pytest.raises(UserError) as told:
        axis.signed(leader_id=axis.ours.social.officer_id)
    assert told.value.field == "leader"


def test_a_secret_document_never_comes_onto_this_network(axis: Axis) -> None:
    with pytest.raises(UserError, match="secret document"):
        drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft(secrecy="mat"))
    line = drafting.enter_secret(
        axis.ours.clerk, axis.ours.agency.pk, type_code="CV", secrecy="toi_mat", receiver="Công an tỉnh"
    )
    assert line.number == 1
    assert line.stage == Stage.PAPER
    assert "Tối mật" in line.subject
    assert line.document_pk is None
    with pytest.raises(UserError):
        receiving.enter_paper(
            axis.ours.clerk,
            axis.ours.agency.pk,
            sender="Công an tỉnh",
            code="12",
            secrecy="mat",
            subject="Nội dung",
        )


def test_it_is_sent_by_the_next_working_morning_and_at_once_when_urgent(axis: Axis) -> None:
    assert axis.signed().send_by == dt.datetime(2026, 11, 23, 11, 30, tzinfo=VN)
    assert axis.signed(priority=3).send_by == FRIDAY_MORNING + dt.timedelta(hours=1)


def test_receipt_is_acknowledged_within_the_day_and_the_late_are_listed(
    axis: Axis, friday: Callable[..., None]
) -> None:
    came = axis.arrived(axis.sent())
    assert came.acknowledge_by == dt.datetime(2026, 11, 20, 17, 0, tzinfo=VN)
    assert list(queries.incoming(axis.theirs.agency.pk, "late")) == []
    friday(dt.datetime(2026, 11, 20, 17, 30, tzinfo=VN))
    assert list(queries.incoming(axis.theirs.agency.pk, "late")) == [came]
    assert queries.counts(axis.theirs.clerk, axis.theirs.agency.pk).late_to_enter == 1


def test_the_urgent_come_first(axis: Axis) -> None:
    axis.sent()
    urgent = axis.sent(priority=2, subject="V/v phòng chống lũ")
    axis.poll()
    assert queries.incoming(axis.theirs.agency.pk)[0].edxml_id == urgent.edxml_id


def test_a_letter_is_found_without_accents(axis: Axis) -> None:
    letter = axis.sent(subject="V/v phòng chống lũ quét")
    came = axis.arrived(letter)
    assert list(queries.incoming(axis.theirs.agency.pk, text="lu quet")) == [came]
    assert list(queries.outgoing(axis.ours.clerk, axis.ours.agency.pk, text="lũ 01/UBND")) == [letter]
    assert list(queries.incoming(axis.theirs.agency.pk, text="dong dat")) == []


def test_a_wrong_letter_is_returned_with_the_reason(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    with pytest.raises(UserError):
        receiving.refuse(axis.theirs.clerk, came.uuid, " ")
    receiving.refuse(axis.theirs.clerk, came.uuid, "Gửi nhầm cơ quan")
    axis.poll()
    (row,) = letter.sendings.all()
    assert row.status == StatusCode.REFUSED
    assert row.notes.get(code="02").description == "Gửi nhầm cơ quan"


def test_a_letter_is_recalled_when_the_receiver_agrees(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    receiving.enter(axis.theirs.clerk, came.uuid)
    axis.poll()
    sending.recall(axis.ours.clerk, letter.uuid, "Sai nội dung")
    jobs.run_all()
    axis.poll()
    came.refresh_from_db()
    assert (came.standing, came.reason) == ("asked_back", "Sai nội dung")
    with pytest.raises(Conflict):
        receiving.refuse(axis.theirs.clerk, came.uuid, "x")
    receiving.answer_recall(axis.theirs.clerk, came.uuid, True)
    axis.poll()
    letter.refresh_from_db()
    came.refresh_from_db()
    assert letter.stage == Stage.RECALLED
    assert came.standing == "withdrawn"


def test_a_status_13_asks_a_letter_back_as_a_recall_does(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    ours = axis.ours.agency
    about = edxml.ResponseFor(axis.theirs.agency.code, letter.sign, "2026/11/20", letter.edxml_id)
    header = edxml.StatusHeader(
        edxml.Organ(ours.code, "", ours.name),
        about,
        edxml.Staff(),
        "13",
        "Nhầm số liệu",
        "2026/11/20 10:00:00",
    )
    exchange.accept(axis.member, edxml.write(edxml.Status(header), messages.seal_of(ours)))
    axis.poll()
    came.refresh_from_db()
    assert (came.standing, came.reason) == ("asked_back", "Nhầm số liệu")
    receiving.answer_recall(axis.theirs.clerk, came.uuid, True)
    axis.poll()
    assert letter.sendings.get().notes.filter(code=StatusCode.RECALL_AGREED).exists()
    came.refresh_from_db()
    assert came.standing == "withdrawn"


def test_a_receiver_may_refuse_to_give_back_and_says_why(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    sending.recall(axis.ours.clerk, letter.uuid, "Sai nội dung")
    jobs.run_all()
    axis.poll()
    with pytest.raises(UserError):
        receiving.answer_recall(axis.theirs.clerk, came.uuid, False)
    receiving.answer_recall(axis.theirs.clerk, came.uuid, False, "Đã giải quyết xong")
    axis.poll()
    (row,) = letter.sendings.all()
    assert row.status == StatusCode.RECALL_REFUSED
    letter.refresh_from_db()
    assert letter.stage == Stage.SENT


def test_a_letter_replaced_by_another_says_so_on_both_sides(axis: Axis) -> None:
    old = axis.sent()
    came = axis.arrived(old)
    new = axis.sent(concerns=old, business="3", subject="V/v thay thế công văn trước")
    newer = axis.arrived(new)
    came.refresh_from_db()
    old.refresh_from_db()
    assert (old.stage, came.standing, came.replaced_by) == (Stage.REPLACED, "replaced", newer)


def test_an_update_before_it_is_entered_is_taken_at_once(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    before = came.digest
    sending.update(axis.ours.clerk, letter.uuid, "Gửi lại tệp bị lỗi")
    jobs.run_all()
    axis.poll()
    came.refresh_from_db()
    assert came.digest != before
    assert came.standing == ""
    (row,) = letter.sendings.all()
    assert row.notes.filter(code="15").exists()


def test_an_answer_is_tied_to_the_letter_that_asked(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    receiving.enter(axis.theirs.clerk, came.uuid)
    theirs = axis.theirs
    answer = drafting.draft(
        theirs.clerk, theirs.agency.pk,
        axis.draft(
            receivers=[(axis.ours.agency.code, axis.ours.agency.name)], leader_id=theirs.chair.officer_id, answers=came
        ),
    )  # fmt: skip
    drafting.submit(theirs.clerk, answer.uuid)
    sending.send(theirs.clerk, signing.sign(theirs.chair, answer.uuid).uuid)
    jobs.run_all()
    axis.poll()
    back = Incoming.objects.get(agency_id=axis.ours.agency.pk)
    assert back.responds_to == letter


def test_sending_again_sends_nothing_twice(axis: Axis) -> None:
    letter = axis.sent()
    sending.send(axis.ours.clerk, letter.uuid)
    sending.deliver(letter.pk, BusinessType.NEW)
    axis.poll()
    axis.poll()
    assert Incoming.objects.count() == 1


def test_a_receiver_that_no_axis_knows_becomes_work_for_a_person(axis: Axis) -> None:
    letter = axis.sent(receivers=[("G99", "Bộ không có")])
    (row,) = letter.sendings.all()
    assert (row.state, row.fault) == ("failed", "Không có trục nào biết nơi nhận này")
    fault = Fault.objects.get(kind="send")
    assert (fault.axis_code, fault.agency_id) == (18, axis.ours.agency.pk)


def test_a_late_receipt_is_noted_and_moves_nothing_back() -> None:
    assert statuses.leads_on("01", "06")
    assert not statuses.leads_on("06", "03")
    assert not statuses.leads_on("02", "03")
    assert statuses.may_follow("05", "13")
    assert not statuses.may_follow("15", "13")
    assert statuses.may_follow("13", "16")
    assert not statuses.may_follow("01", "16")


def test_a_work_file_gathers_is_closed_and_goes_to_the_archive_with_its_manifest(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    theirs = axis.theirs
    receiving.enter(theirs.clerk, came.uuid)
    file = work_files.open_file(theirs.clerk, theirs.agency.pk, "Xác minh hộ tịch năm 2026", "hai_muoi")
    with pytest.raises(UserError, match="nothing in"):
        work_files.close(theirs.clerk, file.uuid)
    work_files.add(theirs.clerk, file.uuid, "incoming", came.uuid)
    work_files.add(theirs.clerk, file.uuid, "incoming", came.uuid)
    (task,) = receiving.assign(theirs.chair, came.uuid, [theirs.social.officer_id or 0], "Trả lời", None)
    work_files.add(theirs.clerk, file.uuid, "assignment", task.uuid)
    with pytest.raises(UserError, match="not done"):
        work_files.close(theirs.clerk, file.uuid)
    receiving.finish_task(theirs.social, task.uuid, "Xong")
    work_files.close(theirs.clerk, file.uuid)
    with pytest.raises(Conflict):
        work_files.add(theirs.clerk, file.uuid, "incoming", came.uuid)
    done = work_files.hand_over(theirs.clerk, file.uuid)
    assert done.keep_until == dt.date(2046, 12, 31)
    assert done.hand_over_by == dt.date(2027, 11, 20)
    with zipfile.ZipFile(io.BytesIO(store.get(done.digest))) as archive:
        manifest = json.loads(archive.read("muc-luc.json"))
        assert [each["kind"] for each in manifest["items"]] == ["incoming", "assignment"]
        for item in manifest["items"]:
            for one in item["files"]:
                assert len(archive.read(one["path"])) == one["size"]


def test_the_book_of_incoming_documents_has_no_gaps(axis: Axis) -> None:
    numbers = [receiving.enter(axis.theirs.clerk, axis.arrived(axis.sent()).uuid).entered for _ in range(2)]
    paper = receiving.enter_paper(
        axis.theirs.clerk,
        axis.theirs.agency.pk,
        sender="Trường Tiểu học",
        code="5/TTr",
        secrecy="",
        subject="Xin sửa mái",
    )
    assert [*numbers, paper.entered] == [1, 2, 3]
    assert Outgoing.objects.count() == 2
