"""What a case's page shows of official letters, through the hook of cases."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from motcua.core.ledger.actor import Actor
from motcua.engines.edxml import StatusCode
from motcua.systems.dispatch.models import Incoming, Outgoing, Stage


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
        for letter in Outgoing.objects.prefetch_related("sendings__notes").filter(case_id=case_id)
    ]
    rows += [
        {
            "sign": letter.code,
            "text": letter.subject,
            "who": letter.sender,
            "href": reverse("dispatch:incoming", args=[letter.uuid]),
            "state": _state_of_incoming(letter, lang),
            "at": letter.arrived_at,
        }
        for letter in Incoming.objects.filter(case_id=case_id)
    ]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return {"write": reverse("dispatch:write_for_case", args=[case_uuid]), "rows": rows}


def _state(letter: Outgoing, lang: str) -> str:
    """Where a letter of ours stands, as one would say it: taken back, refused and why, or what receivers said last."""
    if letter.stage in _ENDS:
        return _ENDS[Stage(letter.stage)][lang == "en"]
    told = []
    for each in letter.sendings.all():
        if each.status == StatusCode.REFUSED:
            why = next(
                (note.description for note in reversed(each.notes.all()) if note.code == each.status), ""
            )
            told.append(f"{StatusCode.REFUSED.text(lang)}: {why}" if why else StatusCode.REFUSED.text(lang))
        elif each.status:
            told.append(StatusCode(each.status).text(lang))
    said = ", ".join(dict.fromkeys(told)) or letter.get_stage_display()
    if letter.case_waits and letter.stage == Stage.SENT:
        said += " · " + ("the case waits for the answer" if lang == "en" else "hồ sơ đang chờ trả lời")
    return said


def _state_of_incoming(letter: Incoming, lang: str) -> str:
    if letter.held:
        return ("Bị giữ: nghi vấn chữ ký", "Held: doubt about the signature")[lang == "en"]
    if letter.standing in _STANDINGS:
        return _STANDINGS[letter.standing][lang == "en"]
    return StatusCode(letter.status).text(lang)


_ENDS = {
    Stage.RECALLED: ("Đã thu hồi", "Recalled"),
    Stage.REPLACED: ("Đã được thay thế", "Replaced by another"),
    Stage.CANCELLED: ("Đã hủy số", "Number cancelled"),
}
_STANDINGS = {
    "asked_back": ("Bên gửi yêu cầu lấy lại", "The sender asks for it back"),
    "update_asked": ("Bên gửi gửi bản cập nhật", "The sender sent an update"),
    "withdrawn": ("Đã bị thu hồi", "Withdrawn by its sender"),
    "replaced": ("Đã bị thay thế", "Replaced by its sender"),
}
