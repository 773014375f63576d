"""The interface in VXP's form: POST everywhere, `XroadVnpt-*` headers signed with HMAC-SHA256."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from motcua.systems.dispatch.actions import renewing
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
from motcua.systems.dispatch.axis.errors import done
from motcua.systems.dispatch.models import AxisAgency, AxisMember


def _member(request: HttpRequest) -> AxisMember:
    return authentication.by_signed_headers(request.headers, body_of(request), address_of(request))


def _told(request: HttpRequest, name: str, default: str = "") -> str:
    """A parameter of a call: a header, doubled and signed."""
    return request.headers.get(f"{authentication.PREFIX}{name}", default)


@axis_call
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    member = _member(request)
    made = exchange.accept(
        member,
        file_of(request, "content", "file_doc", "file"),
        service_type=_told(request, "serviceType", "eDoc"),
    )
    return as_json(done(DocId=str(made.uuid)))


@axis_call
@require_POST
def received(request: HttpRequest) -> HttpResponse:
    rows = exchange.received(
        _member(request), _told(request, "messageType", "edoc"), service_type=_told(request, "serviceType")
    )
    return as_json(done(data=[row_of(each) for each in rows]))


@axis_call
@require_POST
def sent(request: HttpRequest) -> HttpResponse:
    rows = exchange.sent(
        _member(request),
        _told(request, "messageType", "edoc"),
        since=day_asked(_told(request, "fromDate")),
        until=day_asked(_told(request, "toDate")),
    )
    return as_json(done(data=[row_of(each) for each in rows]))


@axis_call
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    content = exchange.fetch(_member(request), _told(request, "docId"))
    return as_json(done(DocId=_told(request, "docId"), data=b64encode(content).decode()))


@axis_call
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    member = _member(request)
    exchange.note(
        member,
        _told(request, "docId"),
        _told(request, "status"),
        _decoded(_told(request, "statusDesc")),
        _told(request, "organId"),
    )
    return as_json(done(DocId=_told(request, "docId")))


@axis_call
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    made = directory.register_agency(
        _member(request),
        _told(request, "organId"),
        _decoded(_told(request, "organName")),
        _told(request, "email"),
    )
    return as_json(done(data=[{"id": made.organ_id, "name": made.name}]))


@axis_call
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    directory.delete_agency(_member(request), _told(request, "organId"))
    return as_json(done())


@axis_call
@require_POST
def agencies(request: HttpRequest) -> HttpResponse:
    _member(request)
    return as_json(done(data=[_row(each) for each in directory.agencies()]))


@axis_call
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """A member of any form brings its next secret, sealed under the present one, in the signed header `newSecret`."""
    until = renewing.take(_member(request).system_id, _told(request, "newSecret"))
    return as_json(done(until=until.isoformat()))


def _row(agency: AxisAgency) -> dict[str, str]:
    return {
        "id": agency.organ_id,
        "code": agency.organ_id,
        "name": agency.name,
        "mail": agency.email,
        "status": "locked" if agency.locked_at else "active",
    }


def _decoded(text: str) -> str:
    """A header carries Latin-1; names come percent-encoded, since they are Vietnamese."""
    return unquote(text)
