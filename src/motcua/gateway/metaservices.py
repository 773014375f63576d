"""What can be asked about the exchange itself (X-Road's metaservices)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from motcua.gateway.configuration import Endpoint, ServiceKind
from motcua.gateway.directory import Directory, Route
from motcua.gateway.faults import at_provider, bad_request

METHODS = ("listMethods", "allowedMethods", "getOpenAPI")
"""Service codes that each provider has."""
_JSON, _XML = b"application/json;charset=utf-8", b"application/xml;charset=utf-8"


def list_clients(directory: Directory, instance: str, *, as_xml: bool) -> tuple[bytes, bytes]:
    """(content type, body) of `GET /listClients`: members and subsystems of the instance. Raises Fault."""
    own = directory.configuration.instance
    if instance and instance != own:
        raise bad_request(f"xRoadInstance={instance[:80]}: this gateway knows {own}")
    listed = list(_clients(directory))
    if not as_xml:
        return _JSON, json.dumps({"member": listed}, ensure_ascii=False).encode()
    inner = "".join(map(_client_xml, listed))
    return (
        _XML,
        (
            '<?xml version="1.0" encoding="UTF-8"?><xroad:clientList xmlns:xroad="http://x-road.eu/xsd/xroad.xsd"'
            f' xmlns:id="http://x-road.eu/xsd/identifiers">{inner}</xroad:clientList>'
        ).encode(),
    )


def _clients(directory: Directory) -> Iterator[dict[str, Any]]:
    for who, member in directory.members.items():
        instance, member_class, code = who.split("/")
        base = {"xroad_instance": instance, "member_class": member_class, "member_code": code}
        yield {"id": {"object_type": "MEMBER", **base}, "name": member.name}
        for each in member.subsystems:
            yield {
                "id": {"object_type": "SUBSYSTEM", **base, "subsystem_code": each.code},
                "name": member.name,
                **({"subsystem_name": each.name} if each.name else {}),
            }


_XML_NAMES = {
    "xroad_instance": "xRoadInstance",
    "member_class": "memberClass",
    "member_code": "memberCode",
    "subsystem_code": "subsystemCode",
}


def _client_xml(client: dict[str, Any]) -> str:
    parts = "".join(
        f"<id:{_XML_NAMES[name]}>{escape(value)}</id:{_XML_NAMES[name]}>"
        for name, value in client["id"].items()
        if name in _XML_NAMES
    )
    return (
        f'<xroad:member><xroad:id id:objectType="{client["id"]["object_type"]}">{parts}</xroad:id>'
        f"<xroad:name>{escape(client['name'])}</xroad:name></xroad:member>"
    )


def answer(directory: Directory, client: str, provider: str, code: str, query: bytes) -> tuple[bytes, bytes]:
    """(content type, body) of a metaservice of the subsystem `provider`. Raises Fault."""
    if code == "getOpenAPI":
        return _open_api(directory, provider, query)
    services = []
    for route in directory.routes.values():
        if route.provider != provider or route.service.kind is ServiceKind.WSDL:
            continue
        endpoints: tuple[Endpoint, ...] | None = route.service.endpoints
        if code == "allowedMethods":
            endpoints = directory.allowed_endpoints(client, route)
        if endpoints is not None:
            services.append(_service(route, endpoints))
    return _JSON, json.dumps({"service": services}, ensure_ascii=False).encode()


def _service(route: Route, endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    instance, member_class, member, subsystem, code = route.id.split("/")
    return {
        "xroad_instance": instance,
        "member_class": member_class,
        "member_code": member,
        "subsystem_code": subsystem,
        "object_type": "SERVICE",
        "service_code": code,
        "service_type": route.service.kind.value,
        "endpoint_list": [{"method": each.method, "path": each.path} for each in endpoints],
    }


def _open_api(directory: Directory, provider: str, query: bytes) -> tuple[bytes, bytes]:
    codes = parse_qs(query.removeprefix(b"?").decode("utf-8", "replace")).get("serviceCode", [])
    if len(codes) != 1:
        raise bad_request("getOpenAPI?serviceCode=… names one service")
    route = directory.routes.get(f"{provider}/{codes[0]}")
    if route is None:
        raise at_provider("UnknownService", f"{provider} has no service {codes[0][:80]}")
    if route.service.kind is not ServiceKind.OPENAPI or not route.service.openapi:
        raise at_provider("InvalidServiceType", f"{route.id} has no OpenAPI description")
    text = route.service.openapi
    return (_JSON if text.lstrip().startswith("{") else b"text/yaml;charset=utf-8"), text.encode()
