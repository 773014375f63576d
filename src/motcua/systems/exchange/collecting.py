"""Fetching operational data from our own gateways: `GET /operational?after=CURSOR` on the state port.

Gateways of other installations hand theirs in over the API.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from motcua.core import clock
from motcua.core.outbound import wire
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Request
from motcua.systems.exchange import operating
from motcua.systems.exchange.models import Gateway

PATIENCE = 15.0
LINES = 2_000
LARGEST = 8 * 1024 * 1024


def addresses() -> dict[str, str]:
    """Where our gateways tell their state, by their codes."""
    pairs = (one.partition("=") for one in settings.MOTCUA_EXCHANGE_GATEWAY_STATES)
    return {code: address.rstrip("/") for code, _, address in pairs if address}


def collect(gateway: Gateway, address: str) -> int:
    """Take in everything new; the cursor is kept with the rows, so that nothing is skipped. Returns how many were new.

    Raises Silent when the gateway does not answer.
    """
    new = 0
    while True:
        lines, cursor = _fetch(address, gateway.operational_cursor)
        new += operating.take_in(gateway, lines)
        moved, gateway.operational_cursor = cursor != gateway.operational_cursor, cursor
        gateway.last_seen_at = clock.now()
        gateway.save(update_fields=["operational_cursor", "last_seen_at"])
        if len(lines) < LINES or not moved:
            return new


def _fetch(address: str, cursor: str) -> tuple[list[Mapping[str, Any]], str]:
    parts = urlsplit(address)
    own = ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")
    destination = Destination(
        name=f"gateway {parts.netloc}",
        url=address,
        networks=own,
        total_seconds=PATIENCE,
        largest_answer=LARGEST,
        tries=1,
    )
    target = f"/operational?after={quote(cursor)}&limit={LINES}"
    request = Request("GET", target, "operational", {"Host": parts.netloc, "User-Agent": "motcua"})
    reply = wire.send(destination, request, address + target, time.monotonic() + PATIENCE)
    if reply.status != 200 or "motcua-cursor" not in reply.headers:
        raise Silent(destination.name, "wrong answer", str(reply.status))
    try:
        lines = [json.loads(line) for line in reply.body.decode().splitlines() if line]
    except ValueError as wrong:
        raise Silent(destination.name, "wrong answer") from wrong
    return lines, reply.headers["motcua-cursor"]
