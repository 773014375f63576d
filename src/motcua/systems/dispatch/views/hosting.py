"""Our axis and our connections, for those who run them: members, their keys, what is held, axes we are on."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.attempting import attempt
from motcua.core.documents.key_stores import certificates_in
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.systems.dispatch import hosting, policies, trusting
from motcua.systems.dispatch.actions import admitting, connecting
from motcua.systems.dispatch.models import AxisMember, Connection, Form, RecallBy
from motcua.systems.dispatch.views.desk import actor_of, day_of, errors_of, go, lang_of, page

RUNNERS = f"group:{','.join(policies.AXIS_RUNNERS)}"


@policy(RUNNERS)
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the members of our axis, the axes we are on."""
    context = {
        "held": [(each, trusting.Doubt(each.held).text(lang_of(request))) for each in hosting.held()],
        "ending": hosting.ending(),
        "members": hosting.members(),
        "connections": hosting.connections(),
    }
    return page(request, "axis", context)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def admit(request: HttpRequest) -> HttpResponse:
    """Let a system onto our axis; the answer is its page, with the invitation, this once."""
    told, fault = request.POST, None
    if request.method == "POST":
        made: list[tuple[AxisMember, str]] = []
        fault = attempt(
            lambda: made.append(
                admitting.admit(
                    actor_of(request), told.get("system_id", "").strip(), told.get("name", ""),
                    _organs(told.get("organs", "")), contact=told.get("contact", ""),
                    networks=_listed(told.get("networks", "")),
                )
            )
        )  # fmt: skip
        if fault is None:
            return _show_member(request, *made[0])
    return page(request, "axis_admit", _form(request, fault), status=fault.status if fault else None)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, member_uuid: uuid.UUID) -> HttpResponse:
    """One member: its agencies and their certificates, its secret and addresses, in or out."""
    found = hosting.member(member_uuid)
    if request.method != "POST":
        return _show_member(request, found)
    secrets: list[str] = []
    fault = attempt(lambda: secrets.append(_change_member(request, found)))
    if fault is None and not secrets[0]:
        return go(request, "axis_member", member_uuid, said=Text("Đã ghi nhận.", "Done."))
    return _show_member(request, hosting.member(member_uuid), secrets[0] if secrets else "", fault)


def _change_member(request: HttpRequest, found: AxisMember) -> str:
    """Do what the button says. Returns a secret that is shown once."""
    actor, told, act = actor_of(request), request.POST, request.POST.get("do", "")
    if act == "suspend":
        admitting.suspend(actor, found.uuid, told.get("reason", ""))
    elif act == "resume":
        admitting.resume(actor, found.uuid)
    elif act in ("secret", "secret_now"):
        return admitting.change_secret(actor, found.uuid, at_once=act == "secret_now")
    elif act == "networks":
        admitting.change_networks(actor, found.uuid, _listed(told.get("networks", "")))
    elif act == "recalling":
        admitting.note_recalling(actor, found.uuid, told.get("recall_by", ""), told.get("recall_source", ""))
    elif act == "agency":
        for organ_id, name in _organs(told.get("organs", "")):
            admitting.enter_agency(actor, found.uuid, organ_id, name)
    elif act == "certificates":
        admitting.register_certificates(actor, told.get("organ", ""), told.get("certificates", ""))
    else:
        raise UserError("Không có việc này.", "There is no such act.")
    return ""


