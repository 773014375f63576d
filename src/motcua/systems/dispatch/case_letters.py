"""What a case's page shows of official letters, through the hook of cases."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from motcua.core.ledger.actor import Actor
from motcua.engines.edxml import StatusCode
from motcua.systems.dispatch.models import Incoming, Outgoing


def letters_of(*, case_id: int, case_uuid: uuid.UUID, actor: Actor, lang: str = "vi") -> dict[str, Any]:
    """{"write": address of the page that begins a letter, "rows": [{text, sign, href, state}]}, the latest first."""
    rows: list[dict[str, Any]] = [
        {
            "sign": letter.sign or ("Draft" if lang == "en" else "Dự thảo"),
            "text": letter.subject,
            "who": ", ".join(name for _, name in letter.receivers),
            "href": reverse("dispatch:outgoing", args=[letter.uuid]),
            "state": _state(letter, lang),
            "at": letter.created_at,
        }
        for letter in Outgoing.objects.prefetch_related("sendings").filter(case_id=case_id)
    ]
    rows += [
        {
            "sign": letter.code,
            "text": letter.subject,
            "who": letter.sender,
            "href": reverse("dispatch:incoming", args=[letter.uuid]),
            "state": StatusCode(letter.status).text(lang),
            "at": letter.arrived_at,
        }
        for letter in Incoming.objects.filter(case_id=case_id)
    ]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return {"write": reverse("dispatch:write_for_case", args=[case_uuid]), "rows": rows}


def _state(letter: Outgoing, lang: str) -> str:
    told = [StatusCode(each.status).text(lang) for each in letter.sendings.all() if each.status]
    return ", ".join(dict.fromkeys(told)) or letter.get_stage_display()
