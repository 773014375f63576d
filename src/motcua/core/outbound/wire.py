"""The connection itself: to the checked address, never past the deadline, never more than was allowed.

httpcore below httpx: its network backend is where an address is chosen and where every read waits.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpcore

from motcua.core.outbound import addresses
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@dataclass(frozen=True, slots=True)
class Request:
    """A call. `operation` is its name in logs and figures; `repeatable` when doing it twice does no harm."""

    method: str
    path: str
    operation: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(destination: Destination, request: Request, url: str, deadline: float) -> Reply:
    """Make one try. Redirects are not followed. Raises Silent."""
    token = _deadline.set(deadline)
    try:
        return _send(destination, request, url)
    except addresses.Forbidden as wrong:
        raise Silent(destination.name, "forbidden address", str(wrong)) from wrong
    except ssl.SSLError as wrong:
        raise Silent(destination.name, "TLS", wrong.reason or "") from wrong
    except httpcore.TimeoutException as late:
        raise Silent(destination.name, "time-out") from late
    except httpcore.ConnectError as wrong:
        why = "TLS" if isinstance(wrong.__cause__, ssl.SSLError) or "SSL" in str(wrong) else "not connected"
        raise Silent(destination.name, why) from wrong
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.PoolTimeout, OSError) as wrong:
        raise Silent(destination.name, "broken off") from wrong
    finally:
        _deadline.reset(token)


def _send(destination: Destination, request: Request, url: str) -> Reply:
    patience = {
        "connect": destination.connect_seconds,
        "read": destination.read_seconds,
        "write": destination.read_seconds,
        "pool": destination.connect_seconds,
    }
    with pool_of(destination).stream(
        request.method,
        url,
        headers=list(request.headers.items()),
        content=request.body or None,
        extensions={"timeout": patience},
    ) as answer:
        body = bytearray()
        for part in answer.iter_stream():
            body += part
            if len(body) > destination.largest_answer:
                raise Silent(destination.name, "too large")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Reply(answer.status, headers, bytes(body))


@lru_cache(maxsize=64)
def _pool(
    networks: tuple[addresses.Network, ...], trust: str, certificate: str, key: str
) -> httpcore.ConnectionPool:
    context = ssl.create_default_context(cafile=trust or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=20,
        max_keepalive_connections=5,
        keepalive_expiry=15.0,
        network_backend=CheckedBackend(networks),
    )


def pool_of(destination: Destination) -> httpcore.ConnectionPool:
    """The connections to where a destination lies, with its trust and our certificate for it."""
    return _pool(
        destination.networks, destination.certificate_authority, destination.certificate, destination.key
    )


class CheckedBackend(httpcore.NetworkBackend):
    """Looks a name up, checks what was found, and connects to just that."""

    def __init__(self, networks: tuple[addresses.Network, ...]) -> None:
        self.networks = networks
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = addresses.allowed(host, port, self.networks)
        except OSError as unknown:
            raise httpcore.ConnectError(f"{host} is not known") from unknown
        for last, address in enumerate(found, start=1):
            try:
                return TimedStream(
                    self._inner.connect_tcp(address, port, _left(timeout), local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == len(found):
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise addresses.Forbidden("sockets of this machine are no destination")


class TimedStream(httpcore.NetworkStream):
    """A stream of which no single wait outlasts what is left until the deadline of the present call."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the call's time is over")
    return min(left, timeout if timeout is not None else left)
