"""Taking part: a member or a gateway applies, a second person decides; systems, groups, suspension."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import TypeVar

from django.db import IntegrityError, transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.models import Agency
from motcua.core.words import legible
from motcua.gateway.configuration import (
    IDENTIFIER,
    ClientAccess,
    ConfigurationError,
    check_certificates,
)
from motcua.systems.exchange import keys, publishing
from motcua.systems.exchange.models import Gateway, Group, Member, Standing, Subsystem
from motcua.systems.exchange.models.members import Decided

APPROVERS = frozenset({"service_approver"})
FILERS = frozenset({"service_editor", "service_approver"})
CLASSES = ("GOV", "COM", "NGO", "EDU")
ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}")
D = TypeVar("D", bound=Decided)


def apply(
    actor: Actor,
    *,
    member_class: str,
    code: str,
    name: str,
    contact: str,
    phone: str = "",
    email: str = "",
) -> tuple[Member, str]:
    """Ask to take part. Returns the member and the key by which it asks how its application stands."""
    if member_class not in CLASSES:
        raise UserError("Chọn loại thành viên.", f"One of {', '.join(CLASSES)}.", field="member_class")
    agency = Agency.objects.filter(code__iexact=code.strip()).first()
    try:
        with transaction.atomic():
            member = Member.objects.create(
                member_class=member_class,
                code=identifier(code, "code"),
                name=said(name, "name"),
                agency_id=agency.pk if agency else None,
                contact=said(contact, "contact"),
                phone=legible(phone, "phone"),
                email=legible(email, "email"),
                asked_at=clock.now(),
                asked_by=actor.label,
                asked_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(
            f"Đã có thành viên hoặc đơn đăng ký mang mã {code}.", f"{code} takes part or applied already."
        ) from twice
    emit("exchange.member_applied", actor, subject=("exchange_member", member.pk), data={"code": member.code})
    return member, keys.issue(member)


def decide_member(actor: Actor, member: Member, *, approve: bool, reason: str = "") -> Member:
    """A second person takes the member in, or says why not."""
    locked = decide(actor, Member.objects.select_for_update().get(pk=member.pk), approve, reason)
    if approve:
        emit("exchange.member_approved", actor, subject=("exchange_member", locked.pk))
    else:
        emit(
            "exchange.member_refused",
            actor,
            subject=("exchange_member", locked.pk),
            data={"reason": locked.reason},
        )
    return locked


def suspend(actor: Actor, member: Member, reason: str) -> Member:
    """Nothing of the member is carried from the next configuration on."""
    return _turn(actor, member, Standing.APPROVED, Standing.SUSPENDED, reason)


def resume(actor: Actor, member: Member, reason: str) -> Member:
    """It takes part again."""
    return _turn(actor, member, Standing.SUSPENDED, Standing.APPROVED, reason)


def _turn(actor: Actor, member: Member, before: str, after: str, reason: str) -> Member:
    must(actor, APPROVERS)
    locked = Member.objects.select_for_update().get(pk=member.pk)
    if locked.state == after:
        return locked
    if locked.state != before:
        raise Conflict(
            f"Thành viên đang ở tình trạng: {Standing(locked.state).label.lower()}.",
            f"The member is {locked.state}.",
        )
    locked.state, locked.reason = after, said(reason, "reason")
    locked.decided_at, locked.decided_by = clock.now(), actor.label
    locked.save()
    if after == Standing.SUSPENDED:
        emit(
            "exchange.member_suspended",
            actor,
            subject=("exchange_member", locked.pk),
            data={"reason": locked.reason},
        )
    else:
        emit(
            "exchange.member_resumed",
            actor,
            subject=("exchange_member", locked.pk),
            data={"reason": locked.reason},
        )
    publishing.changed()
    return locked


def apply_gateway(actor: Actor, member: Member, *, code: str, addresses: Sequence[str]) -> Gateway:
    """A member asks for a gateway at `host:port`s. Its certificate follows when a second person approved."""
    _takes_part(member)
    places = [one.strip() for one in addresses if one.strip()]
    for place in places:
        if not ADDRESS.fullmatch(place) or not 0 < int(place.rsplit(":", 1)[1]) < 65_536:
            raise UserError(
                f"Địa chỉ “{place}” chưa đúng. Ghi máy:cổng, ví dụ cong.example.gov.vn:5500.",
                f"{place!r} is not host:port.",
                field="addresses",
            )
    if not places:
        raise UserError("Ghi địa chỉ của cổng.", "Give the gateway's address.", field="addresses")
    try:
        with transaction.atomic():
            gateway = Gateway.objects.create(
                code=identifier(code, "code"),
                member=member,
                addresses=places,
                asked_at=clock.now(),
                asked_by=actor.label,
                asked_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(f"Đã có cổng mang mã {code}.", f"There is a gateway {code} already.") from twice
    emit(
        "exchange.gateway_applied",
        actor,
        subject=("exchange_gateway", gateway.pk),
        data={"code": gateway.code},
    )
    return gateway


def decide_gateway(actor: Actor, gateway: Gateway, *, approve: bool, reason: str = "") -> str:
    """A second person lets the gateway in. Returns its key, shown once; empty when it was refused."""
    locked = decide(
        actor,
        Gateway.objects.select_for_update(of=("self",)).select_related("member").get(pk=gateway.pk),
        approve,
        reason,
    )
    if not approve:
        emit(
            "exchange.gateway_refused",
            actor,
            subject=("exchange_gateway", locked.pk),
            data={"reason": locked.reason},
        )
        return ""
    emit("exchange.gateway_approved", actor, subject=("exchange_gateway", locked.pk))
    publishing.changed()
    return keys.issue(locked.member, gateway=locked)


def add_subsystem(
    actor: Actor,
    member: Member,
    *,
    code: str,
    name: str,
    gateway: Gateway | None = None,
    access: str = ClientAccess.CERTIFICATE,
    client_certificates: Sequence[str] = (),
    client_networks: Sequence[str] = (),
) -> Subsystem:
    """A system of a member, reached through one of its gateways."""
    _takes_part(member)
    if gateway is not None and gateway.state != Standing.APPROVED:
        raise UserError("Cổng này chưa được duyệt.", "This gateway is not approved.", field="gateway")
    if access not in list(ClientAccess):
        raise UserError("Chọn cách nhận biết hệ thống.", "Choose how it is recognised.", field="access")
    try:
        with transaction.atomic():
            subsystem = Subsystem.objects.create(
                member=member,
                gateway=gateway,
                code=identifier(code, "code"),
                name=said(name, "name"),
                access=access,
                client_certificates=[_certificate(one) for one in client_certificates],
                client_networks=[_network(one) for one in client_networks],
            )
    except IntegrityError as twice:
        known = Subsystem.objects.filter(member=member, code=code.strip(), name=name.strip(), gateway=gateway)
        if (same := known.select_related("member").first()) is not None:
            return same
        raise Conflict(
            f"Thành viên đã có hệ thống {code}.", f"It has a system {code} already.", "code"
        ) from twice
    emit(
        "exchange.subsystem_added",
        actor,
        subject=("exchange_subsystem", subsystem.pk),
        data={"code": str(subsystem)},
    )
    publishing.changed()
    return subsystem


def change_subsystem(
    actor: Actor,
    subsystem: Subsystem,
    *,
    name: str,
    gateway: Gateway | None,
    access: str,
    client_certificates: Sequence[str],
    client_networks: Sequence[str],
    active: bool,
) -> Subsystem:
    """How a system is reached and recognised; several certificates while one follows another. Inactive, it neither
    asks nor answers nor hears, and its rights stay."""
    must(actor, FILERS)
    locked = Subsystem.objects.select_for_update(of=("self",)).select_related("member").get(pk=subsystem.pk)
    if gateway is not None and (gateway.state != Standing.APPROVED or gateway.member_id != locked.member_id):
        raise UserError("Cổng này chưa được duyệt.", "This gateway is not approved.", field="gateway")
    if access not in list(ClientAccess):
        raise UserError("Chọn cách nhận biết hệ thống.", "Choose how it is recognised.", field="access")
    wanted = {
        "name": said(name, "name"),
        "gateway": gateway,
        "access": access,
        "client_certificates": [_certificate(one) for one in client_certificates],
        "client_networks": [_network(one) for one in client_networks],
        "active": active,
    }
    changed = [field for field, value in wanted.items() if getattr(locked, field) != value]
    if changed:
        for field in changed:
            setattr(locked, field, wanted[field])
        locked.save(update_fields=changed)
        emit(
            "exchange.subsystem_changed",
            actor,
            subject=("exchange_subsystem", locked.pk),
            data={"what": changed},
        )
        publishing.changed()
    return locked


def set_group(actor: Actor, code: str, name: str, subsystems: Sequence[Subsystem]) -> Group:
    """Make a group, or give it other systems."""
    must(actor, FILERS)
    group, _ = Group.objects.update_or_create(
        code=identifier(code, "code"), defaults={"name": said(name, "name")}
    )
    group.subsystems.set(subsystems)
    emit(
        "exchange.group_set",
        actor,
        subject=("exchange_group", group.pk),
        data={"subsystems": [str(one) for one in subsystems]},
    )
    publishing.changed()
    return group


# ---- what all of it rests on


def decide(actor: Actor, asked: D, approve: bool, reason: str) -> D:
    """Write a decision on `asked` (locked): by an approver who is not the one who asked."""
    must(actor, APPROVERS)
    settle(actor, asked, approve, reason)
    return asked


def settle(actor: Actor, asked: Decided, approve: bool, reason: str) -> None:
    """The decision itself, whoever may take it. Never one's own application."""
    wanted = Standing.APPROVED if approve else Standing.REFUSED
    if asked.state != Standing.APPLIED:
        raise Conflict(
            f"Đơn này đã được giải quyết: {Standing(asked.state).label.lower()}.",
            f"This was settled already: {asked.state}.",
        )
    if actor.account_id is not None and actor.account_id == asked.asked_account:
        raise NotAllowed(
            "Người đề nghị không tự duyệt. Người thứ hai xem và duyệt.",
            "Whoever asked does not approve: a second person does.",
        )
    asked.state = wanted
    asked.reason = legible(reason, "reason", multiline=True) if approve else said(reason, "reason")
    asked.decided_at, asked.decided_by = clock.now(), actor.label
    asked.save()


