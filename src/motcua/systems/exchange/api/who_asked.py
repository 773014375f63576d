"""Another installation asks, for a person who signed in there, who asked about them here."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from motcua.core.errors import NotAllowed
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound import exchange
from motcua.core.outbound.destinations import Peer
from motcua.systems.exchange import openings
from motcua.systems.exchange.api.base import REFUSALS, NoKey, api, from_our_gateway


class Asking(Schema):
    """`level`: how surely the person signed in; `on_behalf`: the kind of mandate of whoever acts for them."""

    person: str = Field(min_length=1, max_length=64)
    on_behalf: Literal["", "parent", "guardian", "legal_representative"] = ""
    level: int = Field(ge=openings.LEAST_LEVEL, le=2)


class Asked(Schema):
    at: str
    who: str
    what: str
    purpose: str
    answered: bool
    end: Literal["answered", "asked", "carried"]
    call: str


class Opened(Schema):
    who: str
    times: int
    at: str


class Told(Schema):
    asked: list[Asked]
    more: bool
    opened: list[Opened]


def peer_of(request: HttpRequest) -> tuple[Peer, str]:
    """The peer whose system our own gateway recognised, and the call's name. Raises NoKey, NotAllowed."""
    call = exchange.brought_by(request.headers)
    if not call or not from_our_gateway(request):
        raise NoKey("Chỉ trả lời qua cổng liên thông của mình.", "This is answered over the exchange only.")
    member = "/".join(call.partition(" ")[0].split("/")[:3])
    peer = next((one for one in openings.peers() if one.member == member), None)
    if peer is None:
        raise NotAllowed(
            f"{member} không có trong danh sách who_asked của tệp kết nối.",
            f"{member} is not among those with whom this page is shared (who_asked of the file of connections).",
        )
    return peer, call


@api.post(openings.PATH, auth=peer_of, response={200: Told, **REFUSALS})
def who_asked(request: HttpRequest, response: HttpResponse, asking: Asking) -> dict[str, Any]:
    """Who asked about a person here, for the installation that they signed in to. They see that it asked."""
    peer, call = request.auth  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    with acting(SYSTEM):
        return openings.tell(peer, call, asking.person, on_behalf=asking.on_behalf, level=asking.level)
