"""A birth from the mother's phone to the paper that anyone can check, over every desk between."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from motcua.core.cases.models import Case
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.browser.conftest import OpenWindow, sign_in_by_hand
from tests.browser.window import PHONE
from tests.people import number

pytestmark = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"], scope="module")
NUMBER = r"H55\.237\.00-\d{6}-\d{4}"
CHILD = {True: "Trần Ngọc Minh Châu", False: "Trần Ngọc Bảo An"}


@dataclass
class Birth:
    """What the tests of this file hand on: the day goes on from one to the next."""

    number: str = ""
    paper: Path = Path()
    address: str = ""

    @property
    def case(self) -> Case:
        with acting(SYSTEM):
            return Case.objects.get(number=self.number)


@pytest.fixture(scope="module")
def births() -> dict[bool, Birth]:
    return {True: Birth(), False: Birth()}


@pytest.fixture
def birth(births: dict[bool, Birth], script: bool) -> Birth:
    return births[script]


def test_a_mother_applies_from_her_phone(window: OpenWindow, script: bool, birth: Birth) -> None:
    phone = window(script=script, size=PHONE)
    phone.open("/").must_say("Ông/bà cần làm gì?").glance()
    phone.write("Tìm thủ tục", "khai sinh").press("Tìm").glance().follow("Đăng ký khai sinh")
    phone.must_say("Không phải nộp").glance().follow("Bắt đầu").glance()
    sign_in_by_hand(phone, number("lan_anh"))
    phone.must_say("Trước khi bắt đầu").glance().press("Đồng ý tra cứu và bắt đầu")
    phone.glance().write("Họ, chữ đệm, tên của con", CHILD[script]).press("Lưu và tiếp tục")
    phone.glance().write("Số bản sao", "0").press("Lưu và tiếp tục")
    phone.must_say("Xem lại trước khi nộp").glance()
    assert phone.find(r"\d+\s+giấy tờ").split()[0] == "0"
    assert int(phone.find(r"\d+\s+điều phải trả lời").split()[0]) <= 5
    phone.press("Nộp hồ sơ").must_say("Tiếp theo sẽ thế nào").glance()
    birth.number = phone.find(NUMBER)
    phone.follow("Theo dõi hồ sơ").must_say("Hồ sơ đã đi đến đâu").must_say(birth.number).glance()
    phone.is_faultless()


def test_she_was_asked_five_facts_at_most_and_for_no_paper(script: bool, birth: Birth) -> None:
    case = birth.case
    assert 0 < case.asked <= 5
    assert case.found > 15
