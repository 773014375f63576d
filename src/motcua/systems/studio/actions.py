"""Every write of the studio: changes gathered and proposed, proposals settled, days of the calendar."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger import log
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import CalendarDay, DayKind
from motcua.core.services import actions as services
from motcua.core.services import pack as packs
from motcua.core.services import policies, queries
from motcua.core.services.actions import Change
from motcua.core.services.changes import Kind, applied
from motcua.core.services.models import Service, ServiceVersion
from motcua.systems.studio.models import Workbench


@transaction.atomic
def open_workbench(actor: Actor, service: Service) -> Workbench:
    """The clerk's open desk for a service; made when there is none. Raises NotAllowed."""
    row, _ = Workbench.objects.select_for_update(of=("self",)).get_or_create(
        account_id=_editor(actor), service=service, proposal=None,
        defaults={"in_force_from": clock.today() + dt.timedelta(days=1)},
    )  # fmt: skip
    return row


@transaction.atomic
def put_changes(actor: Actor, service: Service, changes: list[Change]) -> Workbench:
    """Lay changes on the desk: one of the same thing is exchanged. Raises UserError where the pack would break."""
    bench = open_workbench(actor, service)
    kept = list(bench.changes)
    for change in changes:
        kept = _with(kept, change.as_json())
    _keep(bench, kept)
    return bench


@transaction.atomic
def drop_change(actor: Actor, service: Service, place: int) -> Workbench:
    """Take one change off the desk; what was built upon a row that goes, goes too."""
    bench = open_workbench(actor, service)
    if not 0 <= place < len(bench.changes):
        return bench
    kept = list(bench.changes)
    gone = kept.pop(place)
    if gone["kind"] == Kind.RULE and gone["value"] is not None:
        file = gone["target"].partition("#")[0]
        kept = [one for one in kept if not _of_rule(one, f"{file}#{gone['value']}")]
    _keep(bench, kept)
    return bench


@transaction.atomic
def clear(actor: Actor, service: Service) -> None:
    """Throw the open desk away."""
    Workbench.objects.filter(account_id=_editor(actor), service=service, proposal=None).delete()


@transaction.atomic
def set_day(actor: Actor, service: Service, in_force_from: dt.date, note: str) -> Workbench:
    """From which day the changes are to hold, and why they are made. Raises UserError for a day gone by."""
    if in_force_from < clock.today():
        raise UserError(
            "Ngày áp dụng không được ở quá khứ.", "The day it comes into force must not lie in the past.",
            field="in_force_from",
        )  # fmt: skip
    bench = open_workbench(actor, service)
    bench.in_force_from, bench.note = in_force_from, note.strip()[:2000]
    _keep(bench, bench.changes)
    return bench


@transaction.atomic
def propose(actor: Actor, service: Service) -> ServiceVersion:
    """Hand the desk to a second person. Twice is once: the second call finds an empty desk and says so."""
    bench = open_workbench(actor, service)
    if not bench.note:
        raise UserError(
            "Ghi vì sao sửa, để người duyệt và người đọc nhật ký hiểu.",
            "Say why it is changed, so that the approver and readers of the log understand.",
            field="note",
        )
    version = services.propose_change(actor, service.code, changes_of(bench), bench.in_force_from, bench.note)
    bench.proposal = version
    bench.save(update_fields=["proposal"])
    return version


