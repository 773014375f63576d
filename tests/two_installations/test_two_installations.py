"""A commune and a province, two installations on one machine: a birth, letters, and an event between them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from motcua.gateway.reading import verify_log
from tests.people import REGISTRAR, number
from tests.two_installations.pair import Installation, call

COMMUNE, PROVINCE = "H55.237", "H55"
PEOPLE = "VN/GOV/H55/dan-cu/tra-cuu"
EVENTS = "/r1/VN/GOV/H55/dan-cu/su-kien/v1"


class Pair(NamedTuple):
    commune: Installation
    province: Installation

    def ask(self, path: str, method: str = "POST", body: Any = None) -> tuple[int, Any]:
        """The commune's system calls through the commune's gateway."""
        address = f"http://127.0.0.1:{self.commune.ports['clients']}{path}"
        client = f"VN/GOV/{COMMUNE}/mot-cua"
        return call(address, method, body, X_Road_Client=client, X_Motcua_Purpose="khai-sinh")

    def pass_time(self, seconds: int) -> None:
        """Both clocks move; their sites look at them five times a second."""
        for each in self:
            each.do("move_clock", seconds=seconds)
        time.sleep(0.25)


@pytest.fixture(scope="module")
def pair(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both enrolled in one exchange, whose control plane is the province's."""
    folder = tmp_path_factory.mktemp("two")
    two = Pair(Installation(folder / "a", COMMUNE), Installation(folder / "b", PROVINCE))
    try:
        for each in two:
            each.open_site()
        for each in two:
            each.wait_for_site()
        told = two.province.do(
            "form_exchange", site=two.province.site, ward_site=two.commune.site,
            gateways={each.code: each.peers for each in two},
        )  # fmt: skip
        two.province.do("open_register")
        for each in two:
            each.begin_enrolling(two.province.site, told[each.code], told["key"])
        while not all(each.is_enrolled() for each in two):
            two.province.do("work")
        for each in two:
            each.open_gateway()
        two.commune.ask_people_of(PEOPLE)
        two.commune.share_who_asked("Ủy ban nhân dân tỉnh", "VN/GOV/H55/dan-cu/ai-da-hoi", "mot-cua")
        two.province.share_who_asked(
            "Ủy ban nhân dân phường", f"VN/GOV/{COMMUNE}/mot-cua/ai-da-hoi", "dan-cu"
        )
        two.commune.do("open_counter")
        for each in two:
            each.wait_for_gateway()
        yield two
    finally:
        for each in two:
            each.end()


@contextmanager
def away(installation: Installation) -> Iterator[None]:
    """None of its processes runs; afterwards they all do."""
    installation.stop()
    try:
        yield
    finally:
        installation.open_site()
        installation.wait_for_site()
        installation.open_gateway()
        installation.wait_for_gateway()


