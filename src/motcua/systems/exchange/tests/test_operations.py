"""What gateways tell, the figures, the comparison of both ends, and what a clerk does when nobody answers."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER
from tests.people import CLERK, number

from motcua.core import clock, jobs
from motcua.core.errors import UserError
from motcua.core.exchange import actions, line, telling
from motcua.core.exchange.line import NotAnswered, Question
from motcua.core.exchange.models import Errand, ErrandState, Fault
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.core.outbound.faults import Silent
from motcua.gateway.operational import Operational
from motcua.systems.exchange import collecting, comparing, operating, sandbox
from motcua.systems.exchange.models import Difference
from motcua.systems.exchange.tests.conftest import APPROVER, EDITOR, World

CLIENT, SERVICE = "VN/GOV/H55.237/mot-cua", "VN/GOV/H55/dan-cu/tra-cuu"


def record(name: str, side: str, at: dt.datetime, **changes: Any) -> dict[str, Any]:
    """One line of a gateway's operational file."""
    begun = at.timestamp()
    return {
        "side": side,
        "query_id": name,
        "request_id": f"{name}-{side}",
        "client": CLIENT,
        "service": SERVICE,
        "method": "GET",
        "purpose": "khai-sinh",
        "request_in": begun,
        "request_out": begun + 0.001,
        "answer_in": begun + 0.018,
        "answer_out": begun + 0.020,
        "request_size": 10,
        "answer_size": 2_000,
        "status": 200,
        "fault": "",
        **changes,
    }


def told(world: World, name: str, at: dt.datetime, *, sides: str = "both", **changes: Any) -> None:
    if sides in ("both", "client"):
        operating.take_in(world.ward_gateway, [record(name, "client", at, **changes)])
    if sides in ("both", "provider"):
        operating.take_in(world.province_gateway, [record(name, "provider", at, **changes)])


def test_records_told_again_are_there_once_and_make_figures(exchange: World) -> None:
    at = clock.now() - dt.timedelta(hours=1)
    rows = [
        record(
            f"m{place}",
            "client",
            at,
            answer_out=at.timestamp() + place / 1000,
            fault="x" if place == 100 else "",
        )
        for place in range(1, 101)
    ]
    assert operating.take_in(exchange.ward_gateway, rows) == 100
    assert operating.take_in(exchange.ward_gateway, rows) == 0
    (figure,) = operating.figures(at - dt.timedelta(hours=1))
    assert (figure.calls, figure.succeeded) == (100, 99)
    assert abs(figure.p50 - 50.5) <= 1
    assert abs(figure.p95 - 95) <= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"side": "middle"}, "client or provider"),
        ({"service": "VN"}, "INSTANCE/CLASS"),
        ({"request_in": "now"}, "float is expected"),
        ({"request_in": -5.0}, "seconds since"),
        ({"status": True}, "int is expected"),
        ({"request_digest": "<script>"}, "hex or base64"),
    ],
)
def test_a_broken_record_is_named(exchange: World, change: dict[str, Any], said: str) -> None:
    rows = [record("a", "client", clock.now()), record("b", "client", clock.now()) | change]
    with pytest.raises(UserError, match=rf"Record 2, .*{said}"):
        operating.take_in(exchange.ward_gateway, rows)


def test_what_both_ends_tell_alike_is_no_work(exchange: World) -> None:
    at = clock.now().replace(minute=59, second=59, microsecond=900_000) - dt.timedelta(hours=3)
    told(exchange, "m1", at, sides="client")
    told(exchange, "m1", at + dt.timedelta(seconds=2), sides="provider")
    told(exchange, "never-arrived", at, sides="client", fault="Server.ClientProxy.NetworkError")
    assert (
        comparing.compare_days(clock.today() - dt.timedelta(days=2), clock.today() + dt.timedelta(days=1))
        == 0
    )


def test_differences_between_the_ends_become_work_until_explained(exchange: World) -> None:
    at = clock.now() - dt.timedelta(hours=2)
    days = (clock.today() - dt.timedelta(days=2), clock.today() + dt.timedelta(days=1))
    told(exchange, "fine", at)
    told(exchange, "lost", at, sides="client")
    told(exchange, "strange", at, sides="provider")
    told(exchange, "changed", at, sides="client", answer_digest="aa")
    told(exchange, "changed", at, sides="provider", answer_digest="bb")
    assert comparing.compare_days(*days) == 3
    assert comparing.compare_days(*days) == 3, "found again, they are the same work"
    found = {one.message: one.what for one in Difference.objects.all()}
    assert found == {"lost": "not_answered", "strange": "not_asked", "changed": "content"}
    told(exchange, "lost", at, sides="provider")
    assert comparing.compare_days(*days) == 2, "told late, it explains itself"
    with pytest.raises(UserError):
        comparing.explain(EDITOR, Difference.objects.get(message="changed"), "  ")
    comparing.explain(EDITOR, Difference.objects.get(message="changed"), "hai bên tính cả dấu cách")
    assert Difference.objects.filter(explained_at=None).count() == 1


