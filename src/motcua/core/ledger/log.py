"""The append-only logs: internal events, and the public log of results (RFC 9162).

Acts only submit; `seal` gives places, grows the tree and signs its head. One sealer at a time works on a log,
under an advisory lock that no request ever waits for.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Exists, OuterRef

from motcua.core import clock
from motcua.core.ledger import head_key, heads, storage
from motcua.core.ledger.models import Event, LogEntry, LogHalt, LogName, LogSubmission, TreeHead
from motcua.engines import merkle

BATCH = 16_000
"""Entries under one head."""
REACH = 100_000
"""How many numbers behind the newest placed one the sealer looks back."""


class StoredTreeIsBroken(Exception):
    """Rows of the log were lost or changed behind its back; restore them before the log goes on."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf stands in the tree of a signed head. Hashes and signature are raw bytes."""

    index: int
    size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes
    head: dict[str, Any]
    outside: dict[str, Any] = field(default_factory=dict)
    """What others vouch for: `sth`, the newest head with the P-256 key, and `witnessed`, the newest cosigned one."""

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "size": self.size,
            "leaf_hash": _b64(self.leaf_hash),
            "path": [_b64(step) for step in self.path],
            "root": _b64(self.root),
            "head": self.head,
            **self.outside,
        }


def submit(log: LogName, kind: str, payload: bytes) -> LogSubmission:
    """Ask for a place in the log; `payload` is what the leaf will hash."""
    return LogSubmission.objects.create(log=log, kind=kind, payload=payload)


def submit_many(log: LogName, kind: str, payloads: Sequence[bytes]) -> int:
    """Ask for places in the log for many payloads of one kind, in their order. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_logsubmission (uuid, log, kind, payload, at) "
            "select uuidv7(), %s, %s, substring(given.payloads from begin for length), %s "
            "from (values (%s::bytea)) as given (payloads), "
            "unnest(%s::int[], %s::int[]) with ordinality as row (begin, length, place) order by place",
            [
                log,
                kind,
                clock.now(),
                b"".join(payloads),  # as one value: a list would be written and parsed item by item
                [1, *accumulate(map(len, payloads), initial=1)][1:-1],
                [len(payload) for payload in payloads],
            ],
        )
    return len(payloads)


def seal(log: LogName, *, sweep: bool = False) -> int:
    """Give a place to what was submitted since the last head, and sign the new one. Returns how many.

    A log that was halted stays as it is. `sweep` also looks for what a very long transaction left far behind.
    Raises `StoredTreeIsBroken` when the rows do not lead to the root that was signed: nothing is built on them.
    """
    if not _is_the_only_sealer(log) or is_halted(log):
        return 0
    head = newest_head(log)
    if not _continues_what_was_signed(log, head):
        return 0
    waiting = _waiting(log, sweep)
    if not waiting:
        return 0
    size, previous = (head.size, bytes(head.root)) if head else (0, merkle.EMPTY_ROOT)
    try:
        tree = storage.append(
            log,
            size,
            previous,
            [merkle.leaf_hash(payload) for payload, _, _ in waiting],
            submissions=[submission for _, submission, _ in waiting],
            events=[event for _, _, event in waiting],
            at=clock.now(),
        )
    except (ValueError, IntegrityError) as wrong:
        raise StoredTreeIsBroken(f"the {log} log cannot go on from its {size} entries: {wrong}") from wrong
    signed = _sign_head(log, tree, previous)
    if log is LogName.EVENTS:
        submit(LogName.RESULTS, "ledger.head", canonical(head_json(signed)))
    else:
        heads.sign(log, tree.size, tree.root())
    return len(waiting)


def proof_of(submission_id: int) -> Proof | None:
    """The proof that a submission stands in its log's newest head; None until the sealer has been."""
    entry = LogEntry.objects.filter(submission_id=submission_id).first()
    return prove(LogName(entry.log), entry.index, bytes(entry.leaf)) if entry else None


def stood_at(submission_id: int) -> dt.datetime | None:
    """When the first signed head that holds a submission was made: by then it was there. None until the sealer has
    been."""
    entry = LogEntry.objects.filter(submission_id=submission_id).first()
    if entry is None:
        return None
    first = TreeHead.objects.filter(log=entry.log, size__gt=entry.index).order_by("size").first()
    return first.at if first else None


def prove(log: LogName, index: int, leaf: bytes) -> Proof | None:
    """The proof that the leaf at `index` stands in the newest head, of three statements at most."""
    found = heads.at_hand(log, index)
    if found is None:
        return None
    sizes = [found.head.size, *([found.witnessed.size] if found.witnessed else [])]
    path, *seen = storage.proved(
        log, lambda get: [tuple(merkle.inclusion_proof(index, size, get)) for size in sizes]
    )
    outside = heads.outside(found, seen[0] if seen else None) if log is LogName.RESULTS else {}
    head = found.head
    return Proof(index, head.size, leaf, path, bytes(head.root), head_json(head), outside)


