"""How a call proves who makes it: the port. The styles seen in Vietnam are plug-ins (`contrib/`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.wire import Reply, Request
from motcua.core.plugins import Registry

Send = Callable[[Request], Reply]
"""Sends a request as it is, to fetch a token or open a session. Raises Silent."""


class Authentication(Protocol):
    """Raises `Silent("refused us")` when the other side does not know us."""

    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        """The request with the proof in it."""

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        """Whether the reply says that our proof no longer holds and a new one may help; forgets the old one."""


styles: Registry[Authentication] = Registry("outbound_authentication")


@styles.register("none")
class NoProof:
    """The network is proof enough, or the client certificate is."""

    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        return request

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        return False
