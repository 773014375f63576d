"""Points of `motcua check` that only matter to the public: who is made up, and how those who ask are told apart."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from motcua.cli.check_points import Point, judge

STRANGER = "192.0.2.1"
"""An address of documentation (RFC 5737), which nobody has: a proxy that passes it on passes on any."""
PROXY_REMEDY = "let the proxy set X-Forwarded-For to what it adds itself: docs/running.md"
MADE_UP = "motcua.systems.eid."
"""Where the made-up VNeID lives; to load it would be to offer it."""
PATIENCE = 5
"""Seconds."""


def stand_ins() -> Iterator[Point]:
    """Made-up systems that answer in place of real ones, outside a sandbox."""
    from django.conf import settings

    if settings.MOTCUA_SANDBOX:
        return  # the point `sandbox` is at fault already
    active = list(_active())
    yield judge(
        "stand-ins",
        not active,
        "no made-up system answers in place of a real one",
        "; ".join(active),
        "name the real connectors: docs/connectors.md and docs/settings.md",
    )


def _active() -> Iterator[str]:
    from django.conf import settings

    from motcua.core.identity import sources
    from motcua.core.outbound.destinations import WrongConnections, connections
    from motcua.core.payments.actions import SANDBOX

    if settings.MOTCUA_POPULATION == "sandbox":
        yield "MOTCUA_POPULATION=sandbox: personal numbers are made up"
    if settings.MOTCUA_CARD_READER == "sandbox":
        yield "MOTCUA_CARD_READER=sandbox: identity cards are made up"
    offered = [type(sources.registry.get(one.key)).__module__ for one in sources.offered()]
    if any(module.startswith(MADE_UP) for module in offered):
        yield "VNeID: anyone signs in with the public passcode"
    try:
        known = connections()
    except WrongConnections:
        return  # the point `connections` says so
    for agency, platform in sorted(known.payments.items()):
        if platform == SANDBOX:
            yield f"payments of {agency}: {SANDBOX}, no money moves"
    for name, one in sorted(known.destinations.items()):
        if "/thu-nghiem/" in one.url:
            yield f"destination {name}: {one.url} is a server of a sandbox"


def _ask(url: str) -> Any:
    request = urllib.request.Request(url, headers={"X-Forwarded-For": STRANGER, "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def addresses(ask: Callable[[str], Any] = _ask) -> Iterator[Point]:
    """How those who ask are seen: by the proxy's word, which must be its own."""
    from django.conf import settings
    from django.urls import reverse

    site = str(settings.MOTCUA_SITE)
    if not site.startswith("https://"):
        return  # the point `TLS` is at fault already
    if not settings.SECURE_PROXY_SSL_HEADER:
        says = (
            "TLS ends at a proxy, and everybody is seen under the proxy's address: tries are counted together"
        )
        yield Point("addresses", "fault", says, "set MOTCUA_BEHIND_PROXY=1")
        return
    try:
        told = ask(site + reverse("identity_address"))
        address, by = str(told["address"]), str(told["by"])
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        yield Point(
            "addresses", "weak", f"{site} does not say how it sees who asks: {wrong}", "start the site"
        )
        return
    if address == STRANGER:
        says = f"the proxy passes on what the asker says: this machine came as {STRANGER}"
    elif by != "X-Forwarded-For":
        says = f"the proxy does not say whom it asks for: this machine was seen as {address}, and so is everybody"
    else:
        yield Point("addresses", "good", f"this machine was seen as {address}, by the proxy's word")
        return
    yield Point("addresses", "fault", says, PROXY_REMEDY)
