"""The caller's side: who calls, sign the request, send it, check the answer before it is released."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from hashlib import sha512
from typing import TYPE_CHECKING, NamedTuple

from motcua.gateway.batches import Message
from motcua.gateway.bodies import Body
from motcua.gateway.directory import Client
from motcua.gateway.faults import Fault, at_client, bad_request
from motcua.gateway.heads import SignedAnswer, about_exchange, new_id, read_answer, request_hash
from motcua.gateway.identifiers import member_of, read_client, read_target, service_of
from motcua.gateway.lines import Travelling
from motcua.gateway.links import LocalLink, logging_failed
from motcua.gateway.metaservices import METHODS
from motcua.gateway.outbox import message_of
from motcua.gateway.peer_link import PeerLink

if TYPE_CHECKING:
    from motcua.gateway.core import Core

Released = Callable[[SignedAnswer, bytes, Body], None]
"""Called with what the service said, the lines about the exchange, and the body."""
Refused = Callable[[Fault], None]

_PLAIN_ID = re.compile(rb"[\x21-\x7e]{1,255}")
_MEMO = 4_096


class Called(NamedTuple):
    """A service as this gateway's clients call it."""

    id: str
    raw: bytes
    """As the caller wrote it."""
    gateway: str
    provider: str
    """The member whose service it is."""


class Way(NamedTuple):
    """From a client to a service, as one configuration has it."""

    client: Client
    called: Called


class Exchange:
    """One request with what its answer must say."""

    __slots__ = (
        "called", "client", "deadline", "expected", "link", "method", "number", "purpose", "query_id", "refused",
        "released", "request_digest", "request_id", "request_in", "request_out", "request_size",
    )  # fmt: skip

    number: int
    client: Client
    called: Called
    method: bytes
    purpose: bytes
    query_id: bytes
    request_id: bytes
    request_digest: bytes
    """What stands for the request in its batch's hash chain."""
    expected: bytes
    """How the answer's head must end."""
    deadline: float
    request_in: float
    request_out: float
    request_size: int
    released: Released
    refused: Refused
    link: LocalLink | PeerLink | None


