"""The provider's side: may this client call that, call it, sign what it said."""

from __future__ import annotations

import re
from hashlib import sha512
from typing import TYPE_CHECKING

from motcua.gateway import metaservices
from motcua.gateway.batches import Message
from motcua.gateway.bodies import Body, body_of
from motcua.gateway.configuration import ServiceKind
from motcua.gateway.directory import Route, check_path
from motcua.gateway.faults import Fault, at_provider
from motcua.gateway.heads import about_exchange, answer_head, request_hash
from motcua.gateway.identifiers import member_of, read_client, read_target
from motcua.gateway.operational import Record
from motcua.gateway.outbox import message_of
from motcua.gateway.quotas import _Use

if TYPE_CHECKING:
    from motcua.gateway.core import Core
    from motcua.gateway.links import LocalLink, PeerLink
    from motcua.gateway.services import Answer, Call

_FORBIDDEN = re.compile(
    rb"\r\n(?:transfer-encoding|keep-alive|proxy-authenticate|proxy-authorization|te|trailer|upgrade|connection|host"
    rb"|content-length|expect):"
)
"""What would make a service see other requests than were signed."""
_PURPOSE = re.compile(rb"\r\nx-motcua-purpose: *([^\r\n]*)", re.IGNORECASE)
_LAST = re.compile(
    rb"\r\nX-Road-Client:([^\r\n]+)\r\nX-Road-Id:([^\r\n]+)\r\nX-Road-Request-Id:([^\r\n]+)\r\n\Z"
)


class Served:
    """One request under way at its service."""

    __slots__ = (
        "answer_in",
        "call",
        "client",
        "client_raw",
        "exchange",
        "link",
        "method",
        "purpose",
        "query_id",
        "request_hash",
        "request_id",
        "request_in",
        "request_out",
        "request_size",
        "route",
        "service",
        "service_raw",
        "use",
    )  # fmt: skip

    link: LocalLink | PeerLink
    exchange: int
    route: Route | None
    call: Call | None
    use: _Use | None
    service: str
    client: str
    purpose: str
    client_raw: bytes
    service_raw: bytes
    """As the caller wrote them."""
    method: bytes
    query_id: bytes
    request_id: bytes
    request_hash: bytes
    request_in: float
    request_out: float
    answer_in: float
    request_size: int


