"""Addresses that a setting, a discovery or a stranger names: https, public, small, quick, and never sent elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import pytest
import yaml

from motcua.core.outbound import anywhere, client, figures, wire
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.tests.test_outbound import Other
from motcua.core.outbound.wire import Reply


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MOTCUA_HOME = tmp_path
    monkeypatch.setattr(client, "pause", lambda seconds: None)
    client.forget()
    yield
    client.forget()


@pytest.fixture
def other() -> Iterator[Other]:
    server = Other()
    yield server
    server.socket.close()


def address(other: Other) -> str:
    return f"http://127.0.0.1:{other.socket.getsockname()[1]}"


def why(url: str, **more: Any) -> str:
    with pytest.raises(Silent) as told:
        anywhere.ask(url, **more)
    return told.value.why


def test_a_form_and_a_body_arrive_as_they_were_meant(other: Other) -> None:
    assert anywhere.ask(f"{address(other)}/token?a=1", form={"code": "ă &"}).body == b"ok"
    anywhere.ask(f"{address(other)}/sign", body={"hash": ["x"]}, headers={"Authorization": "Bearer t"})
    form, body = other.asked
    assert form.startswith(b"POST /token?a=1 HTTP/1.1\r\n")
    assert form.endswith(b"code=%C4%83+%26")
    assert b"Content-Type: application/json" in body
    assert b"Authorization: Bearer t" in body


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.vn/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.1.2.3/",
        "https://169.254.169.254/", "https://a:b@a.example.vn/", "https://a.example.vn/#x", "file:///etc/passwd",
        "https://0.0.0.0/", "https://:0/", "https://a.example.vn:0/", "https://127.0.0.1/\r\nX: y",
    ],
)  # fmt: skip
def test_no_unsafe_or_private_address_is_asked_outside_a_sandbox(settings: Any, url: str) -> None:
    settings.MOTCUA_SANDBOX = False
    assert why(url) == "forbidden address"
    with pytest.raises(Silent):
        anywhere.check(url)


def test_the_address_that_was_checked_is_the_one_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads outside at the first look and inside at the second (DNS rebinding)."""
    settings.MOTCUA_SANDBOX = False
    answers = ["203.0.114.7", "127.0.0.1"]
    looked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (answers[min(len(looked) - 1, 1)], port))]

    connected: list[str] = []

    def connect(self: Any, host: str, *_: Any, **__: Any) -> Any:
        connected.append(host)
        raise httpcore.ConnectError("no")

    monkeypatch.setattr("motcua.core.outbound.addresses.socket.getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    assert why("https://rebind.example/", form={}) == "not connected"
    assert connected == ["203.0.114.7"]


def test_nobody_is_followed_elsewhere(other: Other) -> None:
    other.said = [b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"]
    assert why(address(other)) == "sends elsewhere"
    assert len(other.asked) == 1


def test_an_endless_answer_is_not_heard_out(other: Other) -> None:
    other.said = [b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000] * 2
    assert why(address(other)) == "too large"


def test_what_is_read_is_asked_for_twice_and_what_is_sent_only_once(other: Other) -> None:
    other.said = [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"]
    assert anywhere.ask(address(other)).status == 200
    other.said = [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"]
    assert why(address(other), form={"a": "b"}) == "server error"
    assert len(other.asked) == 3


def test_one_that_keeps_failing_rests_and_its_neighbour_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(destination: Any, *_: Any) -> Reply:
        if destination.name == "bad.example":
            raise Silent(destination.name, "time-out")
        return Reply(200, {}, b"{}")

    monkeypatch.setattr(wire, "send", send)
    reasons = [why("https://bad.example/", form={}) for _ in range(6)]
    assert reasons[-1] == "resting"
    assert anywhere.ask_json("https://good.example/") == {}


def test_strangers_leave_no_trace_and_close_no_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address in a registration is anybody's word: a thousand of them fill nothing and stop nothing."""

    def send(destination: Any, *_: Any) -> Reply:
        raise Silent(destination.name, "time-out")

    monkeypatch.setattr(wire, "send", send)
    for number in range(20):
        assert why(f"https://a{number}.example/", stranger=True) == "time-out"
    assert [name for name in figures.of_all() if ".example" in name] == []


def test_what_the_file_of_connections_says_of_the_way_there_holds(
    settings: Any, tmp_path: Path, other: Other
) -> None:
    """A service in the authority's own network, which nobody else may be sent into."""
    settings.MOTCUA_SANDBOX = False
    assert why(address(other)) == "forbidden address"
    said = {"url": f"{address(other)}/csc", "networks": ["127.0.0.0/8"]}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump({"destinations": {"signing": said}}), "utf-8")
    assert anywhere.ask(f"{address(other)}/csc/v1/info", body={}).status == 200


@pytest.mark.parametrize("said", [b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", None])
def test_no_json_is_no_answer(other: Other, said: bytes | None) -> None:
    other.said = [said] if said else []
    with pytest.raises(Silent) as told:
        anywhere.ask_json(address(other))
    assert told.value.why == "wrong answer"
