"""Signed tree heads for outsiders (RFC 9162 §4.10), what witnesses said of them, and when the log must stand still."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.ledger import storage, tree_keys
from motcua.core.ledger.models import (
    Cosignature,
    LogHalt,
    LogName,
    LogSubmission,
    SignedHead,
    TreeHead,
    Witness,
)
from motcua.engines.merkle import EMPTY_ROOT, verifier

__all__ = [
    "EMPTY_ROOT",
    "AtHand",
    "at_hand",
    "cosign",
    "halt",
    "high_water",
    "newest",
    "outside",
    "report",
    "resume",
    "sign",
]

SEALED = ("size", "root", "previous", "at", "key_id", "signature")
SIGNED = ("size", "root", "timestamp", "key_id", "signature")
HEADS_AT_HAND = f"""
select {", ".join(f"head.{name}" for name in SEALED)}, {", ".join(f"signed.{name}" for name in SIGNED)},
       {", ".join(f"witnessed.{name}" for name in SIGNED)}
  from (select * from ledger_treehead where log = %(log)s order by size desc limit 1) as head
  left join lateral (
    select * from ledger_signedhead as any_head where any_head.log = %(log)s and any_head.size = head.size
     order by timestamp desc, id desc limit 1) as signed on true
  left join lateral (
    select any_head.* from (
        select timestamp from ledger_cosignature as seen
         where seen.log = %(log)s and seen.size > %(index)s and seen.size <= head.size
         order by seen.size desc, seen.timestamp desc limit 1) as newest
      join ledger_signedhead as any_head on any_head.log = %(log)s and any_head.timestamp = newest.timestamp
     order by any_head.id desc limit 1) as witnessed on true
 where head.size > %(index)s
"""


@dataclass(frozen=True, slots=True)
class AtHand:
    """The newest head of a log, as the newest key signed it for outsiders, and the newest one that witnesses saw."""

    head: TreeHead
    signed: SignedHead | None
    witnessed: SignedHead | None


def sign(log: LogName, size: int, root: bytes) -> list[SignedHead]:
    """Sign a head with every key that signs now. Its moment is later than that of the head before, always."""
    last = SignedHead.objects.filter(log=log).order_by("-timestamp").first()
    timestamp = max(int(clock.now().timestamp() * 1000), last.timestamp + 1 if last else 0)
    data = verifier.head_bytes(log, size, root, timestamp)
    made = [
        SignedHead(
            log=log,
            size=size,
            root=root,
            timestamp=timestamp,
            key_id=key.key_id,
            signature=tree_keys.sign(key, data),
        )
        for key in tree_keys.signing(clock.now())
    ]
    SignedHead.objects.bulk_create(made)
    transaction.on_commit(lambda: _raise_high_water(log, size, root, timestamp))
    return made


def newest(log: LogName, *, size: int | None = None, key_id: str | None = None) -> SignedHead | None:
    """The newest signed head, of a given size or by a given key if wanted; the newest key's signature comes first."""
    rows = SignedHead.objects.filter(log=log)
    if size is not None:
        rows = rows.filter(size=size)
    if key_id is not None:
        rows = rows.filter(key_id=key_id)
    return rows.order_by("-timestamp", "-id").first()


def sth_json(head: SignedHead) -> dict[str, Any]:
    """A signed head as the verifier reads it; `timestamp` in milliseconds since 1970."""
    return {
        "log": head.log,
        "tree_size": head.size,
        "timestamp": head.timestamp,
        "root_hash": _b64(bytes(head.root)),
        "key_id": head.key_id,
        "signature": _b64(bytes(head.signature)),
    }


def cosignatures_of(head: SignedHead) -> list[dict[str, Any]]:
    """What witnesses signed about this very head."""
    rows = Cosignature.objects.filter(log=head.log, timestamp=head.timestamp, size=head.size)
    return [cosignature_json(row) for row in rows.select_related("witness").order_by("witness__name")]


def cosignature_json(row: Cosignature) -> dict[str, Any]:
    return {
        "witness": row.witness.name,
        "key_id": row.witness.key_id,
        "public_key": row.witness.public_key,
        "seen_at": row.seen_at,
        "signature": _b64(bytes(row.signature)),
    }


