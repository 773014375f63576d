"""Broken services and dishonest clients: what is said, and who is not disturbed."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from motcua.gateway.configuration import Quota, Right, Service
from motcua.gateway.sandbox import Sandbox, open_subsystem
from tests.gateway.town import CLIENT, SERVICE, Town, echo, error, plain

HEAD = (
    b"GET " + SERVICE.encode() + b"/mock1 HTTP/1.1\r\nHost: x\r\nX-Road-Client: " + CLIENT.encode() + b"\r\n"
)


# ---- services


def test_a_service_that_hangs_is_given_up_and_others_are_served(tmp_path: Path) -> None:
    def quick(box: Sandbox) -> None:
        services = [
            Service("hangs", f"http://127.0.0.1:{hanging.port}", timeout_ms=700, rights=(Right(CLIENT),)),
        ]
        box.add_member("COM/4321", ["A"], [open_subsystem("TestClient", "A")])
        box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", services)])

    from tests.gateway.town import Provider

    hanging = Provider()
    hanging.answer = lambda request: None
    town = Town(tmp_path, sandbox=quick).start()
    try:
        assert error(town, f"{SERVICE}/hangs") == (504, "Server.ServerProxy.ServiceFailed.Timeout")
        assert town.health("B")["under_way"] == 0
    finally:
        hanging.close()
        town.close()


def test_a_service_that_is_not_there(town: Town) -> None:
    assert error(town, f"{SERVICE}/gone") == (500, "Server.ServerProxy.ServiceFailed.NetworkError")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_a_service_that_closes_early(town: Town, said: bytes) -> None:
    town.provider.answer = lambda request: said
    town.provider.closes = True
    assert error(town, method="POST", body=b"x") == (500, "Server.ServerProxy.ServiceFailed.NetworkError")


def test_a_service_that_does_not_speak_http(town: Town) -> None:
    town.provider.answer = lambda request: b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    assert error(town) == (500, "Server.ServerProxy.ServiceFailed.HttpError")


def test_an_answer_without_length_ends_with_its_connection(town: Town) -> None:
    town.provider.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"
    town.provider.closes = True
    assert town.call().body == b"until the end"


def test_a_service_that_answers_four_gigabytes_is_cut_off_at_its_limit(tmp_path: Path) -> None:
    sent = 0

    def endless(request: bytes) -> Iterator[bytes]:
        nonlocal sent
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"100000\r\n" + bytes(1_048_576) + b"\r\n"
        for _ in range(4_096):
            sent += 1
            yield chunk

    town = Town(tmp_path, sandbox=None)
    town.box.members.clear()
    town.add_members(largest_answer=3_000_000)
    town.box.publish()
    town.start()
    try:
        town.provider.answer = endless
        assert error(town) == (500, "Server.ServerProxy.ServiceFailed.TooLarge")
        assert sent < 64
        assert list((town.box.gateways["B"].place / "spool").iterdir()) == []
    finally:
        town.close()


# ---- clients


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", b"400"),
        (b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
        (b"Content-Length: +3\r\n\r\nabc", b"400"),
        (b"Content-Length: 3, 3\r\n\r\nabc", b"400"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
        (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"501"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", b"400"),
        (b"X-Folded: one\r\n two\r\n\r\n", b"400"),
        (b"X-Folded: one\r\n\tTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"X-Bare: one\nX-Road-Error: two\r\n\r\n", b"400"),
        (b"X-Null: a\0b\r\n\r\n", b"400"),
        (b"X-Huge: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"".join(b"X-%d: 1\r\n" % each for each in range(300)) + b"\r\n", b"431"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(
    town: Town, lines: bytes, status: bytes
) -> None:
    answer = town.raw(HEAD + lines + b"GET /listClients HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert b"X-Road-Error: Client.BadRequest\r\n" in answer
    assert len(re.findall(rb"HTTP/1\.1 \d\d\d ", answer)) == 1
    assert town.provider.requests == []


def test_pipelined_requests_are_answered_in_their_order(town: Town) -> None:
    town.provider.answer = lambda request: plain(request.split(b" ")[1])(request)
    requests = b"".join(
        b"GET %b/mock1/%d HTTP/1.1\r\nHost: x\r\nX-Road-Client: %b\r\n%b\r\n"
        % (SERVICE.encode(), number, CLIENT.encode(), b"Connection: close\r\n" if number == 7 else b"")
        for number in range(8)
    )
    answer = town.raw(requests)
    bodies = [each.partition(b"\r\n\r\n")[2] for each in answer.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [b"/%d" % number for number in range(8)]


def test_more_pipelined_than_is_reasonable_is_refused(town: Town) -> None:
    answer = town.raw((HEAD + b"\r\n") * 60)
    assert b"400 Bad Request" in answer or answer == b""


def test_a_client_that_waits_to_send_is_told_to(town: Town) -> None:
    town.provider.answer = echo
    with socket.create_connection(("127.0.0.1", town.port()), timeout=5) as connection:
        connection.sendall(
            HEAD.replace(b"GET", b"POST") + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"data")
        assert connection.recv(10_000).endswith(b"data")


def test_a_client_s_body_has_a_limit(own: Town) -> None:
    own.start(largest_request=1_000)
    answer = own.raw(HEAD.replace(b"GET", b"POST") + b"Content-Length: 1001\r\n\r\n" + bytes(1_001))
    assert answer.startswith(b"HTTP/1.1 413")


def test_connections_of_one_address_are_counted(own: Town) -> None:
    own.start(connections_of_one=3)
    held = [socket.create_connection(("127.0.0.1", own.port())) for _ in range(3)]
    time.sleep(0.05)
    answer = own.raw(b"")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"TooManyConnections" in answer
    for each in held:
        each.close()


def test_slow_clients_do_not_starve_others_and_are_left_in_the_end(own: Town) -> None:
    own.start(request_s=1.0, slow_s=1.0)
    own.provider.answer = plain(bytes(12_000_000))
    slow = [socket.create_connection(("127.0.0.1", own.port())) for _ in range(8)]
    for number, each in enumerate(slow):
        if number % 2:
            each.sendall(HEAD)  # never ends
        else:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            each.sendall(HEAD + b"\r\n")  # reads nothing
    time.sleep(0.3)
    own.provider.answer = plain(b"{}")
    begun = time.monotonic()
    assert own.call().status == 200
    assert time.monotonic() - begun < 1.5
    until = time.monotonic() + 10
    while own.health()["connections"] > 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert own.health()["connections"] == 1  # who asks
    for each in slow:
        each.close()


def test_who_went_away_is_not_called_for(own: Town) -> None:
    own.start()
    own.provider.answer = lambda request: None
    with socket.create_connection(("127.0.0.1", own.port())) as connection:
        connection.sendall(HEAD + b"\r\n")
        until = time.monotonic() + 5
        while own.health("B")["under_way"] == 0 and time.monotonic() < until:
            time.sleep(0.02)
    while own.health("B")["under_way"] and time.monotonic() < until:
        time.sleep(0.02)
    assert own.health("A")["under_way"] == own.health("B")["under_way"] == 0


def test_a_quota_is_kept_for_each_client(own: Town) -> None:
    own.box.extra["quotas"] = (Quota(service="DEV/COM/1234/TestService/mock1", per_minute=2),)
    own.box.publish()
    own.start()
    assert [own.call().status for _ in range(3)] == [200, 200, 429]
    answer = own.call()
    assert answer.header("X-Road-Error") == "Server.ServerProxy.QuotaExceeded"
    assert 0 < int(answer.header("Retry-After")) <= 60
    assert own.call(f"{SERVICE}/below").status == 200


def test_a_day_s_quota_outlives_a_restart_of_the_gateway(own: Town) -> None:
    own.box.extra["quotas"] = (Quota(service="DEV/COM/1234/TestService/mock1", per_day=2),)
    own.box.publish()
    own.start()
    assert own.call().status == 200
    own.stop("B")
    own.start("B")
    assert [own.call().status for _ in range(2)] == [200, 429]
    (use,) = own.health("B")["quotas"]
    assert (use["service"], use["today"]) == ("DEV/COM/1234/TestService/mock1", 2)
