"""Which one-stop desk receives: by default that of the agency that decides, else any of the province."""

from __future__ import annotations

import uuid

from motcua.core import clock
from motcua.core.cases import reference
from motcua.core.cases.reference import AgencyFacts
from motcua.engines.text import fold
from motcua.systems.portal.filling import Filling
from motcua.systems.portal.views.shared import Asked

SHOWN = 12
KEY = "desks"
KIND = "one_stop"


def own_desk(filling: Filling) -> AgencyFacts | None:
    """The desk that receives for the agency that decides; None while that is not known."""
    return None if filling.competent is None else reference.desk_of(filling.competent.id, clock.today())


def desks_for(filling: Filling, query: str) -> list[AgencyFacts]:
    """Desks of the province by name, with or without accents; without a query the agency's own."""
    own = own_desk(filling)
    if own is None or not _any_desk(filling):
        return []
    if not query:
        return [own]
    words = fold(query).split()
    named = [desk for desk in reference.agencies().by_id.values() if _may_receive(filling, desk)]
    return [desk for desk in named if all(word in fold(desk.name) for word in words)][:SHOWN]


def remember_desk(request: Asked, filling: Filling, code: str) -> bool:
    """Keep the choice with the session; False when the desk may not receive this application."""
    desk = _desk(filling, code)
    if desk is None:
        return False
    request.session[KEY] = {**request.session.get(KEY, {}), str(filling.draft.uuid): desk.code}
    return True


def has_choice(request: Asked, draft: uuid.UUID) -> bool:
    """Whether the person chose a desk for this draft."""
    return str(draft) in request.session.get(KEY, {})


def chosen_desk(request: Asked, filling: Filling) -> AgencyFacts | None:
    """The desk that the person chose for this draft; None = the agency's own."""
    code = request.session.get(KEY, {}).get(str(filling.draft.uuid))
    return None if code is None else _desk(filling, code)


def _desk(filling: Filling, code: str) -> AgencyFacts | None:
    return next(
        (
            desk
            for desk in reference.agencies().by_id.values()
            if desk.code == code and _may_receive(filling, desk)
        ),
        None,
    )


def _may_receive(filling: Filling, desk: AgencyFacts) -> bool:
    """Any one-stop desk of the province of the agency that decides, where the service allows any."""
    return (
        desk.kind == KIND
        and filling.competent is not None
        and desk.province_code == filling.competent.province_code
        and desk.in_force(clock.today())
        and _any_desk(filling)
    )


def _any_desk(filling: Filling) -> bool:
    return "any" in filling.pack.receiving
