"""Asking servers of others: https, no private networks, no redirects, little time, little data.

An address is resolved once, judged, and then that very address is asked, so that a name cannot point elsewhere between
the two. A sandbox may talk to itself: there plain http and private addresses are let through.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings

PATIENCE = 5.0  # seconds for the whole exchange
MOST = 256 * 1024  # bytes of an answer


class NoAnswer(Exception):
    """The server is not reached, is too slow, sends elsewhere, or says more than we listen to; the text says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> Any:
        """Raises ValueError when it is not JSON."""
        return json.loads(self.body)


def ask(
    url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """GET `url`, or POST a form to it. Raises NoAnswer; an answer of any status but a redirect is an answer."""
    parts = _plain(url)
    there = _address(parts)
    host = parts.netloc.rpartition("@")[2]
    target = httpx.URL(url).copy_with(host=there)
    sent = {"Host": host, "Accept": "application/json", **(headers or {})}
    started = time.monotonic()
    try:
        with (
            httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "GET" if form is None else "POST",
                target,
                data=None if form is None else dict(form),
                headers=sent,
                extensions={"sni_hostname": parts.hostname},
            ) as answer,
        ):
            if answer.is_redirect:
                raise NoAnswer(f"{url} sends elsewhere")
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST:
                    raise NoAnswer(f"{url} says more than {MOST} bytes")
                if time.monotonic() - started > PATIENCE:
                    raise NoAnswer(f"{url} takes more than {PATIENCE} seconds")
            return Answer(answer.status_code, answer.headers.get("content-type", ""), bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        raise NoAnswer(f"{url}: {type(wrong).__name__}") from wrong


def _plain(url: str) -> SplitResult:
    """The parts of an address that we go to; NoAnswer for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise NoAnswer(f"{url}: no address") from wrong
    secure = parts.scheme == "https" or (settings.MOTCUA_SANDBOX and parts.scheme == "http")
    if not secure:
        raise NoAnswer(f"{url}: https is needed")
    if not parts.hostname or parts.username is not None or parts.fragment or port == 0:
        raise NoAnswer(f"{url}: not a plain address")
    return parts


def _address(parts: SplitResult) -> str:
    """The IP address to ask: the first of the name's, when all of them are public."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise NoAnswer(f"{parts.hostname} is not found") from unknown
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    private = [one for one in addresses if not ipaddress.ip_address(one).is_global]
    if not addresses or (private and not settings.MOTCUA_SANDBOX):
        raise NoAnswer(f"{parts.hostname} leads into a private network")
    return addresses[0]
