"""The authorities themselves, for those who keep them: until when each lasts, what waits for the root, revoking one,
and certificates anew for all who lost theirs with it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import clock
from motcua.core.documents import disowning, reissuing, succession, trust
from motcua.core.documents.models import AuthorityRevocation
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.engines.pki.ceremonies import Answer, CeremonyError
from motcua.systems.authority.views.desk import SEE_OTHER, actor_of, faults_of

SHOWN = 200
"""Lines of those who lack a certificate on one page; the count is of all."""
KEEPERS = "group:certificate_officer,certificate_approver"
LARGEST_ANSWER = 256 * 1024


@policy(KEEPERS)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every authority with its end, what waits for the root, and what waits for a second person."""
    return _overview(request, None)


@policy(KEEPERS)
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """The order to the root as a file; nothing in it is secret."""
    with acting(SYSTEM):
        asked = succession.order(request.POST.get("root", ""))
    answer = HttpResponse(asked.to_json(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="de-nghi-{asked.root}-{clock.now():%Y%m%d}.json"'
    return answer


@policy(KEEPERS)
@require_POST
def take_answer(request: HttpRequest) -> HttpResponse:
    """Take in the root's answer. Anybody here may hand it in: only what the root signed is believed."""
    given = request.FILES.get("answer")
    try:
        if given is None or given.size is None or given.size > LARGEST_ANSWER:
            raise UserError(
                "Chọn tệp câu trả lời mà máy giữ khóa gốc đã ghi.",
                "Choose the answer that the root's machine wrote.",
                "answer",
            )
        succession.accept(actor_of(request), _read(given.read()), request.POST.get("fingerprint", ""))
    except UserError as refused:
        return _overview(request, refused)
    with acting(SYSTEM):
        reissuing.ask_anew()
    messages.success(request, "Đã nhận câu trả lời của gốc.")
    return HttpResponseRedirect(reverse("authority:authorities"), status=SEE_OTHER)


@policy(KEEPERS)
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, name: str) -> HttpResponse:
    """Ask that an authority be revoked; a second person approves."""
    house = trust.house()
    if disowning.certificate_of(house, name) is None:
        raise Http404
    typed = {field: request.POST.get(field, "") for field in ("code", "reason", "since")}
    fault: UserError | None = None
    if request.method == "POST":
        try:
            disowning.ask(actor_of(request), name, typed["code"], typed["reason"], _moment(typed["since"]))
            messages.success(request, "Đã gửi đề nghị thu hồi. Người thứ hai duyệt thì có hiệu lực.")
            return HttpResponseRedirect(reverse("authority:authorities"), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    context = {
        "name": name,
        "title": trust.title_of(name),
        "typed": typed,
        "codes": disowning.REASONS,
        "is_root": name in house.roots,
        **faults_of(request, fault, "reason"),
    }
    return render(request, "authority/disown.jinja", context, status=fault.status if fault else 200)


@policy("group:certificate_approver")
@require_POST
def settle_revocation(request: HttpRequest, asked_uuid: uuid.UUID) -> HttpResponse:
    """Approve or decline. Done before by a colleague: the page shows how it stands."""
    asked = AuthorityRevocation.objects.filter(uuid=asked_uuid).first()
    if asked is None:
        raise Http404
    try:
        if request.POST.get("act") == "approve":
            disowning.approve(actor_of(request), asked.pk)
            messages.success(request, "Đã thu hồi. Chữ ký có dấu thời gian trước lúc đó vẫn giữ giá trị.")
        else:
            disowning.decline(actor_of(request), asked.pk)
            messages.success(request, "Không thu hồi.")
    except UserError as refused:
        return _overview(request, refused)
    return HttpResponseRedirect(reverse("authority:authorities"), status=SEE_OTHER)


@policy(KEEPERS)
@require_http_methods(["GET", "POST"])
def anew(request: HttpRequest) -> HttpResponse:
    """Who lost a certificate with its authority and lacks one still; an approver issues those that were asked for."""
    done: reissuing.Issued | None = None
    if request.method == "POST":
        done = reissuing.issue_anew(actor_of(request))
        if done.issued:
            messages.success(request, "Đã cấp chứng thư. Dưới đây là ai còn thiếu.")
        if not done.failed:
            return HttpResponseRedirect(reverse("authority:anew"), status=SEE_OTHER)
    rows = reissuing.bereft()
    context = {
        "rows": rows[:SHOWN],
        "names": {
            one.pk: one.name for one in Agency.objects.filter(pk__in={row.key.agency_id for row in rows})
        },
        "all": len(rows),
        "waits": sum(row.lack is reissuing.Lack.WAITS for row in rows),
        "batch": reissuing.BATCH,
        "failed": [{"asked": asked, "why": wrong.message} for asked, wrong in done.failed] if done else [],
        "approves": actor_of(request).has("certificate_approver"),
    }
    return render(request, "authority/anew.jinja", context)


def _overview(request: HttpRequest, fault: UserError | None) -> HttpResponse:
    actor, house = actor_of(request), trust.house()
    gone = {one.name: one for one in house.revoked()}
    asked = {one.name: one for one in disowning.waiting()}
    rows = [(name, one, True) for name, one in house.roots.items()]
    rows += [(name, one.certificate, False) for name, one in house.authorities.items()]
    shown = [
        {
            "name": name,
            "title": trust.title_of(name),
            "from": certificate.not_valid_before_utc,
            "until": certificate.not_valid_after_utc,
            "state": "revoked" if name in gone else "valid",
            "since": gone[name].at if name in gone else None,
            "root": is_root,
            "online": is_root and trust.key_of(name) in house.keys.key_ids(),
            "revocable": name not in gone and name not in asked,
        }
        for name, certificate, is_root in rows
    ]
    context = {
        "rows": shown,
        "duties": succession.duties(),
        "asked": [
            {"row": one, "title": trust.title_of(one.name), "is_root": one.name in house.roots}
            for one in asked.values()
        ],
        "approves": actor.has("certificate_approver"),
        "account": actor.account_id,
        "offline": not house.root_is_online,
        "root": house.root_name,
        "founding": not house.standing_roots,
        "typed_fingerprint": request.POST.get("fingerprint", ""),
        "withdrawn": list(house.withdrawn.values()),
        "lacking": len(reissuing.bereft()) if gone else 0,
        **faults_of(request, fault, "answer"),
    }
    return render(request, "authority/authorities.jinja", context, status=fault.status if fault else 200)


def _read(text: bytes) -> Answer:
    try:
        return Answer.from_json(text)
    except CeremonyError as wrong:
        raise UserError(
            f"Tệp này không phải câu trả lời của gốc: {wrong}.",
            f"This is no answer of the root: {wrong}.",
            "answer",
        ) from wrong


def _moment(text: str) -> dt.datetime | None:
    """When the key was lost, as typed; None for now."""
    if not text.strip():
        return None
    try:
        found = dt.datetime.strptime(text.strip(), "%d/%m/%Y %H:%M").replace(tzinfo=clock.now().tzinfo)
    except ValueError:
        raise UserError(
            "Ghi ngày giờ, ví dụ 21/11/2026 14:30.", "Give day and hour, as 21/11/2026 14:30.", "since"
        ) from None
    return found