def must(actor: Actor, groups: frozenset[str]) -> None:
    if not (actor.is_system or actor.has(*groups)):
        raise NotAllowed(
            "Việc này do người quản trị liên thông làm.", "The exchange's administrators do this."
        )


def identifier(text: str, field: str) -> str:
    clean = text.strip()
    if not IDENTIFIER.fullmatch(clean):
        raise UserError(
            f"Mã “{clean[:80]}” chưa đúng: chỉ dùng chữ không dấu, chữ số và ' ( ) + , - . = ? _",
            f"{clean[:80]!r}: letters, digits and ' ( ) + , - . = ? _ only.",
            field=field,
        )
    return clean


def said(text: str, field: str) -> str:
    clean = legible(text, field, multiline=True).strip()
    if not clean:
        raise UserError("Mục này không được để trống.", "This must not be empty.", field=field)
    return clean


def _takes_part(member: Member) -> None:
    if member.state != Standing.APPROVED:
        raise Conflict(
            f"{member.name} chưa là thành viên đang tham gia.",
            f"{member.name} does not take part ({member.state}).",
        )


def _certificate(text: str) -> str:
    try:
        check_certificates("client_certificates", [text])
    except ConfigurationError as wrong:
        raise UserError(
            "Chứng thư của hệ thống phải ở dạng PEM, mỗi lần một chứng thư.",
            f"{wrong}.",
            field="client_certificates",
        ) from wrong
    return text.strip() + "\n"


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError as wrong:
        raise UserError(
            f"Dải địa chỉ “{text}” chưa đúng. Ví dụ 10.1.0.0/16.",
            f"{wrong}; write 10.1.0.0/16.",
            "client_networks",
        ) from wrong
