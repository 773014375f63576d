"""The API of the registers: an address per register and version; each look is signed, for a purpose, by a law."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from ninja import Field, NinjaAPI, Schema
from ninja.errors import ValidationError

from motcua.core import signed_requests
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.outbound import exchange
from motcua.core.registers import (
    access,
    actions,
    consent,
    own_keys,
    queries,
    questions,
    signed,
    statistics,
)
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Reader, Record, Register
from motcua.core.registers.reading import RecordView
from motcua.systems.registers import openapi, readers_api

PROBLEM = "application/problem+json"
MOST = 100

api = NinjaAPI(
    title="Motcua: cơ sở dữ liệu",
    version="1",
    urls_namespace="registers_api",
    docs_url=None,  # its page loads scripts from elsewhere, which our pages do not allow
    openapi_url=None,  # each register and version describes itself
    auth=lambda request: reader_of(request),
)


class Writing(Schema):
    """What is to be written of a key: only the attributes that change."""

    data: dict[str, Any]
    valid_from: dt.date | None = None


class Asking(Schema):
    """A question about a key; `value` or `years` is what it compares with."""

    key: str = Field(min_length=1, max_length=200)
    value: str = Field("", max_length=500)
    years: int = 18


@api.get("/", auth=None)
def registers(request: HttpRequest) -> list[dict[str, Any]]:
    """The registers with their versions, and where each describes itself."""
    with acting(SYSTEM):
        rows = Register.objects.filter(version__gt=0).prefetch_related("versions").order_by("slug")
        return [
            {
                "register": row.slug,
                "name": row.name,
                "name_en": row.name_en,
                "owner": row.owner_agency_code,
                "versions": sorted(one.number for one in row.versions.all() if one.state == "published"),
                "openapi": f"{request.path}{row.slug}/v{row.version}/openapi.json",
            }
            for row in rows
        ]


@api.get("/{register}/keys", auth=None)
def keys(request: HttpRequest, register: str) -> dict[str, Any]:
    """The public keys by which what this register states is checked (JWKS), those of the past too."""
    schemas.of(register)
    return own_keys.public_keys(register)


@api.get("/{register}/v{int:version}/openapi.json", auth=None)
def described(request: HttpRequest, register: str, version: int) -> dict[str, Any]:
    """This register and version as OpenAPI 3.1."""
    with acting(SYSTEM):
        schema = schemas.of(register, max(version, 1))
    base = request.build_absolute_uri(request.path.removesuffix("/openapi.json"))
    return openapi.describe(schema, base)


@api.get("/{register}/v{int:version}/records/{path:key}/history")
def history(request: HttpRequest, register: str, version: int, key: str) -> dict[str, Any]:
    """Every version of a record that ever stood, newest first."""
    call = _Call(request, register, version, "history", key)
    found = queries.history(
        call.actor, register, key, purpose=call.purpose, use=call.use, version=version, partner=call.code
    )
    if not found:
        raise NotFound()
    return {"records": [_out(view) for view in found]}


@api.get("/{register}/v{int:version}/records/{path:key}")
def read(request: HttpRequest, register: str, version: int, key: str) -> HttpResponse:
    """The record of a key today (or `on` a day)."""
    call = _Call(request, register, version, "read", key)
    found = queries.read(
        call.actor, register, key, purpose=call.purpose, use=call.use, version=version, partner=call.code,
        on=_day(request.GET.get("on")),
    )  # fmt: skip
    if found is None:
        raise NotFound()
    return told(request, found)


def told(request: HttpRequest, found: RecordView) -> HttpResponse:
    """A record as the answer to a GET; 304 where the caller has it already."""
    if found.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": found.etag})
    response = api.create_response(request, _out(found), status=200)
    response["ETag"] = found.etag
    response["Cache-Control"] = "private, no-store"
    return response


@api.get("/{register}/v{int:version}/records")
def search(request: HttpRequest, register: str, version: int) -> dict[str, Any]:
    """Records whose words begin as `text` does and whose attributes equal the other parameters."""
    call = _Call(request, register, version, "search", "")
    limit = _number(request, "limit", 20, MOST)
    own = {"text", "limit", "after", "purpose", "legal_basis"}
    criteria = {path: value for path, value in request.GET.items() if path not in own}
    text = request.GET.get("text", "")
    if not criteria and not text.strip():
        raise UserError(
            "Cần text hoặc một trường để tìm.", "Give text, or an attribute to search by.", "text"
        )
    found = queries.search(
        call.actor, register, text, purpose=call.purpose, use=call.use, criteria=criteria, version=version,
        partner=call.code, limit=limit, after=_number(request, "after", 0, 2**62),
    )  # fmt: skip
    following = found[-1].record_id if found and len(found) == limit else None
    return {"records": [_out(view) for view in found], "next": following}


@api.put("/{register}/v{int:version}/records/{path:key}", response={200: dict[str, Any], 201: dict[str, Any]})
def write(request: HttpRequest, register: str, version: int, key: str, given: Writing) -> HttpResponse:
    """Write at the master. `If-Match` names what was read; `If-None-Match: *` makes a new record."""
    call = _Call(request, register, version, "write", "")
    allowed = access.fields_for(schemas.of(register), call.actor, "write", call.use, partner=call.code)
    data = _forward(register, version, given.data)
    for path in data:
        if path in schemas.of(register).fields and path not in allowed:
            raise UserError("Không được ghi trường này.", "This attribute is not yours to write.", path)
    standing = questions.current(register, key)
    expected = _expected(request, standing)
    row = actions.write(call.actor, register, key, data, valid_from=given.valid_from, if_match=expected)
    etag = f'"{row.pk}-{row.version}"'
    response = api.create_response(
        request, {"register": register, "key": key, "etag": etag}, status=200 if standing else 201
    )
    response["ETag"] = etag
    return response


@api.post("/{register}/v{int:version}/questions/{question}")
def ask(request: HttpRequest, register: str, version: int, question: str, given: Asking) -> dict[str, Any]:
    """Yes or no instead of data."""
    call = _Call(request, register, version, "ask", given.key)
    compared = {"value": given.value, "years": str(given.years)}
    answer = questions.ask(
        call.actor,
        register,
        given.key,
        question,
        purpose=call.purpose,
        use=call.use,
        given=compared,
        partner=call.code,
    )
    return {"question": question, "answer": answer.answer}


@api.get("/{register}/v{int:version}/statistics")
def counts(request: HttpRequest, register: str, version: int, by: str) -> dict[str, Any]:
    """How many, by open dimensions (`by=sex,born:year`); small groups are kept back."""
    call = _Call(request, register, version, "statistics", "")
    told = statistics.count(call.actor, register, by.split(","), use=call.use, partner=call.code)
    return {
        "dimensions": list(told.dimensions),
        "groups": [{"values": list(one.values), "count": one.count} for one in told.groups],
        "suppressed": told.suppressed,
    }


@api.get("/{register}/v{int:version}/changes")
def changes(request: HttpRequest, register: str, version: int) -> dict[str, Any]:
    """Which keys were written after `after`, in order: for systems that keep a copy. The data is read by key."""
    call = _Call(request, register, version, "history", "")
    access.fields_for(schemas.of(register), call.actor, "history", call.use, partner=call.code)
    limit = _number(request, "limit", 100, 1000)
    after = _number(request, "after", 0, 2**62)
    rows = list(Record.objects.filter(register_id=register, pk__gt=after).order_by("pk")[:limit])
    told = [{"id": row.pk, "key": row.key, "recorded_at": row.recorded_at.isoformat()} for row in rows]
    return {"changes": told, "next": rows[-1].pk if rows else after}


api.add_router("/readers", readers_api.router)


@api.exception_handler(UserError)
def mendable(request: HttpRequest, error: UserError) -> HttpResponse:
    english = request.headers.get("Accept-Language", "").lower().startswith("en")
    return _problem(request, error.text("en" if english else "vi"), error.status, error.field)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {"loc": (), "msg": ""}
    where = ".".join(str(part) for part in first["loc"][2:]) or ".".join(str(part) for part in first["loc"])
    return _problem(request, f"Yêu cầu không đúng cấu trúc: {first['msg']}.", 422, where or None)


def _problem(request: HttpRequest, detail: str, status: int, field: str | None) -> HttpResponse:
    said = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    response = api.create_response(request, {**said, **({"field": field} if field else {})}, status=status)
    response["Content-Type"] = PROBLEM
    return response


TITLES = {
    400: "Bad request", 401: "Not signed by a known system", 403: "Not allowed", 404: "Not found", 409: "Conflict",
    412: "Precondition failed", 422: "Malformed", 428: "Precondition required",
}  # fmt: skip


class _Call:
    """Who calls, for which purpose and by which law; from here on the transaction is theirs."""

    def __init__(self, request: HttpRequest, register: str, version: int, act: str, key: str) -> None:
        reader, jti = request.auth  # type: ignore[attr-defined]
        self.code = reader.code
        self.actor = partner(request, reader)
        schemas.of(register, max(version, 1))
        schema = schemas.of(register)  # whoever asks for an old shape is judged by the rules of today
        self.use = _told(request, "X-Purpose", "purpose")
        basis = _told(request, "X-Legal-Basis", "legal_basis")
        if not self.use or not basis:
            missing = "X-Purpose" if not self.use else "X-Legal-Basis"
            raise UserError(
                f"Thiếu mục đích hoặc căn cứ pháp lý (đầu mục {missing}).",
                f"Purpose and legal basis are required: the header {missing} is missing.",
                missing,
            )
        rule = access.rule_for(schema, self.actor, act, self.use, partner=self.code)
        signed.enter_once(reader, jti, self.actor)
        if rule.consent and key:
            consent.require(key, rule.consent)
        self.purpose = purpose_of(rule, basis)


def purpose_of(rule: schemas.Rule, basis: str) -> str:
    """What the person will read: what for, and by which law the caller says."""
    return f"{rule.title.vi} ({basis[:300]})"


def _told(request: HttpRequest, header: str, parameter: str) -> str:
    """A header (percent-encoded UTF-8 where it is not ASCII) or the parameter of the same meaning."""
    return unquote(request.headers.get(header, "")).strip() or request.GET.get(parameter, "").strip()


def partner(request: HttpRequest, reader: Reader) -> Actor:
    """The system that reads, and the exchange's call by which it came, where it came by one."""
    call = "" if signed_requests.HEADER in request.headers else exchange.brought_by(request.headers)
    return Actor(ActorKind.PARTNER, reader.name, agency_id=reader.agency_id, call=call)


