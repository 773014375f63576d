"""An official letter by pages: a clerk on a phone without scripts, a chair, another office, those who run the axis."""

from __future__ import annotations

import pytest

from motcua.core import jobs
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.systems.dispatch.actions import arriving
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Incoming, Outgoing
from motcua.systems.dispatch.tests.conftest import Axis, runner
from motcua.systems.dispatch.tests.test_trust import letter as ministry_letter
from tests.browser.conftest import OpenWindow
from tests.browser.window import PHONE

CLERK = "civil-status-officer"


@pytest.fixture(scope="module")
def offices(world: str) -> Axis:
    with acting(SYSTEM):
        made = Axis()
        made.theirs.browser(CLERK)
        made.ours.browser(CLERK)
        made.ours.browser("chair")
        runner()
    return made


def carry(offices: Axis) -> None:
    """Let the worker send and fetch."""
    with acting(SYSTEM):
        jobs.run_all()
        poll_one(offices.connection.pk)


def test_a_letter_goes_from_a_draft_on_a_phone_to_the_archive_of_another_office(
    window: OpenWindow, offices: Axis
) -> None:
    ours, theirs = (each.agency.code.lower() for each in (offices.ours, offices.theirs))
    clerk = window(f"{ours}.{CLERK}", size=PHONE, script=False)
    clerk.open("/van-ban/di/soan/?mau=thong_bao").must_fit()
    clerk.write("Trích yếu nội dung", "Về lịch tiếp công dân")
    clerk.page.fill("#body", "Tiếp công dân thứ Năm hằng tuần.\nXin thông báo.")
    clerk.write("Tìm nơi nhận", offices.theirs.agency.name).press("Tìm", exact=True)
    clerk.choose(offices.theirs.agency.name).page.get_by_label("Người ký").select_option(
        str(offices.ours.chair.officer_id)
    )
    clerk.press("Trình lãnh đạo").must_say("Chờ lãnh đạo cơ quan ký").must_fit().is_faultless()

    with acting(SYSTEM):
        letter = Outgoing.objects.get()
    chair = window(f"{ours}.chair").open(f"/van-ban/di/{letter.uuid}/")
    chair.must_say("Xem trước bản in").look().press("Ký và cấp số").must_say("01/TB-UBND").is_faultless()
    clerk.open(f"/van-ban/di/{letter.uuid}/").press("Gửi tới nơi nhận").must_say("Đã gửi").is_faultless()
    carry(offices)

    with acting(SYSTEM):
        came = Incoming.objects.get()
    other = window(f"{theirs}.{CLERK}").open("/van-ban/den/").must_say("Về lịch tiếp công dân").look()
    other.open(f"/van-ban/den/{came.uuid}/").must_say("Chữ ký đúng").look()
    other.press("Vào sổ văn bản đến").must_say("Đã tiếp nhận")
    other.open("/van-ban/ho-so/").write("Tiêu đề hồ sơ", "Tiếp công dân 2026")
    other.page.get_by_label("Thời hạn lưu").select_option("nam")
    other.press("Mở hồ sơ công việc").must_say("Hồ sơ chưa có gì")
    other.open(f"/van-ban/den/{came.uuid}/").page.get_by_label("Đưa vào hồ sơ công việc").select_option(
        index=1
    )
    other.press("Đưa vào hồ sơ").must_say("Mục lục").look()
    other.press("Kết thúc hồ sơ").must_say("Đã kết thúc")
    other.press("Nộp vào lưu trữ").must_say("Đã nộp lưu").is_faultless()
    carry(offices)
    clerk.open(f"/van-ban/di/{letter.uuid}/").must_say("Đã tiếp nhận").is_faultless()


def test_a_letter_nobody_signed_is_held_and_the_axis_is_run_by_its_pages(
    window: OpenWindow, offices: Axis, untranslated: set[str]
) -> None:
    with acting(SYSTEM):
        (held,) = arriving.take_document(edxml.write(ministry_letter(offices)), offices.connection, "mot")
    clerk = window(f"{offices.theirs.agency.code.lower()}.{CLERK}").open(f"/van-ban/den/{held.uuid}/")
    clerk.must_say("Văn bản bị giữ").look()
    clerk.write("Đã xác minh với nơi gửi thế nào", "Đã gọi văn thư Bộ").press("Nhận văn bản này")
    clerk.must_say("Vào sổ văn bản đến").is_faultless()

    desk = window("h55.01.service-approver").open("/van-ban/ket-noi-truc/").look()
    desk.follow("Nhận một hệ thống").look()
    desk.write("Tên hệ thống", "Văn bản tỉnh Bắc Ninh").write("Mã hệ thống", "tinh-bac-ninh")
    desk.write("Các cơ quan của hệ thống", "H05.12, UBND phường Kinh Bắc").press("Nhận vào trục")
    desk.must_say("Thư mời, chỉ hiện lần này").look_here()
    desk.open("/van-ban/ket-noi-truc/").follow("Văn bản tỉnh Bắc Ninh").look()
    desk.open("/van-ban/ket-noi-truc/noi/").look()
    desk.open(f"/van-ban/ket-noi-truc/truc/{offices.connection.uuid}/").look()
    desk.press("Thử kết nối").must_say("Trục trả lời").is_faultless()
    assert untranslated == set()
