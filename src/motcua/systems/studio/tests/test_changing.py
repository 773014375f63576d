"""A clerk changes the law on a page; a second person puts it in force on a day."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import ANONYMOUS
from motcua.core.ledger.models import Event, LogSubmission
from motcua.core.ledger.scope import acting
from motcua.core.services import queries
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.systems.studio.models import Workbench

pytestmark = pytest.mark.django_db
EXTRACT, PENSION = "2.000635", "1.014027"
TABLE = "/bien-tap/1.014027/sua/bang/eligibility_table/"
NEXT_YEAR = dt.date(clock.today().year + 1, 1, 1)


def text(answer: Any) -> str:
    """The words of a page, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return text(answer)


def test_amounts_are_called_by_their_names_and_never_by_their_keys(editor: Client) -> None:
    for page in ("", "sua/", "sua/muc-thu/?muc=ho-tich.khai-sinh-qua-han@19"):
        shown = said(editor.get(f"/bien-tap/1.001193/{page}"))
        assert "Lệ phí đăng ký khai sinh quá hạn, tỉnh Thái Nguyên" in shown
        assert not re.search(r"(ho-tich|chi-phi)\.[a-z-]+", shown)
    choice = said(editor.get("/bien-tap/1.001193/sua/"))
    assert "Giá trị một giờ làm việc" in choice
    assert "Phí cấp bản sao trích lục" in choice


def row(name: str) -> str:
    return f"{TABLE}{name}/"


