"""Our axis as others' host: letting members in, their keys, addresses and certificates, suspending, what is held.

Every act is the administrators' of the axis, and stands in the ledger under their name. Secrets are shown once.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from ipaddress import ip_network

from django.conf import settings
from django.urls import reverse

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.words import legible
from motcua.engines import edxml
from motcua.systems.dispatch import partners, policies, rules, trusting
from motcua.systems.dispatch.actions import renewing
from motcua.systems.dispatch.axis import directory
from motcua.systems.dispatch.axis.errors import AxisError
from motcua.systems.dispatch.models import AxisAgency, AxisDelivery, AxisMember, AxisMessage, AxisToken, Queue

_SYSTEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}")


def admit(
    actor: Actor,
    system_id: str,
    name: str,
    organs: Sequence[tuple[str, str]],
    *,
    contact: str = "",
    networks: Sequence[str] = (),
) -> tuple[AxisMember, str]:
    """Let a system onto our axis, with the agencies it speaks for, pairs of organ id and name.

    Returns it and its secret, sealed from now on. Raises UserError at the field that is to be mended.
    """
    with _host(actor):
        if not _SYSTEM_ID.fullmatch(system_id):
            raise UserError(
                "Mã hệ thống có 3–60 chữ, số, dấu chấm, gạch, ví dụ tinh-bac-ninh.",
                "A system id has 3–60 letters, digits, dots and dashes, such as tinh-bac-ninh.",
                "system_id",
            )
        if AxisMember.objects.filter(system_id=system_id).exists():
            raise UserError(
                "Mã hệ thống này đã có. Nếu vừa nhận hệ thống đó, mở trang của nó để cấp lại khóa và thư mời.",
                "This system id is taken. If it was just let in, open its page for a new secret and invitation.",
                "system_id",
            )
        if not organs:
            raise UserError(
                "Ghi ít nhất một cơ quan: mã định danh, tên.", "Give at least one agency: id, name.", "organs"
            )
        secret = renewing.new_secret()
        member = AxisMember.objects.create(
            system_id=system_id,
            name=_needed(name, "name", "Ghi tên hệ thống.", "Name the system."),
            contact=legible(contact)[:200],
            networks=read_networks(networks),
            secret=secret,
            secret_until=clock.now() + rules.days_of_keys("secret_days"),
            created_at=clock.now(),
        )
        for organ_id, organ_name in organs:
            _enter(member, organ_id, organ_name)
        emit("axis.member_admitted", actor, subject=("axis_member", member.pk), data={"system": system_id})
    return member, secret


def invitation(member: AxisMember, secret: str) -> dict[str, object]:
    """What a new member's administrator pastes on the page that connects to an axis. It holds the secret."""
    with acting(SYSTEM):
        organs = [each.organ_id for each in member.agencies.order_by("organ_id")]
    return {
        "axis": settings.MOTCUA_SITE.partition("://")[2],
        "form": "vxp",
        "endpoint": settings.MOTCUA_SITE + reverse("dispatch:vxp_send").removesuffix("/sendEdoc"),
        "system_id": member.system_id,
        "secret": secret,
        "secret_until": member.secret_until.isoformat() if member.secret_until else "",
        "organ_ids": organs,
        "trust_pem": trusting.own_authorities(),
    }


def suspend(actor: Actor, member_uuid: uuid.UUID, reason: str) -> AxisMember:
    """Keep a member out: its calls are refused, what is sent to it is answered "locked" (23). Tokens end at once."""
    with _host(actor):
        member = _member(member_uuid)
        if member.locked_at is None:
            member.locked_reason = _needed(reason, "reason", "Ghi lý do.", "Give the reason.")[:1000]
            member.locked_at = clock.now()
            member.save(update_fields=["locked_at", "locked_reason"])
            AxisToken.objects.filter(member=member).delete()
            _say("axis.member_suspended", actor, member, reason=member.locked_reason)
    return member


def resume(actor: Actor, member_uuid: uuid.UUID) -> AxisMember:
    """Let a suspended member in again; what came for it meanwhile was refused, not kept."""
    with _host(actor):
        member = _member(member_uuid)
        if member.locked_at is not None:
            member.locked_at, member.locked_reason = None, ""
            member.save(update_fields=["locked_at", "locked_reason"])
            _say("axis.member_resumed", actor, member)
    return member


def change_secret(actor: Actor, member_uuid: uuid.UUID, *, at_once: bool = False) -> str:
    """A new secret. The former one is good for seven days more, or ends `at_once`, as when it was betrayed."""
    with _host(actor):
        member = _member(member_uuid)
        made = renewing.new_secret()
        renewing.hand_over(member, made)
        if at_once:
            member.former_secret, member.former_until = "", None
        member.save(update_fields=["secret", "secret_until", "former_secret", "former_until"])
        _say("axis.secret_changed", actor, member, at_once=at_once)
    return made


def change_networks(actor: Actor, member_uuid: uuid.UUID, networks: Sequence[str]) -> AxisMember:
    """From where a member may call; none: from anywhere."""
    with _host(actor):
        member = _member(member_uuid)
        member.networks = read_networks(networks)
        member.save(update_fields=["networks"])
        _say("axis.networks_changed", actor, member, networks=member.networks)
    return member


