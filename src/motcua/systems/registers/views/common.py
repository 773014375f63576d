"""What the pages of this room share."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from motcua.core.errors import UserError
from motcua.core.identity import queries as identity
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.registers.schema import UNITS, Field, Schema
from motcua.engines import text

SEE_OTHER, UNPROCESSABLE = 303, 422
OWN_LOOK = "Xem thông tin của chính mình"


def actor_of(request: HttpRequest) -> Actor:
    return cast(Actor, request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def own_number(request: HttpRequest) -> str:
    """The personal number of the person acted for; "" when there is none yet."""
    principal = actor_of(request).principal
    party = identity.party(principal) if principal is not None else None
    return (party.personal_number or "") if party else ""


def show(request: HttpRequest, template: str, fault: UserError | None = None, **context: Any) -> HttpResponse:
    """A page, with what is wrong at its field and in the summary."""
    wrongs = {fault.field or "fault": fault.text(lang_of(request))} if fault else {}
    errors = [(said, f"#{field}") for field, said in wrongs.items()]
    given = {"wrongs": wrongs, "errors": errors, **context}
    return render(request, f"registers/{template}.jinja", given, status=UNPROCESSABLE if fault else 200)


def said(value: Any, lang: str) -> str:
    """A value of a register as one reads it."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return {"vi": ("Không", "Có"), "en": ("No", "Yes")}.get(lang, ("Không", "Có"))[value]
    if isinstance(value, dict):
        return "; ".join(filter(None, (said(one, lang) for one in value.values())))
    if isinstance(value, list):
        return "; ".join(said(one, lang) for one in value)
    if isinstance(value, int) and abs(value) >= 10_000:
        return text.number(value)
    try:
        return text.date(dt.date.fromisoformat(str(value))) if len(str(value)) == 10 else str(value)
    except ValueError:
        return str(value)


def said_of(field: Field | None, value: Any, lang: str) -> str:
    """A value as one reads it in its field: the code of a unit with the unit's name."""
    spoken = said(value, lang)
    if field is None or field.refers != UNITS or not spoken:
        return spoken
    label = organisations.unit_label(spoken)
    return spoken if label == spoken else f"{label} ({spoken})"


def rows_of(schema: Schema, data: dict[str, Any], lang: str) -> list[dict[str, str]]:
    """(title, value) of what is there, in the schema's order."""
    return [
        {"path": path, "key": field.title.text(lang), "value": said_of(field, data[path], lang)}
        for path, field in schema.fields.items()
        if data.get(path) not in (None, "", [], {})
    ]