def _show_member(
    request: HttpRequest, found: AxisMember, secret: str = "", fault: UserError | None = None
) -> HttpResponse:
    agencies = [
        (each, [trusting.named(one) for one in certificates_in(each.certificates_pem)])
        for each in hosting.agencies_of(found)
    ]
    invitation = admitting.invitation(found, secret) if secret else None
    context = _form(request, fault) | {
        "member": found,
        "agencies": agencies,
        "invitation": json.dumps(invitation, ensure_ascii=False, indent=1) if invitation else "",
    }
    return page(request, "axis_member", context, status=fault.status if fault else None)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def held(request: HttpRequest, message_uuid: uuid.UUID) -> HttpResponse:
    """A message that our axis holds, since its signature is not by a certificate that its sender registered."""
    message, signer = hosting.held_message(message_uuid)
    fault = None
    if request.method == "POST":
        act, reason = request.POST.get("do", ""), request.POST.get("reason", "")
        acts = {"let": admitting.let_through, "back": admitting.turn_back}
        if act not in acts:
            raise NotFound()
        fault = attempt(lambda: acts[act](actor_of(request), message.uuid, reason))
        if fault is None:
            return go(request, "axis", said=Text("Đã ghi nhận.", "Done."))
    context = _form(request, fault) | {
        "message": message,
        "doubt": trusting.Doubt(message.held).text(lang_of(request)) if message.held else "",
        "signer": signer,
        "receivers": hosting.receivers_of(message),
    }
    return page(request, "axis_held", context, status=fault.status if fault else None)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Connect agencies of ours to an axis: by its invitation, or by hand."""
    fault = None
    if request.method == "POST":
        made: list[Connection] = []
        fault = attempt(lambda: made.append(_connect(request)))
        if fault is None:
            said = Text("Đã kết nối. Thử xem trục có trả lời không.", "Connected. Try whether it answers.")
            return go(request, "axis_connection", made[0].uuid, said=said)
    context = _form(request, fault) | {
        "forms": [(each.value, each.label) for each in Form if each != Form.LOCAL]
    }
    return page(request, "axis_connect", context, status=fault.status if fault else None)


def _connect(request: HttpRequest) -> Connection:
    actor, told = actor_of(request), request.POST
    networks = _listed(told.get("networks", ""))
    if told.get("do") == "accept":
        return connecting.accept(
            actor, connecting.read_invitation(told.get("invitation", "")), networks=networks
        )
    if told.get("form") not in Form.values:
        raise UserError("Chọn dạng giao tiếp.", "Choose the form of interface.", "form")
    return connecting.connect(
        actor, told.get("name", ""), Form(told["form"]), system_id=told.get("system_id", "").strip(),
        secret=told.get("secret", "").strip(), organ_ids=_listed(told.get("organs", "")),
        endpoint=told.get("endpoint", "").strip(), trust_pem=told.get("trust", ""), networks=networks,
        takes_unsigned=told.get("unsigned") == "true",
    )  # fmt: skip


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def connection(request: HttpRequest, connection_uuid: uuid.UUID) -> HttpResponse:
    """An axis that we are on: does it answer, whom it trusts, change of secret and address, rest."""
    fault = None
    if request.method == "POST":
        said: list[Text] = []
        fault = attempt(lambda: said.append(_change_connection(request, connection_uuid)))
        if fault is None:
            return go(request, "axis_connection", connection_uuid, said=said[0])
    found = hosting.connection(connection_uuid)
    context = _form(request, fault) | {
        "connection": found,
        "trusted": [trusting.named(each) for each in certificates_in(found.trust_pem)],
    }
    return page(request, "axis_connection", context, status=fault.status if fault else None)


def _change_connection(request: HttpRequest, connection_uuid: uuid.UUID) -> Text:
    actor, told, act = actor_of(request), request.POST, request.POST.get("do", "")
    if act == "try":
        count = connecting.try_out(actor, connection_uuid)
        return Text(f"Trục trả lời: có {count} cơ quan.", f"The axis answers: {count} agencies are on it.")
    if act == "change":
        connecting.change(
            actor, connection_uuid, secret=told.get("secret", "").strip(), endpoint=told.get("endpoint", "").strip(),
            networks=_listed(told.get("networks", "")), takes_unsigned=told.get("unsigned") == "true",
            secret_until=day_of(request, "secret_until"),
        )  # fmt: skip
    elif act == "recalling":
        connecting.change(
            actor, connection_uuid, recalling=(told.get("recall_by", ""), told.get("recall_source", ""))
        )
    elif act == "trust":
        connecting.change(actor, connection_uuid, trust_pem=told.get("trust", ""))
    elif act in ("rest", "wake"):
        connecting.rest(actor, connection_uuid, active=act == "wake")
    else:
        raise UserError("Không có việc này.", "There is no such act.")
    return Text("Đã ghi nhận.", "Done.")


def _form(request: HttpRequest, fault: UserError | None) -> dict[str, Any]:
    return {
        "typed": request.POST,
        "errors": errors_of(fault, lang_of(request), "main"),
        "recall_ways": RecallBy.choices,
        "fault": fault.field if fault else "",
    }


def _organs(text: str) -> list[tuple[str, str]]:
    """Lines of an agency's id and name. Raises UserError that names the line."""
    found = []
    for line in text.splitlines():
        organ_id, _, name = line.partition(",")
        if not line.strip():
            continue
        if not name.strip():
            raise UserError(
                f"Dòng “{line.strip()[:60]}” thiếu tên: viết mã định danh, dấu phẩy, tên cơ quan.",
                f"The line {line.strip()[:60]!r} lacks a name: write id, comma, name.",
                "organs",
            )
        found.append((organ_id.strip(), name.strip()))
    return found


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").split()
