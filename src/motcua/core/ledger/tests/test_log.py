"""The ledger keeps what happened and proves it."""

from __future__ import annotations

import base64
from importlib import import_module

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.test.utils import CaptureQueriesContext

from motcua.core.ledger import actions, head_key, heads, log, storage
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Cosignature, Event, LogEntry, LogName, TreeHead, Witness
from motcua.core.ledger.scope import acting
from motcua.engines import merkle

pytestmark = pytest.mark.django_db


def submit(*payloads: bytes) -> list[int]:
    return [log.submit(LogName.RESULTS, "result.issued", payload).pk for payload in payloads]


def test_what_was_submitted_can_be_proved_after_sealing() -> None:
    numbers = submit(b"one", b"two", b"three")
    assert log.proof_of(numbers[0]) is None
    assert log.seal(LogName.RESULTS) == 3
    proof = log.proof_of(numbers[1])
    assert proof is not None
    assert merkle.verify_inclusion(
        merkle.leaf_hash(b"two"), proof.index, proof.size, list(proof.path), proof.root
    )
    assert not merkle.verify_inclusion(
        merkle.leaf_hash(b"2"), proof.index, proof.size, list(proof.path), proof.root
    )


def test_a_head_is_signed_and_a_later_head_begins_with_the_earlier_tree() -> None:
    submit(b"one", b"two")
    log.seal(LogName.RESULTS)
    submit(b"three", b"four", b"five")
    log.seal(LogName.RESULTS)
    first, second = TreeHead.objects.filter(log=LogName.RESULTS).order_by("size")
    assert bytes(second.previous) == bytes(first.root)
    path = log.consistency(LogName.RESULTS, first.size, second.size)
    assert merkle.verify_consistency(first.size, bytes(first.root), second.size, bytes(second.root), path)
    facts = log.head_json(second)
    signed = log.signed_bytes("results", second.size, bytes(second.root), bytes(second.previous), facts["at"])
    Ed25519PublicKey.from_public_bytes(head_key.public_bytes()).verify(bytes(second.signature), signed)


def test_sealing_with_nothing_new_signs_no_head() -> None:
    assert log.seal(LogName.RESULTS) == 0
    assert not TreeHead.objects.exists()


