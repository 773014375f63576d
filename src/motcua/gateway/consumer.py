"""The caller's side: who calls, sign the request, send it, check the answer before it is released."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from hashlib import sha512
from typing import TYPE_CHECKING

from motcua.gateway.batches import Message
from motcua.gateway.bodies import Body
from motcua.gateway.directory import Client
from motcua.gateway.faults import Fault, at_client, bad_request
from motcua.gateway.heads import Header, about_exchange, new_id, request_hash, travelling
from motcua.gateway.identifiers import member_of, read_client, read_target
from motcua.gateway.links import LocalLink, PeerLink, logging_failed
from motcua.gateway.metaservices import METHODS
from motcua.gateway.operational import Record
from motcua.gateway.outbox import message_of

if TYPE_CHECKING:
    from motcua.gateway.core import Core

Released = Callable[[bytes, Body], None]
"""Called with the head and body of the answer."""
Refused = Callable[[Fault], None]

_PLAIN_ID = re.compile(rb"[\x21-\x7e]{1,255}")
_FORBIDDEN = re.compile(
    rb"\r\n(?:transfer-encoding|content-length|connection|keep-alive|upgrade|trailer|te|x-road-error):"
)
"""What would make a client see other answers than were signed."""
_HEAD = re.compile(rb"[1-5]\d\d\r\n[^\r\n]*\r\n")
_MEMO = 4_096


class Exchange:
    """One request with what its answer must say."""

    __slots__ = (
        "client", "deadline", "expected", "link", "member", "method", "number", "provider", "purpose", "query_id",
        "refused", "released",
        "request_id", "request_in", "request_out", "request_size", "service",
    )  # fmt: skip

    link: LocalLink | PeerLink | None
    number: int
    client: str
    member: str
    service: str
    provider: str
    """The member whose service it is."""
    method: bytes
    purpose: bytes
    query_id: bytes
    request_id: bytes
    expected: bytes
    """How the answer's head must end."""
    deadline: float
    request_in: float
    request_out: float
    request_size: int
    released: Released
    refused: Refused


