"""The desk of the authority: certificates, requests, and every act of a certificate's life."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.documents import asking, certificates
from motcua.core.documents.models import Key, KeyPurpose
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Appointment
from motcua.core.organisations.queries import in_force
from motcua.systems.authority import queries

ASKERS = "group:chair,certificate_officer,certificate_approver"
SEE_OTHER = 303
ACTS = {"tam-dung": "suspend", "khoi-phuc": "resume", "thu-hoi": "revoke", "gia-han": "renew"}
SAID = {
    "suspend": "Đã tạm dừng. Không ký được bằng chứng thư này cho đến khi khôi phục.",
    "resume": "Đã khôi phục. Chứng thư ký được trở lại.",
    "revoke": "Đã thu hồi. Chữ ký đóng dấu thời gian trước lúc này vẫn giữ giá trị.",
    "renew": "Đã gửi đề nghị gia hạn. Người thứ hai duyệt thì chứng thư mới được cấp.",
}


@policy("officer")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Certificates that this officer may see, and the requests that wait."""
    actor, text, state = actor_of(request), request.GET.get("tim", ""), request.GET.get("tinh-trang", "")
    rows = [
        {"key": key, "serial": f"{int(key.serial):x}", "standing": certificates.standing(key)}
        for key in queries.keys_of(actor, text, state)
    ]
    asks = actor.has("chair", *certificates.OFFICERS)
    context = {
        "rows": rows,
        "requests": queries.requests_of(actor) if asks else [],
        "asks": asks,
        "text": text,
        "state": state,
    }
    return render(request, "authority/certificates.jinja", context)


@policy("officer")
@require_GET
def one(request: HttpRequest, serial: str) -> HttpResponse:
    """One certificate with its history."""
    return _show(request, queries.key_for(actor_of(request), serial))


@policy("officer")
@require_GET
def download(request: HttpRequest, serial: str, kind: str) -> HttpResponse:
    """The certificate as a file, to be put on the token."""
    key = queries.key_for(actor_of(request), serial)
    if kind not in ("cer", "pem"):
        raise Http404
    response = HttpResponse(
        certificates.file_of(key, kind),
        content_type="application/pkix-cert" if kind == "cer" else "application/x-pem-file",
    )
    response["Content-Disposition"] = f'attachment; filename="{serial}.{kind}"'
    return response


