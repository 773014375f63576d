"""The services that this gateway calls: a pool of connections for each address, with limits on time."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

from motcua.gateway.bodies import Body
from motcua.gateway.calls import Call, Caller, Connection
from motcua.gateway.configuration import Service
from motcua.gateway.faults import at_provider

IDLE_S = 8.0
IDLE_CONNECTIONS = 256
_REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))


class Host:
    """The connections to one address."""

    def __init__(self, loop: asyncio.AbstractEventLoop, place: Path, service: Service) -> None:
        parts = urlsplit(service.base_url)
        self.loop = loop
        self.place = place
        self.name = parts.hostname or ""
        self.port = parts.port or (443 if parts.scheme == "https" else 80)
        self.context = _context(service) if parts.scheme == "https" else None
        self.connect_timeout = service.connect_timeout_ms / 1000
        self.idle: deque[tuple[Connection, float]] = deque()
        self.busy: dict[Connection, None] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def begin(self, call: Call) -> None:
        while self.idle:
            connection, since = self.idle.pop()
            if connection.transport.is_closing() or self.loop.time() - since > IDLE_S:
                connection.transport.close()
                continue
            self.busy[connection] = None
            connection.start(call)
            return
        task = self.loop.create_task(self._open(call))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, call: Call) -> None:
        try:
            async with asyncio.timeout(self.connect_timeout):
                _, connection = await self.loop.create_connection(
                    lambda: Connection(self),
                    self.name,
                    self.port,
                    ssl=self.context,
                    server_hostname=self.name if self.context else None,
                )
        except TimeoutError:
            self._refuse(
                call, f"the service does not open a connection within {self.connect_timeout:g} s", 504
            )
        except ssl.SSLError as error:
            self._refuse(call, f"TLS with the service: {error.reason or error}")
        except OSError as error:
            self._refuse(call, f"the service cannot be reached: {error.strerror or error}")
        else:
            if call.done:
                connection.transport.close()
                return
            self.busy[connection] = None
            connection.start(call)

    def _refuse(self, call: Call, message: str, status: int = 500) -> None:
        if not call.done:
            call.done = True
            call.caller.failed(at_provider("ServiceFailed.NetworkError", message, status))

    def give_back(self, connection: Connection) -> None:
        self.busy.pop(connection, None)
        if len(self.idle) < IDLE_CONNECTIONS:
            self.idle.append((connection, self.loop.time()))
        else:
            connection.transport.close()

    def leave(self, connection: Connection) -> None:
        self.busy.pop(connection, None)

    def sweep(self, now: float) -> None:
        """Give up calls beyond their time and close connections that have idled."""
        for each in [one for one in self.busy if one.call is not None and one.call.deadline < now]:
            each.give_up()
        while self.idle and now - self.idle[0][1] > IDLE_S:
            self.idle.popleft()[0].transport.close()

    def close(self) -> None:
        for connection, _ in self.idle:
            connection.transport.close()
        for connection in list(self.busy):
            connection.transport.abort()


def _context(service: Service) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if service.server_certificates:
        context = ssl.create_default_context(cadata="\n".join(service.server_certificates))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Services:
    """All services that this gateway calls."""

    def __init__(self, loop: asyncio.AbstractEventLoop, place: Path) -> None:
        self._loop = loop
        self._place = place
        self._hosts: dict[tuple[str, tuple[str, ...]], Host] = {}
        self._bases: dict[int, tuple[Service, Host, bytes, bytes]] = {}

    def call(
        self,
        service: Service,
        method: bytes,
        rest: bytes,
        lines: bytes,
        body: Body,
        caller: Caller,
    ) -> None:
        """Call `service` with `rest` (path and query) behind its base; `lines` are the headers, each ended."""
        known = self._bases.get(id(service))
        if known is None or known[0] is not service:
            known = self._base(service)
        _, host, base, name = known
        path = base + rest if rest[:1] != b"?" or base else b"/" + rest
        length = b""
        if body.size or method in (b"POST", b"PUT", b"PATCH"):
            length = b"Content-Length: %d\r\n" % body.size
        head = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%b\r\n" % (method, path or b"/", name, length, lines)
        deadline = self._loop.time() + service.timeout_ms / 1000
        is_head, repeatable = method == b"HEAD", method in _REPEATABLE
        host.begin(Call(head, body, is_head, repeatable, service.largest_answer, deadline, caller))

    def _base(self, service: Service) -> tuple[Service, Host, bytes, bytes]:
        parts = urlsplit(service.base_url)
        key = (f"{parts.scheme}://{parts.netloc}", service.server_certificates)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = Host(self._loop, self._place, service)
        known = (service, host, parts.path.rstrip("/").encode(), parts.netloc.rpartition("@")[2].encode())
        self._bases[id(service)] = known
        return known

    def forget(self) -> None:
        """After a new configuration."""
        self._bases.clear()

    def sweep(self) -> None:
        now = self._loop.time()
        for host in self._hosts.values():
            host.sweep(now)

    def close(self) -> None:
        for host in self._hosts.values():
            host.close()