class Consumer:
    """Takes requests of this gateway's clients through the exchange."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.under_way: dict[int, Exchange] = {}
        self._number = 0
        self._links: dict[str, PeerLink | LocalLink] = {}
        self._opening: dict[str, list[Callable[[PeerLink | Fault], None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients: dict[bytes, Client] = {}
        self._routes: dict[bytes, tuple[str, str]] = {}

    # ---- requests

    def admit(self) -> None:
        """Whether a new message may be begun at all. Raises Fault."""
        core = self.core
        core.directory.check_in_force(core.clock(), at_client)
        if not core.journal.has_room():
            raise logging_failed("ClientProxy", core.journal.fault or "its disk is full")
        if len(self.under_way) >= core.settings.at_once:
            raise at_client("TooManyRequests", "this gateway has as much to do as it can", 503, 1)

    def begin(
        self,
        method: bytes,
        target: bytes,
        headers: list[Header],
        body: Body,
        caller: tuple[str, bytes | None],
        released: Released,
        refused: Refused,
    ) -> Exchange:
        """Send a request; `caller` is its address and certificate. Raises Fault when it cannot be sent."""
        core = self.core
        self.admit()
        told = travelling(headers)
        raw_client = told.client
        if not raw_client:
            raise bad_request("the header X-Road-Client is missing: INSTANCE/CLASS/MEMBER/SUBSYSTEM")
        service, raw_service, gateway, provider = self._find(target)
        client = self._clients.get(raw_client)
        if client is None:
            client = self._client(raw_client)
        core.directory.authenticate(client, *caller)
        core.seal(client.member)
        exchange = Exchange()
        exchange.query_id = told.query_id or (
            core.directory.configuration.instance.encode() + b"-" + new_id()
        )
        if not _PLAIN_ID.fullmatch(exchange.query_id):
            raise bad_request("X-Road-Id: up to 255 printable characters without spaces")
        exchange.request_id = new_id()
        head = b"%b\r\n%b\r\n%bX-Road-Client:%b\r\nX-Road-Id:%b\r\nX-Road-Request-Id:%b\r\n" % (
            method,
            target,
            told.lines,
            raw_client,
            exchange.query_id,
            exchange.request_id,
        )
        digest = sha512(head).digest()
        self._number += 1
        exchange.number = self._number
        exchange.client, exchange.member = client.id, client.member
        exchange.service, exchange.provider, exchange.method = service, provider, method
        exchange.purpose = told.purpose
        exchange.expected = about_exchange(
            exchange.query_id,
            raw_client,
            raw_service,
            exchange.request_id,
            request_hash(digest, body.digest),
        )
        exchange.request_in = exchange.request_out = core.clock()
        exchange.request_size = body.size
        exchange.deadline = core.loop.time() + core.settings.exchange_s
        exchange.released, exchange.refused = released, refused
        exchange.link = None
        message = message_of(exchange.number, False, head, digest, body)
        self.under_way[exchange.number] = exchange
        link = self._links.get(gateway)
        if link is not None:
            self._send(exchange, link, message, body)
        else:
            self._open(gateway, exchange, message, body)
        return exchange

    def _find(self, target: bytes) -> tuple[str, bytes, str, str]:
        """(service, as written, its gateway, its member). Raises Fault."""
        called = read_target(target)
        known = self._routes.get(called.raw)
        if known is None:
            directory = self.core.directory
            provider, _, code = called.service.rpartition("/")
            if code in METHODS and provider in directory.clients:
                gateway = directory.clients[provider].subsystem.gateway
            else:
                gateway = directory.route(called.service).gateway
            known = (gateway, member_of(called.service))
            if len(self._routes) > _MEMO:
                self._routes.clear()
            self._routes[called.raw] = known
        return called.service, called.raw, *known

    def _client(self, raw: bytes) -> Client:
        name = read_client(raw)
        if name.count("/") != 3:
            raise bad_request("X-Road-Client: INSTANCE/CLASS/MEMBER/SUBSYSTEM is expected")
        client = self.core.directory.client(name, self.core.settings.code)
        if len(self._clients) > _MEMO:
            self._clients.clear()
        self._clients[raw] = client
        return client

    def _send(self, exchange: Exchange, link: LocalLink | PeerLink, message: Message, body: Body) -> None:
        exchange.link = link
        exchange.request_out = self.core.clock()
        link.outbox(exchange.member, answers=False).put(message, body)

    # ---- links

    def _open(self, gateway: str, exchange: Exchange, message: Message, body: Body) -> None:
        def opened(link: PeerLink | Fault) -> None:
            if exchange.number not in self.under_way:
                return
            if isinstance(link, Fault):
                self._refuse(exchange, link)
            else:
                self._send(exchange, link, message, body)

        if gateway == self.core.settings.code:
            self._links[gateway] = LocalLink(self.core)
            self._send(exchange, self._links[gateway], message, body)
            return
        waiting = self._opening.get(gateway)
        if waiting is not None:
            waiting.append(opened)
            return
        self._opening[gateway] = [opened]
        task = self.core.loop.create_task(self._connect(gateway))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, gateway: str) -> None:
        outcome: PeerLink | Fault
        try:
            outcome = await self.core.connect(gateway)
            self._links[gateway] = outcome
        except Fault as fault:
            outcome = fault
        for each in self._opening.pop(gateway, []):
            each(outcome)

    def link_lost(self, link: PeerLink) -> None:
        """What waits for answers over it will not get them."""
        if self._links.get(link.gateway) is link:
            del self._links[link.gateway]
        for each in [one for one in self.under_way.values() if one.link is link]:
            self._refuse(
                each, at_client("NetworkError", f"the connection to the gateway {link.gateway} was lost", 502)
            )

    # ---- answers

    def answered(self, link: LocalLink | PeerLink, member: str, message: Message, body: Body) -> None:
        """An answer that is signed by `member` and kept."""
        exchange = self.under_way.get(message.exchange)
        if exchange is None or exchange.link is not link:
            body.drop()
            return
        head = message.head
        small = head.lower()
        if (
            member != exchange.provider
            or not head.endswith(exchange.expected)
            or not _HEAD.match(head)
            or _FORBIDDEN.search(small)
            or head.count(b"\n") != head.count(b"\r\n")
        ):
            self._refuse(
                exchange,
                at_client(
                    "InconsistentResponse", "the answer is not to what was asked, or not by who was asked"
                ),
            )
            return
        del self.under_way[exchange.number]
        self._note(exchange, int(head[:3]), body.size, "")
        exchange.released(head, body)

    def failed(self, link: LocalLink | PeerLink, number: int, fault: Fault) -> None:
        exchange = self.under_way.get(number)
        if exchange is not None and exchange.link is link:
            self._refuse(exchange, fault)

    def leave(self, exchange: Exchange) -> None:
        """The client went away."""
        if self.under_way.pop(exchange.number, None) is not None:
            if exchange.link is not None:
                exchange.link.cancel(exchange.number)
            self._note(exchange, 499, 0, "Cancelled")

    def sweep(self, now: float) -> None:
        """Give up what waits too long."""
        for each in [one for one in self.under_way.values() if one.deadline < now]:
            if each.link is not None:
                each.link.cancel(each.number)
            self._refuse(
                each, at_client("NetworkError.Timeout", "the other gateway did not answer in time", 504)
            )

    def _refuse(self, exchange: Exchange, fault: Fault) -> None:
        if self.under_way.pop(exchange.number, None) is None:
            return
        self._note(exchange, fault.status, 0, fault.code)
        exchange.refused(fault)

    def _note(self, exchange: Exchange, status: int, size: int, fault: str) -> None:
        now = self.core.clock()
        self.core.operational.note(
            Record(
                "client",
                exchange.query_id.decode("latin-1"),
                exchange.request_id.decode("latin-1"),
                exchange.client,
                exchange.service,
                exchange.method.decode("latin-1"),
                exchange.purpose.decode("latin-1"),
                exchange.request_in,
                exchange.request_out,
                now,
                now,
                exchange.request_size,
                size,
                status,
                fault,
            )
        )

    def reconfigured(self) -> None:
        """A new configuration is in force."""
        self._clients.clear()
        self._routes.clear()
        known = self.core.directory.gateways
        for gateway, link in list(self._links.items()):
            if gateway not in known and isinstance(link, PeerLink):
                link.transport.abort()
