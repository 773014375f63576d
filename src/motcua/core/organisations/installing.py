"""The first contents of an installation: the map, one province's agencies, and the two officers who begin."""

from __future__ import annotations

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.organisations import data, queries, staffing
from motcua.core.organisations.models import Agency, AgencyKind, Officer, Position


def province(unit_code: str, code: str, *, place: str = "") -> Agency:
    """The province's committee with everything below it, made where it is not there yet.

    Raises UserError for a unit that is no province of today, Conflict for an identifier that another has.
    """
    data.load_map()
    unit = queries.unit(unit_code, level="province")
    if unit is None:
        raise UserError(
            f"“{unit_code}” không phải mã của một tỉnh, thành phố hiện nay.",
            f"{unit_code!r} is the code of no province of today.",
            "province",
        )
    standing = Agency.objects.filter(code=code).first()
    if standing is not None and (standing.kind, standing.unit_code) == (
        AgencyKind.PROVINCE_COMMITTEE,
        unit_code,
    ):
        return standing
    other = standing or Agency.objects.filter(kind=AgencyKind.PROVINCE_COMMITTEE, unit_code=unit_code).first()
    if other is not None:
        raise Conflict(
            f"{other.code} đã là mã của {other.name}.", f"{other.code} is {other.name} already.", "code"
        )
    kind = "thành phố" if unit.kind == "Thành phố" else "tỉnh"
    committee = data.load_province(
        code,
        unit_code,
        name=f"Ủy ban nhân dân {kind} {unit.short_name}",
        name_en=f"People's Committee of {unit.short_name} {'city' if kind == 'thành phố' else 'province'}",
        place=place,
        source="motcua install",
    )
    emit("staff.installed", SYSTEM, subject=("agency", committee.pk), data={"code": code})
    return committee


def first_officer(
    committee: Agency, code: str, name: str, position: str, decision: str
) -> tuple[Officer, bool]:
    """One of the two who begin, and whether they are new. There is nobody yet who could agree to them, so the command
    stands for that: it runs once, by whoever owns the machine, and leaves its trace in the ledger."""
    post = Position.objects.get(code=position)
    held = (
        committee.appointments.filter(queries.in_force(None), position=post).select_related("officer").first()
    )
    if held is not None:
        return held.officer, False
    officer = Officer.objects.filter(code=code.casefold()).first() or staffing.add_officer(
        SYSTEM, code=code, name=name
    )
    staffing.appoint(SYSTEM, officer, post, committee, since=clock.today(), source=decision)
    return officer, True


def how_many(committee: Agency) -> int:
    """How many agencies stand at or below it."""
    return len(staffing.below(committee.pk))
