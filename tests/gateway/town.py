"""Two running gateways with services behind them, all in one process on a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import http.client
import json
import random
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import uvloop

from motcua.gateway.configuration import Endpoint, Purpose, Right, Service, ServiceKind
from motcua.gateway.process import Gateway
from motcua.gateway.sandbox import Sandbox, open_subsystem

T = TypeVar("T")
CLIENT = "DEV/COM/4321/TestClient"
SERVICE = "/r1/DEV/COM/1234/TestService"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name.lower()]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Provider:
    """An information system that does what the tests tell it, byte by byte."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.answer: Callable[[bytes], bytes | Iterator[bytes] | None] = plain(b'{"ok":true}')
        self.closes = False
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._server.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            file = connection.makefile("rb")
            while head := self._head(file):
                length = next(
                    (
                        int(each.split(b":")[1])
                        for each in head.split(b"\r\n")
                        if each[:15].lower() == b"content-length:"
                    ),
                    0,
                )
                request = head + file.read(length)
                self.requests.append(request)
                said = self.answer(request)
                if said is None:
                    self.over.wait(30)
                    return
                for part in [said] if isinstance(said, bytes) else said:
                    connection.sendall(part)
                if self.closes:
                    return

    @staticmethod
    def _head(file: Any) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return b""
            head += line
        return head

    def close(self) -> None:
        self.over.set()
        self._server.close()


def plain(
    body: bytes, headers: bytes = b"Content-Type: application/json\r\n", status: bytes = b"200 OK"
) -> Any:
    answer = b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)
    return lambda request: answer


def echo(request: bytes) -> bytes:
    _, _, body = request.partition(b"\r\n\r\n")
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


def free_port() -> int:
    """A port that nobody has, out of the range from which the system takes those of outgoing connections."""
    while True:
        with socket.socket() as found, contextlib.suppress(OSError):
            port = random.randrange(20_000, 32_000)
            found.bind(("127.0.0.1", port))
            return port


class Town:
    """Gateway A has the client, gateway B the services; `start` and `stop` one of them at will."""

    def __init__(self, folder: Path, *, sandbox: Callable[[Sandbox], None] | None = None) -> None:
        self.loop = uvloop.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.provider = Provider()
        self.offset = {"A": 0.0, "B": 0.0}
        """Seconds by which a gateway's clock is wrong."""
        self.now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.box = Sandbox(folder, self.now)
        self.gateways: dict[str, Gateway] = {}
        for code in ("A", "B"):
            self.box.add_gateway(code, f"127.0.0.1:{free_port()}")
        if sandbox is not None:
            sandbox(self.box)
        if not self.box.members:
            self.add_members()
        self.box.publish()

    def add_members(self, **changes: Any) -> None:
        base = f"http://127.0.0.1:{self.provider.port}"
        mock = Service("mock1", base, timeout_ms=5_000, rights=(Right(CLIENT),))
        services = [
            replace(mock, **changes) if changes else mock,
            Service("below", f"{base}/api/v2", rights=(Right(CLIENT),)),
            Service(
                "reads",
                base,
                ServiceKind.OPENAPI,
                openapi="openapi: 3.1.0\n",
                endpoints=(Endpoint("GET", "/people/*"), Endpoint("PATCH", "/people/*")),
                rights=(
                    Right(CLIENT, Endpoint("GET", "/people/*")),
                    Right("group:all", Endpoint("*", "/open/**")),
                ),
            ),
            Service("for-reasons", base, rights=(Right(CLIENT),), purposes=("birth",)),
            Service("soap", base, ServiceKind.WSDL, rights=(Right(CLIENT),)),
            Service("gone", "http://127.0.0.1:1", rights=(Right(CLIENT),)),
            Service("closed", base, rights=(Right(CLIENT),), enabled=False, notice="closed until Monday"),
            Service("none-may", base),
        ]
        from motcua.gateway.configuration import Group

        self.box.extra["groups"] = (Group("all", (CLIENT, "DEV/COM/1234/TestService")),)
        self.box.extra["purposes"] = (Purpose("birth", "Khai sinh", "Luật Hộ tịch 2014"),)
        local = Service("local", base, rights=(Right(CLIENT),))
        self.box.add_member("COM/4321", ["A"], [open_subsystem("TestClient", "A", [local])])
        self.box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", services)])

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return future.result(30)

    def start(self, *codes: str, **settings: Any) -> Town:
        import time

        for code in codes or ("A", "B"):
            made = self.box.settings(code, **settings)
            gateway = Gateway(made, clock=lambda code=code: time.time() + self.offset[code])  # type: ignore[misc]
            self.run(gateway.start())
            self.gateways[code] = gateway
        return self

    def stop(self, *codes: str) -> None:
        for code in codes or tuple(self.gateways):
            self.run(self.gateways.pop(code).stop())

    def close(self) -> None:
        self.provider.close()
        self.stop()
        self.loop.call_soon_threadsafe(self.loop.stop)

    def port(self, name: str = "clients", code: str = "A") -> int:
        return self.gateways[code].ports[name]

    def call(
        self,
        path: str = SERVICE + "/mock1",
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        client: str | None = CLIENT,
        port: int | None = None,
        context: Any = None,
    ) -> Answer:
        """One call through gateway A."""
        if context is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                "localhost", port or self.port(), timeout=20, context=context
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", port or self.port(), timeout=20)
        sent = {"X-Road-Client": client} if client else {}
        connection.request(method, path, body, {**sent, **(headers or {})})
        answer = connection.getresponse()
        try:
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def raw(self, request: bytes, *, wait: float = 5.0) -> bytes:
        """Bytes to gateway A's clients' port, and all that comes back until it closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port()), timeout=wait) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR) if wait < 0 else None
            answer = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while data := connection.recv(65_536):
                    answer += data
            return answer

    def health(self, code: str = "A") -> Any:
        return self.call("/health", port=self.port("state", code)).json

    def journal(self, code: str = "A") -> Path:
        return self.box.gateways[code].place / "journal"


def error(town: Town, path: str = SERVICE + "/mock1", **how: object) -> tuple[int, str]:
    """What a call is told: status and the exchange's own error."""
    answer = town.call(path, **how)  # type: ignore[arg-type]
    return answer.status, answer.header("X-Road-Error")
