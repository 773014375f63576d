"""The one client for systems outside: where it goes, how long it waits, when it tries again, when it rests."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpcore
import pytest

from motcua.core.errors import NotAllowed
from motcua.core.outbound import addresses, breaker, client, destinations, exchange, figures
from motcua.core.outbound.contrib import xroad_vnpt
from motcua.core.outbound.destinations import Destination, WrongConnections
from motcua.core.outbound.faults import Silent

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
Serve = Callable[..., Destination]


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Pauses are noted, not lived."""
    pauses: list[float] = []
    monkeypatch.setattr(client, "pause", pauses.append)
    client.forget()
    yield pauses
    client.forget()


class Other:
    """A server that says, to each connection in turn, what it was told to say."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.asked: list[bytes] = []
        self.drip = 0.0
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        with closing(connection):
            self.asked.append(whole_request(connection))
            said = self.said.pop(0) if self.said else OK
            try:
                for start in range(0, len(said), 1) if self.drip else (0,):
                    connection.sendall(said[start : start + 1] if self.drip else said)
                    time.sleep(self.drip)
            except OSError:
                return


def whole_request(connection: socket.socket) -> bytes:
    """Head and body, which may come in two pieces."""
    asked = connection.recv(65536)
    head, _, body = asked.partition(b"\r\n\r\n")
    long = re.search(rb"content-length: (\d+)", head.lower())
    missing = int(long[1]) - len(body) if long else 0
    return asked + (connection.recv(missing, socket.MSG_WAITALL) if missing > 0 else b"")


@pytest.fixture
def other() -> Iterator[Other]:
    server = Other()
    yield server
    server.socket.close()


@pytest.fixture
def to(other: Other) -> Serve:
    def destination(**more: Any) -> Destination:
        port = other.socket.getsockname()[1]
        said = {"url": f"http://127.0.0.1:{port}", "networks": ["127.0.0.0/8"], **more}
        return destinations.parse({"destinations": {"other": said}}).destinations["other"]

    return destination


def ask(place: Destination, *, repeatable: bool = True, path: str = "/x?so=019195001234") -> client.Reply:
    return client.call(
        place, client.Request("GET", path, "look", {"Api-Key": "bi-mat"}, repeatable=repeatable)
    )


def status(code: int, *headers: str) -> bytes:
    return "\r\n".join(
        [f"HTTP/1.1 {code} x", "Content-Length: 0", "Connection: close", *headers, "", ""]
    ).encode()


# ---- addresses


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.0.0.1 192.168.1.1 172.16.0.1 100.64.0.1 169.254.169.254 0.0.0.0 224.0.0.1 255.255.255.255 ::1 ::"
    " fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 2002:7f00:1::".split(),
)
def test_private_addresses_are_refused_in_every_disguise(address: str) -> None:
    with pytest.raises(addresses.Forbidden):
        addresses.check(address)


def test_public_ones_and_named_networks_are_allowed() -> None:
    import ipaddress

    addresses.check("203.113.152.1")
    addresses.check("10.20.3.4", [ipaddress.ip_network("10.20.0.0/16")])
    with pytest.raises(addresses.Forbidden):
        addresses.check("169.254.169.254", [ipaddress.ip_network("0.0.0.0/0")])


def test_a_name_that_also_leads_inside_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("203.113.152.1", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: found)
    with pytest.raises(addresses.Forbidden):
        addresses.allowed("example.gov.vn", 443)


def test_a_name_that_turns_private_after_the_check_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the name is looked up once, and the connection goes to the very address that was checked."""
    looked: list[str] = []
    connected: list[str] = []

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        looked.append(host)
        return [(0, 0, 0, "", ("127.0.0.1" if len(looked) > 1 else "203.113.152.1", port))]

    def connect(backend: httpcore.SyncBackend, host: str, *more: Any) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectError("far away")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(Silent) as silent:
        ask(Destination("other", "https://rebinding.example", tries=1))
    assert silent.value.why == "not connected"
    assert (looked, connected) == (["rebinding.example"], ["203.113.152.1"])


