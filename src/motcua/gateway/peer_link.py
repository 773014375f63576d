"""Connections to other gateways."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterator
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, Any

from motcua.engines.asice import leaf_digest
from motcua.gateway.batches import ELSEWHERE, INLINE, NONE, Batch, BatchError, Message, pack, unpack
from motcua.gateway.bodies import NO_BODY, ArrivingBody, Body, TooLarge, body_in_memory
from motcua.gateway.faults import Fault
from motcua.gateway.links import LinkBase, logging_failed
from motcua.gateway.seals import Seal, SealError, der_of
from motcua.gateway.segments import Kind
from motcua.gateway.stamping import Signature
from motcua.gateway.wire import (
    EXCHANGE,
    PROTOCOL,
    Frame,
    FrameReader,
    WireError,
    frame_head,
    pack_fault,
    pack_profile,
    unpack_profile,
)

if TYPE_CHECKING:
    from motcua.gateway.core import Core

_log = logging.getLogger(__name__)
_PING_AFTER_S = 5.0


class Outgoing:
    """A large body on its way, with the batch that comes after it."""

    __slots__ = ("body", "chunks", "mark", "then")

    def __init__(self, mark: bytes, body: Body) -> None:
        self.mark = mark
        self.body = body
        self.chunks: Iterator[bytes] = body.chunks()
        self.then: bytes | None = None


class PeerLink(LinkBase, asyncio.Protocol):
    """One connection to another gateway; `opened_here` says who sends the requests."""

    def __init__(self, core: Core, gateway: str, *, opened_here: bool) -> None:
        super().__init__(core, gateway)
        self.opened_here = opened_here
        self.transport: Any = None
        self.heard = core.loop.time()
        self.other_version = 0
        self._reader = FrameReader()
        self._out: list[bytes] = []
        self._told: set[int] = set()
        self._profiles: dict[int, tuple[str, Any]] = {}
        self._bodies: dict[tuple[int, bool], ArrivingBody] = {}
        self._large: deque[Outgoing] = deque()
        self._paused = False
        self._flushing = False

    # ---- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        session: Any = transport.get_extra_info("ssl_object")
        mark = sha256(session.getpeercert(True) or b"").hexdigest()
        directory = self.core.directory
        found = directory.gateway_of.get(mark)
        if found is None or mark in directory.revoked or (self.opened_here and found != self.gateway):
            _log.warning("a gateway with a certificate that is not its own was turned away")
            self.transport.abort()
            return
        self.gateway = found
        self.core.links.add(self)
        hello = {
            "protocol": PROTOCOL,
            "gateway": self.core.settings.code,
            "configuration": directory.configuration.version,
        }
        self._send(Frame.HELLO, json.dumps(hello).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.core.links.discard(self)
        for each in self._large:
            each.body.drop()
        self._large.clear()
        if self.opened_here:
            self.core.consumer.link_lost(self)
        else:
            self.core.provider.link_lost(self)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._pump()

    def data_received(self, data: bytes) -> None:
        self.heard = self.core.loop.time()
        try:
            for kind, payload in self._reader.feed(data):
                self._take(kind, payload)
        except (WireError, BatchError, SealError, ValueError, KeyError) as error:
            _log.warning("the gateway %s is cut off: %s", self.gateway, error)
            self.transport.abort()

    def sweep(self, now: float) -> None:
        """Ask a silent one whether it is there; leave it when it does not say."""
        silent = now - self.heard
        if silent > self.core.settings.peer_silence_s:
            _log.warning("the gateway %s has been silent for %.0f s", self.gateway, silent)
            self.transport.abort()
        elif silent > _PING_AFTER_S:
            self._send(Frame.PING)

    # ---- sending

    def _send(self, kind: Frame, payload: bytes = b"") -> None:
        self._out += (frame_head(kind, payload), payload)
        if not self._flushing:
            self._flushing = True
            self.core.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        out, self._out = self._out, []
        self.transport.write(b"".join(out))

    def send_batch(self, seal: Seal, payload: bytes, messages: list[Message]) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if seal.profile.key not in self._told:
            self._told.add(seal.profile.key)
            certificates = [der_of(each) for each in (seal.signer.certificate, *seal.signer.chain)]
            self._send(Frame.PROFILE, pack_profile(seal.profile.key, certificates, seal.ocsps))
        if messages[0].form is ELSEWHERE:
            mark = EXCHANGE.pack(messages[0].exchange, messages[0].is_answer)
            for each in self._large:
                if each.mark == mark:
                    each.then = payload
                    self._pump()
                    return
        self._send(Frame.BATCH, payload)

    def send_body(self, exchange: int, is_answer: bool, body: Body) -> None:
        self._large.append(Outgoing(EXCHANGE.pack(exchange, is_answer), body))
        self._pump()

    def _pump(self) -> None:
        """Large bodies take turns, a piece each, as fast as the other side takes them."""
        waiting = 0
        while self._large and not self._paused and waiting < len(self._large):
            current = self._large.popleft()
            chunk = next(current.chunks, None)
            if chunk is not None:
                self._send_now(Frame.BODY, current.mark + chunk)
                self._large.append(current)
                waiting = 0
            elif current.then is not None:
                self._send_now(Frame.BATCH, current.then)
                current.body.drop()
            else:  # its batch is still being kept
                self._large.append(current)
                waiting += 1

    def _send_now(self, kind: Frame, payload: bytes) -> None:
        self._out += (frame_head(kind, payload), payload)
        self._flush()

    def send_fault(self, exchange: int, fault: Fault) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        told: dict[str, object] = {
            "code": fault.code,
            "message": fault.message,
            "status": fault.status,
            "retry_after_s": fault.retry_after_s,
            "detail": fault.detail,
        }
        self._send(Frame.FAULT, pack_fault(exchange, told))

    def cancel(self, exchange: int) -> None:
        if not self._withdraw(exchange) and not self.transport.is_closing():
            self._send(Frame.CANCEL, EXCHANGE.pack(exchange, 0))

    # ---- receiving

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == Frame.BATCH:
            self._take_batch(payload)
        elif kind == Frame.BODY:
            self._take_body(payload)
        elif kind == Frame.PROFILE:
            self._take_profile(payload)
        elif kind == Frame.FAULT:
            exchange, _ = EXCHANGE.unpack_from(payload)
            self.core.consumer.failed(self, exchange, _fault(payload[EXCHANGE.size :]))
        elif kind == Frame.CANCEL:
            exchange, _ = EXCHANGE.unpack_from(payload)
            self.core.provider.cancel(self, exchange)
        elif kind == Frame.PING:
            self._send(Frame.PONG)
        elif kind == Frame.HELLO:
            hello = json.loads(payload)
            if hello["protocol"] != PROTOCOL:
                raise WireError(f"protocol {hello['protocol']}, and here {PROTOCOL} is spoken")
            self.other_version = int(hello["configuration"])
            self.core.other_version_seen(self.other_version)
        elif kind != Frame.PONG:
            raise WireError(f"a frame of the unknown kind {kind}")

    def _take_profile(self, payload: bytes) -> None:
        key, certificates, ocsps = unpack_profile(payload)
        self._profiles[key] = self.core.signers.take(key, certificates, ocsps)

    def _take_body(self, payload: bytes) -> None:
        exchange, is_answer = EXCHANGE.unpack_from(payload)
        mark = (exchange, bool(is_answer))
        body = self._bodies.get(mark)
        if body is None:
            limit = self.core.settings.largest_answer if is_answer else self.core.settings.largest_request
            body = self._bodies[mark] = ArrivingBody(self.core.spool, limit)
        try:
            body.add(payload[EXCHANGE.size :])
        except TooLarge:
            raise WireError("a body beyond the agreed size") from None
        except OSError as error:
            raise WireError(f"a large body cannot be held here: {error.strerror}") from error

    def _take_batch(self, payload: bytes) -> None:
        batch = unpack(payload)
        bodies = [self._body_of(each) for each in batch.messages]
        known = self._profiles.get(batch.profile)
        if known is None:
            raise WireError("a batch under a profile that was not told")
        member, profile = known
        try:
            top = self.core.signers.check(profile, batch)
        except Fault as fault:
            self._refuse(batch, fault)
            return
        if not self.core.journal.has_room():
            self._refuse(batch, logging_failed("ServerProxy", self.core.journal.fault))
            return
        self.core.note_signature(Signature(profile, top, batch.at, batch.value))
        kept = payload
        if any(each.form is ELSEWHERE for each in batch.messages):
            kept = self._repack(batch, bodies)
        self.core.journal.add_profile(profile.key, profile.skeleton)
        if self.opened_here:  # answers: none goes on before it is kept
            self.core.journal.append(
                Kind.BATCH,
                kept,
                lambda: self._release(member, batch, bodies),
                lambda error: self._refuse(batch, logging_failed("ClientProxy", error)),
            )
        else:
            self.core.journal.append(Kind.BATCH, kept)
            for message, body in zip(batch.messages, bodies, strict=True):
                if message.is_answer:
                    raise WireError("an answer to what was not asked")
                self.core.provider.serve(self, member, message, body)

    def _release(self, member: str, batch: Batch, bodies: list[Body]) -> None:
        for message, body in zip(batch.messages, bodies, strict=True):
            self.core.consumer.answered(self, member, message, body)

    def _refuse(self, batch: Batch, fault: Fault) -> None:
        for each in batch.messages:
            if self.opened_here:
                self.core.consumer.failed(self, each.exchange, fault)
            else:
                self.send_fault(each.exchange, fault)

    def _body_of(self, message: Message) -> Body:
        """The complete body; the message's digests are made here."""
        head = sha512(message.head).digest()
        if message.form is NONE:
            message.leaf, message.digest = (head,), head
            return NO_BODY
        body = body_in_memory(message.body) if message.form is INLINE else self._arrived(message)
        digest = body.digest
        assert digest is not None
        message.leaf = (head, digest)
        message.digest = leaf_digest(message.leaf)
        return body

    def _arrived(self, message: Message) -> Body:
        """The large body that came before its message."""
        body = self._bodies.pop((message.exchange, message.is_answer), None)
        if body is None:
            raise WireError("a body that did not come")
        body.end()
        if body.digest != message.body or body.size != message.size:
            raise WireError("a body that is not what was signed")
        return body

    def _repack(self, batch: Batch, bodies: list[Body]) -> bytes:
        messages = []
        for each, body in zip(batch.messages, bodies, strict=True):
            if each.form is ELSEWHERE and body.size <= self.core.settings.largest_logged:
                whole = body.content()
                each = Message(each.exchange, each.is_answer, each.head, INLINE, whole, body.size)
            messages.append(each)
        return pack(batch.profile, batch.at, batch.value, messages)


def _fault(data: bytes) -> Fault:
    told = json.loads(data)
    status = int(told["status"])
    return Fault(
        str(told["code"]),
        str(told["message"]),
        status if 400 <= status <= 599 else 500,
        int(told["retry_after_s"]),
        str(told["detail"]),
    )
