"""Signing by device: the officer's pages, and the door of the agent."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core.documents import awaiting, signing_keys
from motcua.core.documents.contrib import remote
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import NotAllowed, UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Officer
from motcua.systems.authority import devices
from motcua.systems.authority.models import DevicePairing

CHOSEN = "documents.to_sign"
"""Under which the session brings what was chosen at the desk."""
CODE = "authority.pairing_code"
ASKED = "authority.passkey_asked"
AGENT = "http://127.0.0.1:20262"
SEE_OTHER = 303
MOST_CODES, CODES_KEPT = 20, 60
"""Pairing codes tried from one address in a minute (seconds)."""
LARGEST = 2 * 2**20


@policy("group:chair")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """What waits for the officer's signature; choosing begins a round."""
    actor = actor_of(request)
    if request.method == "POST":
        return _begin(request, request.POST.getlist("task"))
    chosen = request.session.pop(CHOSEN, None)
    if chosen:
        return _begin(request, list(chosen))
    return _list(request, actor, "")


@policy("group:chair")
@require_http_methods(["GET", "POST"])
def round_(request: HttpRequest, pairing_uuid: uuid.UUID) -> HttpResponse:
    """One round: its code, what it holds, what came of each document. POST signs at a remote service: by its code, or
    with a passkey, first asked for and then said to have agreed."""
    actor = actor_of(request)
    pairing = devices.own_pairing(actor, pairing_uuid)
    fault: UserError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "passkey":
                asked = devices.ask_passkey(pairing)
                request.session[ASKED] = {
                    "uuid": str(pairing.uuid),
                    "page": asked.page,
                    "approval": asked.approval,
                }
            elif request.POST.get("act") == "agreed":
                asked_before = _asked(request, pairing)
                if not asked_before:
                    raise UserError(
                        "Chưa đề nghị đồng ý. Bấm “Ký bằng khóa bảo mật” trước.",
                        "Nothing was asked for yet. Press “Sign with a passkey” first.",
                        "passkey",
                    )
                devices.sign_remotely(actor, pairing, approval=asked_before["approval"])
                request.session.pop(ASKED, None)
            else:
                devices.sign_remotely(actor, pairing, request.POST.get("otp", ""))
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    return _show(request, pairing, fault)


@csrf_exempt
@policy("public")
@require_POST
def pair(request: HttpRequest) -> JsonResponse:
    """The agent brings the code that the officer read."""
    door = f"authority.pairing.{request.META.get('REMOTE_ADDR', '')}"
    cache.add(door, 0, CODES_KEPT)
    if int(cache.incr(door)) > MOST_CODES:
        return _refused("Thử mã quá nhiều lần. Đợi một phút.", 429)
    try:
        pairing, token = devices.pair(str(_body(request).get("code", "")))
    except UserError as fault:
        return _refused(fault.text("vi"), 404)
    rows = devices.prepared(pairing)
    if not rows:
        return _refused("Không có văn bản nào chờ ký trong lần này.", 409)
    with acting(SYSTEM):
        officer = Officer.objects.get(pk=pairing.officer_id)
        agency = organisations.agency(pairing.agency_id)
    return JsonResponse(
        {
            "token": token,
            "officer": officer.name,
            "agency": agency.name,
            "serial": f"{int(rows[0].key.serial):x}",
            "documents": [
                {
                    "id": str(row.document_id),
                    "title": row.document.title,
                    "number": row.document.number or row.document.case_number,
                    "digest": devices.digest_of(row),
                    "to_sign": base64.b64encode(bytes(row.to_sign)).decode("ascii"),
                }
                for row in rows
            ],
        }
    )


