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
            "form_exchange", site=two.province.site, gateways={each.code: each.peers for each in two}
        )
        two.province.do("open_register")
        for each in two:
            each.begin_enrolling(two.province.site, told[each.code], told["key"])
        while not all(each.is_enrolled() for each in two):
            two.province.do("work")
        for each in two:
            each.open_gateway()
        two.commune.ask_people_of(PEOPLE)
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


def test_a_letter_is_received_another_refused_one_recalled_and_one_replaced(pair: Pair) -> None:
    commune, province = pair
    there = province.do("neighbour")
    to = [there["code"], there["name"]]
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

    def arrived() -> list[dict[str, Any]]:
        came = province.do("fetch_letters")
        assert came["fault"] == ""
        letters: list[dict[str, Any]] = came["letters"]
        return letters

    def stands(letter: str) -> dict[str, Any]:
        commune.do("fetch_letters")
        found: dict[str, Any] = commune.do("letter", uuid=letter)
        return found

    received = commune.do("send_letter", organ=COMMUNE, to=to, subject="V/v đề nghị xác minh")["uuid"]
    (first,) = arrived()
    assert (first["subject"], first["status"]) == ("V/v đề nghị xác minh", "01")
    assert (first["signature"], first["trusted"]) == ("valid", True)
    assert stands(received)["status"] == "01"
    province.do("take_in", organ=there["code"], uuid=first["uuid"], do="enter")
    assert stands(received)["status"] == "03"

    misdirected = commune.do("send_letter", organ=COMMUNE, to=to, subject="V/v gửi nhầm")["uuid"]
    province.do(
        "take_in", organ=there["code"], uuid=arrived()[1]["uuid"], do="refuse", reason="Không đúng thẩm quyền"
    )
    assert ["02", "Không đúng thẩm quyền"] in stands(misdirected)["notes"]
    page = commune.do("page", username=REGISTRAR, path=f"/van-ban/di/{misdirected}/")
    assert "Không đúng thẩm quyền" in page["text"]

    commune.do("recall", organ=COMMUNE, uuid=received, reason="Sai số liệu")
    assert arrived()[0]["standing"] == "asked_back"
    province.do("take_in", organ=there["code"], uuid=first["uuid"], do="agree")
    assert stands(received)["stage"] == "recalled"

    former = commune.do("send_letter", organ=COMMUNE, to=to, subject="V/v xác minh lần hai")["uuid"]
    assert arrived()[2]["standing"] == ""
    commune.do("send_letter", organ=COMMUNE, to=to, subject="V/v xác minh, bản đúng", instead_of=former)
    assert [each["standing"] for each in arrived()] == ["withdrawn", "", "replaced", ""]
    assert stands(former)["stage"] == "replaced"


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
