"""The interface in its provincial form: a log-in, then REST calls below /v1."""

from __future__ import annotations

import json
from base64 import b64encode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from motcua.systems.dispatch.axis import authentication, directory, exchange
from motcua.systems.dispatch.axis.answering import (
    address_of,
    as_json,
    axis_call,
    body_of,
    day_asked,
    file_of,
    row_of,
)
from motcua.systems.dispatch.axis.errors import AxisError, Code, done
from motcua.systems.dispatch.models import AxisMember


def _member(request: HttpRequest) -> AxisMember:
    """By token, or by id and secret in the headers."""
    if request.headers.get("Authorization", "").startswith("Bearer "):
        return authentication.by_token(request.headers["Authorization"], address_of(request))
    return authentication.by_secret(
        request.headers.get("X-SystemId", ""), request.headers.get("X-SecretKey", ""), address_of(request)
    )


@axis_call
@require_POST
def login(request: HttpRequest) -> HttpResponse:
    told = _told(request) or {
        "systemId": request.headers.get("X-SystemId", ""),
        "secretKey": request.headers.get("X-SecretKey", ""),
    }
    member = authentication.by_secret(
        str(told.get("systemId", "")), str(told.get("secretKey", "")), address_of(request)
    )
    token, seconds = authentication.give_token(member)
    return as_json(done(token=token, expires_in=seconds))


@axis_call
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    made = exchange.accept(_member(request), file_of(request, "file", "content", "file_doc"))
    return as_json(done(DocId=str(made.uuid)))


@axis_call
@require_GET
def received(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    rows = exchange.received(
        _member(request),
        asked.get("messageType", "edoc"),
        since=day_asked(asked.get("fromDate", "")),
        until=day_asked(asked.get("toDate", "")),
        waiting_only=asked.get("all") != "1",
    )
    return as_json(done(data=[row_of(each) for each in rows]))


@axis_call
@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    rows = exchange.sent(
        _member(request),
        asked.get("messageType", "edoc"),
        since=day_asked(asked.get("fromDate", "")),
        until=day_asked(asked.get("toDate", "")),
    )
    return as_json(done(data=[row_of(each) for each in rows]))


@axis_call
@require_GET
def fetch(request: HttpRequest) -> HttpResponse:
    doc_id = request.GET.get("docId", "")
    content = exchange.fetch(_member(request), doc_id)
    return as_json(done(DocId=doc_id, data=b64encode(content).decode()))


@axis_call
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    told = _told(request)
    exchange.note(
        _member(request),
        str(told.get("docId", "")),
        str(told.get("status", "")),
        str(told.get("statusDesc", "")),
        str(told.get("organId", "")),
    )
    return as_json(done(DocId=told.get("docId")))


@axis_call
@require_GET
def agencies(request: HttpRequest) -> HttpResponse:
    _member(request)
    return as_json(done(data=[{"id": each.organ_id, "name": each.name} for each in directory.agencies()]))


def _told(request: HttpRequest) -> dict[str, object]:
    content = body_of(request)
    if not content:
        return {}
    try:
        told = json.loads(content)
    except ValueError:
        raise AxisError(Code.PROCESSING_FAULT, "nội dung không phải JSON") from None
    if not isinstance(told, dict):
        raise AxisError(Code.PROCESSING_FAULT, "nội dung là một đối tượng JSON")
    return told
