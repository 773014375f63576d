"""Schemas in versions: drafted, published by a second person, and records brought along while readers go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import schema as schemas
from motcua.core.registers import shape
from motcua.core.registers.models import Attribute, Record, Register, SchemaVersion, VersionState
from motcua.core.registers.schema import Schema

BATCH = 500
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What moving records to a version would do: how many, what each lost field holds in how many, some wrongs."""

    records: int
    looked_at: int
    lost: dict[str, int]
    wrong: list[tuple[int, str, str]]
    """(record, field, what is wrong), of the first few."""


def define(definitions: Mapping[str, Mapping[str, Any]], actor: Actor = SYSTEM) -> None:
    """Load registers from the shape of data/registers.yaml. A version that is there already stays as it is."""
    for slug, given in definitions.items():
        schema = schemas.parse(slug, given)
        Register.objects.get_or_create(slug=slug, defaults=_row(schema, given))
    for slug, given in definitions.items():
        number = int(given.get("version", 1))
        if not SchemaVersion.objects.filter(register_id=slug, number__gte=number).exists():
            row = SchemaVersion.objects.create(
                register_id=slug,
                number=number,
                definition=schemas.keeping_order(given),
                written_by=actor.label,
                written_at=clock.now(),
            )
            _put_in_force(actor, row)
    schemas.forget()


def draft(actor: Actor, slug: str, definition: Mapping[str, Any]) -> SchemaVersion:
    """Write the next version of a register's schema, or change the draft that waits. Raises WrongSchema."""
    last = SchemaVersion.objects.filter(register_id=slug).order_by("-number").first()
    number = 1 if last is None else last.number if last.state == VersionState.DRAFT else last.number + 1
    schema = schemas.parse(slug, definition, number)
    _check_masters(schema)
    if last is not None and number > 1:
        _check_step(schema, schemas.of(slug, number - 1))
    Register.objects.get_or_create(slug=slug, defaults={**_row(schema, definition), "version": 0})
    row, _ = SchemaVersion.objects.update_or_create(
        register_id=slug,
        number=number,
        defaults={
            "definition": schemas.keeping_order({**definition, "version": number}),
            "written_by": actor.label,
            "written_by_account": actor.account_id,
            "written_at": clock.now(),
        },
    )
    emit(
        "register.schema_drafted",
        actor,
        subject=("schema", row.pk),
        data={"register": slug, "version": number},
    )
    return row


def publish(actor: Actor, slug: str, number: int) -> SchemaVersion:
    """Put a drafted version in force. Who wrote it does not publish it (NotAllowed)."""
    row = SchemaVersion.objects.select_for_update().filter(register_id=slug, number=number).first()
    if row is None:
        raise NotFound()
    if row.state == VersionState.PUBLISHED:
        raise Conflict("Phiên bản này đã công bố.", "This version is published already.")
    if row.written_by_account is not None and row.written_by_account == actor.account_id:
        raise NotAllowed(
            "Người soạn không tự công bố: cần người thứ hai.", "Who wrote a version does not publish it."
        )
    _put_in_force(actor, row)
    schemas.forget()
    transaction.on_commit(schemas.forget)  # another one may have read the former meanwhile
    return row


def withdraw_draft(actor: Actor, slug: str, number: int) -> None:
    """Throw a draft away. A published version holds records and stays (NotAllowed)."""
    row = SchemaVersion.objects.select_for_update().filter(register_id=slug, number=number).first()
    if row is None:
        raise NotFound()
    if row.state != VersionState.DRAFT:
        raise NotAllowed(
            "Phiên bản đã công bố không bị xóa.", "A published version is not removed: its records stay."
        )
    row.delete()
    emit("register.draft_withdrawn", actor, data={"register": slug, "version": number})


def preview(slug: str, number: int, *, look_at: int = 1000) -> Preview:
    """What moving the records would lose, by looking at the newest `look_at` of them."""
    row = SchemaVersion.objects.filter(register_id=slug, number=number).first()
    if row is None:
        raise NotFound()
    schema = schemas.parse(slug, row.definition, number)
    rows = Record.objects.filter(register_id=slug, superseded_at=None, version__lt=number)
    lost: dict[str, int] = {}
    wrong: list[tuple[int, str, str]] = []
    looked = 0
    for record in rows.order_by("-pk")[:look_at]:
        looked += 1
        before = shape.seen_as(schemas.of(slug, number - 1), record.facts, record.version)
        for path in shape.lost(schema, before):
            lost[path] = lost.get(path, 0) + 1
        after = shape.forward(schema, before)
        if len(wrong) < SHOWN:
            wrong += [
                (record.pk, path, said.vi)
                for path, field in schema.fields.items()
                if (said := field.wrong(after.get(path))) is not None
            ]
    return Preview(rows.count(), looked, lost, wrong[:SHOWN])


