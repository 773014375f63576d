"""Calls of an LGSP service, and what they all have in common."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from motcua.core.outbound import client
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent


def get(place: Destination, path: str, query: Mapping[str, str], operation: str) -> Any:
    """The JSON that a GET gives; None for 404. Raises Silent."""
    target = path + (f"?{urlencode(query)}" if query else "")
    request = client.Request("GET", target, operation, {"Accept": "application/json"}, repeatable=True)
    return _read(place, client.call(place, request))


def post(place: Destination, path: str, said: Any, operation: str, *, repeatable: bool = False) -> Any:
    """The JSON that a POST of JSON gives; None for 404. Raises Silent."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
    body = json.dumps(said, ensure_ascii=False).encode("utf-8")
    request = client.Request("POST", path, operation, headers, body, repeatable)
    return _read(place, client.call(place, request))


def an_object(place: Destination, said: Any) -> dict[str, Any]:
    """Raises Silent when the answer is no object."""
    if not isinstance(said, dict):
        raise Silent(place.name, "wrong answer", "an object is expected")
    return said


def a_list(place: Destination, said: Any) -> list[dict[str, Any]]:
    """Raises Silent when the answer is no list of objects."""
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Silent(place.name, "wrong answer", "a list of objects is expected")
    return said


def _read(place: Destination, reply: client.Reply) -> Any:
    if reply.status == 404:
        return None
    if not 200 <= reply.status < 300:
        raise Silent(place.name, "wrong request", str(reply.status))
    try:
        return json.loads(unicodedata.normalize("NFC", reply.body.decode("utf-8-sig")))
    except ValueError as wrong:
        raise Silent(place.name, "wrong answer", "not JSON in UTF-8") from wrong
