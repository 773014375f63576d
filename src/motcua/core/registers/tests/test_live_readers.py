"""While a version is published and records are brought along, readers see the old shape or the new, never a third."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import actions, queries, schema, versions
from motcua.core.registers.tests.test_versions import APPROVER, EDITOR, WELLS, second

OLD = {"owner_name": "Nguyễn Văn A", "depth": 40, "pump": "Đông cơ"}
LATER_READ_AS_OLD = {"owner_name": "Nguyễn Văn A", "depth": 40}
"""Brought along without what was dropped, and read by a reader of the first version."""
NEW = {"owner_name": "Nguyễn Văn A", "depth_m": 40, "state": "đang dùng"}
READERS, WELLS_DUG = 3, 40


@pytest.mark.django_db(transaction=True)
def test_readers_of_the_newest_and_of_the_first_version_never_see_a_broken_record() -> None:
    schema.forget()
    with acting(SYSTEM):
        versions.draft(EDITOR, "wells", WELLS)
        versions.publish(APPROVER, "wells", 1)
        for number in range(WELLS_DUG):
            actions.write(SYSTEM, "wells", f"G-{number}", OLD)
    seen: dict[int, list[dict[str, object]]] = {0: [], 1: []}
    faults: list[BaseException] = []
    over, begun = threading.Event(), threading.Barrier(READERS * 2 + 1)

    def look(version: int) -> None:
        try:
            begun.wait(30)
            rounds = 0
            while not over.is_set() or rounds < 2:
                rounds += 1
                for number in range(0, WELLS_DUG, 7):
                    seen[version].append(read(APPROVER, f"G-{number}", version))
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(version,)) for version in (0, 1) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    begun.wait(30)
    with acting(SYSTEM):
        versions.draft(EDITOR, "wells", second())
        versions.publish(APPROVER, "wells", 2)
    schema.forget()
    with acting(SYSTEM):
        moved = versions.migrate("wells", batch=5)
    over.set()
    for thread in threads:
        thread.join(60)
    schema.forget()
    assert faults == []
    assert moved == WELLS_DUG
    assert all(one in (OLD, NEW) for one in seen[0])
    assert all(one in (OLD, LATER_READ_AS_OLD) for one in seen[1])
    assert OLD in seen[0]
    assert NEW in seen[0]
    assert LATER_READ_AS_OLD in seen[1]


def read(actor: Actor, key: str, version: int) -> dict[str, object]:
    with acting(actor):
        view = queries.read(actor, "wells", key, purpose="Kiểm tra", version=version)
    assert view is not None, key
    return view.data
