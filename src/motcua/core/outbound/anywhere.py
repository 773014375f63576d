"""Asking an address that is not a destination of the file: one that a setting, a discovery or a stranger names.

The same client, with its checked and pinned address, its circuit and its figures, by tighter bounds: https, a short
while, a small answer, no redirect. Where the file of connections has a destination at that origin, what it says of the
way there (private network, certificates) holds here too. A sandbox may talk to itself by plain http.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

from motcua.core.outbound import addresses, client, destinations
from motcua.core.outbound.destinations import Destination, WrongConnections
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply, Request

PATIENCE = 5.0  # seconds for the whole exchange
MOST = 256 * 1024  # bytes of an answer
STRANGER = "stranger"
NEVER_RESTS = 2**31
EVERYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
REDIRECTS = range(300, 400)


def ask(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
    stranger: bool = False,
) -> Reply:
    """GET `url`, or POST a form or a JSON body to it. Raises Silent as `client.call` does, for a redirect too.

    Of a `stranger` nothing is kept: its name stands in no figures, its faults open no circuit.
    """
    parts = _plain(url)
    there = replace(
        _destination(parts, stranger=stranger), read_seconds=patience, total_seconds=patience, tries=2
    )
    sent = {"Accept": "application/json", **(headers or {})}
    content = b""
    if form is not None:
        sent["Content-Type"], content = "application/x-www-form-urlencoded", urlencode(form).encode()
    elif body is not None:
        sent["Content-Type"], content = "application/json", json.dumps(body).encode()
    asks = form is None and body is None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = Request("GET" if asks else "POST", path, parts.path or "/", sent, content, repeatable=asks)
    reply = client.call(there, request)
    if reply.status in REDIRECTS:
        raise Silent(there.name, "sends elsewhere", str(reply.status))
    return reply


def ask_json(url: str, *, stranger: bool = False) -> Any:
    """The JSON that stands at `url`. Raises Silent, also for another status than 200."""
    reply = ask(url, stranger=stranger)
    name = STRANGER if stranger else str(urlsplit(url).hostname)
    if reply.status != 200:
        raise Silent(name, "wrong answer", str(reply.status))
    try:
        return json.loads(reply.body)
    except ValueError as wrong:
        raise Silent(name, "wrong answer", "no JSON") from wrong


def check(url: str) -> None:
    """Raises Silent unless `url` may be asked: plain, and its name leads to allowed addresses only."""
    parts = _plain(url)
    there = _destination(parts, stranger=True)
    try:
        addresses.allowed(str(parts.hostname), parts.port or 443, there.networks)
    except addresses.Forbidden as wrong:
        raise Silent(there.name, "forbidden address", str(wrong)) from wrong
    except OSError as unknown:
        raise Silent(there.name, "unknown name") from unknown


def _plain(url: str) -> SplitResult:
    """The parts of an address that we go to; Silent for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise Silent(STRANGER, "forbidden address", "no address") from wrong
    plain = parts.scheme == "http" and (settings.MOTCUA_SANDBOX or _known(parts) is not None)
    if parts.scheme != "https" and not plain:
        raise Silent(STRANGER, "forbidden address", "https is needed")
    unseen = any(letter <= " " for letter in url)
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0 or unseen:
        raise Silent(STRANGER, "forbidden address", "not a plain address")
    return parts


def _destination(parts: SplitResult, *, stranger: bool) -> Destination:
    origin = f"{parts.scheme}://{parts.netloc}"
    networks = EVERYWHERE if settings.MOTCUA_SANDBOX else ()
    if stranger:
        return Destination(STRANGER, origin, networks=networks, largest_answer=MOST, failures=NEVER_RESTS)
    known = _known(parts)
    if known is not None:
        return replace(known, url=origin, authentication={"style": "none"}, largest_answer=MOST)
    return Destination(str(parts.hostname), origin, networks=networks, largest_answer=MOST)


def _known(parts: SplitResult) -> Destination | None:
    """The destination of the file that lies at the same origin; a file with a fault in it names none."""
    try:
        named = destinations.connections().destinations.values()
    except WrongConnections:
        return None
    there = ((one, urlsplit(one.url)) for one in named)
    return next((one for one, url in there if (url.scheme, url.netloc) == (parts.scheme, parts.netloc)), None)