def reader_of(request: HttpRequest) -> tuple[Reader, str]:
    by_proxy = (
        "X-Forwarded-Proto" in request.headers
    )  # it may share the gateway's address, and brings anybody
    if signed_requests.HEADER not in request.headers and not by_proxy:
        by_gateway = signed.from_our_gateway(
            str(request.META.get("REMOTE_ADDR", "")),
            request.headers.get("X-Road-Client", ""),
            request.headers.get("X-Road-Request-Id", ""),
        )
        if by_gateway is not None:
            return by_gateway
    return signed.authenticate(
        request.headers.get(signed_requests.HEADER, ""),
        method=str(request.method),
        path=request.get_full_path(),
        body=request.body,
    )


class _Unmatched(Conflict):
    status = 412


class _Blind(UserError):
    status = 428


def _expected(request: HttpRequest, standing: Record | None) -> str | None:
    """What the writer says stands there. Writing over something unseen is refused (RFC 6585 section 3)."""
    match = request.headers.get("If-Match")
    if request.headers.get("If-None-Match") == "*":
        if standing is not None:
            raise _Unmatched("Khóa này đã có bản ghi.", "There is a record of this key already.")
        return None
    if standing is None and match is not None:
        raise _Unmatched("Khóa này chưa có bản ghi.", "There is no record of this key.")
    if match is None:
        raise _Blind(
            "Cần If-Match (ETag đã đọc), hoặc If-None-Match: * để tạo mới.",
            "If-Match with the ETag that was read is needed, or If-None-Match: * for a new record.",
            "If-Match",
        )
    return match


def _forward(register: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a writer of an older version names them, by their names of today."""
    newest = schemas.of(register).version
    for number in range(max(version, 1) + 1, newest + 1):
        step = schemas.of(register, number).step
        data = {step.rename.get(path, path): value for path, value in data.items()}
    return data


def _out(view: RecordView) -> dict[str, Any]:
    return {
        "register": view.register,
        "version": view.version,
        "key": view.key,
        "data": view.data,
        "valid_from": view.valid_from,
        "valid_until": view.valid_until,
        "recorded_at": view.recorded_at,
        "superseded_at": view.superseded_at,
        "etag": view.etag,
    }


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UserError("Ghi ngày dạng 2026-11-22.", "Write the day like 2026-11-22.", "on") from None


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or not int(text[:25]) <= most:
        raise UserError(f"{name}: một số từ 0 đến {most}.", f"{name} is a number from 0 to {most}.", name)
    return int(text)