class Provider:
    """Serves requests that other gateways, or this one, signed and sent."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.under_way: dict[tuple[object, int], Served] = {}

    def serve(self, link: LocalLink | PeerLink, member: str, message: Message, body: Body) -> None:
        """Take a request whose signature by `member` holds."""
        core = self.core
        served = Served()
        served.link, served.exchange = link, message.exchange
        served.request_in, served.request_out, served.answer_in = core.clock(), 0.0, 0.0
        served.request_size = body.size
        served.client = served.service = served.purpose = ""
        served.method = served.query_id = served.request_id = b""
        served.route, served.call, served.use = None, None, None
        served.request_hash = request_hash(message.leaf[0], body.digest)
        try:
            self._begin(served, link, member, message.head, body)
        except Fault as fault:
            self._fail(served, fault)

    def _begin(
        self, served: Served, link: LocalLink | PeerLink, member: str, head: bytes, body: Body
    ) -> None:
        core = self.core
        directory = core.directory
        directory.check_in_force(core.clock(), at_provider)
        method, target, name, lines = self._read(served, head)
        client = directory.client(name, link.gateway)
        served.client = client.id
        if client.member != member:
            raise at_provider(
                "InvalidClientIdentifier", f"{client.id} is not a subsystem of who signed, {member}"
            )
        called = read_target(target)
        served.service, served.service_raw = called.service, called.raw
        provider, _, code = called.service.rpartition("/")
        if code in metaservices.METHODS and provider in directory.clients:
            self._tell(served, provider, code, called.query)
            return
        route = directory.routes.get(called.service)
        if route is None or route.gateway != core.settings.code:
            raise at_provider("UnknownService", f"there is no service {called.service} here")
        if route.service.kind is ServiceKind.WSDL:
            raise at_provider("ServiceType", f"{route.id} is a SOAP service and cannot be called by REST")
        core.seal(route.member)
        check_path(called.path)
        directory.admit(client.id, route, method.decode("ascii", "replace"), called.path, served.purpose)
        if body.size > route.service.largest_request:
            raise at_provider(
                "ServiceFailed.TooLarge", f"{route.id} takes {route.service.largest_request} bytes", 413
            )
        served.route = route
        if directory.configuration.quotas:
            quota = directory.quota_for(client.id, route.id)
            if quota is not None:
                served.use = core.quotas.enter(quota, client.id, route.id, core.clock())
        self.under_way[link, served.exchange] = served
        served.request_out = core.clock()
        served.call = core.services.call(
            route.service,
            method,
            called.path + called.query,
            lines,
            body,
            lambda answer: self._answered(served, answer),
            lambda fault: self._fail(served, fault),
        )

    def _read(self, served: Served, head: bytes) -> tuple[bytes, bytes, str, bytes]:
        """(method, target, client, lines for the service)."""
        method, _, rest = head.partition(b"\r\n")
        target, _, lines = rest.partition(b"\r\n")
        last = _LAST.search(head)
        if last is None or not method.isalpha() or b" " in target or b"\0" in target:
            raise at_provider("InvalidMessage", "a request's head ends with client, id and request id")
        small = head.lower()
        if _FORBIDDEN.search(small) or head.count(b"\n") != head.count(b"\r\n"):
            raise at_provider("InvalidMessage", "a request's head holds what does not travel")
        served.method, served.query_id, served.request_id = method, last[2], last[3]
        served.client_raw = last[1]
        purpose = _PURPOSE.search(head) if b"\r\nx-motcua-purpose:" in small else None
        if purpose is not None:
            served.purpose = purpose[1].strip().decode("ascii", "replace")
        return method, target, read_client(last[1]), lines

    # ---- answers

    def _tell(self, served: Served, provider: str, code: str, query: bytes) -> None:
        directory = self.core.directory
        if directory.clients[provider].subsystem.gateway != self.core.settings.code:
            raise at_provider("UnknownService", f"{provider} is not registered here")
        kind, content = metaservices.answer(directory, served.client, provider, code, query)
        served.request_out = served.answer_in = self.core.clock()
        body = body_of(self.core.spool, content)
        self._send(served, member_of(provider), 200, b"OK", [(b"Content-Type", kind)], body)

    def _answered(self, served: Served, answer: Answer) -> None:
        if self.under_way.pop((served.link, served.exchange), None) is None:
            answer.body.drop()
            return
        served.answer_in = self.core.clock()
        assert served.route is not None
        try:
            self._send(served, served.route.member, answer.status, answer.reason, answer.headers, answer.body)
        except Fault as fault:
            self._fail(served, fault)

    def _send(
        self,
        served: Served,
        member: str,
        status: int,
        reason: bytes,
        headers: list[tuple[bytes, bytes]],
        body: Body,
    ) -> None:
        about = about_exchange(
            served.query_id, served.client_raw, served.service_raw, served.request_id, served.request_hash
        )
        head = answer_head(status, reason, headers, about)
        message = message_of(served.exchange, True, head, sha512(head).digest(), body)
        served.link.outbox(member, answers=True).put(message, body)
        self._note(served, status, body.size, "")

    def _fail(self, served: Served, fault: Fault) -> None:
        self.under_way.pop((served.link, served.exchange), None)
        served.link.send_fault(served.exchange, fault)
        self._note(served, fault.status, 0, fault.code)

    def _note(self, served: Served, status: int, size: int, fault: str) -> None:
        core = self.core
        if served.use is not None:
            core.quotas.leave(served.use)
            served.use = None
        core.operational.note(
            Record(
                "provider",
                served.query_id.decode("latin-1"),
                served.request_id.decode("latin-1"),
                served.client,
                served.service,
                served.method.decode("latin-1"),
                served.purpose,
                served.request_in,
                served.request_out,
                served.answer_in,
                core.clock(),
                served.request_size,
                size,
                status,
                fault,
            )
        )

    # ---- who no longer waits

    def cancel(self, link: LocalLink | PeerLink, exchange: int) -> None:
        served = self.under_way.pop((link, exchange), None)
        if served is not None:
            self._note(served, 499, 0, "Cancelled")

    def link_lost(self, link: PeerLink) -> None:
        for key in [each for each in self.under_way if each[0] is link]:
            self.cancel(link, key[1])