def migrate(slug: str, *, batch: int = BATCH) -> int:
    """Write records of older versions anew under the newest, a batch at a time; how many. Readers of either version
    go on meanwhile: a row is turned into the shape asked for whenever it is read. Safe to break off and repeat."""
    schema = schemas.of(slug, afresh=True)
    moved = 0
    while True:
        with transaction.atomic():
            rows = list(
                Record.objects.select_for_update(skip_locked=True)
                .filter(register_id=slug, superseded_at=None, version__lt=schema.version)
                .order_by("pk")[:batch]
            )
            for row in rows:
                _write_anew(schema, row)
        moved += len(rows)
        if not rows:
            return moved


def _write_anew(schema: Schema, row: Record) -> None:
    """The same fact in the new shape; the old row stays, superseded, so that nothing dropped is gone."""
    Record.objects.filter(pk=row.pk).update(superseded_at=clock.now())
    anew = shape.row(
        schema,
        row.key,
        shape.seen_as(schema, row.facts, row.version),
        valid_from=row.valid_from,
        case_id=row.case_id,
        document_id=row.document_id,
    )
    anew.valid_until = row.valid_until
    anew.save()


def _put_in_force(actor: Actor, row: SchemaVersion) -> None:
    schema = schemas.parse(row.register_id, row.definition, row.number)
    row.state = VersionState.PUBLISHED
    row.published_by, row.published_at = actor.label, clock.now()
    row.save(update_fields=["state", "published_by", "published_at"])
    Register.objects.filter(pk=row.register_id).update(**_row(schema, row.definition))
    known = set(Register.objects.values_list("slug", flat=True))
    Attribute.objects.filter(register_id=row.register_id).exclude(path__in=schema.fields).delete()
    for path, field in schema.fields.items():
        Attribute.objects.update_or_create(
            register_id=row.register_id,
            path=path,
            defaults={
                "type": field.type,
                "title": field.title.vi,
                "title_en": field.title.en,
                "master_id": field.master if field.master in known else row.register_id,
            },
        )
    emit(
        "register.schema_published",
        actor,
        subject=("schema", row.pk),
        data={"register": row.register_id, "version": row.number},
    )


def _row(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": schema.name.vi,
        "name_en": schema.name.en,
        "owner_agency_code": schema.owner,
        "key_title": schema.key.vi,
        "version": schema.version,
        "legal_basis": schema.legal_basis,
        "schema": dict(given) if "order" in given else schemas.keeping_order(given),
    }


def _check_masters(schema: Schema) -> None:
    registers = {*Register.objects.values_list("slug", flat=True), schema.slug}
    for path, field in schema.fields.items():
        for named, known in ((field.master, registers), (field.refers, registers | {schemas.UNITS})):
            if named and named not in known:
                raise schemas.WrongSchema(
                    f"attributes.{path}: không có cơ sở dữ liệu “{named}”.",
                    f"attributes.{path}: there is no register {named!r}.",
                    f"attributes.{path}",
                )


def _check_step(schema: Schema, before: Schema) -> None:
    """What the version before has must go somewhere, or be dropped by name: nothing is lost by forgetting."""
    for old in schema.step.rename:
        if old not in before.fields:
            raise UserError(
                f"from_previous.rename: phiên bản trước không có “{old}”.",
                f"from_previous.rename: the version before has no {old!r}.",
                "from_previous",
            )
    for path in before.fields:
        if schema.step.rename.get(path, path) not in schema.fields and path not in schema.step.drop:
            raise UserError(
                f"Trường “{path}” của phiên bản trước không còn: ghi vào from_previous.drop, hoặc đổi tên ở rename.",
                f"The field {path!r} of the version before is gone: name it in from_previous.drop, or rename it.",
                "from_previous",
            )
