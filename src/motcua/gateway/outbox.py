"""Messages on their way out: gathered, signed together, kept, sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from motcua.engines.asice import leaf_digest
from motcua.gateway.batches import ELSEWHERE, INLINE, MOST, NONE, Message, pack, top_of_batch
from motcua.gateway.bodies import Body
from motcua.gateway.journal import Journal
from motcua.gateway.seals import Seal
from motcua.gateway.segments import Kind
from motcua.gateway.stamping import Signature

LARGEST_BATCH = 4 * 1024 * 1024
PATIENCE_S = 0.001
"""How long a message waits for company where there is some."""
COMPANY = 3
"""Messages in that time from which on it is worth waiting: a signature is made and checked once for all of them."""


class Link(Protocol):
    """The way to one gateway, ourselves included."""

    def send_batch(self, seal: Seal, payload: bytes, messages: list[Message]) -> None: ...

    def send_body(self, exchange: int, is_answer: bool, body: Body) -> None:
        """A large body, ahead of the batch that names its digest."""

    def failed(self, messages: list[Message], error: Exception) -> None:
        """The log could not keep them: they are not sent."""


class Traffic:
    """How thick messages come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._passed = 0
        self.is_thick = False

    def passed(self, messages: int) -> None:
        """So many have just left."""
        self._passed += messages
        spent = self._clock() - self._since
        if spent >= PATIENCE_S:
            self.is_thick = self._passed * PATIENCE_S >= COMPANY * spent
            self._since += spent
            self._passed = 0


class Outbox:
    """What one member sends over one link, in one direction.

    Messages leave in the turn of the loop that brought them; in thick traffic they wait a moment for company. Answers
    leave once the log has them, and gather while it commits those before.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        journal: Journal,
        seal_of: Callable[[], Seal],
        link: Link,
        clock: Callable[[], float],
        largest_logged: int,
        signed: Callable[[Signature], None],
        *,
        waits: bool,
    ) -> None:
        self._loop = loop
        self._journal = journal
        self._seal_of = seal_of
        self._link = link
        self._clock = clock
        self._largest_logged = largest_logged
        self._signed = signed
        self._waits = waits
        self._gathered: list[Message] = []
        self._scheduled = False
        self._traffic = Traffic()

    def put(self, message: Message, body: Body) -> None:
        if message.form is ELSEWHERE:
            self._send_large(message, body)
            return
        self._gathered.append(message)
        if not self._scheduled:
            self._scheduled = True
            if self._waits and self._journal.busy:
                self._journal.on_idle.append(self._flush)
            elif self._traffic.is_thick:
                self._loop.call_later(PATIENCE_S, self._flush)
            else:
                self._loop.call_soon(self._flush)

    def withdraw(self, exchange: int) -> bool:
        """Take back the message of an exchange that nobody waits for any longer; False when it has left."""
        left = [each for each in self._gathered if each.exchange != exchange]
        found = len(left) < len(self._gathered)
        self._gathered = left
        return found

    def _flush(self) -> None:
        self._scheduled = False
        gathered, self._gathered = self._gathered, []
        self._traffic.passed(len(gathered))
        messages: list[Message] = []
        size = 0
        for each in gathered:
            if len(messages) == MOST or size > LARGEST_BATCH:
                self._send(messages)
                messages, size = [], 0
            messages.append(each)
            size += each.size + len(each.head)
        if messages:
            self._send(messages)

    def _send(self, messages: list[Message]) -> None:
        seal, at, value = self._sign(messages)
        payload = pack(seal.profile.key, at, value, messages)
        self._keep(seal, payload, payload, messages)

    def _sign(self, messages: list[Message]) -> tuple[Seal, int, bytes]:
        """(seal, second, value)."""
        seal = self._seal_of()
        at = int(self._clock())
        top = top_of_batch(messages)
        value = seal.sign(top, at)
        self._signed(Signature(seal.profile, top, at, value))
        return seal, at, value

    def _send_large(self, message: Message, body: Body) -> None:
        """By itself: others need not wait until it has gone."""
        seal, at, value = self._sign([message])
        payload = pack(seal.profile.key, at, value, [message])
        kept = payload
        if body.size <= self._largest_logged:
            whole = Message(
                message.exchange, message.is_answer, message.head, INLINE, body.content(), body.size
            )
            kept = pack(seal.profile.key, at, value, [whole])
        self._link.send_body(message.exchange, message.is_answer, body)
        self._keep(seal, payload, kept, [message])

    def _keep(self, seal: Seal, payload: bytes, kept: bytes, messages: list[Message]) -> None:
        link = self._link
        self._journal.add_profile(seal.profile.key, seal.profile.skeleton)
        if self._waits:
            self._journal.append(
                Kind.BATCH,
                kept,
                lambda: link.send_batch(seal, payload, messages),
                lambda error: link.failed(messages, error),
            )
        else:
            self._journal.append(Kind.BATCH, kept, None, None)
            link.send_batch(seal, payload, messages)


def message_of(exchange: int, is_answer: bool, head: bytes, head_digest: bytes, body: Body) -> Message:
    """The message with this head and complete body."""
    body_digest = body.digest
    if body_digest is None:
        return Message(exchange, is_answer, head, NONE, b"", 0, (head_digest,), head_digest)
    leaf = (head_digest, body_digest)
    digest = leaf_digest(leaf)
    inline = body.inline
    if inline is None:
        return Message(exchange, is_answer, head, ELSEWHERE, body_digest, body.size, leaf, digest)
    return Message(exchange, is_answer, head, INLINE, inline, body.size, leaf, digest)
