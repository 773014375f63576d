"""The page that writes a document: anew, from a template, in answer, in replacement, about a case, or once more."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core.attempting import attempt
from motcua.core.cases import queries as cases
from motcua.core.errors import NotFound, Text
from motcua.core.identity.access import policy
from motcua.core.organisations import queries as organisations
from motcua.systems.dispatch import policies, queries, rules
from motcua.systems.dispatch.actions import drafting
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.models import Incoming, Outgoing
from motcua.systems.dispatch.views.desk import (
    actor_of,
    agency_of,
    day_of,
    errors_of,
    go,
    lang_of,
    number_of,
    page,
)
from motcua.systems.dispatch.views.outgoing import letter_of


@policy("officer")
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Begin a document; `tra-loi` answers one that came, `thay-the` replaces one of ours, `nhu` begins from one, `mau`
    from a template."""
    answered, replaced, like = (request.GET.get(each) for each in ("tra-loi", "thay-the", "nhu"))
    more: dict[str, Any] = {}
    start: dict[str, Any] = {"type_code": "CV"}
    if answered:
        letter = _found(Incoming, answered)
        more["answers"], more["case_id"] = letter, letter.case_id
        start |= {
            "subject": f"V/v trả lời Công văn số {letter.code}",
            "to": [(letter.sender_id, letter.sender)],
        }
    elif replaced:
        old = _found(Outgoing, replaced)
        more |= {"concerns": old, "business": "3", "case_id": old.case_id, "case_number": old.case_number}
        start |= {
            "subject": old.subject, "body": "\n".join(old.paragraphs), "to": [(a, b) for a, b in old.receivers],
            "type_code": old.type_code, "case_waits": old.case_waits,
        }  # fmt: skip
    elif like:
        start |= _as_before(_found(Outgoing, like))
    return _form(request, None, start | _from_template(request, more), more)


@policy("officer")
@require_http_methods(["GET", "POST"])
def write_for_case(request: HttpRequest, case_uuid: uuid.UUID) -> HttpResponse:
    """Begin a letter about a case: asking another agency to verify, for instance."""
    case = cases.case_for_officer(actor_of(request), case_uuid)
    start = {
        "type_code": "CV", "subject": f"V/v đề nghị xác minh thông tin hồ sơ {case.number}", "body": "",
        "case_waits": rules.case_waits(),
    }  # fmt: skip
    more = {"case_id": case.id, "case_number": case.number}
    return _form(request, None, start | _from_template(request, more), more)


