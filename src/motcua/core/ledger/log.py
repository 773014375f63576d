"""The append-only logs: internal events, and the public log of results (RFC 9162).

Acts only submit; `seal` gives places, grows the tree and signs its head. One sealer at a time works on a log,
under an advisory lock that no request ever waits for.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.ledger import head_key
from motcua.core.ledger.models import Event, LogEntry, LogName, LogNode, LogSubmission, TreeHead
from motcua.engines import merkle

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf stands in the tree of a signed head. Hashes and signature are raw bytes."""

    index: int
    size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes
    head: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "size": self.size,
            "leaf_hash": _b64(self.leaf_hash),
            "path": [_b64(step) for step in self.path],
            "root": _b64(self.root),
            "head": self.head,
        }


def submit(log: LogName, kind: str, payload: bytes) -> LogSubmission:
    """Ask for a place in the log; `payload` is what the leaf will hash."""
    return LogSubmission.objects.create(log=log, kind=kind, payload=payload)


def seal(log: LogName) -> int:
    """Give a place to everything submitted since the last head, and sign the new one. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s))", [f"motcua.log.{log}"])
        if not cursor.fetchone()[0]:
            return 0
    head = TreeHead.objects.filter(log=log).order_by("-size").first()
    tree = merkle.Tree.from_bytes(bytes(head.state)) if head else merkle.Tree()
    waiting = _waiting(log)
    if not waiting:
        return 0
    entries: list[LogEntry] = []
    nodes: list[LogNode] = []
    for payload, reference in waiting:
        entries.append(LogEntry(log=log, index=tree.size, **reference))
        nodes += [
            LogNode(log=log, level=node.level, index=node.index, hash=node.hash)
            for node in tree.append(payload)
        ]
    LogEntry.objects.bulk_create(entries)
    LogNode.objects.bulk_create(nodes, batch_size=BATCH)
    _sign_head(log, tree, bytes(head.root) if head else merkle.EMPTY_ROOT)
    return len(entries)


def proof_of(submission_id: int) -> Proof | None:
    """The proof that a submission stands in its log's newest head; None until the sealer has been."""
    entry = LogEntry.objects.filter(submission_id=submission_id).select_related("submission").first()
    if entry is None or entry.submission is None:
        return None
    return prove(LogName(entry.log), entry.index, merkle.leaf_hash(bytes(entry.submission.payload)))


def prove(log: LogName, index: int, leaf: bytes) -> Proof | None:
    newest = TreeHead.objects.filter(log=log).order_by("-size").first()
    if newest is None or index >= newest.size:
        return None
    path = merkle.inclusion_proof(index, newest.size, lambda level, place: _node(log, level, place))
    return Proof(index, newest.size, leaf, tuple(path), bytes(newest.root), head_json(newest))


def consistency(log: LogName, old_size: int, new_size: int) -> list[bytes]:
    """That the tree of `new_size` leaves begins with the one of `old_size`."""
    return merkle.consistency_proof(old_size, new_size, lambda level, place: _node(log, level, place))


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


def _waiting(log: LogName) -> list[tuple[bytes, dict[str, int]]]:
    if log is LogName.EVENTS:
        events = Event.objects.filter(entry__isnull=True).order_by("id")[:BATCH]
        return [(event_bytes(event), {"event_id": event.pk}) for event in events]
    submissions = LogSubmission.objects.filter(log=log, entry__isnull=True).order_by("id")[:BATCH]
    return [(bytes(row.payload), {"submission_id": row.pk}) for row in submissions]


def _sign_head(log: LogName, tree: merkle.Tree, previous: bytes) -> None:
    at = clock.now()
    key = head_key.signing_key()
    root = tree.root()
    TreeHead.objects.create(
        log=log,
        size=tree.size,
        root=root,
        previous=previous,
        state=tree.to_bytes(),
        signature=key.sign(signed_bytes(log, tree.size, root, previous, at.astimezone(dt.UTC).isoformat())),
        key_id=head_key.key_id(),
        at=at,
    )


def _node(log: LogName, level: int, index: int) -> bytes:
    found = LogNode.objects.values_list("hash", flat=True).get(log=log, level=level, index=index)
    return bytes(found)


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
