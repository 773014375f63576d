"""The ledger keeps what happened and proves it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, transaction

from motcua.core.ledger import actions, head_key, log
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event, LogEntry, LogName, TreeHead
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
    from django.db import connection

    from motcua.core.ledger.actor import Actor, ActorKind

    def kind() -> str:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('motcua.kind')")
            return str(cursor.fetchone()[0])

    with acting(Actor(ActorKind.CITIZEN, "Lan", party_id=7)):
        with acting(SYSTEM):
            assert kind() == "system"
        assert kind() == "citizen"
