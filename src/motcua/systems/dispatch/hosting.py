"""What those who run the axis read; its tables are the system's, so every question is asked as the system."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from motcua.core import clock
from motcua.core.documents import store
from motcua.core.documents.key_stores import certificates_in
from motcua.core.errors import NotFound, Text
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.systems.dispatch import rules, trusting
from motcua.systems.dispatch.models import AxisAgency, AxisMember, AxisMessage, Connection, Form

MOST = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """A key or certificate that ends soon and that only a person can renew, on the page `page` of `uuid`."""

    ends: dt.datetime
    whose: str
    what: Text
    why: Text
    page: str
    uuid: uuid.UUID


def members() -> list[AxisMember]:
    """All members with their agencies, by name."""
    with acting(SYSTEM):
        return list(AxisMember.objects.prefetch_related("agencies").order_by("name")[:MOST])


def member(member_uuid: uuid.UUID) -> AxisMember:
    """One of them. Raises NotFound."""
    with acting(SYSTEM):
        found = AxisMember.objects.filter(uuid=member_uuid).first()
    if found is None:
        raise NotFound()
    return found


def agencies_of(found: AxisMember) -> list[AxisAgency]:
    with acting(SYSTEM):
        return list(found.agencies.order_by("organ_id")[:MOST])


def held() -> list[AxisMessage]:
    """What waits for a decision, the eldest first."""
    with acting(SYSTEM):
        return list(AxisMessage.objects.exclude(held="").order_by("id")[:MOST])


def held_message(message_uuid: uuid.UUID) -> tuple[AxisMessage, str]:
    """A message that is held, and the certificate it was signed with, if any, as it is compared by telephone."""
    with acting(SYSTEM):
        found = AxisMessage.objects.filter(uuid=message_uuid).exclude(held="").first()
        if found is None:
            raise NotFound()
        certificate = edxml.judge(store.get(found.digest)).signature.certificate
    return found, trusting.named(certificate) if certificate is not None else ""


def ending() -> list[Ending]:
    """What has to be renewed by people, the first to end first. What renews itself stands here only when it did not."""
    with acting(SYSTEM):
        found = [*_members_ending(), *_connections_ending(), *_certificates_ending()]
    return sorted(found, key=lambda one: one.ends)[:MOST]


def _members_ending() -> list[Ending]:
    rows = AxisMember.objects.filter(
        locked_at__isnull=True, secret_until__lt=clock.now() + rules.days_of_keys("tell_days")
    )
    why = Text(
        "Hệ thống này không tự đổi khóa: cấp khóa mới và gửi thư mời mới.",
        "This system does not renew it by itself: give a new secret, send a new invitation.",
    )
    return [
        Ending(one.secret_until, one.name, _SECRET, why, "dispatch:axis_member", one.uuid)
        for one in rows
        if one.secret_until is not None
    ]


def _connections_ending() -> list[Ending]:
    soon = clock.now() + rules.days_of_keys("tell_days")
    found = []
    for one in Connection.objects.filter(active=True):
        if one.form != Form.LOCAL and one.secret_until is not None and one.secret_until < soon:
            why = Text(
                f"Trục không cho tự đổi khóa ({one.renewal_fault or 'chưa thử'}): xin quản trị trục khóa mới.",
                f"The axis does not let it be renewed ({one.renewal_fault or 'not tried yet'}): ask for a new secret.",
            )
            found.append(
                Ending(one.secret_until, one.name, _SECRET, why, "dispatch:axis_connection", one.uuid)
            )
        found += [
            Ending(
                ends, f"{one.name}: {name}", _AUTHORITY, _NEW_AUTHORITY, "dispatch:axis_connection", one.uuid
            )
            for name, ends in _soon(one.trust_pem)
        ]
    return found


def _certificates_ending() -> list[Ending]:
    """Of an agency that is bound to certificates, where the last of them ends soon."""
    found = []
    for one in AxisAgency.objects.exclude(certificates_pem="").select_related("member"):
        last = max(each.not_valid_after_utc for each in certificates_in(one.certificates_pem))
        if last < clock.now() + rules.days_of_keys("certificate_days"):
            page = ("dispatch:axis_member", one.member.uuid)
            found.append(Ending(last, one.name, _CERTIFICATE, _NEW_CERTIFICATE, *page))
    return found


def _soon(pem: str) -> list[tuple[str, dt.datetime]]:
    until = clock.now() + rules.days_of_keys("certificate_days")
    known = [(trusting.named(each), each.not_valid_after_utc) for each in certificates_in(pem)]
    return [(name, ends) for name, ends in known if ends < until]


_SECRET = Text("Khóa bí mật", "Secret")
_CERTIFICATE = Text("Chứng thư ký", "Signing certificate")
_AUTHORITY = Text("Chứng thư của tổ chức chứng thực được tin", "Certificate of a trusted authority")
_NEW_CERTIFICATE = Text(
    "Xin cơ quan này chứng thư mới và ghi thêm bên cạnh chứng thư cũ.",
    "Ask the agency for its new certificate, and add it beside the former one.",
)
_NEW_AUTHORITY = Text(
    "Xin quản trị trục chứng thư mới của tổ chức chứng thực và ghi thêm.",
    "Ask the axis for the authority's new certificate, and add it.",
)


def receivers_of(message: AxisMessage) -> list[str]:
    with acting(SYSTEM):
        return list(message.deliveries.order_by("to_organ").values_list("to_organ", flat=True)[:MOST])


def connections() -> list[Connection]:
    """The axes that we are on, those at rest last."""
    with acting(SYSTEM):
        return list(Connection.objects.order_by("-active", "name")[:MOST])


def connection(connection_uuid: uuid.UUID) -> Connection:
    """One of them. Raises NotFound."""
    with acting(SYSTEM):
        found = Connection.objects.filter(uuid=connection_uuid).first()
    if found is None:
        raise NotFound()
    return found