@policy("officer")
@require_http_methods(["GET", "POST"])
def rewrite(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """Write a draft anew."""
    letter = letter_of(letter_uuid)
    if not policies.of_outgoing(actor_of(request), letter)["edit"]:
        raise NotFound()
    start = _as_before(letter) | {"due": f"{letter.due:%d/%m/%Y}" if letter.due else ""}
    kept = {
        "answers": letter.answers, "concerns": letter.concerns, "business": letter.business,
        "case_id": letter.case_id, "case_number": letter.case_number,
    }  # fmt: skip
    return _form(request, letter, start, kept)


def _form(
    request: HttpRequest, letter: Outgoing | None, start: dict[str, Any], more: dict[str, Any]
) -> HttpResponse:
    agency_id = letter.agency_id if letter else agency_of(request)
    actor, lang, told, fault = actor_of(request), lang_of(request), request.POST, None
    typed = start
    if request.method == "POST":
        typed = _typed(request)
        if told.get("do") == "group":
            typed["to"] = list(dict([*typed["to"], *queries.group(agency_id, told.get("group", ""))]).items())
        elif told.get("do") != "find":
            made: list[Outgoing] = []
            fault = attempt(lambda: made.append(_keep(request, actor, agency_id, letter, typed, more)))
            if fault is None:
                said = Text("Đã lưu dự thảo.", "The draft is kept.")
                if told.get("do") == "submit":
                    said = Text("Đã trình dự thảo.", "The draft is handed on.")
                return go(request, "outgoing", made[0].uuid, said=said)
    context = {
        "letter": letter,
        "typed": typed,
        "found": queries.correspondents(agency_id, str(typed.get("find", ""))),
        "groups": [(key, title) for key, (title, _) in rules.receiver_groups(lang).items()],
        "kinds_list": [(each.code, each.text(lang)) for each in rules.kinds().values()],
        "secrecies": list(rules.secrecies().items()),
        "colleagues": queries.colleagues(agency_id),
        "signers": queries.signers(agency_id),
        "templates": [] if letter else [(each.key, each.text(lang)) for each in rules.templates().values()],
        "asked": "&".join(
            f"{name}={quote(str(value))}" for name, value in request.GET.items() if name != "mau"
        ),
        "case_number": more.get("case_number", ""),
        "answer_days": rules.table()["opinions"]["working_days"],
        "answers": more.get("answers"),
        "concerns": more.get("concerns"),
        "errors": errors_of(fault, lang),
        "fault": fault.field if fault else "",
    }
    return page(request, "write", context, status=fault.status if fault else None)


def _typed(request: HttpRequest) -> dict[str, Any]:
    told = request.POST
    to = [(each, queries.name_of(each) or each) for each in dict.fromkeys(told.getlist("to")) if each]
    names = (
        "type_code",
        "subject",
        "body",
        "appendix",
        "priority",
        "secrecy",
        "due",
        "head",
        "leader",
        "find",
        "unit",
    )
    return {name: told.get(name, "") for name in names} | {
        "to": to,
        "case_waits": bool(told.get("case_waits")),
    }


def _keep(
    request: HttpRequest,
    actor: Any,
    agency_id: int,
    letter: Outgoing | None,
    typed: dict[str, Any],
    more: dict[str, Any],
) -> Outgoing:
    given = Draft(
        typed["type_code"], typed["subject"], typed["body"], typed["to"],
        priority=number_of(typed["priority"]) or 0, secrecy=typed["secrecy"], due=day_of(request, "due"),
        head_id=number_of(typed["head"]), leader_id=number_of(typed["leader"]), unit=typed["unit"].upper()[:10],
        appendix=typed["appendix"], case_waits=typed["case_waits"], **more,
    )  # fmt: skip
    made = (
        drafting.draft(actor, agency_id, given)
        if letter is None
        else drafting.redraft(actor, letter.uuid, given)
    )
    return drafting.submit(actor, made.uuid) if request.POST.get("do") == "submit" else made


def _as_before(letter: Outgoing) -> dict[str, Any]:
    """What the form says to begin with, for a document like one of ours."""
    return {
        "type_code": letter.type_code, "subject": letter.subject, "body": "\n".join(letter.paragraphs),
        "appendix": letter.appendix, "to": [(a, b) for a, b in letter.receivers], "priority": letter.priority,
        "head": letter.head_id, "leader": letter.leader_id, "case_waits": letter.case_waits,
    }  # fmt: skip


def _from_template(request: HttpRequest, more: dict[str, Any]) -> dict[str, Any]:
    """Subject and body of the template that was chosen, with what is known filled in."""
    chosen = rules.templates().get(request.GET.get("mau", ""))
    if chosen is None:
        return {}
    answered = more.get("answers")
    known = {"Cơ quan": organisations.agency(agency_of(request)).name}
    if more.get("case_number"):
        known["mã hồ sơ"] = more["case_number"]
    if answered is not None:
        known |= {"số, ký hiệu": answered.code, "nơi hỏi": answered.sender, "nội dung hỏi": answered.subject}
        if answered.promulgated:
            known["ngày"] = f"{answered.promulgated:%d/%m/%Y}"
    subject, body = chosen.filled(**known)
    return {"type_code": chosen.type_code, "subject": subject, "body": body}


def _found(model: Any, text: str) -> Any:
    try:
        row = model.objects.filter(uuid=uuid.UUID(text)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound()
    return row