def consistency(log: LogName, old_size: int, new_size: int) -> list[bytes]:
    """That the tree of `new_size` leaves begins with the one of `old_size`."""
    return storage.proved(log, partial(merkle.consistency_proof, old_size, new_size))


def inclusion(log: LogName, index: int, size: int) -> list[bytes]:
    """The audit path of an entry in the tree of the first `size`."""
    return storage.proved(log, partial(merkle.inclusion_proof, index, size))


def newest_head(log: LogName) -> TreeHead | None:
    return TreeHead.objects.filter(log=log).order_by("-size").first()


def head_json(head: TreeHead) -> dict[str, Any]:
    """A head as witnesses read it; `signature` is Ed25519 over `signed_bytes`."""
    return {
        "log": head.log,
        "size": head.size,
        "root": _b64(bytes(head.root)),
        "previous": _b64(bytes(head.previous)),
        "at": head.at.astimezone(dt.UTC).isoformat(),
        "key_id": head.key_id,
        "signature": _b64(bytes(head.signature)),
    }


def signed_bytes(log: str, size: int, root: bytes, previous: bytes, at: str) -> bytes:
    """What a head's signature covers: canonical JSON of its five facts."""
    facts = {"at": at, "log": log, "previous": _b64(previous), "root": _b64(root), "size": size}
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def event_bytes(event: Event) -> bytes:
    """An event as its leaf hashes it: canonical JSON of every column."""
    facts = {
        field.attname: getattr(event, field.attname)
        for field in Event._meta.concrete_fields
        if field.attname != "id"
    }
    facts["at"] = event.at.astimezone(dt.UTC).isoformat()
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str, ensure_ascii=False).encode()


def canonical(facts: dict[str, Any]) -> bytes:
    """JSON as every leaf is written: sorted keys, no spaces, UTF-8."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_halted(log: LogName) -> bool:
    return LogHalt.objects.filter(log=log, resolved_at__isnull=True).exists()


def _is_the_only_sealer(log: LogName) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s))", [f"motcua.log.{log}"])
        return bool(cursor.fetchone()[0])


def _continues_what_was_signed(log: LogName, head: TreeHead | None) -> bool:
    """Whether the database still holds the newest head that this home has signed; else the log is halted."""
    if log is not LogName.RESULTS:
        return True
    mark = heads.high_water(log)
    if mark is None:
        return True
    size = head.size if head else 0
    if size >= mark["tree_size"] and storage.root_at(log, mark["tree_size"]).hex() == mark["root_hash"]:
        return True
    heads.halt(log, f"the database ends at entry {size}, but {mark['tree_size']} were signed", mark)
    return False


def _waiting(log: LogName, sweep: bool) -> list[tuple[bytes, int | None, int | None]]:
    """(payload, submission, event) in the order of their numbers.

    Only numbers near the newest placed one are looked at: whatever committed late is among them, unless its
    transaction stayed open while `REACH` others came, and then the sweep finds it.
    """
    newest = LogEntry.objects.filter(log=log).order_by("-index").first()
    placed = (newest.event_id if log is LogName.EVENTS else newest.submission_id) if newest else None
    floor = 0 if sweep or placed is None else placed - REACH
    nothing = LogEntry.objects.filter(log=log)
    if log is LogName.EVENTS:
        events = Event.objects.filter(~Exists(nothing.filter(event_id=OuterRef("pk"))), pk__gt=floor)
        return [(event_bytes(event), None, event.pk) for event in events.order_by("id")[:BATCH]]
    rows = LogSubmission.objects.filter(
        ~Exists(nothing.filter(submission_id=OuterRef("pk"))), log=log, pk__gt=floor
    )
    return [
        (bytes(payload), pk, None) for payload, pk in rows.order_by("id").values_list("payload", "pk")[:BATCH]
    ]


def _sign_head(log: LogName, tree: merkle.Tree, previous: bytes) -> TreeHead:
    at = clock.now()
    key = head_key.signing_key()
    root = tree.root()
    return TreeHead.objects.create(
        log=log,
        size=tree.size,
        root=root,
        previous=previous,
        state=tree.to_bytes(),
        signature=key.sign(signed_bytes(log, tree.size, root, previous, at.astimezone(dt.UTC).isoformat())),
        key_id=head_key.key_id(),
        at=at,
    )


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