def test_events_are_sealed_in_the_order_they_happened() -> None:
    while log.seal(LogName.EVENTS):
        pass
    for kind in ("a", "b", "c"):
        actions.emit(kind, SYSTEM)
    assert log.seal(LogName.EVENTS) == 3
    newest = LogEntry.objects.filter(log=LogName.EVENTS).order_by("-index")[:3]
    assert [entry.event.kind for entry in newest if entry.event] == ["c", "b", "a"]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_event_is_never_changed_or_removed(change: str) -> None:
    actions.emit("case.received", SYSTEM)
    acts = {
        "update": lambda: Event.objects.update(kind="nothing"),
        "delete": lambda: Event.objects.all()._raw_delete("default"),
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        acts[change]()


def test_after_an_inner_act_the_former_actor_acts_again() -> None:
    from motcua.core.ledger.actor import Actor, ActorKind

    def kind() -> str:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('motcua.kind')")
            return str(cursor.fetchone()[0])

    with acting(Actor(ActorKind.CITIZEN, "Lan", party_id=7)):
        with acting(SYSTEM):
            assert kind() == "system"
        assert kind() == "citizen"


def test_a_leaf_is_found_at_its_first_place_even_beside_one_that_begins_alike() -> None:
    leaf = merkle.leaf_hash(b"one")
    alike = leaf[:8] + bytes(24)
    submit(b"zero", b"one", b"one")
    log.seal(LogName.RESULTS)
    LogEntry.objects.create(log=LogName.RESULTS, index=3, leaf=alike)
    assert storage.place_of(LogName.RESULTS, leaf, 3) == 1
    assert storage.place_of(LogName.RESULTS, alike, 4) == 3
    assert storage.place_of(LogName.RESULTS, alike, 3) is None
    assert storage.place_of(LogName.RESULTS, leaf, 1) is None
    assert storage.place_of(LogName.EVENTS, leaf, 3) is None
    assert storage.place_of(LogName.RESULTS, leaf[:8], 3) is None


def test_a_proof_takes_two_statements_however_long_the_log() -> None:
    submit(*(bytes([number]) for number in range(250)), b"*" * 20, b"one more")
    log.seal(LogName.RESULTS)
    with CaptureQueriesContext(connection) as asked:
        proof = log.prove(LogName.RESULTS, 7, merkle.leaf_hash(b"\x07"))
    assert proof is not None
    assert len(asked) == 2, [query["sql"] for query in asked]
    assert merkle.verify_inclusion(proof.leaf_hash, 7, 252, list(proof.path), proof.root)
    assert proof.outside["sth"]["tree_size"] == 252
    assert log.prove(LogName.RESULTS, 252, b"") is None


def test_a_proof_leads_to_the_newest_head_and_to_the_newest_witnessed_one_that_holds_the_entry() -> None:
    submit(*(bytes([number]) for number in range(5)))
    log.seal(LogName.RESULTS)
    seen = heads.newest(LogName.RESULTS)
    assert seen is not None
    Cosignature.objects.create(
        witness=Witness.objects.create(name="university", key_id="k", public_key="p"),
        log=seen.log,
        size=seen.size,
        root=seen.root,
        timestamp=seen.timestamp,
        seen_at=seen.timestamp,
        signature=b"s",
    )
    submit(b"later")
    log.seal(LogName.RESULTS)
    leaf = merkle.leaf_hash(b"\x02")
    with CaptureQueriesContext(connection) as asked:
        proof = log.prove(LogName.RESULTS, 2, leaf)
    assert len(asked) == 3, [query["sql"] for query in asked]
    assert proof is not None
    assert (proof.size, proof.outside["sth"]["tree_size"]) == (6, 6)
    witnessed = proof.outside["witnessed"]
    assert witnessed["sth"] == heads.sth_json(seen)
    path = [base64.b64decode(step) for step in witnessed["path"]]
    assert merkle.verify_inclusion(leaf, 2, 5, path, bytes(seen.root))
    latest = log.prove(LogName.RESULTS, 5, merkle.leaf_hash(b"later"))
    assert latest is not None
    assert "witnessed" not in latest.outside, "no witness has seen it yet"


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_log_indexed_by_whole_hashes_is_found_again_by_their_starts() -> None:
    owner = connections["owner"]
    step = import_module("motcua.core.ledger.migrations.0008_index_of_leaf_starts").Migration("8", "ledger")
    before = MigrationLoader(owner).project_state([("ledger", "0007_blind_people")])
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(200)]
    with owner.cursor() as cursor:
        cursor.execute("drop index log_entry_by_start_of_leaf")
        cursor.execute("create index log_entry_by_leaf on ledger_logentry (leaf)")
        for place, leaf in enumerate(leaves, start=10**9):
            cursor.execute(
                "insert into ledger_logentry (log, index, leaf, at) values ('results', %s, %s, now())",
                [place, leaf],
            )
        with owner.schema_editor(atomic=False) as editor:
            step.apply(before, editor)
        cursor.execute("set local enable_seqscan = off")
        asked: dict[str, str | bytes | int] = {"log": "results", "leaf": leaves[42], "size": 2 * 10**9}
        cursor.execute(storage.PLACE_OF_LEAF, asked)
        assert cursor.fetchone() == (10**9 + 42,)
        cursor.execute(f"explain {storage.PLACE_OF_LEAF}", asked)
        assert "log_entry_by_start_of_leaf" in str(cursor.fetchall())
        cursor.execute("select count(*) from pg_indexes where indexname = 'log_entry_by_leaf'")
        assert cursor.fetchone() == (0,)
