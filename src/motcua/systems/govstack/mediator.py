"""Information Mediator, service metadata: what our gateway says of members and services, in GovStack's words.

The gateway is the destination `gateway` of the connections; `allowedMethods` is what this installation may call.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core.errors import NotFound, Unavailable
from motcua.core.ledger.actor import Actor
from motcua.core.outbound import client, exchange
from motcua.core.outbound.destinations import Destination, WrongConnections, destination
from motcua.core.outbound.faults import Silent
from motcua.systems.govstack.speaking import NotSaid, face

GATEWAY = "gateway"
SHAPES = {
    "instance": re.compile(r"[A-Za-z][\w.-]*"),
    "member_class": re.compile(r"[A-Za-z][\w.-]*"),
    "member_code": re.compile(r"[A-Za-z0-9][\w.-]*"),
    "application": re.compile(r"[A-Za-z0-9][\w.-]*"),
}
NAMES = {
    "xroad_instance": "GovStackInstance",
    "member_class": "memberClass",
    "member_code": "memberCode",
    "subsystem_code": "applicationCode",
    "service_code": "serviceCode",
    "service_type": "serviceType",
    "service_version": "serviceVersion",
}


@face("GET", caller=False)
def list_clients(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Members and applications of the exchange, or of the instance named in the query."""
    instance = request.GET.get("xRoadInstance") or request.GET.get("GovStackInstance") or ""
    if instance:
        _check(instance=instance)
    said = _ask("/listClients" + (f"?xRoadInstance={quote(instance, safe='')}" if instance else ""))
    rows = [one.get("id") for one in _rows(said, "member")]
    return JsonResponse({"member": [_item(one) for one in rows if isinstance(one, dict)]})


@face("GET", caller=False)
def list_methods(request: HttpRequest, actor: Actor, **who: str) -> HttpResponse:
    """The services of an application, with their endpoints."""
    return _methods("listMethods", who)


@face("GET", caller=False)
def allowed_methods(request: HttpRequest, actor: Actor, **who: str) -> HttpResponse:
    """Those of them that this installation may call."""
    return _methods("allowedMethods", who)


@face("GET", caller=False)
def openapi(request: HttpRequest, actor: Actor, **who: str) -> HttpResponse:
    """The description of a service, as its owner wrote it."""
    code = request.GET.get("serviceCode", "")
    if not SHAPES["application"].fullmatch(code):
        raise NotSaid(
            "Thiếu hoặc sai serviceCode.", "serviceCode: letters and digits are expected.", "serviceCode"
        )
    reply = _reply(f"{_path(who)}/getOpenAPI?serviceCode={quote(code, safe='')}")
    kind = "application/json" if reply.body.lstrip().startswith(b"{") else "application/yaml"
    return HttpResponse(reply.body, content_type=f"{kind}; charset=utf-8")


def _methods(what: str, who: dict[str, str]) -> HttpResponse:
    said = _ask(f"{_path(who)}/{what}")
    return JsonResponse({"member": [_item(one) for one in _rows(said, "service")]})


def _path(who: dict[str, str]) -> str:
    _check(**who)
    return "/r1/" + "/".join(quote(who[name], safe="") for name in SHAPES)


def _check(**who: str) -> None:
    for name, value in who.items():
        if not SHAPES[name].fullmatch(value):
            raise NotSaid(
                f"{name} không đúng: {value[:40]}", f"{name} is no identifier: {value[:40]!r}", name
            )


def _item(said: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = {new: str(said[old]) for old, new in NAMES.items() if said.get(old)}
    if said.get("object_type"):
        item["objectType"] = {"object_type": str(said["object_type"])}
    if "endpoint_list" in said:
        endpoints = [one for one in said["endpoint_list"] or [] if isinstance(one, dict)]
        item["endpointList"] = {
            "member": [{"method": one.get("method"), "path": one.get("path")} for one in endpoints]
        }
    return item


def _rows(said: Any, name: str) -> list[dict[str, Any]]:
    rows = said.get(name) if isinstance(said, dict) else None
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise Silent(GATEWAY, "wrong answer", name)
    return rows


def _ask(path: str) -> Any:
    try:
        return json.loads(_reply(path).body)
    except ValueError as wrong:
        raise Silent(GATEWAY, "wrong answer") from wrong


def _reply(path: str) -> client.Reply:
    place = _gateway()
    reply = client.call(
        place, client.Request("GET", path, "metadata", {"Accept": "application/json"}, repeatable=True)
    )
    if "unknown" in reply.headers.get("x-road-error", "").lower() or reply.status == 404:
        raise NotFound()
    exchange.raise_fault(place, reply)
    if reply.status != 200:
        raise Silent(place.name, "wrong request", str(reply.status))
    return reply


def _gateway() -> Destination:
    try:
        return destination(GATEWAY)
    except WrongConnections as wrong:
        raise Unavailable("Chưa nối với cổng trao đổi.", "No gateway is connected.") from wrong
