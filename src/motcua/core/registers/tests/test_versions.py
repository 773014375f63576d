"""A schema changes under live readers: each keeps the shape it knows, nothing is lost without being named."""

from __future__ import annotations

import copy
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.registers import actions, queries, schema, versions
from motcua.core.registers.models import Record, SchemaVersion

WELLS: dict[str, Any] = {
    "name": "Sổ giếng nước",
    "name_en": "Register of wells",
    "owner": "H55.01",
    "key": "Số giếng",
    "legal_basis": "Luật Tài nguyên nước 28/2023/QH15",
    "access": {"service": {"kinds": ["officer"], "legal_basis": "Luật", "acts": ["read", "write"]}},
    "attributes": {
        "owner_name": {"type": "text", "vi": "Chủ giếng", "en": "Owner", "search": "words"},
        "depth": {"type": "number", "vi": "Độ sâu", "en": "Depth", "personal": False},
        "pump": {"type": "text", "vi": "Máy bơm", "en": "Pump", "personal": False},
    },
}
EDITOR, APPROVER = (
    Actor(
        ActorKind.OFFICER, name, account_id=pk, officer_id=pk, agency_id=1, unit_ids=(1,), groups=frozenset({duty})
    )
    for pk, name, duty in ((1, "Người soạn", "service_editor"), (2, "Người duyệt", "service_approver"))
)  # fmt: skip


@pytest.fixture(autouse=True)
def wells(registers: None) -> Iterator[None]:
    schema.forget()
    versions.draft(EDITOR, "wells", WELLS)
    versions.publish(APPROVER, "wells", 1)
    actions.write(SYSTEM, "wells", "G-1", {"owner_name": "Nguyễn Văn A", "depth": 40, "pump": "Đông cơ"})
    yield
    schema.forget()


def second() -> dict[str, Any]:
    changed = copy.deepcopy(WELLS)
    changed["attributes"]["depth_m"] = changed["attributes"].pop("depth")
    changed["attributes"].pop("pump")
    changed["attributes"]["state"] = {"type": "text", "vi": "Tình trạng", "en": "State", "personal": False}
    changed["from_previous"] = {
        "rename": {"depth": "depth_m"},
        "drop": ["pump"],
        "defaults": {"state": "đang dùng"},
    }
    return changed


def read(version: int = 0) -> dict[str, Any]:
    view = queries.read(APPROVER, "wells", "G-1", purpose="Kiểm tra", version=version)
    assert view is not None
    return view.data


def test_a_second_person_publishes() -> None:
    versions.draft(EDITOR, "wells", second())
    with pytest.raises(NotAllowed):
        versions.publish(EDITOR, "wells", 2)
    versions.publish(APPROVER, "wells", 2)
    with pytest.raises(Conflict):
        versions.publish(APPROVER, "wells", 2)


def test_a_preview_names_what_would_be_lost() -> None:
    versions.draft(EDITOR, "wells", second())
    seen = versions.preview("wells", 2)
    assert (seen.records, seen.lost) == (1, {"pump": 1})


def test_readers_of_either_version_keep_their_shape_before_and_after_the_move() -> None:
    versions.draft(EDITOR, "wells", second())
    versions.publish(APPROVER, "wells", 2)
    for _ in range(2):
        assert read() == {"owner_name": "Nguyễn Văn A", "depth_m": 40, "state": "đang dùng"}
        assert read(1)["depth"] == 40
        assert set(read(1)) <= {"owner_name", "depth", "pump"}
        versions.migrate("wells")
    assert Record.objects.get(register_id="wells", superseded_at=None).version == 2
    assert versions.migrate("wells") == 0


def test_records_are_brought_along_also_by_who_still_remembers_the_former_version() -> None:
    former = schema.of("wells")
    versions.draft(EDITOR, "wells", second())
    versions.publish(APPROVER, "wells", 2)
    schema._kept["wells", 0] = (time.monotonic(), former)  # as in a process that did not publish
    assert versions.migrate("wells") == 1


def test_what_was_read_before_all_was_forgotten_is_not_remembered_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parse = schema.parse

    def parsed(*given: Any) -> schema.Schema:
        schema.forget()  # by another one, who publishes
        return parse(*given)

    schema.forget()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(schema, "parse", parsed)
        schema.of("wells")
    assert ("wells", 0) not in schema._kept
    schema.of("wells")
    assert ("wells", 0) in schema._kept


def test_what_was_dropped_still_stands_in_what_was_known_before() -> None:
    versions.draft(EDITOR, "wells", second())
    versions.publish(APPROVER, "wells", 2)
    versions.migrate("wells")
    former = Record.objects.exclude(superseded_at=None).get(register_id="wells")
    assert former.facts["pump"] == "Đông cơ"


def test_forgetting_a_field_is_refused_by_name() -> None:
    forgotten = second()
    forgotten["from_previous"].pop("drop")
    with pytest.raises(UserError, match="pump"):
        versions.draft(EDITOR, "wells", forgotten)


def test_a_published_version_never_changes() -> None:
    row = SchemaVersion.objects.get(register_id="wells", number=1)
    row.definition = {**row.definition, "name": "Khác"}
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"attributes": {"Depth!": {"type": "text", "vi": "a", "en": "b"}}}, "attributes.Depth!"),
        ({"attributes": {"depth": {"type": "blob", "vi": "a", "en": "b"}}}, "attributes.depth.type"),
        (
            {"attributes": {"depth": {"type": "text", "vi": "a", "en": "b", "master": "nobody"}}},
            "attributes.depth",
        ),
        ({"access": {"service": {"kinds": ["officer"]}}}, "access.service"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_schema_says_where(change: dict[str, Any], where: str) -> None:
    with pytest.raises(schema.WrongSchema) as wrong:
        versions.draft(EDITOR, "fresh", {**WELLS, **change})
    assert wrong.value.field == where


def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.read(APPROVER, "wells", "G-1", purpose="Kiểm tra", version=9)


def test_who_is_named_by_no_rule_reads_nothing() -> None:
    citizen = Actor(ActorKind.CITIZEN, "Bà Lan", party_id=5)
    with pytest.raises(NotAllowed, match="service"):
        queries.read(citizen, "wells", "G-1", purpose="Xem")


def test_a_write_over_what_somebody_else_wrote_is_refused() -> None:
    seen = queries.read(APPROVER, "wells", "G-1", purpose="Kiểm tra")
    assert seen is not None
    actions.write(SYSTEM, "wells", "G-1", {"depth": 45}, valid_from=dt.date(2026, 11, 21))
    with pytest.raises(Conflict):
        actions.write(SYSTEM, "wells", "G-1", {"depth": 50}, if_match=seen.etag)


def test_whoever_keeps_an_old_shape_is_judged_by_the_rules_of_today() -> None:
    narrowed = second()
    narrowed["access"] = {"service": {**WELLS["access"]["service"], "fields": ["depth_m"]}}
    versions.draft(EDITOR, "wells", narrowed)
    versions.publish(APPROVER, "wells", 2)
    assert read(1) == {"depth": 40}
    third = {**narrowed, "access": {"service": {**WELLS["access"]["service"], "kinds": ["citizen"]}}}
    versions.draft(EDITOR, "wells", {name: one for name, one in third.items() if name != "from_previous"})
    versions.publish(APPROVER, "wells", 3)
    with pytest.raises(NotAllowed):
        read(1)
