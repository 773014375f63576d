"""The pages as an officer meets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.urls import reverse

from motcua.core import jobs
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.dispatch import queries, rules
from motcua.systems.dispatch.actions import drafting, receiving, sending, signing, work_files
from motcua.systems.dispatch.models import Incoming, Outgoing, WorkFile
from motcua.systems.dispatch.tests.conftest import FRIDAY_MORNING, Axis

LISTS = ("incoming_list", "outgoing_list", "tasks", "files", "troubles", "write", "paper", "secret")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_opens_in_both_languages(axis: Axis, name: str, lang: str) -> None:
    client = axis.ours.browser()
    answer = client.get(reverse(f"dispatch:{name}"), headers={"accept-language": lang})
    assert answer.status_code == 200
    assert "<h1" in answer.text


def test_a_letter_goes_the_whole_way_by_pages(axis: Axis) -> None:
    clerk, chair, theirs = axis.ours.browser(), axis.ours.browser("chair"), axis.theirs.browser()
    typed = {
        "type_code": "CV", "subject": "V/v đề nghị xác minh", "body": "Kính đề nghị.", "priority": "0", "secrecy": "",
        "to": [axis.theirs.agency.code], "leader": str(axis.ours.chair.officer_id), "do": "submit",
    }  # fmt: skip
    answer = clerk.post(reverse("dispatch:write"), typed)
    assert answer.status_code == 303
    with acting(SYSTEM):
        letter = Outgoing.objects.get()
    page = reverse("dispatch:outgoing", args=[letter.uuid])
    assert "Ký và cấp số" in chair.get(page).text
    assert "Ký và cấp số" not in clerk.get(page).text
    assert chair.post(page, {"do": "sign"}).status_code == 303
    assert clerk.post(page, {"do": "send"}).status_code == 303
    assert clerk.get(reverse("dispatch:pdf", args=[letter.uuid])).content.startswith(b"%PDF")
    with acting(SYSTEM):
        jobs.run_all()
        axis.poll()
        came = Incoming.objects.get()
    listed = theirs.get(reverse("dispatch:incoming_list")).text
    assert "V/v đề nghị xác minh" in listed
    one = reverse("dispatch:incoming", args=[came.uuid])
    assert "Chữ ký đúng" in theirs.get(one).text
    assert theirs.post(one, {"do": "enter", "due": "27/11/2026"}).status_code == 303
    assert "Đã tiếp nhận" in theirs.get(one).text
    assert theirs.get(reverse("dispatch:attachment", args=[came.uuid, 1])).content.startswith(b"%PDF")
    wrong = theirs.post(one, {"do": "assign", "instruction": "Trả lời", "due": "31/02/2026"})
    assert wrong.status_code == 400
    assert "Trả lời" in wrong.text


def test_an_error_keeps_what_was_typed(axis: Axis) -> None:
    typed = {
        "type_code": "KH",
        "subject": "",
        "body": "Nội dung đã gõ",
        "to": [axis.theirs.agency.code],
        "do": "keep",
    }
    answer = axis.ours.browser().post(reverse("dispatch:write"), typed)
    assert answer.status_code == 400
    assert "Nội dung đã gõ" in answer.text
    assert axis.theirs.agency.name in answer.text
    assert "Ghi trích yếu nội dung." in answer.text


def test_receivers_are_found_without_script_and_without_accents(axis: Axis) -> None:
    answer = axis.ours.browser().post(
        reverse("dispatch:write"), {"find": "so tu phap", "do": "find", "body": "giữ nguyên"}
    )
    assert "Sở Tư pháp" in answer.text
    assert "giữ nguyên" in answer.text


def test_a_whole_group_is_written_to_and_one_of_it_left_out(axis: Axis) -> None:
    client = axis.ours.browser()
    shown = client.post(
        reverse("dispatch:write"), {"do": "group", "group": "communes", "body": "giữ nguyên"}
    ).text
    communes = queries.group(axis.ours.agency.pk, "communes")
    assert len(communes) > 50
    assert axis.ours.agency.code not in dict(communes)
    assert f"Đã chọn {len(communes)} nơi nhận" in shown
    assert "giữ nguyên" in shown
    chosen = [code for code, _ in communes if code != axis.theirs.agency.code]
    typed = {
        "type_code": "TB", "subject": "Về lịch họp", "body": "Thông báo.", "to": chosen, "do": "submit",
        "leader": str(axis.ours.chair.officer_id),
    }  # fmt: skip
    assert client.post(reverse("dispatch:write"), typed).status_code == 303
    with acting(SYSTEM):
        letter = sending.send(
            axis.ours.clerk, signing.sign(axis.ours.chair, Outgoing.objects.get().uuid).uuid
        )
        assert letter.sendings.count() == len(communes) - 1
    assert queries.group(axis.ours.agency.pk, "nhóm không có") == []


def test_documents_of_another_agency_do_not_exist(axis: Axis) -> None:
    letter = axis.sent()
    came = axis.arrived(letter)
    stranger = axis.theirs.browser()
    assert stranger.get(reverse("dispatch:outgoing", args=[letter.uuid])).status_code == 404
    assert axis.ours.browser().get(reverse("dispatch:incoming", args=[came.uuid])).status_code == 404
    assert axis.ours.browser().get(reverse("dispatch:original", args=[came.uuid])).status_code == 404


def test_a_work_file_is_filled_and_downloaded_by_pages(axis: Axis) -> None:
    came = axis.arrived(axis.sent())
    receiving.enter(axis.theirs.clerk, came.uuid)
    client = axis.theirs.browser()
    client.post(reverse("dispatch:files"), {"title": "Xác minh năm 2026", "schedule": "nam"})
    with acting(SYSTEM):
        file = WorkFile.objects.get()
    told = {"file": str(file.uuid), "kind": "incoming", "subject": str(came.uuid)}
    assert client.post(reverse("dispatch:file_add"), told).status_code == 303
    page = reverse("dispatch:file", args=[file.uuid])
    assert came.code in client.get(page).text
    assert client.post(page, {"do": "close"}).status_code == 303
    assert client.post(page, {"do": "archive"}).status_code == 303
    assert client.get(reverse("dispatch:package", args=[file.uuid])).content.startswith(b"PK")


def test_a_secret_document_is_refused_in_plain_words(axis: Axis) -> None:
    typed = {
        "type_code": "CV",
        "subject": "x",
        "body": "y",
        "to": [axis.theirs.agency.code],
        "secrecy": "mat",
        "do": "keep",
    }
    answer = axis.ours.browser().post(reverse("dispatch:write"), typed)
    assert answer.status_code == 400
    assert "không được soạn, lưu hay gửi trên mạng này" in answer.text


def test_a_draft_begins_from_a_template_and_is_not_handed_on_half_filled(axis: Axis) -> None:
    client = axis.ours.browser()
    shown = client.get(reverse("dispatch:write"), {"mau": "xac_minh"}).text
    assert f"{axis.ours.agency.name} đang giải quyết hồ sơ {{mã hồ sơ}}" in shown
    typed = {
        "type_code": "CV", "subject": "V/v xác minh", "body": "Đề nghị xác minh {nội dung cần xác minh}.",
        "to": [axis.theirs.agency.code], "leader": str(axis.ours.chair.officer_id),
    }  # fmt: skip
    half = client.post(reverse("dispatch:write"), typed | {"do": "submit"})
    assert half.status_code == 400
    assert "Còn chỗ của mẫu chưa điền: {nội dung cần xác minh}." in half.text
    assert client.post(reverse("dispatch:write"), typed | {"do": "keep"}).status_code == 303, (
        "a draft may be half done"
    )


def test_every_template_reads_well_in_both_languages_and_is_of_a_known_kind() -> None:
    for each in rules.templates().values():
        assert each.type_code in rules.kinds()
        assert each.text("vi") != each.text("en")
        assert rules.left_to_fill(*each.filled(**{"Cơ quan": "UBND"})), "there is something left to say"


def test_an_answer_from_a_template_knows_what_was_asked(axis: Axis) -> None:
    came = axis.arrived(axis.sent())
    receiving.enter(axis.theirs.clerk, came.uuid)
    shown = (
        axis.theirs.browser()
        .get(reverse("dispatch:write"), {"mau": "tra_loi", "tra-loi": str(came.uuid)})
        .text
    )
    assert f"nhận được Công văn số {came.code} ngày 20/11/2026 của {axis.ours.agency.name}" in shown
    assert f"?tra-loi={came.uuid}&amp;mau=giay_moi" in shown, "another template keeps what is answered"


def test_a_draft_is_looked_at_as_paper_and_takes_no_number_by_it(axis: Axis) -> None:
    letter = drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft())
    drafting.submit(axis.ours.clerk, letter.uuid)
    page = reverse("dispatch:preview", args=[letter.uuid])
    assert axis.ours.browser("chair").get(page).content.startswith(b"%PDF")
    assert axis.theirs.browser().get(page).status_code == 404
    with acting(SYSTEM):
        letter.refresh_from_db()
        assert (letter.number, letter.draft_pk) == (None, None)
        assert not Document.objects.filter(kind="letter").exists()
        signing.sign(axis.ours.chair, letter.uuid)
    assert axis.ours.browser().get(page).status_code == 404, "from now on there is the signed one"


def test_a_document_is_written_like_an_earlier_one(axis: Axis) -> None:
    letter = axis.sent(subject="V/v báo cáo quý III")
    shown = axis.ours.browser().get(reverse("dispatch:write"), {"nhu": str(letter.uuid)}).text
    assert "V/v báo cáo quý III" in shown
    stranger = axis.theirs.browser().get(reverse("dispatch:write"), {"nhu": str(letter.uuid)})
    assert stranger.status_code == 404


def test_tasks_and_answers_are_gathered_into_the_file_of_their_document(axis: Axis) -> None:
    theirs = axis.theirs
    came = axis.arrived(axis.sent())
    receiving.enter(theirs.clerk, came.uuid)
    receiving.assign(theirs.chair, came.uuid, [theirs.social.officer_id or 0], "Trả lời", None)
    drafting.draft(
        theirs.clerk, theirs.agency.pk, axis.draft(leader_id=theirs.chair.officer_id, answers=came)
    )
    file = work_files.open_file(theirs.clerk, theirs.agency.pk, "Xác minh", "nam")
    work_files.add(theirs.clerk, file.uuid, "incoming", came.uuid)
    client, page = theirs.browser(), reverse("dispatch:file", args=[file.uuid])
    assert client.post(page, {"do": "gather"}).status_code == 303
    shown = client.get(page).text
    for kind in ("Văn bản đến", "Việc được giao", "Văn bản đi, dự thảo"):
        assert kind in shown
    unknown = client.post(page, {"do": "case", "case": "H99-không-có"})
    assert unknown.status_code == 400
    assert "Không có hồ sơ mã này" in unknown.text


def test_a_long_book_is_read_page_by_page_in_the_order_of_its_numbers(axis: Axis) -> None:
    with acting(SYSTEM):
        for number in range(1, queries.A_PAGE + 6):
            receiving.enter_paper(
                axis.ours.clerk, axis.ours.agency.pk, sender="Sở Nội vụ", code=f"{number}/SNV", secrecy="",
                subject=f"V/v tập huấn lần {number}",
            )  # fmt: skip
    book, clerk = reverse("dispatch:incoming_list") + "?xem=book", axis.ours.browser()
    first = clerk.get(book).text
    assert "55/2026" in first
    assert "6/2026" in first
    assert ">5/2026<" not in first
    last = clerk.get(f"{book}&trang=2").text
    assert ">5/2026<" in last
    assert "Trang trước" in last
    assert "Trang sau" not in last
    assert clerk.get(f"{book}&trang=99").text.count("/SNV</a>") == 5, "no such page: the last"
    assert clerk.get(f"{book}&trang=x").text.count("/SNV</a>") == queries.A_PAGE
    for heading in ("Số đến", "Ngày đến", "Tác giả", "Tên loại và trích yếu"):
        assert heading in first, "as Decree 30/2020 draws the book"
    found = reverse("dispatch:incoming_list") + "?q=tap+huan"
    assert "?q=tap%20huan&amp;trang=2" in clerk.get(found).text


def test_receivers_that_are_silent_after_a_day_have_a_list_of_their_own(
    axis: Axis, friday: Callable[[dt.datetime], None]
) -> None:
    with acting(SYSTEM):
        letter = axis.sent()
    page, clerk = reverse("dispatch:outgoing_list") + "?xem=silent", axis.ours.browser()
    assert "Nơi nhận nào cũng đã xác nhận" in clerk.get(page).text
    friday(FRIDAY_MORNING + dt.timedelta(days=1, hours=1))
    shown = clerk.get(page).text
    assert "Nơi nhận chưa xác nhận (1)" in shown
    assert letter.sign in shown
