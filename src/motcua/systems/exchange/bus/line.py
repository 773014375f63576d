"""The line to NATS JetStream: one stream, messages in the order they were sent, read from a place that we keep.

The stream's place is kept beside the rows it led to (`Subscription.drawn_seq`), so that a crash between reading and
committing repeats nothing and loses nothing; the server keeps no consumer for us. What travels is the number of an
event, never its payload or key: JetStream writes to its disk in clear.

The client speaks asyncio: it lives on a thread of its own, one connection for each process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import ssl
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

PATIENCE = 5.0
"""Seconds for one exchange with the server."""
REPEATS_KNOWN_S = 600
"""So long the server recognises a message sent twice; afterwards the unique rows of deliveries do."""
READER_LIVES_S = 5
NOT_FOUND = 404
T = TypeVar("T")


class Away(Exception):
    """NATS cannot be used now; the message says why, for those who run it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: `name` makes a repeat harmless."""

    subject: str
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A message as it lies in the stream; `place` only grows."""

    place: int
    body: bytes


class Line:
    """One process's connection to the stream, opened when it is first used and again after it broke."""

    def __init__(self, servers: Sequence[str], stream: str, copies: int = 1) -> None:
        self._servers, self.stream, self._copies = list(servers), stream, copies
        self._client: Client | None = None
        self._opened = 0
        self._connecting = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="events", daemon=True).start()

    def connections(self) -> int:
        """How many connections this line has had, the present one among them. A new one may find another stream."""
        return self._run(self._count())

    def send(self, letters: Sequence[Letter]) -> list[int]:
        """Their places in the stream, in the order given, once the server has said that it has them all."""
        return self._run(self._send(letters))

    def last(self) -> int:
        """The place of the newest message, 0 in an empty stream."""
        return self._run(self._last())

    def read(self, subject: str, after: int, most: int) -> list[Found]:
        """The next messages of a subject behind a place, `most` at once; none is an empty list, at once."""
        return self._run(self._read(subject, after, most))

    def forget(self, before: int) -> None:
        """Drop the messages before a place: everybody is past them. Nothing leaves the stream by age alone."""
        self._run(self._forget(before))

    def close(self) -> None:
        with contextlib.suppress(Away):
            self._run(self._close())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        running: Future[T] = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, PATIENCE), self._loop)
        try:
            return running.result()
        except ImportError as missing:
            raise Away(f"the package nats-py is not installed ({missing})") from missing
        except (TimeoutError, OSError, ValueError) as fault:
            self._loop.call_soon_threadsafe(self._drop)
            raise Away(str(fault) or type(fault).__name__) from fault
        except Exception as fault:
            from nats.errors import Error

            if not isinstance(fault, Error):
                raise
            self._loop.call_soon_threadsafe(self._drop)
            raise Away(str(fault)) from fault

    # ---- on the thread

    def _drop(self) -> None:
        """What broke is not used again; the next one who asks connects anew."""
        broken, self._client = self._client, None
        if broken is not None:
            self._closing = self._loop.create_task(_quietly(broken.close()))

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _count(self) -> int:
        await self._connected()
        return self._opened

    async def _connected(self) -> Client:
        """The connection that all share, whole: who asks while another one connects waits for that."""
        async with self._connecting:
            if self._client is None or not self._client.is_connected:
                self._client = await self._connect()
                self._opened += 1
            return self._client

    async def _connect(self) -> Client:
        from nats.aio.client import Client

        client, (user, password) = Client(), _secret()
        await client.connect(
            servers=self._servers,
            name="motcua",
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=2,
            error_cb=_silent,
            user=user,
            password=password,
            tls=_tls(),
        )
        try:
            await self._prepare(client)
        except BaseException:
            await _quietly(client.close())
            raise
        return client

    async def _prepare(self, client: Client) -> None:
        """The stream stands as it should: kept on disk, with its copies, recognising repeats."""
        wanted = {
            "name": self.stream,
            "subjects": [f"{self.stream}.*"],
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "max_msgs": -1,
            "max_bytes": -1,
            "max_age": 0,
            "num_replicas": self._copies,
            "duplicate_window": _nanoseconds(REPEATS_KNOWN_S),
        }
        found = await _asked(client, f"STREAM.INFO.{self.stream}")
        if found.get("error", {}).get("code") == NOT_FOUND:
            found = await _asked(client, f"STREAM.CREATE.{self.stream}", wanted)
        elif "config" in found and any(found["config"].get(name) != value for name, value in wanted.items()):
            found = await _asked(client, f"STREAM.UPDATE.{self.stream}", found["config"] | wanted)
        _must(found)

    async def _ask(self, subject: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
        return await _asked(await self._connected(), subject, question)

    async def _last(self) -> int:
        found = await self._ask(f"STREAM.INFO.{self.stream}")
        _must(found)
        return int(found["state"]["last_seq"])

    async def _forget(self, before: int) -> None:
        _must(await self._ask(f"STREAM.PURGE.{self.stream}", {"seq": before}))

    async def _send(self, letters: Sequence[Letter]) -> list[int]:
        client = await self._connected()
        inbox = client.new_inbox()
        answers = await client.subscribe(f"{inbox}.*")
        try:
            for number, letter in enumerate(letters):
                headers = {"Nats-Msg-Id": letter.name, "Nats-Expected-Stream": self.stream}
                await client.publish(letter.subject, letter.body, reply=f"{inbox}.{number}", headers=headers)
            places: dict[int, int] = {}
            while len(places) < len(letters):
                answer = await answers.next_msg(timeout=PATIENCE)
                said = json.loads(answer.data or b'{"error": {"description": "JetStream does not answer"}}')
                _must(said)
                places[int(answer.subject.rsplit(".", 1)[1])] = int(said["seq"])
        finally:
            await answers.unsubscribe()
        return [places[number] for number in range(len(letters))]

    async def _read(self, subject: str, after: int, most: int) -> list[Found]:
        client = await self._connected()
        reader = client.new_inbox().rsplit(".", 1)[1]
        made = await self._ask(
            f"CONSUMER.CREATE.{self.stream}",
            {
                "stream_name": self.stream,
                "config": {
                    "name": reader,
                    "deliver_policy": "by_start_sequence",
                    "opt_start_seq": after + 1,
                    "filter_subject": subject,
                    "ack_policy": "none",
                    "mem_storage": True,
                    "num_replicas": 1,
                    "inactive_threshold": _nanoseconds(READER_LIVES_S),
                },
            },
        )
        _must(made)
        waiting = min(most, int(made.get("num_pending", most)))
        return await self._pull(client, str(made["name"]), waiting) if waiting else []

    async def _pull(self, client: Client, reader: str, most: int) -> list[Found]:
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        try:
            question = json.dumps({"batch": most, "no_wait": True}).encode()
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{reader}", question, reply=inbox)
            found: list[Found] = []
            while len(found) < most:
                message = await answers.next_msg(timeout=PATIENCE)
                if message.headers and "Status" in message.headers:
                    break
                found.append(Found(_place(message), message.data))
        finally:
            await answers.unsubscribe()
        return found


async def _asked(client: Client, subject: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
    body = json.dumps(question).encode() if question is not None else b""
    answer = await client.request(f"$JS.API.{subject}", body, timeout=PATIENCE)
    found: dict[str, Any] = json.loads(answer.data)
    return found


def _place(message: Msg) -> int:
    return int(message.metadata.sequence.stream)


def _must(answer: dict[str, Any]) -> None:
    if "error" in answer:
        raise ValueError(f"JetStream: {answer['error'].get('description', answer['error'])}")


def _nanoseconds(seconds: int) -> int:
    return seconds * 1_000_000_000


async def _quietly(closing: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(Exception):
        await closing


async def _silent(_: Exception) -> None:
    """The client would print it; whoever asked is told."""


def _secret() -> tuple[str | None, str | None]:
    """User and password from the file's one line, `user:password`."""
    if not settings.MOTCUA_EVENTS_NATS_SECRET_FILE:
        return None, None
    text = Path(settings.MOTCUA_EVENTS_NATS_SECRET_FILE).read_text(encoding="utf-8")
    user, _, password = text.strip().partition(":")
    return user, password


def _tls() -> ssl.SSLContext | None:
    authority = settings.MOTCUA_EVENTS_NATS_CA_FILE
    return ssl.create_default_context(cafile=authority) if authority else None


def configured() -> bool:
    """Whether events travel by NATS here."""
    return bool(settings.MOTCUA_EVENTS_NATS)


def line() -> Line:
    """This process's line, by the settings."""
    name = settings.MOTCUA_EVENTS_STREAM or f"motcua-{settings.MOTCUA_EXCHANGE_INSTANCE}"
    stream = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    return _line(os.getpid(), tuple(settings.MOTCUA_EVENTS_NATS), stream, settings.MOTCUA_EVENTS_COPIES)


@lru_cache(maxsize=4)
def _line(process: int, servers: tuple[str, ...], stream: str, copies: int) -> Line:
    return Line(servers, stream, copies)