def test_nothing_is_sent_into_a_private_network_that_is_not_named(to: Serve, other: Other) -> None:
    place = to()
    hidden = Destination(place.name, place.url)
    with pytest.raises(Silent) as silent:
        ask(hidden)
    assert silent.value.why == "forbidden address"
    assert other.asked == []


def test_a_redirect_is_an_answer_and_is_not_followed(to: Serve, other: Other) -> None:
    other.said = [status(302, "Location: http://169.254.169.254/latest/")]
    assert ask(to()).status == 302
    assert len(other.asked) == 1


# ---- time and size


def test_a_server_that_drips_meets_the_deadline_of_the_whole_call(to: Serve, other: Other) -> None:
    other.drip = 0.25  # it would take ten seconds for all of it
    begun = time.monotonic()
    with pytest.raises(Silent) as silent:
        ask(to(read_seconds=5, total_seconds=0.4))
    assert silent.value.why == "time-out"
    assert time.monotonic() - begun < 5


def test_an_answer_larger_than_allowed_is_not_read_to_its_end(to: Serve, other: Other) -> None:
    other.said = [b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n" + b"x" * 100_000]
    with pytest.raises(Silent) as silent:
        ask(to(largest_answer=50_000))
    assert silent.value.why == "too large"


# ---- repeats


def test_what_may_be_repeated_is_tried_again_after_a_random_pause(
    to: Serve, other: Other, afresh: list[float]
) -> None:
    other.said = [status(503), status(502), OK]
    assert ask(to()).body == b"ok"
    assert len(afresh) == 2
    assert all(0 <= pause <= client.FIRST_PAUSE * 2 for pause in afresh)


def test_what_may_not_be_repeated_is_sent_once(to: Serve, other: Other) -> None:
    other.said = [status(503), OK]
    with pytest.raises(Silent):
        ask(to(), repeatable=False)
    assert len(other.asked) == 1


def test_the_pause_that_the_other_side_asks_for_is_kept(to: Serve, other: Other, afresh: list[float]) -> None:
    other.said = [status(429, "Retry-After: 3"), OK]
    assert ask(to()).status == 200
    assert afresh == [3.0]
    other.said = [status(429, "Retry-After: 3600")]
    with pytest.raises(Silent):
        ask(to())


# ---- the circuit


def test_a_circuit_opens_rests_and_lets_one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(breaker, "monotonic", lambda: now[0])
    circuit = breaker.Breaker(failures=2, rest_seconds=30)
    for _ in range(2):
        assert circuit.may_call()
        circuit.failed()
    assert (circuit.state, circuit.may_call()) == ("open", False)
    now[0] = 31.0
    assert circuit.may_call()
    assert (circuit.state, circuit.may_call()) == ("half-open", False)
    circuit.failed()
    assert not circuit.may_call()
    now[0] = 62.0
    assert circuit.may_call()
    circuit.succeeded()
    assert (circuit.state, circuit.may_call(), circuit.may_call()) == ("closed", True, True)


def test_while_it_rests_nothing_is_sent(to: Serve, other: Other) -> None:
    place = to(failures=2, tries=1)
    other.said = [status(500), status(500)]
    for _ in range(2):
        with pytest.raises(Silent):
            ask(place)
    with pytest.raises(Silent) as silent:
        ask(place)
    assert silent.value.why == "resting"
    assert len(other.asked) == 2


# ---- figures and log


def test_calls_are_counted_by_how_they_ended(to: Serve, other: Other) -> None:
    other.said = [OK, status(401)]
    ask(to())
    with pytest.raises(Silent):
        ask(to())
    told = figures.of_all()["other"]
    assert (told.calls, told.answered, told.failed) == (2, 1, {"refused us": 1})


def test_the_log_holds_nothing_of_what_was_asked(to: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "motcua.outbound"):
        ask(to())
    assert "other look: 200" in caplog.text
    assert "019195001234" not in caplog.text
    assert "bi-mat" not in caplog.text


# ---- the file of connections


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"destinations": {"a": {"url": "http://example.vn"}}}, "networks"),
        ({"destinations": {"a": {"url": "https://u:p@example.vn"}}}, "url"),
        ({"destinations": {"a": {"url": "https://example.vn", "tries": 0}}}, "tries"),
        ({"destinations": {"a": {"url": "https://example.vn", "netwroks": []}}}, "netwroks"),
        ({"destinations": {"a": {"url": "https://example.vn", "networks": ["10.0.0.1/8"]}}}, "networks"),
        ({"registers": {"population": {"from": "elsewhere"}}}, "here, connector, exchange"),
        ({"registers": {"population": {"from": "exchange", "destination": "b"}}}, "destination"),
        ({"registers": {"population": {"fresh_seconds": {"default": 60}}}}, "legal text"),
        ([], "mapping"),
    ],
)
def test_a_wrong_file_is_told_where_it_is_wrong(wrong: Any, said: str) -> None:
    with pytest.raises(WrongConnections, match=said):
        destinations.parse(wrong)