def note(file: Operational, message: str) -> None:
    """A call as our own gateway writes it down."""
    at = clock.now().timestamp()
    file.note(
        b"client",
        message.encode(),
        b"r",
        CLIENT,
        SERVICE,
        b"GET",
        b"khai-sinh",
        (at, at, at + 0.01, at + 0.01),
        (0, 120),
        200,
        "",
        (b"\x01" * 32, b"\x02" * 32),
    )


def test_our_own_gateway_s_lines_are_fetched_each_once(exchange: World, tmp_path: Path) -> None:
    file = Operational(tmp_path)
    note(file, "m1")

    class State(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file.flush()
            asked = dict(parse_qsl(urlsplit(self.path).query))
            lines, cursor = file.read(asked.get("after", ""), int(asked["limit"]))
            body = "".join(line + "\n" for line in lines).encode()
            self.send_response(200)
            self.send_header("Motcua-Cursor", cursor)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), State)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        assert collecting.collect(exchange.ward_gateway, address) == 1
        assert collecting.collect(exchange.ward_gateway, address) == 0
        note(file, "m2")
        assert collecting.collect(exchange.ward_gateway, address) == 1
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    with pytest.raises(Silent):
        collecting.collect(exchange.ward_gateway, address)


# ---- what did not get through

QUESTION = Question("Hỏi nơi cư trú của người nộp", "Công an tỉnh", SERVICE, "khai-sinh", path="/people/1")


