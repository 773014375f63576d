"""The interface as an LGSP on WSO2 offers it: a token for consumer key and secret, then `/truclienthong/v1.0.0`."""

from __future__ import annotations

import json
from base64 import b64encode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.http import require_POST

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
    return authentication.by_token(request.headers.get("Authorization", ""), address_of(request))


@axis_call
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    member = authentication.by_basic(request.headers.get("Authorization", ""), address_of(request))
    given, seconds = authentication.give_token(member)
    return as_json({"access_token": given, "token_type": "Bearer", "expires_in": seconds, "scope": "default"})


@axis_call
def documents(request: HttpRequest) -> HttpResponse:
    """GET lists what waits, POST sends."""
    member = _member(request)
    if request.method == "POST":
        return as_json(done(DocId=str(exchange.accept(member, file_of(request, "file", "content")).uuid)))
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET", "POST"])
    rows = exchange.received(
        member,
        request.GET.get("messageType", "edoc"),
        since=day_asked(request.GET.get("fromDate", "")),
        until=day_asked(request.GET.get("toDate", "")),
    )
    return as_json(done(data=[row_of(each) for each in rows]))


@axis_call
def document(request: HttpRequest, doc_id: str) -> HttpResponse:
    """GET hands the file over, PUT notes how far the receiver is."""
    member = _member(request)
    if request.method == "GET":
        return as_json(done(DocId=doc_id, data=b64encode(exchange.fetch(member, doc_id)).decode()))
    if request.method != "PUT":
        return HttpResponseNotAllowed(["GET", "PUT"])
    exchange.note(
        member,
        doc_id,
        request.GET.get("status", ""),
        request.GET.get("desc", ""),
        request.GET.get("organId", ""),
    )
    return as_json(done(DocId=doc_id))


@axis_call
def agencies(request: HttpRequest) -> HttpResponse:
    """GET lists the agencies of the axis, POST and PUT enter one of one's own."""
    member = _member(request)
    if request.method in ("POST", "PUT"):
        try:
            told = json.loads(body_of(request))
            entered = directory.register_agency(
                member, str(told["id"]), str(told["name"]), str(told.get("mail", ""))
            )
        except (ValueError, KeyError, TypeError):
            raise AxisError(Code.PROCESSING_FAULT, "cần id và name của cơ quan") from None
        return as_json(done(data=[{"id": entered.organ_id, "name": entered.name}]))
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET", "POST", "PUT"])
    return as_json(done(data=[{"id": each.organ_id, "name": each.name} for each in directory.agencies()]))