def test_the_purpose_that_says_most_decides_how_old_an_answer_may_be() -> None:
    source = destinations.Source("population", fresh_seconds={"default": 60, "Khai sinh": 0, "Khai": 5})
    assert [source.fresh_for(one) for one in ("Khai sinh (1.001193)", "Khai tử", "Khác")] == [0, 5, 60]


# ---- X-Road, and headers signed for the axis


def test_a_service_is_addressed_as_the_protocol_writes_it() -> None:
    service = exchange.Service("VN/GOV/G01/dân cư/person")
    assert service.path("/a%2Fb", {"q": "1 2"}) == "/r1/VN/GOV/G01/d%C3%A2n%20c%C6%B0/person/a%2Fb?q=1+2"
    with pytest.raises(WrongConnections):
        exchange.Service("VN/GOV/G01/person").path()


def exchanged(place: Destination) -> Any:
    service = exchange.Service("VN/GOV/G01/PEOPLE/person")
    return exchange.get_json(
        place, service, "/1", {}, exchange.Asked("Cán bộ", "12", "civil-status"), "person"
    )


def test_a_call_over_the_exchange_names_client_user_case_and_purpose(to: Serve, other: Other) -> None:
    other.said = [b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{"a": 1}']
    place = to(authentication={"style": "x_road", "client": "VN/PROVINCE/H55/MOTCUA"})
    assert exchanged(place) == {"a": 1}
    head = other.asked[0].decode("ascii").lower()
    assert head.startswith("get /r1/vn/gov/g01/people/person/1 http/1.1")
    for line in (
        "x-road-client: vn/province/h55/motcua",
        "x-road-issue: 12",
        "x-motcua-purpose: civil-status",
    ):
        assert line in head
    assert "x-road-userid: c%c3%a1n b%e1%bb%99" in head


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Server.ServerProxy.AccessDenied", NotAllowed),
        ("server.serverproxy.access_denied", NotAllowed),
        ("Server.ClientProxy.OutdatedGlobalConf", Silent),
        ("Client.BadRequest", Silent),
    ],
)
def test_errors_of_the_gateway_are_told_apart_from_those_of_the_service(
    to: Serve, other: Other, kind: str, expected: type[Exception]
) -> None:
    other.said = [status(500, f"X-Road-Error: {kind}")]
    with pytest.raises(expected):
        exchanged(to(authentication={"style": "x_road", "client": "VN/PROVINCE/H55/MOTCUA"}))


def test_nobody_of_that_key_is_no_failure(to: Serve, other: Other) -> None:
    other.said = [status(404)]
    assert exchanged(to(authentication={"style": "x_road", "client": "VN/PROVINCE/H55/MOTCUA"})) is None


def test_moments_of_signed_headers_have_four_digits_of_milliseconds() -> None:
    import datetime as dt

    moment = dt.datetime(2026, 11, 22, 8, 5, 9, 70_000, xroad_vnpt.HANOI)
    assert xroad_vnpt.written(moment) == "22112026T080509+0070"