def at_hand(log: LogName, index: int) -> AtHand | None:
    """The heads that a proof of the entry at `index` rests on, in one statement; None when none reaches it."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS_AT_HAND, {"log": log, "index": index})
        row = cursor.fetchone()
    if row is None:
        return None
    signed = [
        SignedHead(log=log, **dict(zip(SIGNED, part, strict=True))) if part[0] is not None else None
        for part in (row[len(SEALED) : len(SEALED) + len(SIGNED)], row[len(SEALED) + len(SIGNED) :])
    ]
    return AtHand(TreeHead(log=log, **dict(zip(SEALED, row[: len(SEALED)], strict=True))), *signed)


def outside(heads: AtHand, path: Sequence[bytes] | None) -> dict[str, Any]:
    """What others vouch for in a proof; `path` leads to the witnessed head, when there is one."""
    found: dict[str, Any] = {"sth": sth_json(heads.signed), "keys": _keys()} if heads.signed else {}
    if heads.witnessed is not None and path is not None:
        found["witnessed"] = {
            "sth": sth_json(heads.witnessed),
            "path": [_b64(step) for step in path],
            "cosignatures": cosignatures_of(heads.witnessed),
        }
    return found


def cosign(said: dict[str, Any]) -> Cosignature:
    """Keep what a witness signed about one of our heads. Twice is once."""
    try:
        sth, cosignature = said["sth"], said["cosignature"]
        row = SignedHead.objects.filter(
            log=sth["log"], timestamp=int(sth["timestamp"]), key_id=sth["key_id"]
        ).first()
        witness = Witness.objects.filter(key_id=cosignature["key_id"], active=True).first()
    except (KeyError, TypeError, ValueError) as wrong:
        raise UserError(
            f"Chữ ký của nhân chứng thiếu hoặc sai trường: {wrong!r}.",
            f"A field of the cosignature is missing or wrong: {wrong!r}.",
        ) from None
    if witness is None:
        raise UserError(
            "Nhân chứng này chưa được ghi tên. Gửi khóa công khai cho cơ quan giữ nhật ký: motcua log admit.",
            "This witness is not admitted. Send its public key to the keeper of the log: motcua log admit.",
        )
    if row is None or sth_json(row) != sth:
        raise UserError("Dấu chốt này không phải của nhật ký.", "This head is not one of the log's.")
    if not verifier.cosignature_is_good(sth, cosignature, witness.public_key):
        raise UserError("Chữ ký của nhân chứng không đúng.", "The cosignature does not verify.")
    kept, _ = Cosignature.objects.get_or_create(
        witness=witness,
        log=row.log,
        timestamp=row.timestamp,
        defaults={
            "size": row.size,
            "root": bytes(row.root),
            "seen_at": int(cosignature["seen_at"]),
            "signature": base64.b64decode(cosignature["signature"]),
        },
    )
    return kept


def report(log: LogName, sth: dict[str, Any]) -> bool:
    """Somebody shows a head that bears our signature. When our tree does not hold it, the log is halted: True.

    Nobody can halt us without such a head: it must verify under one of our own keys.
    """
    known = {key.key_id: key.public_key for key in tree_keys.chain()}
    if sth.get("log") != log or not verifier.head_is_good(sth, known):
        raise UserError("Dấu chốt không mang chữ ký của nhật ký này.", "This head is not signed by this log.")
    size = int(sth["tree_size"])
    head = newest(log)
    if head is not None and size <= head.size and _root_matches(log, size, sth["root_hash"]):
        return False
    halt(log, f"a signed head of {size} entries is not in the tree of {head.size if head else 0}", sth)
    return True


def halt(log: LogName, reason: str, evidence: dict[str, Any]) -> None:
    LogHalt.objects.get_or_create(
        log=log, resolved_at=None, defaults={"reason": reason, "evidence": evidence}
    )


def halted(log: LogName) -> LogHalt | None:
    return LogHalt.objects.filter(log=log, resolved_at__isnull=True).first()


def resume(log: LogName, statement: str) -> LogHalt:
    """Let a halted log go on, once somebody answered for it. The statement and the evidence become its next entry."""
    if not statement.strip():
        raise UserError("Ghi điều đã xảy ra.", "Say what happened.", field="statement")
    row = halted(log)
    if row is None:
        raise UserError("Nhật ký không bị dừng.", "The log is not halted.")
    row.resolved_at, row.statement = clock.now(), statement
    row.save(update_fields=["resolved_at", "statement"])
    said = {"reason": row.reason, "statement": statement, "evidence": row.evidence}
    LogSubmission.objects.create(
        log=log,
        kind="log.restored",
        payload=json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
    )
    _mark_file(log).unlink(missing_ok=True)
    return row


def high_water(log: LogName) -> dict[str, Any] | None:
    """The newest head signed from this home, kept beside the database: `{"begun", "tree_size", "root_hash",
    "timestamp"}`, the hash in hexadecimal, the moment in milliseconds since 1970.

    None when this database holds another log than the one that was signed: `begun` names its first head.
    """
    file = _mark_file(log)
    if not file.exists():
        return None
    mark: dict[str, Any] = json.loads(file.read_text(encoding="ascii"))
    return mark if mark["begun"] == _begun(log) else None


def _raise_high_water(log: LogName, size: int, root: bytes, timestamp: int) -> None:
    file = _mark_file(log)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = file.with_suffix(f".{os.getpid()}")
    mark = {"begun": _begun(log), "tree_size": size, "root_hash": root.hex(), "timestamp": timestamp}
    spare.write_text(json.dumps(mark), encoding="ascii")
    spare.replace(file)


def _begun(log: LogName) -> str:
    first = TreeHead.objects.filter(log=log).order_by("size").values_list("uuid", flat=True).first()
    return str(first or "")


def _mark_file(log: LogName) -> Path:
    return Path(settings.MOTCUA_HOME) / "log" / f"{log}.json"


def _root_matches(log: LogName, size: int, root: str) -> bool:
    try:
        return _b64(storage.root_at(log, size)) == root
    except LookupError:
        return False


def _keys() -> list[dict[str, Any]]:
    return [key.to_json() for key in tree_keys.chain()]


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
