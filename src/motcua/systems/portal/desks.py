"""Which one-stop desk receives: by default that of the agency that decides, else any of the province."""

from __future__ import annotations

import uuid

from motcua.core import clock
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.engines.text import fold
from motcua.systems.portal.filling import Filling
from motcua.systems.portal.views.shared import Asked

SHOWN = 12
KEY = "desks"


def desks_for(filling: Filling, query: str) -> list[Agency]:
    """Desks of the province by name, with or without accents; without a query the nearest: the agency's own."""
    competent = filling.competent
    if competent is None or not _any_desk(filling):
        return []
    own = organisations.one_stop_of(competent, clock.today())
    if not query:
        return [own]
    words = fold(query).split()
    near = [
        desk
        for desk in organisations.agencies(kind="one_stop", on=clock.today())
        if desk.province_code == competent.province_code and all(word in fold(desk.name) for word in words)
    ]
    return near[:SHOWN]


def remember_desk(request: Asked, filling: Filling, code: str) -> bool:
    """Keep the choice with the session; False when the desk may not receive this application."""
    desk = _desk(filling, code)
    if desk is None:
        return False
    request.session[KEY] = {**request.session.get(KEY, {}), str(filling.draft.uuid): desk.code}
    return True


def chosen_desk(request: Asked, filling: Filling) -> Agency | None:
    """The desk that the person chose for this draft; None = the agency's own."""
    code = request.session.get(KEY, {}).get(str(filling.draft.uuid))
    return None if code is None else _desk(filling, code)


def forget_desk(request: Asked, draft: uuid.UUID) -> None:
    """The draft is submitted: nothing is to be remembered of it."""
    desks = request.session.get(KEY, {})
    if desks.pop(str(draft), None) is not None:
        request.session[KEY] = desks


def _desk(filling: Filling, code: str) -> Agency | None:
    competent = filling.competent
    if competent is None or not _any_desk(filling):
        return None
    desk = Agency.objects.filter(code=code, kind="one_stop", valid_until=None).first()
    return desk if desk is not None and desk.province_code == competent.province_code else None


def _any_desk(filling: Filling) -> bool:
    return "any" in filling.pack.receiving
