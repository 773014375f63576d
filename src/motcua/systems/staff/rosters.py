"""Taking on the people of a table: kept when sent, done in batches by a job, the codes handed over once.

Each batch is one transaction: whoever dies in the middle of one has done none of it. The codes lie sealed until the
sheet is opened; a few minutes later, or when they are good no more, they are forgotten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Min, Q, QuerySet

from motcua.core import bulk, clock, jobs
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.identity import officers
from motcua.core.identity import queries as identities
from motcua.core.identity.models import Account, FirstKey
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.systems.staff import actions, queries
from motcua.systems.staff.models import Roster, RosterLine
from motcua.systems.staff.roster import Person

BATCH = 20
"""People in one transaction: some two seconds, since a code's digest is slow by intent."""
GRACE = dt.timedelta(minutes=2)
"""For how long the one who opened the sheet may see it again: a second click, a line that broke."""
KEPT = dt.timedelta(days=30)
GOES_ON = "staff.take_on_roster"


# ---- what people do


def send(actor: Actor, content: bytes, name: str, people: list[Person]) -> Roster:
    """Keep a table whose lines are all good, and have the work begin. The same file sent twice is one table."""
    officers.keeps_staff(actor)
    digest = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            made = Roster.objects.create(
                name=name, digest=digest, agency_id=queries.root_of(actor), sent_by=actor.officer_id or 0,
                sent_label=actor.label, sent_at=clock.now(), codes_to=actor.officer_id or 0,
            )  # fmt: skip
    except IntegrityError:
        return Roster.objects.get(sent_by=actor.officer_id or 0, digest=digest, finished_at=None)
    bulk.insert(
        RosterLine(
            roster=made, line=one.line, code=one.code, name=one.name, email=one.email, agency=one.agency,
            position=one.position, since=one.since, source=one.source,
        )
        for one in people
    )  # fmt: skip
    emit("staff.roster_sent", actor, subject=("roster", made.pk), data={"people": len(people)})
    _go_on(made)
    return made


def open_sheet(actor: Actor, roster: Roster) -> list[RosterLine]:
    """The lines with their codes, once, to whoever is to hand them over. Raises Conflict before the end and after
    they were opened, NotAllowed for another."""
    roster = _held(roster)
    if actor.officer_id != roster.codes_to:
        raise NotAllowed(
            "Chỉ người gửi bảng mở được bảng mã.", "Only who sent the table may open the sheet of codes."
        )
    if roster.finished_at is None:
        raise Conflict("Chưa nhận xong mọi người.", "Not everybody has been taken on yet.")
    if roster.opened_at is None:
        if not _with_codes(roster).exists():
            raise Conflict("Không còn mã nào để mở.", "No code is left to be opened.")
        roster.opened_at = clock.now()
        roster.save(update_fields=["opened_at"])
        emit("staff.roster_codes_opened", actor, subject=("roster", roster.pk), data={})
        jobs.defer("staff.forget_codes", schedule_at=roster.opened_at + GRACE, roster=str(roster.uuid))
    lines = _with_codes(roster) if may_still_open(roster) else RosterLine.objects.none()
    if not (found := list(lines.select_related("agency", "position").order_by("line"))):
        raise Conflict("Bảng mã đã được mở và đã xóa.", "The sheet of codes was opened, and is forgotten.")
    return found


def give_anew(actor: Actor, roster: Roster) -> None:
    """Fresh codes for those of the table who have not signed in yet; those on paper are good no more. Who asks for
    them opens their sheet. Raises Conflict while people are being taken on, or where all have signed in."""
    officers.keeps_staff(actor)
    roster = _held(roster)
    if roster.finished_at is None:
        raise Conflict("Chưa nhận xong mọi người.", "Not everybody has been taken on yet.")
    absent = Account.objects.filter(officer__isnull=False, last_login=None, is_active=True)
    if not roster.lines.filter(officer__in=absent.values("officer")).update(done=False):
        raise Conflict("Mọi người trong bảng đã đăng nhập.", "Everybody of the table has signed in.")
    roster.lines.update(paper=None)
    roster.codes_to = actor.officer_id or 0
    roster.finished_at = roster.opened_at = roster.codes_end_at = None
    roster.save(update_fields=["codes_to", "finished_at", "opened_at", "codes_end_at"])
    emit("staff.roster_codes_anew", actor, subject=("roster", roster.pk), data={})
    _go_on(roster)


# ---- what pages see


def found(actor: Actor, roster_uuid: uuid.UUID) -> Roster:
    """A table sent at the agency where the actor keeps the staff. Raises NotFound."""
    row = Roster.objects.filter(uuid=roster_uuid, agency_id=queries.root_of(actor)).first()
    if row is None:
        raise NotFound()
    return row