class Consumer:
    """Takes requests of this gateway's clients through the exchange."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.under_way: dict[int, Exchange] = {}
        self._number = 0
        self._links: dict[str, PeerLink | LocalLink] = {}
        self._opening: dict[str, list[Callable[[PeerLink | Fault], None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ways: dict[tuple[bytes, bytes], Way] = {}
        """By client and service, as callers write them."""
        self._instance = core.directory.configuration.instance.encode()

    # ---- requests

    def admit(self, now: float) -> None:
        """Whether a new message may be begun at all. Raises Fault."""
        core = self.core
        core.directory.check_in_force(now, at_client)
        if not core.journal.has_room():
            raise logging_failed("ClientProxy", core.journal.fault or "its disk is full")
        if len(self.under_way) >= core.settings.at_once:
            raise at_client("TooManyRequests", "this gateway has as much to do as it can", 503, 1)

    def begin(
        self,
        method: bytes,
        target: bytes,
        told: Travelling,
        body: Body,
        caller: tuple[str, bytes | None],
        released: Released,
        refused: Refused,
    ) -> Exchange:
        """Send a request; `caller` is its address and certificate. Raises Fault when it cannot be sent."""
        core = self.core
        now = core.clock()
        self.admit(now)
        raw_client = told.client
        way = self._ways.get((raw_client, service_of(target))) or self._find(raw_client, target)
        client, called = way
        core.directory.authenticate(client, *caller)
        core.seal(client.member)
        request_id = new_id()
        query_id = told.query_id
        if not query_id:
            query_id = b"%b-%b" % (self._instance, request_id)
        elif not _PLAIN_ID.fullmatch(query_id):
            raise bad_request("X-Road-Id: up to 255 printable characters without spaces")
        head = b"%b\r\n%b\r\n%bX-Road-Client:%b\r\nX-Road-Id:%b\r\nX-Road-Request-Id:%b\r\n" % (
            method,
            target,
            told.lines,
            raw_client,
            query_id,
            request_id,
        )
        digest = sha512(head).digest()
        exchange = Exchange()
        self._number = exchange.number = self._number + 1
        exchange.client, exchange.called, exchange.method = client, called, method
        exchange.purpose, exchange.query_id, exchange.request_id = told.purpose, query_id, request_id
        exchange.expected = about_exchange(
            query_id, raw_client, called.raw, request_id, request_hash(digest, body.digest)
        )
        exchange.request_in = exchange.request_out = now
        exchange.deadline = core.loop.time() + core.settings.exchange_s
        exchange.released, exchange.refused = released, refused
        message = message_of(exchange.number, False, head, digest, body)
        exchange.request_digest, exchange.request_size = message.digest, message.size
        exchange.link = None
        self.under_way[exchange.number] = exchange
        link = self._links.get(called.gateway)
        if link is not None:
            self._send(exchange, link, message, body)
        else:
            self._open(called.gateway, exchange, message, body)
        return exchange

    def _find(self, raw_client: bytes, target: bytes) -> Way:
        """Raises Fault where there is none."""
        if not raw_client:
            raise bad_request("the header X-Road-Client is missing: INSTANCE/CLASS/MEMBER/SUBSYSTEM")
        called = self._called(target)
        client = self._client(raw_client)
        if len(self._ways) > _MEMO:
            self._ways.clear()
        way = Way(client, called)
        self._ways[raw_client, called.raw] = way
        return way

    def _called(self, target: bytes) -> Called:
        service = read_target(target)
        directory = self.core.directory
        provider, _, code = service.service.rpartition("/")
        if code in METHODS and provider in directory.clients:
            gateway = directory.clients[provider].subsystem.gateway
        else:
            gateway = directory.route(service.service).gateway
        return Called(service.service, service.raw, gateway, member_of(service.service))

    def _client(self, raw: bytes) -> Client:
        name = read_client(raw)
        if name.count("/") != 3:
            raise bad_request("X-Road-Client: INSTANCE/CLASS/MEMBER/SUBSYSTEM is expected")
        return self.core.directory.client(name, self.core.settings.code)

    def _send(self, exchange: Exchange, link: LocalLink | PeerLink, message: Message, body: Body) -> None:
        exchange.link = link
        link.requests_of(exchange.client.member).put(message, body)

    # ---- links

    def _open(self, gateway: str, exchange: Exchange, message: Message, body: Body) -> None:
        def opened(link: PeerLink | Fault) -> None:
            if exchange.number not in self.under_way:
                return
            if isinstance(link, Fault):
                self._refuse(exchange, link)
            else:
                exchange.request_out = self.core.clock()
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
        answer = read_answer(message.head, exchange.expected)
        if answer is None or member != exchange.called.provider:
            self._refuse(
                exchange,
                at_client(
                    "InconsistentResponse", "the answer is not to what was asked, or not by who was asked"
                ),
            )
            return
        del self.under_way[exchange.number]
        self._note(exchange, answer.status, body.size, "", message.digest)
        exchange.released(answer, exchange.expected, body)

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

    def _note(
        self, exchange: Exchange, status: int, size: int, fault: str, answer_digest: bytes = b""
    ) -> None:
        now = self.core.clock()
        self.core.operational.note(
            b"client",
            exchange.query_id,
            exchange.request_id,
            exchange.client.id,
            exchange.called.id,
            exchange.method,
            exchange.purpose,
            (exchange.request_in, exchange.request_out, now, now),
            (exchange.request_size, size),
            status,
            fault,
            (exchange.request_digest, answer_digest),
        )

    def reconfigured(self) -> None:
        """A new configuration is in force."""
        self._ways.clear()
        self._instance = self.core.directory.configuration.instance.encode()
        known = self.core.directory.gateways
        for gateway, link in list(self._links.items()):
            if gateway not in known and isinstance(link, PeerLink):
                link.transport.abort()