@transaction.atomic
def approve(actor: Actor, version: ServiceVersion) -> ServiceVersion:
    """A second person puts the version in force from its day; the public log says so, without names.

    Raises as services.approve does.
    """
    row = services.approve(actor, version)
    entry = {
        "service": row.service.code,
        "number": row.number,
        "digest": row.digest,
        "in_force_from": row.in_force_from.isoformat(),
        "note": row.note,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    payload = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    with acting(SYSTEM):
        log.submit(LogName.RESULTS, "service.published", payload)
    return row


@transaction.atomic
def send_back(actor: Actor, version: ServiceVersion, reason: str) -> ServiceVersion:
    """Not so: the reason is kept with the proposal, and its changes lie on the clerk's desk again."""
    row = services.reject(actor, version, reason)
    if row.proposed_by_account is not None and row.changes:
        open_one = Workbench.objects.filter(
            account_id=row.proposed_by_account, service=row.service, proposal=None
        )
        if not open_one.exists():
            Workbench.objects.create(
                account_id=row.proposed_by_account, service=row.service, changes=row.changes,
                in_force_from=max(row.in_force_from, clock.today()), note=row.note.split("\n")[0],
            )  # fmt: skip
    return row


@transaction.atomic
def add_day(actor: Actor, date: dt.date, kind: str, name: str, source: str) -> CalendarDay:
    """A holiday or a make-up day, with the decision that says so. Raises UserError, Conflict, NotAllowed."""
    _editor(actor)
    if kind not in DayKind.values:
        raise UserError("Chọn ngày nghỉ hay ngày làm bù.", "Choose holiday or make-up day.", field="kind")
    if not name.strip():
        raise UserError("Ghi tên ngày.", "Name the day.", field="name")
    if not source.strip():
        raise UserError(
            "Ghi văn bản quyết định ngày này.", "Name the decision this day comes from.", field="source"
        )
    if kind == DayKind.MAKE_UP and date.weekday() < 5:
        raise UserError(
            "Ngày làm bù phải là thứ Bảy hoặc Chủ nhật.", "A make-up day is a Saturday or a Sunday.", field="date"
        )  # fmt: skip
    row, made = CalendarDay.objects.get_or_create(
        date=date, defaults={"kind": kind, "name": name.strip()[:200], "source": source.strip()[:500]}
    )
    if not made:
        raise Conflict(
            f"Ngày {date:%d/%m/%Y} đã có trong lịch: {row.name}. Bỏ ngày đó trước.",
            f"{date.isoformat()} is in the calendar already: {row.name}. Remove it first.",
            field="date",
        )
    _log_day("calendar.day_added", actor, row, "")
    return row


@transaction.atomic
def remove_day(actor: Actor, date: dt.date, reason: str) -> None:
    """The day is again what its weekday says. Raises UserError without a reason, NotAllowed."""
    _editor(actor)
    if not reason.strip():
        raise UserError("Hãy ghi lý do.", "Give the reason.", field="reason")
    row = CalendarDay.objects.select_for_update().filter(date=date).first()
    if row is None:
        return
    _log_day("calendar.day_removed", actor, row, reason.strip()[:500])
    row.delete()


def changes_of(bench: Workbench) -> list[Change]:
    return [Change(Kind(one["kind"]), one["target"], one["value"]) for one in bench.changes]


def files_of(
    bench: Workbench, changes: list[dict[str, Any]] | None = None
) -> tuple[ServiceVersion, dict[str, str]]:
    """The version in force on the desk's day, and its files with the changes made. Raises UserError, PackError."""
    base = base_of(bench.service, bench.in_force_from)
    wanted = bench.changes if changes is None else changes
    listed = [Change(Kind(one["kind"]), one["target"], one["value"]) for one in wanted]
    return base, applied(base.files, listed, bench.in_force_from)


def base_of(service: Service, on: dt.date) -> ServiceVersion:
    """The version that will be in force on a day; the newest published one where none is in force yet."""
    version_id = queries.current(service.code, on).version_id
    if version_id is None:
        raise LookupError(service.code)
    return queries.version(version_id)


def _keep(bench: Workbench, changes: list[dict[str, Any]]) -> None:
    _base, files = files_of(bench, changes)
    packs.load(files)
    bench.changes, bench.changed_at = changes, clock.now()
    bench.save()


def _with(changes: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The list with one more change; the same thing changed before gives its place to it."""
    if new["kind"] == Kind.RULE:
        if new["value"] is None:
            made_here = [one for one in changes if _makes_rule(one, new["target"])]
            changes = [one for one in changes if not _of_rule(one, new["target"]) and one not in made_here]
            return changes if made_here else [*changes, new]
        return [*changes, new]
    for place, one in enumerate(changes):
        if (one["kind"], one["target"]) == (new["kind"], new["target"]):
            return [*changes[:place], new, *changes[place + 1 :]]
    return [*changes, new]


def _of_rule(change: dict[str, Any], rule: str) -> bool:
    """Whether a change is about a row's cells, or copies it."""
    return bool(change["target"] == rule or change["target"].startswith(f"{rule}/"))


def _makes_rule(change: dict[str, Any], rule: str) -> bool:
    file = change["target"].partition("#")[0]
    return change["kind"] == Kind.RULE and change["value"] is not None and f"{file}#{change['value']}" == rule


def _log_day(kind: str, actor: Actor, row: CalendarDay, reason: str) -> None:
    emit(
        kind, actor,
        data={
            "date": row.date.isoformat(), "kind": row.kind, "name": row.name, "source": row.source,
            "reason": reason,
        },
    )  # fmt: skip


def _editor(actor: Actor) -> int:
    """The account of whoever may change services. Raises NotAllowed."""
    if actor.account_id is None or not policies.abilities(actor)["propose"]:
        raise NotAllowed(
            "Chỉ người soạn thủ tục được sửa.", "Only a service editor makes changes."
        )  # fmt: skip
    return actor.account_id
