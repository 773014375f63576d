"""Asking addresses that others gave us: https only, no private networks, little time, little data.

A sandbox may talk to itself, so there plain http and private addresses are let through.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from motcua.core.errors import Unavailable

PATIENCE = 5.0  # seconds
MOST = 256 * 1024  # bytes


class Refused(ValueError):
    """An address that we do not go to."""


def check(url: str) -> None:
    """Raises Refused unless `url` may be asked: its name leads to public addresses only."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (settings.MOTCUA_SANDBOX and parts.scheme == "http"):
        raise Refused(f"{url}: https is needed")
    if not parts.hostname or parts.username or parts.fragment:
        raise Refused(f"{url}: not a plain address")
    if settings.MOTCUA_SANDBOX:
        return
    try:
        found = {info[4][0] for info in socket.getaddrinfo(parts.hostname, parts.port or 443)}
    except OSError as unknown:
        raise Unavailable(f"Không tìm thấy {parts.hostname}.", f"{parts.hostname} is not found.") from unknown
    if not found or not all(ipaddress.ip_address(str(one).split("%")[0]).is_global for one in found):
        raise Refused(f"{url}: leads into a private network")


def get_json(url: str) -> Any:
    """The JSON that stands at `url`. Raises Refused or Unavailable; redirects are not followed."""
    check(url)
    try:
        with httpx.stream("GET", url, timeout=PATIENCE, follow_redirects=False) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _silent(url)
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST:
                    raise Refused(f"{url}: too long an answer")
        return json.loads(body)
    except (httpx.HTTPError, ValueError) as wrong:
        if isinstance(wrong, Refused):
            raise
        raise _silent(url) from wrong


def post_form(url: str, form: Mapping[str, str]) -> int:
    """The status that `url` answers a form with. Raises Refused or Unavailable."""
    check(url)
    try:
        return httpx.post(url, data=dict(form), timeout=PATIENCE, follow_redirects=False).status_code
    except httpx.HTTPError as wrong:
        raise _silent(url) from wrong


def _silent(url: str) -> Unavailable:
    return Unavailable(f"{url} không trả lời.", f"{url} does not answer.")
