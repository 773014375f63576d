"""Information Mediator, PubSub 2.0.0: a system's room, the kinds of events it tells, who hears them, over our bus.

Rights are the exchange's: who may tell a kind is declared with it, who hears it its owner decides.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core.errors import NotAllowed
from motcua.core.exchange.rooms import BUS, Given, Hearing, Rooms, rooms
from motcua.core.ledger.actor import Actor
from motcua.systems.govstack import callers
from motcua.systems.govstack.mediator import SHAPES
from motcua.systems.govstack.paging import identifier
from motcua.systems.govstack.speaking import NotSaid, body_of, face

NAMES = ("instanceId", "memberClass", "memberCode", "applicationCode")


@face("GET", "POST")
def event_types(request: HttpRequest, actor: Actor, **who: str) -> HttpResponse:
    """The kinds of events of a room; a new one in one's own."""
    granted, room = callers.may_use_events(actor), _room(who)
    if request.method == "GET":
        known = _bus().kinds(actor.label, room)
        return JsonResponse(known, safe=False) if known else HttpResponse(status=204)
    said = body_of(request)
    _bus().declare(actor.label, room, _text(said, "eventType"), _object(said, "schema"), granted.legal_basis)
    return HttpResponse(status=200)


@face("GET", "DELETE")
def event_type(request: HttpRequest, actor: Actor, event_type: str, **who: str) -> HttpResponse:
    """A kind with its JSON Schema. What was declared is not deleted: what was told by it is still given."""
    callers.may_use_events(actor)
    schema = _bus().schema(actor.label, _room(who), event_type)
    if request.method == "DELETE":
        raise _stays("eventType")
    return JsonResponse({"eventType": event_type, "schema": schema})


@face("POST")
def publish(request: HttpRequest, actor: Actor, event_type: str, **who: str) -> HttpResponse:
    """Tell an event. `key` of the query puts it in order with those of the same key."""
    callers.may_use_events(actor)
    said = body_of(request)
    if _text(said, "eventType") != event_type:
        raise NotSaid(
            "eventType trong thân và trong địa chỉ khác nhau.",
            "eventType: the body names another than the address.",
            "eventType",
        )
    key = request.GET.get("key", "")
    told = _bus().tell(actor.label, _room(who), event_type, _object(said, "event"), key)
    return JsonResponse({"id": str(told)}, status=201)


@face("GET", "DELETE")
def published(request: HttpRequest, actor: Actor, event_type: str, event_id: str, **who: str) -> HttpResponse:
    """How far an event came, for its publisher and the room's owner. What was told is not taken back."""
    callers.may_use_events(actor)
    found = _bus().told(actor.label, _room(who), event_type, identifier(event_id))
    if request.method == "DELETE":
        raise _stays("eventId")
    return JsonResponse({**_event(found.given), "subscribers": found.subscribers, "acknowledged": found.done})


@face("GET")
def subscriptions(request: HttpRequest, actor: Actor, **who: str) -> HttpResponse:
    """What the caller hears of a room, or asked to hear."""
    callers.may_use_events(actor)
    heard = _bus().hearings(actor.label, _room(who))
    return JsonResponse([_subscription(one) for one in heard], safe=False)


@face("GET", "POST", "PATCH", "DELETE")
def subscription(request: HttpRequest, actor: Actor, event_type: str, **who: str) -> HttpResponse:
    """Ask to hear a kind; see how that stands; hear it no more."""
    callers.may_use_events(actor)
    bus, room = _bus(), _room(who)
    if request.method == "POST":
        return JsonResponse(_subscription(bus.ask_to_hear(actor.label, room, event_type, _address(request))))
    found = [one for one in bus.hearings(actor.label, room) if one.kind == event_type]
    if not found:
        return JsonResponse({"detail": "no such subscription"}, status=404)
    if request.method == "DELETE":
        bus.end_hearing(actor.label, room, event_type)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        raise NotSaid(
            "Muốn nhận cách khác: hủy rồi đăng ký lại.", "End it and subscribe anew to be given it otherwise."
        )
    return JsonResponse(_subscription(found[0]))


@face("GET")
def pull(request: HttpRequest, actor: Actor, event_type: str, **who: str) -> HttpResponse:
    """The next event; given again after its lease until it is confirmed."""
    callers.may_use_events(actor)
    given = _bus().take(actor.label, _room(who), event_type)
    if given is None:
        return JsonResponse({"detail": "no event waits"}, status=404)
    return JsonResponse({**_event(given), "event": dict(given.payload)})


@face("DELETE")
def confirm(request: HttpRequest, actor: Actor, event_type: str, event_id: str, **who: str) -> HttpResponse:
    """The caller has the event."""
    callers.may_use_events(actor)
    _bus().acknowledge(actor.label, _room(who), event_type, identifier(event_id))
    return HttpResponse(status=204)


def _bus() -> Rooms:
    return rooms.get(BUS)


def _room(who: dict[str, str]) -> str:
    for name, value in who.items():
        if not SHAPES[name].fullmatch(value):
            raise NotSaid(
                f"{name} không đúng: {value[:40]}", f"{name} is no identifier: {value[:40]!r}", name
            )
    return "/".join(who[name] for name in SHAPES)


def _identity(name: str) -> dict[str, str]:
    return dict(zip(NAMES, name.split("/"), strict=True))


def _event(one: Given) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "sequence": one.position,
        "publisherId": _identity(one.publisher),
        "eventType": one.kind,
        "created": one.at.isoformat(),
    }


def _subscription(one: Hearing) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "subscriberId": _identity(one.subscriber),
        "eventType": one.kind,
        "delivery": "PUSH" if one.pushed else "PULL",
        "state": one.state,
    }


def _address(request: HttpRequest) -> str:
    """Where events are pushed, "" for who pulls. Raises NotSaid."""
    said = body_of(request)
    delivery = said.get("delivery", "PUSH")
    if delivery not in ("PUSH", "PULL"):
        raise NotSaid("delivery là PUSH hoặc PULL.", "delivery: PUSH or PULL.", "delivery")
    if delivery == "PULL":
        return ""
    options = said.get("options")
    address = options.get("address") if isinstance(options, dict) else None
    if not isinstance(address, str) or not address:
        raise NotSaid(
            "PUSH cần options.address; không có thì dùng delivery PULL.",
            "PUSH needs options.address, where events are posted; else say delivery PULL.",
            "options",
        )
    return address


def _text(said: dict[str, Any], name: str) -> str:
    if not isinstance(said.get(name), str) or not said[name]:
        raise NotSaid(f"Thiếu {name}.", f"{name}: a text is expected.", name)
    return str(said[name])


def _object(said: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(said.get(name), dict):
        raise NotSaid(f"{name} phải là một đối tượng.", f"{name}: an object is expected.", name)
    return dict(said[name])


def _stays(what: str) -> NotAllowed:
    return NotAllowed(
        "Điều đã khai báo hoặc đã báo thì không xóa.", "What was declared or told is not taken back.", what
    )