def of_agency(actor: Actor) -> list[Roster]:
    """Tables under way, or whose codes wait to be opened, the newest first."""
    if actor.agency_id is None:
        return []
    rows = Roster.objects.filter(agency_id=actor.agency_id, opened_at=None)
    return list(rows.filter(Q(codes_end_at=None) | Q(codes_end_at__gt=clock.now())).order_by("-id")[:20])


def has_codes(roster: Roster) -> bool:
    """Whether a sheet waits to be opened."""
    return roster.finished_at is not None and may_still_open(roster) and _with_codes(roster).exists()


def may_still_open(roster: Roster) -> bool:
    """Whether the sheet was not opened yet, or this very moment."""
    return roster.opened_at is None or clock.now() < roster.opened_at + GRACE


# ---- what the worker does


def take_on_next(roster_uuid: str) -> None:
    """Take on the next batch in the sender's name, and call for the one after it."""
    roster = Roster.objects.select_for_update().filter(uuid=roster_uuid, finished_at=None).first()
    if roster is None:
        return
    lines = list(
        roster.lines.filter(done=False).select_related("agency", "position", "roster").order_by("id")[:BATCH]
    )
    sender = _sender(roster)
    for line in lines:
        _take_on(sender, line)
    if len(lines) < BATCH:
        _finish(roster)
    else:
        _go_on(roster)


def forget_codes(roster_uuid: str) -> None:
    """The sheet was opened a while ago: its codes lie here no longer."""
    row = (
        Roster.objects.select_for_update()
        .filter(uuid=roster_uuid, opened_at__lte=clock.now() - GRACE)
        .first()
    )
    if row is not None:
        row.lines.update(paper=None)


def tend() -> None:
    """Go on with what a lost job left, forget codes that were opened or are good no more, and tables long done."""
    now = clock.now()
    for waiting in Roster.objects.filter(finished_at=None):
        _go_on(waiting)
    over = Roster.objects.filter(Q(codes_end_at__lte=now) | Q(opened_at__lte=now - GRACE))
    RosterLine.objects.filter(roster__in=over, paper__isnull=False).update(paper=None)
    Roster.objects.filter(finished_at__lt=now - KEPT).delete()


def _sender(roster: Roster) -> Actor:
    """In whose name people are taken on: with the duties held today, at the agency where the table was sent."""
    account = Account.objects.select_related("officer").get(officer=roster.codes_to)
    return identities.actor_of(account, agency_id=roster.agency_id)


def _take_on(sender: Actor, line: RosterLine) -> None:
    """One person. What has changed since the table was looked at is noted at the line, and the others go on."""
    try:
        with transaction.atomic():
            _paper(sender, line)
    except UserError as wrong:
        line.fault_vi, line.fault_en = wrong.text("vi"), wrong.text("en")
    line.done = True
    line.save()


def _paper(sender: Actor, line: RosterLine) -> None:
    if not sender.has(officers.STAFF) or sender.agency_id != line.roster.agency_id:
        raise NotAllowed(
            f"{sender.label} không còn quản lý cán bộ ở cơ quan gửi bảng.",
            f"{sender.label} keeps the staff no more where the table was sent.",
        )
    if line.officer_id is not None:
        account = Account.objects.get(officer_id=line.officer_id)
        if account.last_login is None:
            line.paper = officers.code_again(sender, account)
        return
    officer, paper, proposal = actions.take_on(
        sender, line.agency, code=line.code, name=line.name, email=line.email,
        position=line.position.code, since=line.since, source=line.source,
    )  # fmt: skip
    line.officer, line.paper, line.proposed = officer, paper, proposal is not None


def _finish(roster: Roster) -> None:
    given = _with_codes(roster).values("officer")
    keys = FirstKey.objects.filter(account__officer__in=given, used_at=None, cancelled_at=None)
    roster.finished_at = clock.now()
    roster.codes_end_at = keys.aggregate(first=Min("expires_at"))["first"]
    roster.save(update_fields=["finished_at", "codes_end_at"])


def _with_codes(roster: Roster) -> QuerySet[RosterLine]:
    return roster.lines.filter(paper__isnull=False)


def _held(roster: Roster) -> Roster:
    """The row, nobody else changing it until this transaction ends."""
    return Roster.objects.select_for_update().get(pk=roster.pk)


def _go_on(roster: Roster) -> None:
    """Call for the next batch, unless it is called for already."""
    done = roster.lines.filter(done=True).count()
    jobs.defer(GOES_ON, queueing_lock=f"{GOES_ON}:{roster.uuid}:{done}", roster=str(roster.uuid))