@pytest.fixture
def line_of(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the line answers, one after the other: a fault or an answer; the last one for ever."""
    answers: list[Any] = []

    def carry(question: Question, message: str) -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Fault):
            raise NotAnswered(answer, "test")
        return answer

    monkeypatch.setattr(line, "carry", carry)
    return answers


def ward() -> Agency:
    with acting(SYSTEM):
        return Agency.objects.get(code="H55.237.00")


def test_a_question_is_carried_again_until_it_is_answered(exchange: World, line_of: list[Any]) -> None:
    line_of += [Fault.UNREACHABLE, Fault.SLOW, {"so_nha": "1"}]
    heard: list[Errand] = []

    @telling.errand_done.register
    def hear(errand: Errand) -> None:
        heard.append(errand)

    errand = actions.send(SYSTEM, QUESTION, key="k1", agency_id=ward().pk)
    assert actions.send(SYSTEM, QUESTION, key="k1", agency_id=ward().pk).pk == errand.pk
    for _ in range(3):
        actions.carry(errand.pk)
    errand.refresh_from_db()
    assert (errand.state, errand.answer, errand.attempts) == (ErrandState.DONE, {"so_nha": "1"}, 3)
    assert [one.pk for one in heard] == [errand.pk]
    actions.carry(errand.pk)
    errand.refresh_from_db()
    assert errand.attempts == 3, "a job that runs again asks nobody again"


def failed(line_of: list[Any], fault: Fault) -> Errand:
    line_of.append(fault)
    errand = actions.send(SYSTEM, QUESTION, key="k", agency_id=ward().pk)
    for _ in range(len(actions.PAUSES) + 1):
        actions.carry(errand.pk)
    errand.refresh_from_db()
    assert errand.state == ErrandState.FAILED
    return errand


def test_what_is_wrong_with_the_question_is_not_tried_again(exchange: World, line_of: list[Any]) -> None:
    assert failed(line_of, Fault.WRONG_QUESTION).attempts == 1


def test_a_clerk_reads_in_plain_words_what_failed_and_tries_again(
    exchange: World, line_of: list[Any], client: Client
) -> None:
    errand = failed(line_of, Fault.UNREACHABLE)
    with acting(SYSTEM):
        sign_in(client, CLERK)
    listed = client.get("/lien-thong/chua-xong/").content.decode()
    assert "Hỏi nơi cư trú của người nộp" in listed
    assert "Không nối được với cơ quan kia" in listed
    page = client.get(f"/lien-thong/chua-xong/{errand.uuid}/")
    text = page.content.decode()
    assert "Thử lại ngay" in text
    assert "Đi tiếp bằng giấy" in text
    plain = text.split("Dành cho người quản trị")[0]
    assert not any(word in plain for word in ("HTTP", "timeout", "gateway", "X-Road", "503", "JSON"))
    line_of[:] = [{"ok": True}]
    for _ in range(2):
        again = client.post(f"/lien-thong/chua-xong/{errand.uuid}/", {"act": "retry"})
        assert again.status_code == 303, "a second click does no harm"
    jobs.run_all()
    errand.refresh_from_db()
    assert errand.state == ErrandState.DONE
    assert "Không có việc nào chưa xong" in client.get("/lien-thong/chua-xong/").content.decode()


def test_the_paper_path_asks_which_paper_and_keeps_what_was_typed(
    exchange: World, line_of: list[Any], client: Client
) -> None:
    errand = failed(line_of, Fault.NOT_ALLOWED)
    settled: list[Errand] = []

    @telling.errand_settled.register
    def hear(errand: Errand) -> None:
        settled.append(errand)

    with acting(SYSTEM):
        sign_in(client, CLERK)
    address = f"/lien-thong/chua-xong/{errand.uuid}/"
    assert client.post(address, {"act": "paper", "note": " "}).status_code == 400
    client.post(address, {"act": "enquire", "note": "Gọi chị Lan, hẹn chiều"})
    assert "Gọi chị Lan" in client.get(address).content.decode()
    for _ in range(2):
        assert client.post(address, {"act": "paper", "note": "Bản sao công chứng"}).status_code == 303
    assert client.post(address, {"act": "paper", "note": "Giấy khác"}).status_code == 400, (
        "settled is settled"
    )
    errand.refresh_from_db()
    assert (errand.state, errand.note) == (ErrandState.PAPER, "Bản sao công chứng")
    assert [one.pk for one in settled] == [errand.pk]


def test_another_agency_s_questions_do_not_exist_here(
    exchange: World, line_of: list[Any], client: Client
) -> None:
    line_of.append(Fault.WRONG_ANSWER)
    elsewhere = Agency.objects.exclude(code__startswith="H55.237").order_by("id")[0]
    errand = actions.send(SYSTEM, QUESTION, key="x", agency_id=elsewhere.pk)
    actions.carry(errand.pk)
    with acting(SYSTEM):
        sign_in(client, CLERK)
    assert client.get(f"/lien-thong/chua-xong/{errand.uuid}/").status_code == 404
    assert "Không có việc nào" in client.get("/lien-thong/chua-xong/").content.decode()


# ---- a person's page


def test_a_person_sees_which_agency_asked_what_about_them_and_nobody_else_does(
    exchange: World, client: Client
) -> None:
    told(exchange, "m1", clock.now(), people=[number("lan_anh")])
    with acting(SYSTEM):
        sign_in(client, number("lan_anh"))
    page = client.get("/lien-thong/ai-da-hoi/").content.decode()
    assert "Ủy ban nhân dân phường" in page
    assert "Tra cứu dân cư" in page
    assert "Đăng ký khai sinh" in page
    other = Client()
    with acting(SYSTEM):
        sign_in(other, number("duc"))
    assert "Tra cứu dân cư" not in other.get("/lien-thong/ai-da-hoi/").content.decode()


# ---- pages of those who run it


def test_the_pages_of_the_desk_open_in_both_languages(exchange: World, client: Client) -> None:
    told(exchange, "lost", clock.now(), sides="client")
    comparing.compare_days(clock.today(), clock.today() + dt.timedelta(days=1))
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    for lang in ("vi", "en"):
        for path in (
            "",
            "dang-ky/",
            f"thanh-vien/{exchange.ward.uuid}/",
            "so-lieu/",
            "khac-biet/",
            "tin-bao/",
            "danh-muc/",
            f"danh-muc/{exchange.people.service.uuid}/",
            f"danh-muc/{exchange.people.service.uuid}/xin-quyen/1/",
        ):
            answer = client.get(f"/lien-thong/{path}?lang={lang}")
            assert (answer.status_code, f'lang="{lang}"' in answer.content.decode()) == (200, True), path
    assert (
        "Cổng bên kia không báo số liệu cả ngày"
        in client.get("/lien-thong/khac-biet/?lang=vi").content.decode()
    )


def test_an_application_with_a_fault_keeps_what_was_typed(exchange: World, client: Client) -> None:
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    typed = {"member_class": "GOV", "code": "mã sai", "name": "Sở Y tế", "contact": "Ông Bình"}
    answer = client.post("/lien-thong/dang-ky/", typed)
    assert answer.status_code == 400
    assert "Sở Y tế" in answer.content.decode()
    assert "mã sai" in answer.content.decode()


def test_the_sandbox_answers_as_life_does() -> None:
    assert sandbox.answer("GET", "/nguoi/001099000011")[0] == 200
    assert sandbox.answer("GET", "/nguoi/001099000011/du-18")[1] == b'{"du_18": true}'
    assert sandbox.answer("GET", "/nguoi/7")[0] == 404
    assert sandbox.answer("GET", "/loi?ma=503")[0] == 503
    assert sandbox.answer("DELETE", "/nguoi/7")[0] == 405
    assert APPROVER.has("service_approver")