@csrf_exempt
@policy("public")
@require_POST
def hand_in(request: HttpRequest) -> JsonResponse:
    """The agent brings signatures."""
    try:
        pairing = devices.pairing_of(_bearer(request))
        signatures = _body(request).get("signatures")
        if not isinstance(signatures, dict):
            raise UserError("Thiếu chữ ký.", "The signatures are missing.")
        faults = devices.take(pairing, signatures)
    except UserError as fault:
        return _refused(fault.text("vi"), 403 if isinstance(fault, NotAllowed) else 400)
    return JsonResponse(
        {"documents": [{"id": name, "fault": faults.get(name, "")} for name in map(str, signatures)]}
    )


@csrf_exempt
@policy("public")
@require_POST
def tell_fault(request: HttpRequest) -> JsonResponse:
    """The agent says why it did not sign; the page shows it."""
    try:
        pairing = devices.pairing_of(_bearer(request))
    except UserError as fault:
        return _refused(fault.text("vi"), 403)
    said = str(_body(request).get("fault", ""))[:300] or "Thiết bị không ký được."
    devices.note_faults(pairing, {str(row.document_id): said for row in devices.prepared(pairing)})
    return JsonResponse({})


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def _begin(request: HttpRequest, chosen: list[str]) -> HttpResponse:
    actor = actor_of(request)
    try:
        pairing, code = devices.begin(actor, chosen)
    except UserError as fault:
        return _list(request, actor, fault.text(lang_of(request)))
    request.session[CODE] = {"uuid": str(pairing.uuid), "code": code}
    return HttpResponseRedirect(reverse("authority:device_round", args=[pairing.uuid]), status=SEE_OTHER)


def _list(request: HttpRequest, actor: Actor, fault: str) -> HttpResponse:
    lines = [
        awaiting.ToSign(str(task.uuid), task.case.number, document.title, task.case.applicant_name)
        for task, document in devices.waiting_tasks(actor)
    ] + awaiting.waiting(actor)
    context = {"lines": lines, "errors": [(fault, "#chon-1" if lines else "#main")] if fault else []}
    return render(request, "authority/device.jinja", context, status=400 if fault else 200)


def _asked(request: HttpRequest, pairing: DevicePairing) -> dict[str, str]:
    """The page on which a remote service waits for the passkey in this round; nothing where none was asked for."""
    kept: dict[str, str] = request.session.get(ASKED) or {}
    return kept if kept.get("uuid") == str(pairing.uuid) else {}


def _show(request: HttpRequest, pairing: DevicePairing, fault: UserError | None) -> HttpResponse:
    waiting = {row.document_id: row for row in devices.prepared(pairing)}
    found = Document.objects.in_bulk(pairing.documents)
    lines = [
        {
            "document": document,
            "digest": devices.digest_of(waiting[pk]) if pk in waiting else "",
            "signed": document.state != DocumentState.DRAFT,
            "fault": pairing.faults.get(str(pk), ""),
        }
        for pk in pairing.documents
        if (document := found.get(pk)) is not None
    ]
    kept = request.session.get(CODE) or {}
    code = kept.get("code", "") if kept.get("uuid") == str(pairing.uuid) else ""
    key = signing_keys.usable(pairing.officer_id, pairing.agency_id).order_by("-id").first()
    said = fault.text(lang_of(request)) if fault else ""
    context = {
        "pairing": pairing,
        "lines": lines,
        "good": sum(line["signed"] for line in lines),
        "open": bool(waiting),
        "code": f"{code[:4]} {code[4:]}" if code and pairing.paired_at is None else "",
        "key": key,
        "agent": AGENT,
        "fault": said if fault and fault.field != "passkey" else "",
        "errors": [(said, "#khoa" if fault.field == "passkey" else "#otp")] if fault else [],
        "agree_at": _asked(request, pairing).get("page", ""),
        "passkey": bool(waiting) and key is not None and key.store == "remote" and remote.takes_passkey(key),
    }
    response = render(request, "authority/round.jinja", context, status=400 if fault else 200)
    response.csp_connect = (AGENT,)  # type: ignore[attr-defined]
    return response


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LARGEST:
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bearer(request: HttpRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _refused(detail: str, status: int) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
