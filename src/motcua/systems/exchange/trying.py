"""“Try it” of the catalogue: a real call to a sandbox provider, never to one that holds data of people."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from motcua.core.errors import NotAllowed, UserError
from motcua.core.outbound import wire
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.wire import Request
from motcua.systems.exchange.models import Version

PATIENCE = 5.0
LARGEST = 64 * 1024
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Tried:
    """What came back: status, JSON or text, milliseconds."""

    status: int
    body: str
    ms: int


def try_it(version: Version, method: str, path: str) -> Tried:
    """Call a sandbox service. Raises NotAllowed for any other, UserError for a path it cannot have, Unavailable."""
    if not version.service.sandbox:
        raise NotAllowed(
            "Chỉ gọi thử được dịch vụ thử, không có dữ liệu thật.", "Only sandbox services can be tried."
        )
    if not path.startswith("/") or ".." in path or not path.isprintable() or "#" in path or " " in path:
        raise UserError("Đường dẫn bắt đầu bằng /, ví dụ /nguoi/001099000011.", "A path such as /x.", "path")
    parts = urlsplit(version.base_url)
    host = parts.hostname or ""
    destination = Destination(
        name=f"sandbox {version.pk}",
        url=f"{parts.scheme}://{parts.netloc}",
        networks=LOOPBACK
        if host == urlsplit(settings.MOTCUA_SITE).hostname or settings.MOTCUA_SANDBOX
        else (),
        total_seconds=PATIENCE,
        largest_answer=LARGEST,
        tries=1,
    )
    headers = {"Host": parts.netloc, "Accept": "application/json", "User-Agent": "motcua"}
    target = parts.path + path
    begun = time.monotonic()
    reply = wire.send(
        destination, Request(method, target, "try", headers), destination.url + target, begun + PATIENCE
    )
    return Tried(
        reply.status, reply.body.decode("utf-8", "replace"), round((time.monotonic() - begun) * 1000)
    )
