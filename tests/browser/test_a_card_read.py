"""An identity card: opens an account from a phone without scripts, and at the desk with the face compared."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenWindow
from tests.people import CLERK

NEW, OTHER = "019149000123", "019155000789"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_person_meets_every_answer_of_the_phone_page(window: OpenWindow, script: bool) -> None:
    phone = window(script=script).open("/dang-nhap/mo-tai-khoan/").glance()
    phone.press("Đọc thẻ giả lập").must_say("Chọn tệp mà ứng dụng đọc thẻ").look_here()
    phone.page.get_by_label("Thẻ áp vào điện thoại").select_option(NEW)
    phone.choose("Bản sao của thẻ thật").press("Đọc thẻ giả lập").must_say("bản sao của thẻ thật")
    phone.page.get_by_label("Thẻ áp vào điện thoại").select_option(NEW)
    phone.choose("Đọc tốt").press("Đọc thẻ giả lập").must_say("Chủ thẻ này đã có tài khoản").must_fit()
    phone.is_faultless()


def test_the_clerk_reads_a_card_and_begins_an_application(window: OpenWindow) -> None:
    desk = window(CLERK).open("/mot-cua/tai-khoan/").look()
    desk.follow("Đọc chip của thẻ").look()
    desk.page.get_by_label("Thẻ đặt lên đầu đọc").select_option(OTHER)
    desk.press("Đọc thẻ").must_say("Cơ quan cấp xác nhận dữ liệu này").look()
    desk.choose("Đúng người này").press("Lập hồ sơ giúp người này").must_say("thủ tục").is_faultless()


def test_a_foreigner_s_passport_opens_an_account_and_its_page_is_found_again(window: OpenWindow) -> None:
    desk = window(CLERK).open("/mot-cua/tai-khoan/doc-the/")
    desk.page.get_by_label("Thẻ đặt lên đầu đọc").select_option("marie")
    desk.press("Đọc thẻ").must_say("FRA-19FR00417").look()
    desk.choose("Đúng người này").press("Mở tài khoản và in mã").must_say("Mã đăng nhập của").look_here()
    desk.open("/mot-cua/tai-khoan/").write("Số định danh, số hộ chiếu", "dupont").press("Tìm")
    desk.must_say("DUPONT MARIE CLAIRE").look().is_faultless()


def test_a_foreigner_is_written_down_by_their_paper(window: OpenWindow) -> None:
    desk = window(CLERK).open("/mot-cua/tai-khoan/nuoc-ngoai/").look()
    desk.press("Ghi nhận", exact=True).must_say("Chọn việc cần làm").look_here().is_faultless()
