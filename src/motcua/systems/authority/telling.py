"""Telling holders that their certificates end."""

from __future__ import annotations

from motcua.core.documents.models import Key
from motcua.core.notifications.actions import notify
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Appointment, Officer
from motcua.core.organisations.queries import in_force

LINK = "/chung-thu/so/"


def tell_of_end(key: Key, days: int) -> None:
    """An e-mail to the officer, and to the agency's head, who asks for the next one."""
    agency = organisations.agency(key.agency_id)
    day = f"{key.valid_until:%d/%m/%Y}"
    texts = {
        "vi": (
            f"Chứng thư số của {key.subject} còn {days} ngày",
            f"Chứng thư số của {key.subject} ở {agency.name} hết hạn ngày {day}. "
            "Người đứng đầu cơ quan đề nghị gia hạn; chứng thư mới dùng được ngay, chứng thư cũ còn dùng đến hết hạn.",
        ),
        "en": (
            f"The certificate of {key.subject} ends in {days} days",
            f"The certificate of {key.subject} at {agency.name_en or agency.name} ends on {day}. The head of the "
            "agency can ask for the next one; the present one stays good until it ends.",
        ),
    }
    for officer in _recipients(key):
        if officer.email:
            notify(
                None,
                kind="certificate.ends",
                key=f"certificate.ends/{key.key_id}/{key.warned_days}/{officer.pk}",
                texts=texts,
                link=LINK,
                contact={"email": officer.email},
            )


def _recipients(key: Key) -> list[Officer]:
    heads = Appointment.objects.filter(
        in_force(None), agency_id=key.agency_id, position__groups__contains=["chair"]
    )
    wanted = {key.officer_id, *heads.values_list("officer_id", flat=True)}
    return list(Officer.objects.filter(pk__in=[one for one in wanted if one is not None]).order_by("id"))