@policy("officer")
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, serial: str, name: str) -> HttpResponse:
    """Suspend, resume, revoke or renew: what it does, the reason, then the act."""
    actor = actor_of(request)
    key, verb = queries.key_for(actor, serial), ACTS.get(name)
    if verb is None:
        raise Http404
    typed = {"reason": request.POST.get("reason", ""), "code": request.POST.get("code", "")}
    typed["request"] = request.POST.get("request", "")
    fault: UserError | None = None
    if request.method == "POST":
        try:
            _do(actor, key, verb, typed)
            messages.success(request, SAID[verb])
            return HttpResponseRedirect(reverse("authority:certificate", args=[serial]), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    context = {
        "key": key,
        "serial": serial,
        "verb": verb,
        "typed": typed,
        "reasons": certificates.REASONS,
        **faults_of(request, fault, "reason"),
    }
    return render(request, "authority/act.jinja", context, status=400 if fault else 200)


@policy(ASKERS)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a certificate for an officer, the agency or a system."""
    actor = actor_of(request)
    code = request.POST.get("agency", request.GET.get("co-quan", "")).strip()
    agency = _agency(actor, code)
    names = ("purpose", "officer", "name", "store", "request", "reference", "reason")
    typed = {name: request.POST.get(name, "") for name in names}
    fault: UserError | None = None
    if request.method == "POST":
        try:
            asked = asking.ask(actor, _wish(agency, typed))
            messages.success(request, "Đã gửi đề nghị. Người thứ hai duyệt thì chứng thư được cấp.")
            return HttpResponseRedirect(reverse("authority:request", args=[asked.uuid]), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    officers = (
        Appointment.objects.filter(in_force(None), agency=agency).select_related("officer", "position")
        if agency
        else []
    )
    context = {
        "agency": agency,
        "code": code or (agency.code if agency else ""),
        "typed": typed,
        "officers": [(str(one.officer_id), f"{one.officer.name} · {one.position.name}") for one in officers],
        "any_agency": actor.has(*certificates.OFFICERS),
        **faults_of(request, fault, "reason"),
    }
    return render(request, "authority/ask.jinja", context, status=400 if fault else 200)


@policy(ASKERS)
@require_GET
def request_page(request: HttpRequest, request_uuid: uuid.UUID) -> HttpResponse:
    """One request: what is asked, by whom, and the two buttons for the second person."""
    return _request(request, request_uuid, None)


@policy("group:certificate_approver")
@require_POST
def settle(request: HttpRequest, request_uuid: uuid.UUID) -> HttpResponse:
    """Approve or refuse. Done before by a colleague: the page shows how it stands."""
    actor = actor_of(request)
    asked = queries.request_for(actor, request_uuid)
    try:
        if request.POST.get("act") == "approve":
            key = asking.approve(actor, asked.pk)
            messages.success(request, "Đã cấp chứng thư.")
            serial = f"{int(key.serial):x}"
            return HttpResponseRedirect(reverse("authority:certificate", args=[serial]), status=SEE_OTHER)
        asking.refuse(actor, asked.pk, request.POST.get("reason", ""))
        messages.success(request, "Đã trả lời không cấp, kèm lý do.")
        return HttpResponseRedirect(reverse("authority:request", args=[asked.uuid]), status=SEE_OTHER)
    except UserError as fault:
        return _request(request, request_uuid, fault)


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def _do(actor: Actor, key: Key, verb: str, typed: dict[str, str]) -> None:
    acts: dict[str, Callable[[], Any]] = {
        "suspend": lambda: certificates.suspend(actor, key.key_id, typed["reason"]),
        "resume": lambda: certificates.resume(actor, key.key_id, typed["reason"]),
        "revoke": lambda: certificates.revoke(actor, key.key_id, typed["reason"], typed["code"]),
        "renew": lambda: asking.ask_renewal(actor, key, typed["reason"], request=typed["request"]),
    }
    acts[verb]()


def _show(request: HttpRequest, key: Key) -> HttpResponse:
    actor = actor_of(request)
    governs = certificates.may_ask(actor, key.agency_id) or actor.officer_id == key.officer_id
    context = {
        "key": key,
        "serial": f"{int(key.serial):x}",
        "standing": certificates.standing(key),
        "agency": organisations.agency(key.agency_id),
        "history": queries.history(key),
        "governs": governs,
        "asks": certificates.may_ask(actor, key.agency_id),
    }
    return render(request, "authority/certificate.jinja", context)


def _request(request: HttpRequest, request_uuid: uuid.UUID, fault: UserError | None) -> HttpResponse:
    actor = actor_of(request)
    asked = queries.request_for(actor, request_uuid)
    context = {
        "asked": asked,
        "settles": actor.has(*certificates.APPROVERS) and asked.state == "asked",
        "own": actor.account_id is not None and actor.account_id == asked.asked_by_account,
        "typed_reason": request.POST.get("reason", ""),
        "key_serial": f"{int(asked.key.serial):x}" if asked.key else "",
        **faults_of(request, fault, "reason"),
    }
    return render(request, "authority/request.jinja", context, status=400 if fault else 200)


def _agency(actor: Actor, code: str) -> Agency | None:
    """The agency asked for, by its code; one's own for a head of agency. None until one is named."""
    if actor.has(*certificates.OFFICERS):
        return Agency.objects.filter(in_force(None), code__iexact=code).first() if code else None
    return organisations.agency(actor.agency_id) if actor.agency_id is not None else None


def _wish(agency: Agency | None, typed: dict[str, str]) -> asking.Wish:
    if agency is None:
        raise UserError(
            "Ghi mã định danh của cơ quan, ví dụ H55.237.",
            "Give the agency's code, for example H55.237.",
            field="agency",
        )
    if typed["purpose"] not in KeyPurpose.values:
        raise UserError("Chọn chứng thư cấp cho ai.", "Choose for whom it is.", field="purpose")
    officer = typed["officer"]
    return asking.Wish(
        typed["purpose"],
        agency.pk,
        typed["reason"],
        officer_id=int(officer) if officer.isdecimal() and typed["purpose"] == KeyPurpose.PERSON else None,
        name=typed["name"],
        store=typed["store"] or "file",
        request=typed["request"],
        reference=typed["reference"],
    )


def faults_of(request: HttpRequest, fault: UserError | None, otherwise: str) -> dict[str, Any]:
    """A mistake at the field that it names, and in the summary."""
    if fault is None:
        return {"faults": {}, "errors": []}
    said = fault.text(str(request.lang))  # type: ignore[attr-defined]
    field = fault.field or otherwise
    return {"faults": {field: [said]}, "errors": [(said, f"#{field}")]}
