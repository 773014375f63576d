"""A load generator in a process of its own: many kept-alive connections, closed loop or at a given rate.

`python -m benchmarks._gateway_load PORT CONNECTIONS SECONDS RATE FILE`, the request on standard input (rate 0: as fast
as answers come). Writes JSON to FILE: answered, errors, seconds, p50_ms, p99_ms, and the x-road-ids of all answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import httptools
import uvloop


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.transport: Any = None
        self.parser = httptools.HttpResponseParser(self)
        self.id = b""
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.load.idle.append(self)

    def send(self, begun: float) -> None:
        self.begun = begun
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == b"x-road-id":
            self.id = value

    def on_message_complete(self) -> None:
        load = self.load
        if self.parser.get_status_code() != 200:
            load.errors += 1
        else:
            load.took.append(time.perf_counter() - self.begun)
            if self.id:
                load.ids.append(self.id.decode())
        if load.stopping:
            load.left -= 1
        elif load.rate:
            load.idle.append(self)
        else:
            self.send(time.perf_counter())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.load.over:
            self.load.errors += 1


class Load:
    def __init__(self, request: bytes, rate: float) -> None:
        self.request = request
        self.rate = rate
        self.idle: deque[Connection] = deque()
        self.took: list[float] = []
        self.ids: list[str] = []
        self.errors = 0
        self.left = 0
        self.stopping = self.over = False

    async def run(self, port: int, connections: int, seconds: float) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        begun = time.perf_counter()
        if self.rate:
            await self._at_rate(begun, seconds)
        else:
            for each in list(self.idle):
                each.send(time.perf_counter())
            await asyncio.sleep(seconds)
        self.left = 0 if self.rate else connections
        self.stopping = True
        until = time.perf_counter() + 5
        while time.perf_counter() < until and (
            self.left > 0 if not self.rate else len(self.idle) < connections
        ):
            await asyncio.sleep(0.01)
            if self.rate:
                break
        self.over = True
        took = sorted(self.took) or [0.0]
        return {
            "answered": len(self.took),
            "errors": self.errors,
            "seconds": time.perf_counter() - begun,
            "p50_ms": took[len(took) // 2] * 1000,
            "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)] * 1000,
            "ids": self.ids,
        }

    async def _at_rate(self, begun: float, seconds: float) -> None:
        """Open loop: a request's time counts from when it was due, so that waiting is not forgotten."""
        sent, total = 0, int(self.rate * seconds)
        while sent < total:
            due = int((time.perf_counter() - begun) * self.rate)
            while sent < min(due, total) and self.idle:
                self.idle.popleft().send(begun + sent / self.rate)
                sent += 1
            await asyncio.sleep(0.001)
            if time.perf_counter() - begun > seconds * 3:
                break
        await asyncio.sleep(0.2)


def main() -> None:
    port, connections, seconds, rate, file = sys.argv[1:6]
    load = Load(sys.stdin.buffer.read(), float(rate))
    told = uvloop.run(load.run(int(port), int(connections), float(seconds)))
    Path(file).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
