"""When a case moves that came from outside, whoever handed it in is told."""

from __future__ import annotations

from typing import Any

from motcua.core import clock
from motcua.core.cases.hooks import progress
from motcua.core.cases.models import Case
from motcua.core.organisations import queries as organisations
from motcua.systems.intake.models import Partner, Told
from motcua.systems.intake.telling import portals


@progress.register
def tell_partners(case: Case, kind: str, data: dict[str, Any]) -> None:
    """Tell each partner that knows the case its present status, once per status."""
    known = dict(case.external_ids.values_list("system", "value"))
    for partner in Partner.objects.filter(code__in=list(known), active=True).exclude(channel_plugin=""):
        last = Told.objects.filter(partner=partner, case_uuid=case.uuid).order_by("-id").first()
        if last is not None and last.status == case.business_status_id:
            continue
        portals.get(partner.channel_plugin).tell(
            {
                "external_id": known[partner.code],
                "number": case.number,
                "status": case.business_status_id,
                "status_name": case.business_status.name,
                "agency": organisations.agency(case.handling_agency_id).name,
                "at": clock.now().isoformat(),
                "due_at": case.due_at.isoformat() if case.due_at else None,
            }
        )
        Told.objects.create(
            partner=partner, case_uuid=case.uuid, status=case.business_status_id, at=clock.now()
        )
