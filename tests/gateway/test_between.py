"""What lies between: networks that swallow, services that drip, requests that come in pieces or whole."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from motcua.gateway.batches import unpack
from motcua.gateway.reading import committed, verify_log
from motcua.gateway.segments import Kind
from tests.gateway.town import CLIENT, SERVICE, Town, echo, free_port

SILENCE_S = 2.0
"""After this a gateway takes the other for gone; a busy machine must not keep either silent so long."""


class Swallower:
    """Carries bytes to an address, until it is told to swallow them: nobody hears that the other side is gone."""

    def __init__(self, port: int) -> None:
        self.target = 0
        self.swallows = False
        self._server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for way in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if not self.swallows:
                    sink.sendall(data)
        for each in (source, sink):
            each.close()

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def cut(tmp_path: Path) -> Iterator[tuple[Town, Swallower]]:
    """Two gateways with a network between them that can swallow."""
    town = Town(tmp_path)
    between = Swallower(int(town.box.gateways["B"].peers.rpartition(":")[2]))
    between.target = free_port()
    town.start("B", peers=f"127.0.0.1:{between.target}", peer_silence_s=SILENCE_S)
    town.start("A", peer_silence_s=SILENCE_S)
    yield town, between
    between.close()
    town.close()


def test_a_network_that_swallows_is_noticed_and_when_it_heals_the_exchange_goes_on(
    cut: tuple[Town, Swallower],
) -> None:
    town, between = cut
    assert town.call().status == 200
    between.swallows = True
    begun = time.monotonic()
    answer = town.call()
    assert (answer.status, answer.header("X-Road-Error")) == (502, "Server.ClientProxy.NetworkError")
    assert time.monotonic() - begun > SILENCE_S / 2
    assert town.health()["ready"]  # what does not need the other side goes on
    between.swallows = False
    until = time.monotonic() + 40
    while (healed := town.call().status) != 200 and time.monotonic() < until:
        time.sleep(0.2)
    assert healed == 200
    town.stop()
    known = [verify_log(town.journal(code)) for code in ("A", "B")]
    assert all(each.good for each in known)
    assert set(known[0].query_ids) <= set(known[1].query_ids)


def test_a_service_that_drips_for_ever_is_given_up_in_its_time(tmp_path: Path) -> None:
    over = threading.Event()

    def drip(request: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        while not over.wait(0.05):
            yield b"1\r\n.\r\n"

    town = Town(tmp_path)
    town.box.members.clear()
    town.add_members(timeout_ms=700)
    town.box.publish()
    town.start()
    try:
        town.provider.answer = drip
        answer = town.call()
        assert (answer.status, answer.header("X-Road-Error")) == (
            504,
            "Server.ServerProxy.ServiceFailed.Timeout",
        )
        assert town.health("B")["under_way"] == 0
    finally:
        over.set()
        town.close()


# ---- a plain request is read at one look, any other piece by piece: nobody may see a difference

_LINE = b"POST " + SERVICE.encode() + b"/mock1/people?x=%20 HTTP/1.1\r\n"
_WHO = b"Host: here\r\nX-Road-Client: " + CLIENT.encode() + b"\r\nX-Road-Id: %b\r\nConnection: close\r\n"
HEADS = [
    b"",
    b"Accept: text/plain\r\nX-Twice: a\r\nX-Twice: b\r\nx-empty:\r\n",
    b"X-Spaced:   much\t \r\nAccept:application/json\r\nUser-Agent: none\r\n",
    b"X-High: \xc3\xa0\r\nX-Road-Error: mine\r\nX-Road-Service: mine\r\n",
]


def logged(town: Town, query_id: bytes) -> bytes:
    """The head of the request as it was signed, without what is drawn for each.

    A request is in the log with its answer, or a moment later.
    """
    until = time.monotonic() + 20
    while time.monotonic() < until:
        entries = [each for each in committed(town.journal("A")) if each.kind is Kind.BATCH]
        for head in (message.head for each in entries for message in unpack(each.payload).messages):
            if b"X-Road-Id:" + query_id in head and head.startswith(b"POST"):
                return head[: head.index(b"X-Road-Id:")]
        time.sleep(0.05)
    raise AssertionError(f"{query_id.decode()} is not in the log")


def exchanged(town: Town, lines: bytes, query_id: bytes, *, pieces: int, close: bool) -> bytes:
    who = _WHO if close else _WHO.replace(b"Connection: close\r\n", b"")
    request = _LINE + who % query_id + lines + b"Content-Length: 4\r\n\r\nbody"
    step = -(-len(request) // pieces)
    with socket.create_connection(("127.0.0.1", town.port()), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(request), step):
            connection.sendall(request[place : place + step])
            time.sleep(0.01 if pieces > 1 else 0)
        answer = b""
        while not answer.endswith(b"body"):
            data = connection.recv(65_536)
            assert data, answer
            answer += data
    return answer


@pytest.mark.parametrize("lines", HEADS)
def test_whole_or_in_pieces_the_same_is_signed(town: Town, lines: bytes) -> None:
    town.provider.answer = echo
    mark = b"%d" % HEADS.index(lines)
    seen = {}
    for name, pieces, close in ((b"whole", 1, False), (b"pieces", 7, False), (b"closing", 1, True)):
        answer = exchanged(town, lines, name + mark, pieces=pieces, close=close)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
        seen[name] = town.provider.requests[-1]
    assert len({logged(town, name + mark) for name in seen}) == 1
    told = {each.partition(b"X-Road-Id:")[0] for each in seen.values()}
    assert len(told) == 1
    assert told.pop().count(b"Content-Length: 4") == 1


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length:\r\nContent-Length: 4\r\n\r\nbody",
        b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
        b"Content-Length: 0x4\r\n\r\nbody",
        b"X-Road-Client : " + CLIENT.encode() + b"\r\n\r\n",
        b"Two Words: 1\r\n\r\n",
        b"X-Bell: \x07\r\n\r\n",
    ],
)
def test_what_one_look_cannot_be_sure_of_is_left_to_the_strict_parser(town: Town, lines: bytes) -> None:
    answer = town.raw(_LINE + b"Host: x\r\n" + lines)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert town.provider.requests == []


def test_an_answer_s_trailers_do_not_become_headers(town: Town) -> None:
    town.provider.answer = lambda request: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n"
    )
    answer = town.call()
    assert (answer.status, answer.body, answer.header("x-late")) == (200, b"ok", "")


def test_both_sides_tell_the_same_digests_of_what_they_logged(own: Town) -> None:
    own.start()
    own.provider.answer = echo
    assert (
        own.call(method="POST", body=b"one", headers={"X-Road-Id": 'say "1"'.replace(" ", "-")}).status == 200
    )
    assert own.call(method="POST", body=b"two").status == 200
    told = {}
    for code in ("A", "B"):
        lines = own.call("/operational", port=own.port("state", code)).body.splitlines()
        told[code] = [json.loads(each) for each in lines]
    assert told["A"][0]["query_id"] == 'say-"1"'
    for name in ("query_id", "request_id", "request_digest", "answer_digest", "client", "service"):
        assert [each[name] for each in told["A"]] == [each[name] for each in told["B"]]
    assert len({each["request_digest"] for each in told["A"]}) == 2
    assert all(len(each["answer_digest"]) == 88 for each in told["A"])
    assert abs(told["A"][0]["request_in"] - time.time()) < 60
