"""Work files: opened from the year's list, filled, closed, handed to the archive (Decree 30/2020 arts 28–31)."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterator

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.cases.models import Case
from motcua.core.documents import queries as documents
from motcua.core.documents import store
from motcua.core.documents.models import Document
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.words import legible
from motcua.engines.text import fold
from motcua.systems.dispatch import policies, rules
from motcua.systems.dispatch.actions import numbering
from motcua.systems.dispatch.actions.drafting import _officer
from motcua.systems.dispatch.models import (
    Assignment,
    Direction,
    FileItem,
    FileState,
    Incoming,
    ItemKind,
    Outgoing,
    WorkFile,
)

_DATE = (1980, 1, 1, 0, 0, 0)


def open_file(actor: Actor, agency_id: int, title: str, schedule: str) -> WorkFile:
    """Open a file; who opens it keeps it."""
    name = legible(title, "title")
    if not name:
        raise UserError("Ghi tiêu đề hồ sơ.", "Give the file a title.", "title")
    if schedule not in rules.schedules():
        raise UserError("Chọn thời hạn lưu.", "Choose how long it is kept.", "schedule")
    now = clock.now()
    made = WorkFile.objects.create(
        agency_id=agency_id,
        year=now.year,
        number=numbering.take(agency_id, Direction.IN, "work_file", now.year),
        title=name[:300],
        schedule=schedule,
        keeper_id=_officer(actor),
        keeper=actor.label,
        folded=fold(name),
        opened_at=now,
    )
    emit(
        "work_file.opened",
        actor,
        subject=("work_file", made.pk),
        data={"code": made.code, "schedule": schedule},
    )
    return made


def add(actor: Actor, file_uuid: uuid.UUID, kind: str, subject_uuid: uuid.UUID) -> FileItem:
    """Put a document, a draft, a task or a case into an open file. Once, however often asked."""
    file = _locked(file_uuid)
    if not policies.of_file(actor, file)["add"]:
        raise Conflict("Hồ sơ đã kết thúc, không thêm được nữa.", "The file is closed.")
    subject_id, title, reference, dated = _described(actor, file.agency_id, kind, subject_uuid)
    item, new = FileItem.objects.get_or_create(
        file=file, kind=kind, subject_id=subject_id,
        defaults={
            "agency_id": file.agency_id, "title": title[:500], "reference": reference[:200], "dated": dated,
            "added_by": actor.label, "added_at": clock.now(),
        },
    )  # fmt: skip
    if new:
        emit(
            "work_file.added",
            actor,
            subject=("work_file", file.pk),
            data={"kind": kind, "reference": item.reference},
        )
    return item


def add_case(actor: Actor, file_uuid: uuid.UUID, number: str) -> FileItem:
    """Put a case into an open file by its number. Raises UserError where the officer sees none of that number."""
    found = Case.objects.filter(number=number.strip().upper()).values_list("uuid", flat=True).first()
    if found is None:
        raise UserError(
            "Không có hồ sơ mã này, hoặc hồ sơ không thuộc cơ quan.", "There is no such case here.", "case"
        )
    return add(actor, file_uuid, ItemKind.CASE, found)


def gather(actor: Actor, file_uuid: uuid.UUID) -> int:
    """Put in what belongs to the documents that are in the file: tasks given about them, and our answers. How many."""
    file = _locked(file_uuid)
    letters = file.items.filter(kind=ItemKind.INCOMING).values_list("subject_id", flat=True)
    before = file.items.count()
    for task in Assignment.objects.filter(incoming_id__in=letters).order_by("id"):
        add(actor, file_uuid, ItemKind.ASSIGNMENT, task.uuid)
    for answer in Outgoing.objects.filter(answers_id__in=letters).order_by("id"):
        add(actor, file_uuid, ItemKind.OUTGOING, answer.uuid)
    return file.items.count() - before


def close(actor: Actor, file_uuid: uuid.UUID) -> WorkFile:
    """The work is done: nothing more goes in, the clock of keeping begins."""
    file = _locked(file_uuid)
    if file.state != FileState.OPEN:
        return file
    if not policies.of_file(actor, file)["close"]:
        raise Conflict("Người lập hồ sơ kết thúc hồ sơ.", "Who keeps the file closes it.")
    if not file.items.exists():
        raise UserError("Hồ sơ chưa có gì.", "There is nothing in the file.")
    open_work = file.items.filter(kind=ItemKind.ASSIGNMENT).values_list("subject_id", flat=True)
    if Assignment.objects.filter(pk__in=open_work, done_at__isnull=True).exists():
        raise UserError("Trong hồ sơ còn việc chưa xong.", "Something in the file is not done yet.")
    file.state, file.closed_at = FileState.CLOSED, clock.now()
    file.keep_until = rules.schedules()[file.schedule].keep_until(clock.today())
    file.hand_over_by = rules.hand_over_by(clock.today())
    file.save(update_fields=["state", "closed_at", "keep_until", "hand_over_by"])
    emit(
        "work_file.closed",
        actor,
        subject=("work_file", file.pk),
        data={"keep_until": str(file.keep_until or "")},
    )
    return file


def hand_over(actor: Actor, file_uuid: uuid.UUID) -> WorkFile:
    """Hand a closed file to the archive: one zip with all that is in it and a manifest of digests."""
    file = _locked(file_uuid)
    if file.state == FileState.ARCHIVED:
        return file
    if not policies.of_file(actor, file)["archive"]:
        raise Conflict("Kết thúc hồ sơ trước khi nộp lưu.", "Close the file before it is handed over.")
    file.archived_at = clock.now()
    file.digest = store.put(package(file))
    file.state = FileState.ARCHIVED
    file.save(update_fields=["state", "archived_at", "digest"])
    emit("work_file.archived", actor, subject=("work_file", file.pk), data={"digest": file.digest})
    return file


def package(file: WorkFile) -> bytes:
    """The zip for the archive: the files by number, `muc-luc.json` with what each is and its SHA-256."""
    box, rows = io.BytesIO(), []
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, item in enumerate(file.items.order_by("id"), 1):
            names = []
            for name, content in _contents(item):
                path = f"{place:03}/{name}"
                archive.writestr(_entry(path), content)
                names.append(
                    {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                )
            rows.append(
                {
                    "place": place, "kind": item.kind, "reference": item.reference, "title": item.title,
                    "dated": item.dated.isoformat() if item.dated else None, "files": names,
                }
            )  # fmt: skip
        schedule = rules.schedules()[file.schedule]
        manifest = {
            "code": file.code, "title": file.title, "keeper": file.keeper,
            "opened": f"{file.opened_at:%Y-%m-%d}",
            "closed": f"{file.closed_at:%Y-%m-%d}" if file.closed_at else None,
            "schedule": {"key": schedule.key, "title": schedule.title, "years": schedule.years},
            "schedule_source": schedule.source,
            "keep_until": file.keep_until.isoformat() if file.keep_until else None,
            "items": rows,
        }  # fmt: skip
        archive.writestr(_entry("muc-luc.json"), json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return box.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _contents(item: FileItem) -> Iterator[tuple[str, bytes]]:
    if item.kind == ItemKind.INCOMING:
        letter = Incoming.objects.get(pk=item.subject_id)
        if letter.digest:
            yield "van-ban.edxml", store.get(letter.digest)
        for at, each in enumerate(letter.files, 1):
            yield f"{at:02}-{safe_name(str(each['name']))}", store.get(str(each["digest"]))
    elif item.kind == ItemKind.OUTGOING:
        signed = Document.objects.filter(pk=Outgoing.objects.get(pk=item.subject_id).document_pk or 0).first()
        if signed is not None:
            yield f"{safe_name(item.reference)}.pdf", documents.content(signed)
    elif item.kind == ItemKind.ASSIGNMENT:
        task = Assignment.objects.get(pk=item.subject_id)
        told = {"instruction": task.instruction, "officer": task.officer, "outcome": task.outcome}
        yield "viec.json", json.dumps(told, ensure_ascii=False).encode()
    else:
        for at, signed in enumerate(Document.objects.filter(case_id=item.subject_id).exclude(digest=""), 1):
            yield f"{at:02}-{safe_name(signed.number or signed.title)}.pdf", documents.content(signed)


def safe_name(name: str) -> str:
    """A file name that leads nowhere else."""
    return (
        "".join(each if each.isalnum() or each in "-_. " else "-" for each in name).strip(". ")[:120] or "tep"
    )


def _described(
    actor: Actor, agency_id: int, kind: str, subject_uuid: uuid.UUID
) -> tuple[int, str, str, dt.date | None]:
    if kind == ItemKind.INCOMING:
        letter = Incoming.objects.filter(uuid=subject_uuid, agency_id=agency_id).first()
        if letter is not None:
            return letter.pk, letter.subject, letter.code, letter.promulgated
    elif kind == ItemKind.OUTGOING:
        ours = Outgoing.objects.filter(uuid=subject_uuid, agency_id=agency_id).first()
        if ours is not None:
            return (
                ours.pk,
                ours.subject,
                ours.sign or "dự thảo",
                ours.issued_at.date() if ours.issued_at else None,
            )
    elif kind == ItemKind.ASSIGNMENT:
        task = Assignment.objects.filter(uuid=subject_uuid, agency_id=agency_id).first()
        if task is not None:
            return task.pk, task.instruction, task.officer, task.given_at.date()
    elif kind == ItemKind.CASE:
        view = cases.case_for_officer(actor, subject_uuid)
        return view.id, view.title, view.number, view.received_at.date()
    raise NotFound()


def _locked(file_uuid: uuid.UUID) -> WorkFile:
    file = WorkFile.objects.select_for_update(of=("self",)).filter(uuid=file_uuid).first()
    if file is None:
        raise NotFound()
    return file
