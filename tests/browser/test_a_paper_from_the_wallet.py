"""A paper proven at the counter: the code on the clerk's screen, and the screen that learns what the phone answered."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.core.cases import prefill
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.testing import extract_of
from tests.browser.conftest import OpenWindow
from tests.people import CLERK, number


@pytest.fixture
def no_birthdays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The population database does not know when anybody was born."""
    known = prefill.SOURCES["population.person"]

    def without(reader: Any, arguments: list[Any]) -> Any:
        looked = known(reader, arguments)
        if looked is not None:
            looked.value.pop("born")
        return looked

    monkeypatch.setitem(prefill.SOURCES, "population.person", without)


@pytest.mark.parametrize(("who", "script"), [("suu", True), ("teo", False)], ids=["script", "no-script"])
def test_the_clerk_learns_what_the_person_s_phone_answered(
    window: OpenWindow, no_birthdays: None, who: str, script: bool
) -> None:
    with acting(SYSTEM):
        extract_of(who)
    desk = window(CLERK, script=script).open("/mot-cua/quay/").write("Số định danh", number(who)).press("Tìm")
    desk.choose("Đã xem bản chính").press("Đúng người này")
    desk.page.get_by_text("Trợ cấp hưu trí xã hội").first.click()
    desk.press("Lập hồ sơ").follow("Quét giấy tờ").must_say("không cần quét").glance()
    desk.follow("Chứng minh bằng giấy tờ số").must_say("Họ tên và ngày sinh").glance()
    desk.press("Hiện mã QR").must_say("Người nộp quét mã").glance()
    with acting(SYSTEM):
        question = Question.objects.latest("id").uuid
    phone = window(number(who), script=script).open(f"/vi-so/dong-y/{question}/").glance()
    phone.press("Đồng ý cho xem").must_say("Đã gửi câu trả lời").is_faultless()
    if not script:
        desk.follow("Xem đã có câu trả lời chưa")
    desk.must_say("Ủy ban nhân dân phường Phan Đình Phùng cấp, đang có hiệu lực").look_here()
    desk.press("Dùng thay cho giấy này").must_say("Phiếu xác minh").is_faultless()
