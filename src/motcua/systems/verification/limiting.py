"""Checking a file costs a server more than asking for it: how many one address may hand in within a while."""

from __future__ import annotations

import ipaddress
import time

from django.conf import settings
from django.http import HttpRequest

from motcua.core.errors import UserError
from motcua.core.identity import addresses, limits

MOST = 60
WINDOW = 600
"""Seconds."""


class TooOften(UserError):
    """`retry_after` are the seconds until the next window begins."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "Ông/bà đã kiểm tra nhiều tệp liên tiếp. Đợi vài phút rồi kiểm tra tiếp; nhập mã kiểm tra thì lúc nào cũng "
            "được.",
            "You have checked many files in a row. Wait some minutes, then go on; a check code can be typed at any "
            "time.",
            "tep",
        )
        self.retry_after = WINDOW - int(time.time()) % WINDOW


def count(request: HttpRequest, files: int = 1) -> None:
    """Count files that this address hands in; nothing but its digest is kept, for minutes. Raises TooOften.

    Behind a proxy that does not say for whom it asks, everybody would be one: then the proxy has to limit.
    """
    asker = asker_of(request)
    if asker is None:
        return
    allowed = [limits.allow("verify", asker, most=MOST, seconds=WINDOW) for _ in range(files)]
    if not all(allowed):
        raise TooOften


def asker_of(request: HttpRequest) -> str | None:
    """The address of whoever asks, a household's network for IPv6 (64 bits); None where it cannot be told."""
    behind_proxy = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    told = addresses.told_by_proxy(request) if behind_proxy else str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
