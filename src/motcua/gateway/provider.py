"""The provider's side: may this client call that, call it, sign what it said."""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING, NamedTuple

from motcua.gateway import metaservices
from motcua.gateway.batches import Message
from motcua.gateway.bodies import Body, body_of
from motcua.gateway.configuration import Quota, ServiceKind
from motcua.gateway.directory import Client, Directory, Route, check_path
from motcua.gateway.faults import Fault, at_provider
from motcua.gateway.heads import SignedRequest, about_exchange, read_request, request_hash
from motcua.gateway.identifiers import member_of, read_client, read_target, service_of
from motcua.gateway.outbox import message_of
from motcua.gateway.quotas import _Use

if TYPE_CHECKING:
    from motcua.gateway.calls import Answer
    from motcua.gateway.core import Core
    from motcua.gateway.links import LocalLink
    from motcua.gateway.peer_link import PeerLink

_MEMO = 4_096
_UNREAD = SignedRequest(b"", b"", b"", b"", b"", b"", b"")


class Served:
    """One request under way at its service."""

    __slots__ = (
        "answer_in",
        "body_digest",
        "client",
        "digest",
        "exchange",
        "head_digest",
        "link",
        "provider",
        "request",
        "request_in",
        "request_out",
        "request_size",
        "route",
        "service",
        "service_raw",
        "use",
    )  # fmt: skip

    def __init__(self, provider: Provider, link: LocalLink | PeerLink, message: Message, now: float) -> None:
        self.provider = provider
        self.link = link
        self.exchange = message.exchange
        self.head_digest = message.leaf[0]
        self.body_digest: bytes | None = message.leaf[1] if len(message.leaf) > 1 else None
        self.digest = message.digest
        """What stands for the request in its batch's hash chain."""
        self.request_size = message.size
        self.request_in = now
        self.request_out = self.answer_in = 0.0
        self.request = _UNREAD
        self.client = self.service = ""
        self.service_raw = b""
        """As the caller wrote it."""
        self.route: Route | None = None
        self.use: _Use | None = None

    def answered(self, answer: Answer) -> None:
        self.provider.answered(self, answer)

    def failed(self, fault: Fault) -> None:
        self.provider.failed(self, fault)


class Passage(NamedTuple):
    """From a client to a service of this gateway, as one configuration has it."""

    client: Client
    route: Route
    is_free: bool
    """Every endpoint may be called for any purpose."""
    quota: Quota | None