def note_recalling(actor: Actor, member_uuid: uuid.UUID, by: str, source: str) -> AxisMember:
    """How a member's software is asked for a document back ("": as the rule for our axis says), and who says so."""
    with _host(actor):
        member = _member(member_uuid)
        member.recall_by, member.recall_source = partners.checked_recalling(by, source)
        member.save(update_fields=["recall_by", "recall_source"])
        _say("axis.recalling_noted", actor, member, by=member.recall_by, source=member.recall_source)
    return member


def enter_agency(actor: Actor, member_uuid: uuid.UUID, organ_id: str, name: str) -> AxisAgency:
    """One more agency for which a member speaks; or the name of one."""
    with _host(actor):
        return _enter(_member(member_uuid), organ_id, name)


def register_certificates(actor: Actor, organ_id: str, pem: str) -> AxisAgency:
    """The certificates that an agency signs with, as PEM; none: any of an authority that the receiver trusts."""
    with _host(actor):
        agency = directory.agency_of(organ_id)
        if agency is None:
            raise NotFound()
        agency.certificates_pem = trusting.read_certificates(pem)
        agency.save(update_fields=["certificates_pem"])
        emit(
            "axis.certificates_registered", actor, subject=("axis_agency", agency.pk),
            data={"organ": agency.organ_id, "count": agency.certificates_pem.count("BEGIN CERTIFICATE")},
        )  # fmt: skip
    return agency


def let_through(actor: Actor, message_uuid: uuid.UUID, reason: str) -> AxisMessage:
    """Put a held message into the receivers' queues; the receiver judges the signature for itself."""
    with _host(actor):
        message = _held(message_uuid)
        why = _needed(reason, "reason", "Ghi đã xác minh với nơi gửi thế nào.", "Say how it was made sure.")
        _settle(message, Queue.INITIAL, "")
        emit(
            "axis.held_let_through", actor, subject=("axis_message", message.pk),
            data={"from": message.from_organ, "document": message.document_id, "reason": why},
        )  # fmt: skip
    return message


def turn_back(actor: Actor, message_uuid: uuid.UUID, reason: str) -> AxisMessage:
    """Never hand a held message over; the sender reads why in its list of what it sent."""
    with _host(actor):
        message = _held(message_uuid)
        why = _needed(reason, "reason", "Ghi lý do trả lại.", "Give the reason.")
        _settle(message, Queue.FAIL, why)
        emit(
            "axis.held_turned_back", actor, subject=("axis_message", message.pk),
            data={"from": message.from_organ, "document": message.document_id, "reason": why},
        )  # fmt: skip
    return message


def read_networks(networks: Sequence[str], field: str = "networks") -> list[str]:
    """Addresses and networks in one form. Raises UserError that names the wrong one."""
    found = []
    for each in networks:
        try:
            found.append(str(ip_network(each.strip())))
        except ValueError:
            raise UserError(
                f"“{each[:60]}” không phải địa chỉ hay dải mạng, ví dụ 203.0.113.7 hoặc 10.1.0.0/16.",
                f"{each[:60]!r} is no address or network, such as 203.0.113.7 or 10.1.0.0/16.",
                field,
            ) from None
    return list(dict.fromkeys(found))


def _host(actor: Actor) -> AbstractContextManager[Actor]:
    """The axis's tables are the system's; who acts is asked first."""
    if not policies.runs_axis(actor):
        raise NotAllowed("Việc này của người quản trị trục.", "This is for those who run the axis.")
    return acting(SYSTEM)


def _member(member_uuid: uuid.UUID) -> AxisMember:
    member = AxisMember.objects.select_for_update(of=("self",)).filter(uuid=member_uuid).first()
    if member is None:
        raise NotFound()
    return member


def _enter(member: AxisMember, organ_id: str, name: str) -> AxisAgency:
    if not edxml.is_organ_id(organ_id):
        raise UserError(
            f"“{organ_id[:40]}” không phải mã định danh cơ quan, ví dụ H55.237.",
            f"{organ_id[:40]!r} is no agency's id, such as H55.237.",
            "organs",
        )
    try:
        return directory.register_agency(member, organ_id, name)
    except AxisError as refused:
        raise UserError(refused.said, str(refused), "organs") from refused


def _held(message_uuid: uuid.UUID) -> AxisMessage:
    message = AxisMessage.objects.select_for_update(of=("self",)).filter(uuid=message_uuid).first()
    if message is None:
        raise NotFound()
    if not message.held:
        raise Conflict("Văn bản này đã được quyết định.", "This message has been decided on.")
    return message


def _settle(message: AxisMessage, state: Queue, note: str) -> None:
    AxisDelivery.objects.filter(message=message, state=Queue.HELD).update(
        state=state, note=note[:400], updated_at=clock.now()
    )
    message.held = ""
    message.save(update_fields=["held"])


def _say(kind: str, actor: Actor, member: AxisMember, **data: object) -> None:
    emit(kind, actor, subject=("axis_member", member.pk), data={"system": member.system_id, **data})


def _needed(text: str, field: str, vi: str, en: str) -> str:
    said = legible(text, field)
    if not said:
        raise UserError(vi, en, field)
    return said[:300]
