"""Packs in and out, the pages of a service, whom a change touches, and the days of the calendar."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core import clock
from motcua.core.ledger.models import Event
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import CalendarDay
from motcua.core.services import actions as services
from motcua.core.services import hooks, queries
from motcua.core.services.impact import PastCase
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.core.services.pack import zipped
from motcua.systems.studio.tests.test_changing import (
    NEXT_YEAR,
    PENSION,
    cells_of,
    lower_the_age,
    row,
    said,
    text,
)

pytestmark = pytest.mark.django_db
CALENDAR = "/bien-tap/lich/"


@pytest.fixture
def touched() -> Iterator[None]:
    """One case of last month: 71 years old, in no poor household."""
    received = clock.now()
    elder = {"number": "019", "nationality": "Việt Nam", "residence_unit": "05443", "born": "1955-06-20"}

    def cases_of(*, service_code: str, since: dt.date, until: dt.date) -> list[PastCase]:
        return [PastCase("H55.237-1", "u", "HOÀNG THỊ CHÍN", {"received": received, "elder": elder})]

    before = dict(hooks.cases_of_service._listeners)
    hooks.cases_of_service.register(cases_of)
    yield
    hooks.cases_of_service._listeners = before


def pension() -> ServiceVersion:
    return queries.version(queries.current(PENSION, clock.today()).version_id or 0)


def sent(data: bytes) -> dict[str, Any]:
    return {"pack": SimpleUploadedFile("pack.zip", data, content_type="application/zip")}


def with_extra(files: dict[str, str], extra: dict[str, bytes]) -> bytes:
    """A zip made by hand: no manifest, and files that are no part of a pack."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (files | extra).items():
            archive.writestr(name, content)
    return out.getvalue()


def test_whom_it_touches_is_shown_in_words_and_without_names(editor: Client, touched: None) -> None:
    lower_the_age(editor)
    page = said(editor.get(f"/bien-tap/{PENSION}/kiem-tra/"))
    assert "1 hồ sơ sẽ có kết quả khác" in page
    assert "H55.237-1" in page
    assert "không: dòng 7 (from_70_not_poor): Chưa đủ 75 tuổi" in page
    assert "có: dòng 5 (from_75)" in page
    assert "HOÀNG THỊ CHÍN" not in page


def test_a_service_shows_its_versions_amounts_and_gears(editor: Client) -> None:
    page = said(editor.get(f"/bien-tap/{PENSION}/"))
    assert "Phiên bản 1" in page
    assert "500.000 đ" in page
    assert "Nghị định 176/2025/NĐ-CP Điều 3" in page
    assert "chưa kiểm" in page
    assert "Đề xuất" in page


def test_an_unknown_service_is_not_found(editor: Client) -> None:
    assert editor.get("/bien-tap/9.999999/").status_code == 404
    assert editor.get(f"/bien-tap/{PENSION}/sua/bang/no-table/").status_code == 404
    assert editor.get(row("no-rule")).status_code == 404
    assert editor.get(f"/bien-tap/{PENSION}/sua/muc-thu/?muc=none").status_code == 404


def test_who_names_no_amount_is_led_to_the_choice_of_one(editor: Client) -> None:
    answer = editor.get(f"/bien-tap/{PENSION}/sua/muc-thu/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/bien-tap/{PENSION}/sua/")


def test_an_exported_pack_is_taken_in_elsewhere_as_the_same(editor: Client) -> None:
    answer = editor.get(f"/bien-tap/phien-ban/{pension().uuid}/tai-ve/")
    assert answer["Content-Type"] == "application/zip"
    page = said(editor.post("/bien-tap/nap-goi/", sent(answer.content)))
    assert "Đã có gói này từ trước" in page


def test_a_pack_comes_in_as_a_draft_and_says_what_was_left_out(editor: Client, approver: Client) -> None:
    files = dict(pension().files)
    files["texts/vi.yaml"] = files["texts/vi.yaml"].replace("Số tài khoản'", "Số tài khoản ngân hàng'")
    page = said(
        editor.post("/bien-tap/nap-goi/", sent(with_extra(files, {"run.exe": b"MZ", "notes.txt": b"x"})))
    )
    assert "Đã nạp gói thành bản nháp" in page
    assert "notes.txt run.exe" in page
    draft = ServiceVersion.objects.get(state=VersionState.DRAFT)
    assert "Số tài khoản → Số tài khoản ngân hàng" in said(editor.get(f"/bien-tap/phien-ban/{draft.uuid}/"))
    hand_in = f"/bien-tap/phien-ban/{draft.uuid}/gui-duyet/"
    answer = editor.post(hand_in, {"in_force_from": NEXT_YEAR.isoformat(), "note": ""})
    assert answer.status_code == 400
    assert "Ghi vì sao nạp gói này" in text(answer)
    assert (
        editor.post(hand_in, {"in_force_from": NEXT_YEAR.isoformat(), "note": "Bản của Bộ"}).status_code
        == 303
    )
    assert approver.post(f"/bien-tap/phien-ban/{draft.uuid}/duyet/", {"act": "approve"}).status_code == 303
    draft.refresh_from_db()
    assert (draft.state, draft.in_force_from) == (VersionState.PUBLISHED, NEXT_YEAR)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"no zip", "Không phải tệp zip"),
        (b"PK", "Không phải tệp zip"),
        (zipped({"service.yaml": "motcua: 1\n"}, "x"), "service.yaml"),
        (with_extra({"service.yaml": "x", "a/../evil.yaml": "x"}, {}), "Tên tệp chỉ gồm"),
    ],
)
def test_what_is_no_pack_is_refused_line_by_line(editor: Client, data: bytes, told: str) -> None:
    before = ServiceVersion.objects.count()
    answer = editor.post("/bien-tap/nap-goi/", sent(data))
    assert answer.status_code == 400
    assert told in text(answer)
    assert ServiceVersion.objects.count() == before