class Provider:
    """Serves requests that other gateways, or this one, signed and sent."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.under_way: dict[tuple[object, int], Served] = {}
        self._remember(core.directory)

    def _remember(self, directory: Directory) -> None:
        """Look-ups of one configuration, by what callers write."""
        self._directory = directory
        self._passages: dict[tuple[str, str, bytes, bytes], Passage] = {}
        """By gateway, signing member, client and service, the last two as the caller wrote them."""

    def serve(self, link: LocalLink | PeerLink, member: str, message: Message, body: Body) -> None:
        """Take a request whose signature by `member` holds."""
        served = Served(self, link, message, self.core.clock())
        try:
            self._begin(served, member, message.head, body)
        except Fault as fault:
            self.failed(served, fault)

    def _begin(self, served: Served, member: str, head: bytes, body: Body) -> None:
        core = self.core
        directory = core.directory
        if directory is not self._directory:
            self._remember(directory)
        directory.check_in_force(served.request_in, at_provider)
        served.request = request = read_request(head)
        served.service_raw = raw = service_of(request.target)
        key = (served.link.gateway, member, request.client, raw)
        passage = self._passages.get(key) or self._find(served, key)
        if passage is None:
            return
        client, route, is_free, quota = passage
        served.client, served.service = client.id, route.id
        core.seal(route.member)
        rest = request.target[len(raw) + 4 :]
        path = rest.partition(b"?")[0]
        check_path(path)
        if not is_free:
            purpose = request.purpose.decode("ascii", "replace")
            directory.admit(client.id, route, request.method.decode("ascii", "replace"), path, purpose)
        if body.size > route.service.largest_request:
            raise at_provider(
                "ServiceFailed.TooLarge", f"{route.id} takes {route.service.largest_request} bytes", 413
            )
        served.route = route
        if quota is not None:
            served.use = core.quotas.enter(quota, client.id, route.id, served.request_in)
        self.under_way[served.link, served.exchange] = served
        served.request_out = core.clock()
        core.services.call(route.service, request.method, rest, request.lines, body, served)

    def _find(self, served: Served, key: tuple[str, str, bytes, bytes]) -> Passage | None:
        """None when the gateway itself has answered. Raises Fault."""
        gateway, member, raw, _ = key
        directory = self.core.directory
        client = directory.client(read_client(raw), gateway)
        served.client = client.id
        if client.member != member:
            raise at_provider(
                "InvalidClientIdentifier", f"{client.id} is not a subsystem of who signed, {member}"
            )
        route = self._route(served, served.request.target)
        if route is None:
            return None
        if len(self._passages) > _MEMO:
            self._passages.clear()
        is_free = directory.may_call_all(client.id, route)
        passage = Passage(client, route, is_free, directory.quota_for(client.id, route.id))
        self._passages[key] = passage
        return passage

    def _route(self, served: Served, target: bytes) -> Route | None:
        """To the called service; None when the gateway itself has answered. Raises Fault."""
        directory = self.core.directory
        called = read_target(target)
        served.service, served.service_raw = called.service, called.raw
        provider, _, code = called.service.rpartition("/")
        if code in metaservices.METHODS and provider in directory.clients:
            self._tell(served, provider, code, called.query)
            return None
        route = directory.routes.get(called.service)
        if route is None or route.gateway != self.core.settings.code:
            raise at_provider("UnknownService", f"there is no service {called.service} here")
        if route.service.kind is ServiceKind.WSDL:
            raise at_provider("ServiceType", f"{route.id} is a SOAP service and cannot be called by REST")
        return route

    # ---- answers

    def _tell(self, served: Served, provider: str, code: str, query: bytes) -> None:
        directory = self.core.directory
        if directory.clients[provider].subsystem.gateway != self.core.settings.code:
            raise at_provider("UnknownService", f"{provider} is not registered here")
        kind, content = metaservices.answer(directory, served.client, provider, code, query)
        served.request_out = served.answer_in = self.core.clock()
        body = body_of(self.core.spool, content)
        self._send(served, member_of(provider), 200, b"OK", b"Content-Type:%b\r\n" % kind, body)

    def answered(self, served: Served, answer: Answer) -> None:
        """The service's answer."""
        if self.under_way.pop((served.link, served.exchange), None) is None:
            answer.body.drop()
            return
        served.answer_in = self.core.clock()
        assert served.route is not None
        try:
            self._send(served, served.route.member, answer.status, answer.reason, answer.lines, answer.body)
        except Fault as fault:
            self.failed(served, fault)

    def _send(
        self, served: Served, member: str, status: int, reason: bytes, lines: bytes, body: Body
    ) -> None:
        request = served.request
        about = about_exchange(
            request.query_id,
            request.client,
            served.service_raw,
            request.request_id,
            request_hash(served.head_digest, served.body_digest),
        )
        head = b"%d\r\n%b\r\n%b%b" % (status, reason, lines, about)
        message = message_of(served.exchange, True, head, sha512(head).digest(), body)
        served.link.answers_of(member).put(message, body)
        self._note(served, status, body.size, "", message.digest)

    def failed(self, served: Served, fault: Fault) -> None:
        """There will be no answer."""
        self.under_way.pop((served.link, served.exchange), None)
        served.link.send_fault(served.exchange, fault)
        self._note(served, fault.status, 0, fault.code)

    def _note(self, served: Served, status: int, size: int, fault: str, answer_digest: bytes = b"") -> None:
        core = self.core
        if served.use is not None:
            core.quotas.leave(served.use)
            served.use = None
        request = served.request
        core.operational.note(
            b"provider",
            request.query_id,
            request.request_id,
            served.client,
            served.service,
            request.method,
            request.purpose,
            (served.request_in, served.request_out, served.answer_in, core.clock()),
            (served.request_size, size),
            status,
            fault,
            (served.digest, answer_digest),
        )

    # ---- who no longer waits

    def cancel(self, link: LocalLink | PeerLink, exchange: int) -> None:
        served = self.under_way.pop((link, exchange), None)
        if served is not None:
            self._note(served, 499, 0, "Cancelled")

    def link_lost(self, link: PeerLink) -> None:
        for key in [each for each in self.under_way if each[0] is link]:
            self.cancel(link, key[1])
