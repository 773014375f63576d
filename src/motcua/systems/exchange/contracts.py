"""A contract from draft to end: proposed by one person, published by a second one, its end announced, withdrawn."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.words import legible
from motcua.systems.exchange import publishing
from motcua.systems.exchange.machines import Machine
from motcua.systems.exchange.membership import FILERS, said
from motcua.systems.exchange.models import (
    Group,
    Notice,
    Right,
    Subsystem,
    Version,
    VersionState,
)

PUBLISHERS = ("service_approver", "chair")
NOT_PROPOSED = {"proposed_at": None, "proposed_by": "", "proposed_account": None}


def owns(actor: Actor, subsystem: Subsystem) -> bool:
    """Whether the actor decides for the system: its agency's head, its member's machine, those who run the exchange."""
    if actor.is_system or actor.has(*FILERS):
        return True
    if isinstance(actor, Machine):
        return actor.member_id == subsystem.member_id
    return actor.has("chair") and subsystem.member.agency_id in actor.unit_ids


def must_own(actor: Actor, subsystem: Subsystem) -> None:
    if not owns(actor, subsystem):
        raise NotAllowed(
            f"Chỉ {subsystem.member.name} hoặc người quản trị liên thông làm được việc này.",
            f"Only {subsystem.member.name} or the exchange's administrators may do this.",
        )


# ---- one proposes, another publishes


def propose(actor: Actor, version: Version) -> Version:
    """Ask a second person to publish a draft. Said twice it is said once; the first to ask has asked."""
    locked = _locked(actor, version)
    if locked.state != VersionState.DRAFT:
        return locked
    locked.state, locked.returned_for = VersionState.PROPOSED, ""
    locked.proposed_at, locked.proposed_by, locked.proposed_account = (
        clock.now(),
        actor.label,
        actor.account_id,
    )
    locked.save(update_fields=["state", "returned_for", *NOT_PROPOSED])
    emit(
        "exchange.version_proposed",
        actor,
        subject=("exchange_version", locked.pk),
        data={"service": locked.service.code, "number": locked.number},
    )
    return locked


def may_decide(actor: Actor, version: Version) -> bool:
    """Whether the actor may publish a proposed contract or give it back: an officer of its owner or of those who run
    the exchange, and never who proposed it."""
    return (
        version.state == VersionState.PROPOSED
        and owns(actor, version.service.subsystem)
        and (actor.is_system or (actor.kind is ActorKind.OFFICER and actor.has(*PUBLISHERS)))
        and not _proposed_it(actor, version)
    )


def decide(
    actor: Actor, version: Version, *, approve: bool, reason: str = "", seen: str | None = None
) -> Version:
    """A second person publishes a proposed contract, or gives it back with a reason.

    From the next configuration on it can be called; users of former versions are told. `seen` is the moment of the
    proposal (ISO 8601) that the person had before them: a contract written anew since is not published by mistake.
    Raises Conflict, NotAllowed, UserError at `reason`.
    """
    locked = _locked(actor, version)
    if approve and locked.state in publishing.OFFERED:
        return locked
    if locked.state != VersionState.PROPOSED or (seen is not None and not _is_moment(seen, locked)):
        raise Conflict(
            "Bản này đã được sửa hoặc trả lại sau khi ông/bà mở trang. Xem lại rồi quyết định.",
            "It was written anew or given back since you opened the page. Look again, then decide.",
        )
    if not may_decide(actor, locked):
        raise NotAllowed(
            "Người đề nghị không tự duyệt. Lãnh đạo cơ quan hoặc người duyệt liên thông thứ hai xem và duyệt.",
            "Whoever proposed it does not publish it: a head of the agency or an approver of the exchange does, in "
            "person.",
        )
    return _publish(actor, locked) if approve else _give_back(actor, locked, reason)


def _proposed_it(actor: Actor, version: Version) -> bool:
    return actor.account_id is not None and actor.account_id == version.proposed_account


def _is_moment(seen: str, version: Version) -> bool:
    try:
        return dt.datetime.fromisoformat(seen) == version.proposed_at
    except ValueError:
        return False


def _publish(actor: Actor, locked: Version) -> Version:
    locked.state, locked.published_at = VersionState.IN_FORCE, clock.now()
    locked.published_by = actor.label
    locked.save(update_fields=["state", "published_at", "published_by"])
    for former in locked.service.versions.filter(number__lt=locked.number, state__in=publishing.OFFERED):
        _tell(former, f"Có phiên bản {locked.number} của “{locked.service.title}”: {locked.change}")
    emit(
        "exchange.version_published",
        actor,
        subject=("exchange_version", locked.pk),
        data={
            "service": locked.service.code,
            "number": locked.number,
            "proposed_by": locked.proposed_by,
        },
    )
    publishing.changed()
    return locked


def _give_back(actor: Actor, locked: Version, reason: str) -> Version:
    locked.returned_for = said(reason, "reason")
    locked.state = VersionState.DRAFT
    for name, value in NOT_PROPOSED.items():
        setattr(locked, name, value)
    locked.save(update_fields=["returned_for", "state", *NOT_PROPOSED])
    emit(
        "exchange.version_returned",
        actor,
        subject=("exchange_version", locked.pk),
        data={"service": locked.service.code, "number": locked.number, "reason": locked.returned_for},
    )
    return locked


# ---- its end


def deprecate(actor: Actor, version: Version, withdraw_on: dt.date, why: str) -> Version:
    """Announce the end of a version; whoever may call it is told. Not sooner than its notice period allows."""
    locked = _locked(actor, version)
    _check_in_force(locked)
    first = clock.today() + dt.timedelta(days=locked.notice_days)
    if users_of(locked) and withdraw_on < first:
        raise UserError(
            f"Phiên bản đang có bên dùng: phải báo trước {locked.notice_days} ngày, sớm nhất là {first:%d/%m/%Y}.",
            f"It is in use: {locked.notice_days} days of notice are due, {first:%Y-%m-%d} at the earliest.",
            field="withdraw_on",
        )
    locked.state, locked.deprecated_at, locked.withdraw_on = (
        VersionState.DEPRECATED,
        clock.now(),
        withdraw_on,
    )
    locked.save(update_fields=["state", "deprecated_at", "withdraw_on"])
    _tell(
        locked,
        f"“{locked.service.title}” phiên bản {locked.number} ngừng từ ngày {withdraw_on:%d/%m/%Y}: {said(why, 'why')}",
    )
    emit(
        "exchange.version_deprecated",
        actor,
        subject=("exchange_version", locked.pk),
        data={"withdraw_on": withdraw_on.isoformat(), "why": why},
    )
    return locked


def withdraw(actor: Actor, version: Version) -> Version:
    """End a version. Refused while somebody uses it and the announced day has not come."""
    locked = _locked(actor, version)
    if locked.state == VersionState.WITHDRAWN:
        return locked
    users = users_of(locked)
    if users and (locked.withdraw_on is None or clock.today() < locked.withdraw_on):
        day = f"ngày {locked.withdraw_on:%d/%m/%Y}" if locked.withdraw_on else "ngày sẽ báo trước"
        raise Conflict(
            f"Còn {len(users)} hệ thống đang dùng ({', '.join(map(str, users[:3]))}). Chỉ ngừng được từ {day}.",
            f"{len(users)} systems use it: announce the end first, or wait for {locked.withdraw_on or 'that day'}.",
        )
    locked.state = VersionState.WITHDRAWN
    locked.save(update_fields=["state"])
    emit("exchange.version_withdrawn", actor, subject=("exchange_version", locked.pk))
    publishing.changed()
    return locked


def stop(actor: Actor, version: Version, notice: str) -> Version:
    """Take no calls for now; callers read `notice`. An empty notice lets calls through again."""
    locked = _locked(actor, version)
    locked.stopped_for = legible(notice, "notice")
    locked.save(update_fields=["stopped_for"])
    emit(
        "exchange.version_stopped",
        actor,
        subject=("exchange_version", locked.pk),
        data={"notice": locked.stopped_for},
    )
    publishing.changed()
    return locked


def read_notice(actor: Actor, notice: Notice) -> None:
    """The notice's system has taken it in."""
    must_own(actor, notice.subsystem)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=clock.now())


def users_of(version: Version) -> list[Subsystem]:
    """The systems that may call a version, by themselves or in a group."""
    rights = Right.objects.filter(version=version, withdrawn_at=None)
    groups = Group.objects.filter(rights__in=rights)
    direct = Subsystem.objects.filter(rights__in=rights)
    return list((direct | Subsystem.objects.filter(groups__in=groups)).distinct().select_related("member"))


def _tell(version: Version, text: str) -> None:
    for subsystem in users_of(version):
        Notice.objects.get_or_create(version=version, subsystem=subsystem, text=text)


def _locked(actor: Actor, version: Version) -> Version:
    locked = (
        Version.objects.select_for_update(of=("self",))
        .select_related("service__subsystem__member")
        .get(pk=version.pk)
    )
    must_own(actor, locked.service.subsystem)
    return locked


def _check_in_force(version: Version) -> None:
    if version.state not in publishing.OFFERED:
        raise Conflict(
            f"Phiên bản này {VersionState(version.state).label.lower()}.", f"The version is {version.state}."
        )