BIRTH: dict[str, Any] = {"child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0}


def test_a_birth_is_prefilled_by_the_province_signed_and_logged_at_both_ends(pair: Pair) -> None:
    before = [verify_log(each.journal).requests for each in pair]
    form = pair.commune.do("fill_in", answers=BIRTH)
    assert form["down"] == []
    made = pair.commune.do("apply_for_birth", answers=BIRTH)
    case = pair.commune.do("case", uuid=made["uuid"])
    assert case["found"]["mother.name"]["value"] == "NGUYỄN THỊ LAN ANH"
    assert case["found"]["father.name"]["value"] == "TRẦN MINH ĐỨC"
    assert not case.get("unverified")
    answers = pair.commune.do("page", username=number("lan_anh"), path=f"/ho-so/{made['uuid']}/noi-dung/")
    assert "TRẦN MINH ĐỨC" in answers["text"]

    about = pair.province.do("page", username=number("duc"), path="/lien-thong/ai-da-hoi/")
    assert "Một cửa phường" in about["text"]
    assert "Đăng ký khai sinh (Luật Hộ tịch điều 16)" in about["text"]

    for each, former in zip(pair, before, strict=True):
        log = verify_log(each.journal)
        assert log.good, log.faults
        assert log.requests == log.answers > former
        assert log.signatures, "signed for the commune, and for the province"


ASKED = [
    *("child.home_place", "child.ethnicity"),
    *(f"{who}.{what}" for who in ("mother", "father") for what in (
        "number", "name", "born", "ethnicity", "nationality", "residence_text"
    )),
]  # fmt: skip
"""What the form asks the mother when the register is silent."""


def typed(known: dict[str, Any], **wrong: str) -> dict[str, Any]:
    """What the mother writes herself: what is known of them, but for what she gets wrong."""
    answers: dict[str, Any] = {"child": {"name": "TRẦN NGỌC MINH ANH"}, "copies": 0, "relation": "mother"}
    for path in ASKED:
        place, name = path.split(".")
        answers.setdefault(place, {})[name] = wrong.get(path, known[path]["value"])
    return answers


def test_while_the_province_is_away_people_are_asked_and_their_word_is_verified_later(pair: Pair) -> None:
    known = pair.commune.do("fill_in", answers=BIRTH)["found"]
    answers = typed(known, **{"father.name": "TRẦN MINH DŨNG"})

    with away(pair.province):
        form = pair.commune.do("fill_in", answers=answers)
        assert form["down"] == ["population.person"]
        assert "mother.name" not in form["found"]
        made = pair.commune.do("apply_for_birth", answers=answers)
        case = pair.commune.do("case", uuid=made["uuid"])
        assert case["unverified"] == ["population.person"]
        pair.commune.do("work")
        assert pair.commune.do("case", uuid=made["uuid"])["unverified"], "still away: asked again later"

    seen = pair.commune.do("page", username=REGISTRAR, path=f"/mot-cua/ho-so/{made['uuid']}/")
    assert "TRẦN MINH DŨNG Người nộp trả lời" in seen["text"], "the officer reads whose word it is"
    pair.commune.do("work", at_once=True)
    case = pair.commune.do("case", uuid=made["uuid"])
    assert case["unverified"] == []
    assert case["verified"]["father.name"]["value"] == "TRẦN MINH ĐỨC"
    assert case["different"] == ["father.name"]
    assert case["compare"] == 1, "what differs is an officer's work"
    work = pair.commune.do("page", username=REGISTRAR, path="/mot-cua/viec/")
    assert "Đối chiếu dữ liệu khác với cơ sở dữ liệu" in work["text"]


class Axis(NamedTuple):
    """The axis that the province keeps, with the commune and a commune of the other province on it."""

    commune: Installation
    province: Installation
    there: str
    name: str

    def send(self, subject: str, **more: str) -> dict[str, Any]:
        sent: dict[str, Any] = self.commune.do(
            "send_letter", organ=COMMUNE, to=[self.there, self.name], subject=subject, **more
        )
        return sent

    def arrived(self) -> list[dict[str, Any]]:
        """What came to the other commune, oldest first."""
        came = self.province.do("fetch_letters")
        assert came["fault"] == ""
        letters: list[dict[str, Any]] = came["letters"]
        return letters

    def take_in(self, letter: dict[str, Any], do: str, reason: str = "") -> None:
        self.province.do("take_in", organ=self.there, uuid=letter["uuid"], do=do, reason=reason)

    def stands(self, uuid: str) -> dict[str, Any]:
        """How our letter stands, once our office has asked the axis."""
        self.commune.do("fetch_letters")
        found: dict[str, Any] = self.commune.do("letter", uuid=uuid)
        return found


@pytest.fixture(scope="module")
def axis(pair: Pair) -> Axis:
    """Both on the province's axis, the commune by HTTP."""
    commune, province = pair
    there = province.do("neighbour")
    commune_secret = province.do("admit", system_id="tinh-a", organ=COMMUNE)["secret"]
    own_secret = province.do("admit", system_id="tinh-b", organ=there["code"])["secret"]
    chains = {each.code: each.do("chain")["pem"] for each in pair}
    province.do(
        "join_axis", form="local", system_id="tinh-b", secret=own_secret, organ=there["code"],
        trust_pem=chains[COMMUNE],
    )  # fmt: skip
    commune.do(
        "join_axis", form="vxp", system_id="tinh-a", secret=commune_secret, organ=COMMUNE,
        trust_pem=chains[PROVINCE], endpoint=f"{province.site}/van-ban/truc",
    )  # fmt: skip
    return Axis(commune, province, there["code"], there["name"])


def test_a_letter_is_received_another_refused_one_recalled_and_one_replaced(axis: Axis) -> None:
    received = axis.send("V/v đề nghị xác minh")["uuid"]
    first = axis.arrived()[-1]
    assert (first["subject"], first["status"]) == ("V/v đề nghị xác minh", "01")
    assert (first["signature"], first["trusted"]) == ("valid", True)
    assert axis.stands(received)["status"] == "01"
    axis.take_in(first, "enter")
    assert axis.stands(received)["status"] == "03"

    misdirected = axis.send("V/v gửi nhầm")["uuid"]
    axis.take_in(axis.arrived()[-1], "refuse", "Không đúng thẩm quyền")
    assert ["02", "Không đúng thẩm quyền"] in axis.stands(misdirected)["notes"]
    page = axis.commune.do("page", username=REGISTRAR, path=f"/van-ban/di/{misdirected}/")
    assert "Không đúng thẩm quyền" in page["text"]

    axis.commune.do("recall", organ=COMMUNE, uuid=received, reason="Sai số liệu")
    asked_back = next(each for each in axis.arrived() if each["uuid"] == first["uuid"])
    assert asked_back["standing"] == "asked_back"
    axis.take_in(first, "agree")
    assert axis.stands(received)["stage"] == "recalled"

    former = axis.send("V/v xác minh lần hai")["uuid"]
    assert axis.arrived()[-1]["standing"] == ""
    axis.send("V/v xác minh, bản đúng", instead_of=former)
    assert [each["standing"] for each in axis.arrived()[-4:]] == ["withdrawn", "", "replaced", ""]
    assert axis.stands(former)["stage"] == "replaced"


def test_a_case_asks_another_installation_by_letter_and_waits_until_it_has_answered(
    pair: Pair, axis: Axis
) -> None:
    commune = axis.commune
    case = commune.do("apply_for_birth", answers=BIRTH)["uuid"]
    commune.do("receive_case", uuid=case)

    def at_the_desk() -> str:
        return str(commune.do("page", username=REGISTRAR, path=f"/mot-cua/ho-so/{case}/")["text"])

    def at_home() -> str:
        return str(commune.do("page", username=number("lan_anh"), path=f"/ho-so/{case}/")["text"])

    def waits() -> str:
        return str(commune.do("appraise_case", organ=COMMUNE, uuid=case)["waits"])

    # the wrong agency: it returns the letter and says why, which is work for the registrar
    wrong = axis.send("V/v xác minh cha, mẹ", about=case)
    assert f"đang chờ {axis.name} trả lời văn bản {wrong['sign']}" in waits()
    assert "Hồ sơ đang chờ ý kiến cơ quan khác" in at_home()
    assert f"Chờ trả lời văn bản {wrong['sign']}" in at_home()
    axis.take_in(axis.arrived()[-1], "refuse", "Không thuộc địa bàn")
    assert axis.stands(wrong["uuid"])["status"] == "02"
    assert commune.do("letter_work", uuid=case)["work"] == [
        f"Văn bản bị trả lại: gửi lại, hoặc giải quyết tiếp. {wrong['sign']}: {axis.name}: Không thuộc địa bàn"
    ]
    assert "Từ chối nhận: Không thuộc địa bàn" in at_the_desk()
    assert "Cơ quan khác trả lại văn bản" in at_home()
    assert "Hồ sơ đang chờ ý kiến cơ quan khác" not in at_home()

    # one with a mistake in it: received and assigned there, then taken back
    mistaken = axis.send("V/v xác minh, ghi sai ngày sinh", about=case)
    there = axis.arrived()[-1]
    axis.take_in(there, "enter")
    assert axis.stands(mistaken["uuid"])["status"] == "03"
    axis.take_in(there, "assign", "Tra sổ hộ tịch")
    assert axis.stands(mistaken["uuid"])["status"] == "04"
    assert "Đã phân công · hồ sơ đang chờ trả lời" in at_the_desk()
    commune.do("recall", organ=COMMUNE, uuid=mistaken["uuid"], reason="Sai ngày sinh")
    asked_back = axis.arrived()[-1]
    assert asked_back["standing"] == "asked_back"
    assert mistaken["sign"] in waits(), "it is asked back, not given back yet"
    axis.take_in(asked_back, "agree")
    assert axis.stands(mistaken["uuid"])["stage"] == "recalled"
    assert "Hồ sơ đang chờ ý kiến cơ quan khác" not in at_home()

    # one that another takes the place of, and the answer
    former = axis.send("V/v xác minh lần nữa", about=case)
    axis.arrived()
    latter = axis.send("V/v xác minh, bản đúng", about=case, instead_of=former["uuid"])
    assert [each["standing"] for each in axis.arrived()[-2:]] == ["replaced", ""]
    assert f"trả lời văn bản {latter['sign']}" in waits()
    axis.take_in(axis.arrived()[-1], "enter")
    axis.province.do(
        "answer_letter", organ=axis.there, uuid=axis.arrived()[-1]["uuid"], subject="V/v trả lời xác minh"
    )
    assert axis.stands(latter["uuid"])["status"] == "03"
    (answer,) = commune.do("letter_work", uuid=case)["work"][1:]
    assert answer.startswith(f"Đọc văn bản trả lời, giải quyết tiếp. {axis.name}: ")
    assert "Cơ quan khác trả lời văn bản" in at_home()
    assert waits() == "", "the registrar may go on"
    assert "V/v trả lời xác minh" in at_the_desk()


def test_a_change_is_heard_after_an_hour_s_outage_and_takes_effect_once(pair: Pair) -> None:
    commune, province = pair
    status, asked = pair.ask(f"{EVENTS}/topics/dan-cu.thay-doi/subscriptions", body={"why": "Theo dõi nơi ở"})
    assert (status, asked["state"]) == (201, "applied")
    assert province.do("approve_subscription")["state"] == "approved"
    inbox = f"{EVENTS}/subscriptions/{asked['id']}"
    assert pair.ask(f"{inbox}/take") == (200, [])

    commune.close_gateway()
    moved = province.do("move_house", number=number("duc"), residence="Số 5, đường Lương Ngọc Quyến")
    assert moved["waiting"] == 1
    pair.pass_time(3_600)
    commune.open_gateway()
    commune.wait_for_gateway()

    status, (event,) = pair.ask(f"{inbox}/take")
    assert (status, event["attempt"]) == (200, 1)
    assert event["payload"]["attributes"] == ["residence_text"]
    assert number("duc") not in str(event), "that something changed, never of whom or what"
    assert pair.ask(f"{inbox}/take") == (200, []), "it is in hand"

    pair.pass_time(120)
    status, (again,) = pair.ask(f"{inbox}/take")
    assert (again["id"], again["attempt"]) == (event["id"], 2), "no receipt: given again, under the same id"
    assert pair.ask(f"{inbox}/acknowledge", body={"receipts": [event["receipt"]]})[1] == {"acknowledged": 0}
    assert pair.ask(f"{inbox}/acknowledge", body={"receipts": [again["receipt"]]})[1] == {"acknowledged": 1}
    pair.pass_time(3_600)
    assert pair.ask(f"{inbox}/take") == (200, [])
    assert province.do("deliveries")["states"] == [["done", 2]]

    form = commune.do("fill_in", answers=BIRTH)
    assert form["found"]["father.residence_text"]["value"] == "Số 5, đường Lương Ngọc Quyến"


def lines_of(page: str) -> int:
    """How many askings a page tells of."""
    return page.count("Hỏi: ")


def test_who_asked_is_told_by_both_installations_at_either_and_a_call_seen_at_both_ends_once(
    pair: Pair,
) -> None:
    who, page = number("suu"), "/lien-thong/ai-da-hoi/"
    assert pair.commune.do("look_up", number=who)["name"] == "MA THỊ SỬU"
    at_the_commune = pair.commune.do("page", username=who, path=page)["text"]
    assert lines_of(at_the_commune) == 1, at_the_commune
    assert "Cả bên hỏi và bên trả lời đều ghi." in at_the_commune
    assert "Gồm cả những lần ghi ở: Ủy ban nhân dân tỉnh." in at_the_commune

    pair.province.do("look_at", number=who, purpose="Cấp lại thẻ căn cước")
    at_the_province = pair.province.do("page", username=who, path=page)["text"]
    assert lines_of(at_the_province) == 2, "the call once, and a look that only the province knows of"
    assert "Cấp lại thẻ căn cước" in at_the_province
    assert "Ủy ban nhân dân phường: 1 lần" in at_the_province, "that the commune opened the list is told"

    pair.commune.do("forget_answers")
    again = pair.commune.do("page", username=who, path=page)["text"]
    assert lines_of(again) == 2
    assert "Ghi tại: Ủy ban nhân dân tỉnh." in again

    other = pair.commune.do("page", username=number("duc"), path=page)["text"]
    assert "MA THỊ SỬU" not in other
    assert "Cấp lại thẻ căn cước" not in other
    for each in pair:
        told = each.operational()
        assert "ai-da-hoi" in told
        assert who not in told, "nobody's number stands in what gateways tell of their calls"


def test_an_installation_that_is_away_is_named_and_the_rest_is_shown(pair: Pair) -> None:
    who, page = number("suu"), "/lien-thong/ai-da-hoi/"
    with away(pair.province):
        pair.commune.do("forget_answers")
        alone = pair.commune.do("page", username=who, path=page)["text"]
        assert "Chưa hỏi được mọi nơi" in alone
        assert "Ủy ban nhân dân tỉnh" in alone
        assert lines_of(alone) == 1, "what the commune itself recorded is shown"
    assert "Chưa hỏi được" not in pair.commune.do("page", username=who, path=page)["text"]