def test_no_file_is_told_at_the_field(editor: Client) -> None:
    answer = editor.post("/bien-tap/nap-goi/", {})
    assert answer.status_code == 400
    assert 'id="pack-error"' in answer.content.decode()


def test_a_proposal_that_fails_its_cases_cannot_be_approved(editor: Client, approver: Client) -> None:
    from motcua.core.identity.models import Account
    from motcua.core.identity.queries import actor_of
    from motcua.core.services.changes import Change, Kind

    actor = actor_of(Account.objects.get(username="h55.01.service-editor"))
    cell = Change(Kind.CELL, "decisions/eligibility.dmn#from_75/6", ">= 80")
    version = services.propose_change(actor, PENSION, [cell], NEXT_YEAR, "x")
    url = f"/bien-tap/phien-ban/{version.uuid}/"
    page = said(approver.get(url))
    assert "ca không đạt" in page
    assert "Chỗ hở" in page
    answer = approver.post(f"{url}duyet/", {"act": "approve"})
    assert answer.status_code == 400
    assert "Chưa duyệt được" in text(answer)


def test_a_make_up_day_changes_the_working_calendar_and_is_logged(editor: Client) -> None:
    saturday = next(
        day for day in (NEXT_YEAR + dt.timedelta(days=n) for n in range(30, 60))
        if day.weekday() == 5 and not CalendarDay.objects.filter(date=day).exists()
    )  # fmt: skip
    assert saturday not in organisations.calendar().make_up_days
    form = {
        "date": saturday.isoformat(),
        "kind": "make_up",
        "name": "Làm bù Tết",
        "source": "Thông báo 99/TB-BNV",
    }
    assert editor.post(CALENDAR, form).status_code == 303
    assert saturday in organisations.calendar().make_up_days
    assert "Thông báo 99/TB-BNV" in said(editor.get(f"{CALENDAR}?nam={saturday.year}"))
    answer = editor.post(CALENDAR, form)
    assert answer.status_code == 400
    assert "đã có trong lịch" in text(answer)
    remove = f"{CALENDAR}{saturday.isoformat()}/bo/"
    assert editor.post(remove, {"reason": ""}).status_code == 400
    assert editor.post(remove, {"reason": "Thông báo đã thu hồi"}).status_code == 303
    assert editor.post(remove, {"reason": "lần hai"}).status_code == 303, "a second time nothing happens"
    assert saturday not in organisations.calendar().make_up_days
    kinds = list(
        Event.objects.filter(kind__startswith="calendar.").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["calendar.day_added", "calendar.day_removed"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"date": "hôm qua"}, "date"),
        ({"date": "2027-03-03", "kind": "make_up"}, "date"),
        ({"kind": "feast"}, "kind"),
        ({"name": " "}, "name"),
        ({"source": ""}, "source"),
    ],
)
def test_a_day_that_makes_no_sense_is_told_at_its_field(
    editor: Client, typed: dict[str, str], field: str
) -> None:
    usual = {"date": "2027-03-03", "kind": "holiday", "name": "Ngày lễ riêng", "source": "Quyết định 1/QĐ"}
    answer = editor.post(CALENDAR, usual | typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{field}-error"' in page
    assert "Ngày lễ riêng" in page or field == "name"


def test_a_day_exchanged_for_another_is_counted_at_once(editor: Client) -> None:
    last = CalendarDay.objects.order_by("-date").first()
    assert last is not None
    before = organisations.calendar()
    first = CalendarDay.objects.filter(kind="holiday").order_by("date").first()
    assert first is not None
    other = next(day for n in range(400) if (day := first.date + dt.timedelta(days=n)) not in before.holidays
        and not CalendarDay.objects.filter(date=day).exists())  # fmt: skip
    assert editor.post(f"{CALENDAR}{first.date.isoformat()}/bo/", {"reason": "nhầm ngày"}).status_code == 303
    form = {"date": other.isoformat(), "kind": "holiday", "name": "Nghỉ", "source": "Thông báo"}
    assert editor.post(CALENDAR, form).status_code == 303
    after = organisations.calendar()
    assert other in after.holidays
    assert first.date not in after.holidays


def test_an_approver_reads_the_calendar_but_does_not_change_it(approver: Client) -> None:
    assert "Thêm một ngày" not in said(approver.get(CALENDAR))
    form = {"date": "2027-03-03", "kind": "holiday", "name": "x", "source": "y"}
    assert approver.post(CALENDAR, form).status_code in (400, 403)
    assert not CalendarDay.objects.filter(date=dt.date(2027, 3, 3)).exists()


def test_a_double_click_on_hand_in_makes_one_proposal(editor: Client) -> None:
    cells = cells_of(editor, row("too_young"))
    editor.post(row("too_young"), {**cells, "cell-8": "Chưa đủ 70 tuổi tròn.", "act": "save"})
    form = {"act": "propose", "in_force_from": NEXT_YEAR.isoformat(), "note": "Rõ hơn"}
    url = f"/bien-tap/{PENSION}/kiem-tra/"
    assert editor.post(url, form).status_code == 303
    assert "Chưa có thay đổi nào" in said(editor.post(url, form))
    assert ServiceVersion.objects.filter(state=VersionState.PROPOSED).count() == 1
