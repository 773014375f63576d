"""The agencies of our axis: who they are, which member speaks for them, entering and leaving."""

from __future__ import annotations

from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import edxml
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisAgency, AxisMember


def agency_of(organ_id: str) -> AxisAgency | None:
    """The agency of that id in either form."""
    exact = AxisAgency.objects.select_related("member").filter(organ_id=organ_id).first()
    if exact is not None:
        return exact
    level_one = next((part for part in organ_id.split(".") if part[:1].isalpha()), organ_id)
    near = AxisAgency.objects.select_related("member").filter(organ_id__contains=level_one)
    return next((each for each in near if edxml.same_organ(each.organ_id, organ_id)), None)


def agencies() -> list[AxisAgency]:
    return list(AxisAgency.objects.select_related("member").order_by("organ_id"))


def receiver_of(organ: edxml.Organ) -> AxisAgency:
    found = agency_of(organ.organ_id)
    if found is None:
        raise AxisError(Code.RECEIVER_UNKNOWN, f"{organ.organ_id} {organ.name}".strip())
    if found.locked_at is not None or found.member.locked_at is not None:
        raise AxisError(Code.RECEIVER_LOCKED, f"{organ.organ_id} {organ.name}".strip())
    return found


def registered(member: AxisMember, organ_id: str) -> AxisAgency:
    """The agency for which a member speaks. Raises AxisError."""
    found = agency_of(organ_id)
    if found is None or found.member_id != member.pk:
        raise AxisError(Code.SENDER_UNREGISTERED, organ_id)
    return found


def register_agency(member: AxisMember, organ_id: str, name: str, email: str = "") -> AxisAgency:
    """A member says that it speaks for an agency; another member's agency is not taken from it."""
    if not edxml.is_organ_id(organ_id) or not name.strip():
        raise AxisError(Code.PROCESSING_FAULT, "cần mã định danh đúng dạng (H55.237) và tên cơ quan")
    known = agency_of(organ_id)
    if known is not None and known.member_id != member.pk:
        raise AxisError(Code.PROCESSING_FAULT, f"{organ_id} đã thuộc hệ thống khác")
    made, _ = AxisAgency.objects.update_or_create(
        organ_id=known.organ_id if known else organ_id,
        defaults={"name": name.strip()[:300], "email": email[:200], "member": member},
    )
    emit("axis.agency_registered", SYSTEM, subject=("axis_agency", made.pk), data={"organ": made.organ_id})
    return made


def delete_agency(member: AxisMember, organ_id: str) -> None:
    """Take an agency of one's own off the axis."""
    known = registered(member, organ_id)
    emit("axis.agency_removed", SYSTEM, subject=("axis_agency", known.pk), data={"organ": known.organ_id})
    known.delete()