def cells_of(client: Client, url: str) -> dict[str, str]:
    """The fields of a row's form as they stand there."""
    page = client.get(url).content.decode()
    found = dict(
        re.findall(r'<input class="govuk-input[^>]*?id="(cell-\d+)"[^>]*?value="([^"]*)"', page, re.DOTALL)
    )
    found |= dict(re.findall(r'<textarea[^>]*?id="(cell-\d+)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL))
    return {name: html.unescape(value) for name, value in found.items()}


def lower_the_age(editor: Client) -> None:
    """75 → 70 in the table, and the two rows that it swallows taken out."""
    cells = cells_of(editor, row("from_75"))
    assert cells["cell-6"] == ">= 75"
    assert editor.post(row("from_75"), {**cells, "cell-6": ">= 70", "act": "save"}).status_code == 303
    for name in ("from_70_poor", "from_70_not_poor"):
        assert editor.post(row(name), {"act": "remove"}).status_code == 303


def mend_the_cases(editor: Client) -> None:
    """Every case that fails now expects what the new law says."""
    page = editor.get(f"/bien-tap/{PENSION}/kiem-tra/").content.decode()
    for url in sorted(set(re.findall(rf"/bien-tap/{PENSION}/kiem-tra/[a-z0-9-]+/", page))):
        form = editor.get(url).content.decode()
        chosen = re.findall(r'name="expect" type="checkbox" value="([^"]+)"', form)
        names = dict(re.findall(r'id="(name_\w\w)"[^>]*?value="([^"]*)"', form, re.DOTALL))
        assert chosen
        assert set(names) == {"name_vi", "name_en"}
        assert editor.post(url, {**names, "expect": chosen}).status_code == 303


def test_a_clerk_changes_a_fee_and_a_second_person_puts_it_in_force(editor: Client, approver: Client) -> None:
    url = f"/bien-tap/{EXTRACT}/sua/muc-thu/?muc=ho-tich.ban-sao-trich-luc"
    assert "8.000" in said(editor.get(url))
    answer = editor.post(
        url,
        {"amount": "10.000 đ", "source": "Thông tư 01/2027/TT-BTC", "in_force_from": NEXT_YEAR.isoformat()},
    )
    assert answer.status_code == 303
    assert "Phí cấp bản sao trích lục: 8.000 đ → 10.000 đ" in said(
        editor.get(f"/bien-tap/{EXTRACT}/kiem-tra/")
    )
    answer = editor.post(
        f"/bien-tap/{EXTRACT}/kiem-tra/",
        {"act": "propose", "in_force_from": NEXT_YEAR.isoformat(), "note": "Mức thu mới của Bộ Tài chính"},
    )
    assert answer.status_code == 303, text(answer)
    version = ServiceVersion.objects.get(state=VersionState.PROPOSED)
    assert answer["Location"] == f"/bien-tap/phien-ban/{version.uuid}/"
    assert "Mức thu mới của Bộ Tài chính" in said(approver.get("/bien-tap/"))
    page = said(approver.get(f"/bien-tap/phien-ban/{version.uuid}/"))
    assert "8.000 đ → 10.000 đ" in page
    assert "Đạt cả" in page
    answer = approver.post(f"/bien-tap/phien-ban/{version.uuid}/duyet/", {"act": "approve"})
    assert answer.status_code == 303, text(answer)
    assert queries.rate("ho-tich.ban-sao-trich-luc", "19", NEXT_YEAR) == 10000
    assert queries.rate("ho-tich.ban-sao-trich-luc", "19", clock.today()) == 8000
    assert LogSubmission.objects.filter(kind="service.published").count() == 1
    assert {"service.proposed", "service.approved", "service.published"} <= set(
        Event.objects.filter(kind__startswith="service.").values_list("kind", flat=True)
    )


def test_75_becomes_70_gaps_cases_and_approval_included(editor: Client, approver: Client) -> None:
    cells = cells_of(editor, row("from_75"))
    editor.post(row("from_75"), {**cells, "cell-6": ">= 70", "act": "save"})
    shown = said(editor.get(TABLE))
    assert ">= 70 >= 75" in shown, "the new cell stands before the old one, struck out"
    assert "Mâu thuẫn" in shown
    assert "Chồng nhau" in shown
    assert "Tuổi: 70" in shown, "each finding has an example by the column's own name"
    assert "Lý do còn theo quy định cũ? Điều kiện của dòng đã đổi" in shown
    for name in ("from_70_poor", "from_70_not_poor"):
        editor.post(row(name), {"act": "remove"})
    assert "Không có chỗ hở" in said(editor.get(TABLE))
    check = f"/bien-tap/{PENSION}/kiem-tra/"
    shown = said(editor.get(check))
    assert "3 ca không đạt" in shown
    assert "Còn một ngày mới tròn 75 tuổi: chưa được" in shown
    form = {"act": "propose", "in_force_from": NEXT_YEAR.isoformat(), "note": "Hạ tuổi hưởng"}
    answer = editor.post(check, form)
    assert answer.status_code == 400
    assert "Còn 3 ca kiểm thử không đạt" in text(answer)
    assert "Hạ tuổi hưởng" in text(answer), "what was typed stays"
    mend_the_cases(editor)
    assert "Đạt cả" in said(editor.get(check))
    assert editor.post(check, form).status_code == 303
    version = ServiceVersion.objects.get(state=VersionState.PROPOSED)
    shown = said(approver.get(f"/bien-tap/phien-ban/{version.uuid}/"))
    assert "hội không? Dòng 5 (from_75), Tuổi: >= 75 → >= 70" in shown
    assert "Bỏ dòng" in shown
    assert approver.post(f"/bien-tap/phien-ban/{version.uuid}/duyet/", {"act": "approve"}).status_code == 303
    with acting(ANONYMOUS):
        queries.forget()
        assert queries.current(PENSION, NEXT_YEAR).version_id == version.pk
        assert queries.current(PENSION, clock.today()).version_id == version.based_on_id


def test_a_gap_is_shown_with_an_example(editor: Client) -> None:
    cells = cells_of(editor, row("from_75"))
    editor.post(row("from_75"), {**cells, "cell-6": ">= 80", "act": "save"})
    shown = said(editor.get(TABLE))
    assert "Chỗ hở: không dòng nào trả lời" in shown
    assert "Tuổi: 75" in shown


def test_whoever_proposed_may_not_approve(editor: Client) -> None:
    lower_the_age(editor)
    mend_the_cases(editor)
    form = {"act": "propose", "in_force_from": NEXT_YEAR.isoformat(), "note": "x"}
    editor.post(f"/bien-tap/{PENSION}/kiem-tra/", form)
    version = ServiceVersion.objects.get(state=VersionState.PROPOSED)
    assert "không tự duyệt được" in said(editor.get(f"/bien-tap/phien-ban/{version.uuid}/"))
    assert editor.post(f"/bien-tap/phien-ban/{version.uuid}/duyet/", {"act": "approve"}).status_code == 403
    version.refresh_from_db()
    assert version.state == VersionState.PROPOSED


def test_what_is_sent_back_lies_on_the_clerks_desk_again(editor: Client, approver: Client) -> None:
    url = f"/bien-tap/{PENSION}/sua/chu/mot/?o=texts/vi.yaml%23payment.method.cash.hint"
    assert editor.post(url, {"text-0": "Point of payment", "text-1": "Tại nhà văn hóa"}).status_code == 303
    form = {"act": "propose", "in_force_from": NEXT_YEAR.isoformat(), "note": "Nơi chi trả mới"}
    assert editor.post(f"/bien-tap/{PENSION}/kiem-tra/", form).status_code == 303
    version = ServiceVersion.objects.get(state=VersionState.PROPOSED)
    settle = f"/bien-tap/phien-ban/{version.uuid}/duyet/"
    answer = approver.post(settle, {"act": "send_back", "reason": " "})
    assert answer.status_code == 400
    assert "Hãy ghi lý do" in text(answer)
    assert approver.post(settle, {"act": "send_back", "reason": "Ghi rõ địa chỉ"}).status_code == 303
    assert "Ghi rõ địa chỉ" in said(editor.get(f"/bien-tap/phien-ban/{version.uuid}/"))
    assert "Tại nhà văn hóa" in said(editor.get(f"/bien-tap/{PENSION}/kiem-tra/"))
    assert approver.post(settle, {"act": "approve"}).status_code == 303, (
        "settled once: the page is shown again"
    )
    version.refresh_from_db()
    assert version.state == VersionState.RETIRED


def test_a_cell_that_is_no_feel_is_told_at_the_cell_and_stays_typed(editor: Client) -> None:
    cells = cells_of(editor, row("from_75"))
    answer = editor.post(row("from_75"), {**cells, "cell-6": ">= (", "act": "save"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="cell-6-error"' in page
    assert "Không đọc được “>= (”" in text(answer)
    assert "&gt;= (" in page
    assert _laid() == []


def _laid() -> list[Any]:
    return [change for bench in Workbench.objects.all() for change in bench.changes]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": "mười nghìn"}, "không phải số tiền"),
        ({"amount": "-5"}, "không phải số tiền"),
        ({"source": ""}, "Ghi văn bản quy định mức này"),
        ({"in_force_from": "31/02/2027"}, "không phải ngày"),
        ({"in_force_from": "2020-01-01"}, "không được ở quá khứ"),
    ],
)
def test_a_fee_that_makes_no_sense_is_told_and_nothing_is_lost(
    editor: Client, typed: dict[str, str], told: str
) -> None:
    usual = {"amount": "10000", "source": "Thông tư mới của Bộ", "in_force_from": NEXT_YEAR.isoformat()}
    answer = editor.post(f"/bien-tap/{EXTRACT}/sua/muc-thu/?muc=ho-tich.ban-sao-trich-luc", usual | typed)
    page = text(answer)
    assert answer.status_code == 400
    assert told in page
    for name, value in (usual | typed).items():
        assert value in answer.content.decode(), name
    assert _laid() == []


def test_a_reason_that_changes_with_its_row_is_not_asked_about(editor: Client) -> None:
    cells = cells_of(editor, row("from_75"))
    new = {"cell-6": ">= 70", "cell-8": "Từ đủ 70 tuổi.", "cell-9": "Aged 70 or over."}
    assert editor.post(row("from_75"), {**cells, **new, "act": "save"}).status_code == 303
    assert "Lý do còn theo quy định cũ?" not in said(editor.get(TABLE))


def test_a_row_is_copied_and_the_copy_is_a_row_of_its_own(editor: Client) -> None:
    answer = editor.post(row("too_young"), {"act": "copy"})
    assert answer["Location"] == row("too_young_2")
    assert "Mâu thuẫn" in said(editor.get(TABLE)) or "Chồng nhau" in said(editor.get(TABLE))
    cells = cells_of(editor, row("too_young_2"))
    assert editor.post(row("too_young_2"), {**cells, "cell-6": "< 0", "act": "save"}).status_code == 303
    assert editor.post(row("too_young_2"), {"act": "remove"}).status_code == 303
    assert _laid() == [], "a row that was made and taken out again leaves no trace"


def test_automatic_needs_its_legal_basis(editor: Client) -> None:
    url = f"/bien-tap/{PENSION}/sua/tu-dong/?quyet-dinh=eligibility"
    answer = editor.post(url, {"gear": "automatic", "legal_basis": " "})
    assert answer.status_code == 400
    assert 'id="legal_basis-error"' in answer.content.decode()
    assert editor.post(url, {"gear": "shadow", "legal_basis": ""}).status_code == 303
    assert "Đề xuất → Chạy ngầm" in said(editor.get(f"/bien-tap/{PENSION}/kiem-tra/"))


def test_one_agency_runs_a_decision_in_another_gear(editor: Client, approver: Client) -> None:
    url = f"/bien-tap/{PENSION}/muc-rieng/?quyet-dinh=eligibility"
    form = {"agency": "H55.237", "gear": "shadow", "legal_basis": "", "valid_from": NEXT_YEAR.isoformat()}
    assert editor.get(url).status_code == 403
    for wrong, field in (
        ({"agency": "H99"}, "agency"),
        ({"gear": ""}, "gear"),
        ({"gear": "automatic"}, "legal_basis"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
    ):
        answer = approver.post(url, form | wrong)
        assert answer.status_code == 400
        assert f'id="{field}-error"' in answer.content.decode()
    assert approver.post(url, form).status_code == 303
    assert "Phan Đình Phùng: Chạy ngầm" in said(approver.get(f"/bien-tap/{PENSION}/"))


def test_a_change_is_taken_off_the_desk(editor: Client) -> None:
    lower_the_age(editor)
    check = f"/bien-tap/{PENSION}/kiem-tra/"
    assert editor.post(check, {"act": "drop", "place": "2"}).status_code == 303
    assert len(_laid()) == 2
    assert editor.post(check, {"act": "clear"}).status_code == 303
    assert "Chưa có thay đổi nào" in said(editor.get(check))


def test_a_text_is_found_without_accents_and_changed_in_both_languages(editor: Client) -> None:
    page = said(editor.get(f"/bien-tap/{PENSION}/sua/chu/?q=nhan+tien+mat"))
    assert "Nhận tiền mặt" in page
    assert "Không có câu nào như vậy" in said(editor.get(f"/bien-tap/{PENSION}/sua/chu/?q=zzzz"))


def test_only_the_two_duties_come_in(client: Client) -> None:
    assert client.get("/bien-tap/").status_code == 302, "whoever is not signed in is asked to"
    sign_in(client, "h55.237.chair")
    assert client.get("/bien-tap/").status_code == 403


def test_an_approver_changes_nothing(approver: Client) -> None:
    assert approver.get(f"/bien-tap/{PENSION}/sua/").status_code == 403
    assert approver.post(row("from_75"), {"act": "remove"}).status_code == 403


def test_it_works_in_english(editor: Client) -> None:
    lower_the_age(editor)
    page = said(editor.get(f"/bien-tap/{PENSION}/kiem-tra/?lang=en"))
    assert "Check the changes" in page
    assert "3 cases fail" in page
    assert not re.search(r"Kiểm tra|không đạt|Gửi duyệt|Ca kiểm thử", page)
