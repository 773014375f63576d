"""A birth from the mother's phone to the paper that anyone can check, over every desk between."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from motcua.core.cases.jobs import count_indicators
from motcua.core.cases.models import Case, Code
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.browser.conftest import OpenWindow, sign_in_by_hand
from tests.browser.window import PHONE
from tests.house import work
from tests.people import CHAIR, CLERK, REGISTRAR, number

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
    phone.open("/").must_say("Ông/bà cần làm gì?").glance().picture("home")
    phone.write("Tìm thủ tục", "khai sinh").press("Tìm").glance().follow("Đăng ký khai sinh")
    phone.must_say("Không phải nộp").glance().follow("Bắt đầu").glance()
    sign_in_by_hand(phone, number("lan_anh"))
    phone.must_say("Trước khi bắt đầu").glance().press("Đồng ý tra cứu và bắt đầu")
    phone.must_say("Giấy chứng sinh điện tử").glance().picture("phone", {"width": 320, "height": 1100})
    phone.write("Họ, chữ đệm, tên của con", CHILD[script]).press("Lưu và tiếp tục")
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


def test_the_clerk_receives_it(window: OpenWindow, script: bool, birth: Birth) -> None:
    clerk = window(CLERK, script=script)
    clerk.open("/mot-cua/").glance().open("/mot-cua/viec/").must_say(birth.number).glance().picture(
        "worklist"
    )
    clerk.follow(birth.number).must_say(CHILD[script].upper()).glance()
    clerk.follow("Tiếp nhận hồ sơ").must_say("Giấy tiếp nhận").glance()
    clerk.press("Tiếp nhận", exact=True).must_say("Đã tiếp nhận hồ sơ").glance()
    clerk.is_faultless()
    work()
    assert birth.case.business_status_id == Code.IN_PROCESS


def test_the_registrar_appraises_it(window: OpenWindow, script: bool, birth: Birth) -> None:
    registrar = window(REGISTRAR, script=script)
    registrar.open("/mot-cua/viec/").glance().follow(birth.number).glance()
    registrar.follow("Thẩm tra, đối chiếu dữ liệu").glance()
    registrar.choose("Đủ điều kiện, làm tiếp").press("Ghi kết quả, chuyển bước sau")
    registrar.must_say("Xong bước").glance()
    registrar.is_faultless()
    work()


def test_the_chair_signs_it(window: OpenWindow, script: bool, birth: Birth) -> None:
    chair = window(CHAIR, script=script)
    chair.open("/mot-cua/ky/").must_say(birth.number).glance()
    chair.choose(f"Chọn hồ sơ {birth.number}").press("Ký các văn bản đã chọn")
    chair.must_say("Đã ký 1/1 văn bản").glance()
    chair.is_faultless()
    work()
    assert birth.case.business_status_id == Code.RETURNED


def test_the_mother_downloads_the_certificate(
    window: OpenWindow, script: bool, birth: Birth, tmp_path_factory: pytest.TempPathFactory
) -> None:
    phone = window(number("lan_anh"), script=script)
    phone.open("/ho-so/").follow("Đăng ký khai sinh").must_say("phát hành").glance().picture("case")
    birth.address = phone.page.get_by_role("link", name="Kiểm tra văn bản này").get_attribute("href") or ""
    birth.paper = tmp_path_factory.mktemp("paper") / "giay-khai-sinh.pdf"
    link = phone.page.get_by_text("Tải bản có ký số").get_attribute("href") or ""
    fetched = phone.context.request.get(phone.site + link if link.startswith("/") else link)
    birth.paper.write_bytes(fetched.body())
    assert fetched.headers["content-type"] == "application/pdf"
    phone.open("/giay-to/").must_say("Giấy khai sinh").glance()
    phone.open("/ai-da-xem/").must_say("NGUYỄN").glance()
    phone.is_faultless()


def test_anyone_checks_it_by_its_qr_code(window: OpenWindow, script: bool, birth: Birth) -> None:
    told = qr_code_of(birth.paper)
    anyone = window(script=script)
    anyone.open(told).must_say("Có trong sổ phát hành, còn hiệu lực").glance().must_say("Giấy khai sinh")
    anyone.is_faultless()


def test_anyone_checks_it_by_its_file_and_a_changed_byte_turns_it_red(
    window: OpenWindow, script: bool, birth: Birth
) -> None:
    anyone = window(script=script)
    anyone.open("/kiem-tra/").glance().page.set_input_files("input[type=file]", birth.paper)
    anyone.press("Kiểm tra tệp").must_say("Văn bản là thật").must_say("Chữ ký 2").look_here().picture(
        "verification"
    )
    good = birth.paper.read_bytes()
    place = (good.index(b"/CMap") + good.index(b"/ByteRange")) // 2
    changed = birth.paper.with_name("bi-sua.pdf")
    changed.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    anyone.open("/kiem-tra/").page.set_input_files("input[type=file]", changed)
    anyone.press("Kiểm tra tệp").must_say("Văn bản không đáng tin").look_here()
    anyone.is_faultless()


def test_the_indicators_count_it(window: OpenWindow, script: bool) -> None:
    with acting(SYSTEM):
        count_indicators(days=2)
    anyone = window(script=script).open("/chi-so/")
    anyone.glance().picture("indicators").is_faultless()


def qr_code_of(paper: Path) -> str:
    """What a phone's camera reads on the paper."""
    folder = paper.with_suffix("")
    folder.mkdir(exist_ok=True)
    subprocess.run(["pdftoppm", "-r", "200", "-png", paper, folder / "page"], check=True)
    pages = sorted(folder.glob("page*.png"))
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", *pages], check=False, capture_output=True, text=True
    )
    assert read.stdout.strip(), f"no QR code on the {len(pages)} pages of {paper}"
    return read.stdout.strip()
