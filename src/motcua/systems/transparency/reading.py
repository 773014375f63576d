"""What anyone may read of the public log, as plain data: pages and API answer from here."""

from __future__ import annotations

import base64
from typing import Any

from motcua.core.errors import NotFound, UserError
from motcua.core.ledger import heads, log, storage, tree_keys
from motcua.core.ledger.models import Cosignature, LogEntry, LogName, SignedHead, Witness

LOG = LogName.RESULTS
PAGE = 256
"""Entries of one answer at most, a tile of them."""


def newest() -> dict[str, Any]:
    """The newest head by each key that signed it, who cosigned it, and whether the log stands still."""
    last = heads.newest(LOG)
    same = SignedHead.objects.filter(log=LOG, timestamp=last.timestamp).order_by("-id") if last else []
    halt = heads.halted(LOG)
    return {
        "sth": heads.sth_json(last) if last else None,
        "sths": [heads.sth_json(one) for one in same],
        "cosignatures": heads.cosignatures_of(last) if last else [],
        "halted": halt.reason if halt else None,
    }


def keys() -> list[dict[str, Any]]:
    return [key.to_json() for key in tree_keys.chain()]


def entries(start: int, end: int) -> list[dict[str, Any]]:
    """Entries `start` to `end`, both counted, of those under a signed head; `PAGE` at most."""
    size = size_now()
    if not 0 <= start <= end or start >= size:
        raise UserError(
            f"Nhật ký có {size} dòng, đánh số từ 0; cần 0 ≤ start ≤ end.",
            f"The log has {size} entries, counted from 0; 0 ≤ start ≤ end is needed.",
        )
    last = min(end, size - 1, start + PAGE - 1)
    rows = LogEntry.objects.filter(log=LOG, index__gte=start, index__lte=last).select_related("submission")
    return [_entry(row) for row in rows.order_by("index")]


def consistency(first: int, second: int) -> list[str]:
    """The path from the tree of `first` entries to that of `second`."""
    size = size_now()
    if not 0 <= first <= second <= size:
        raise UserError(
            f"Nhật ký có {size} dòng; cần 0 ≤ first ≤ second ≤ {size}.",
            f"The log has {size} entries; 0 ≤ first ≤ second ≤ {size} is needed.",
        )
    return [_b64(step) for step in log.consistency(LOG, first, second)]


def proof_by_hash(leaf: str, tree_size: int | None) -> dict[str, Any]:
    """Where a leaf stands, and its audit path in the tree of `tree_size` entries (default: now)."""
    try:
        wanted = base64.b64decode(leaf.replace(" ", "+"), validate=True)
    except ValueError:
        raise UserError(
            "hash phải là base64 của 32 byte.", "hash must be the base64 of 32 bytes.", "hash"
        ) from None
    size = size_now() if tree_size is None else tree_size
    index = storage.place_of(LOG, wanted, size)
    if index is None or not 0 < size <= size_now():
        raise NotFound(
            f"Không có dòng nào mang giá trị băm này trong {size} dòng đầu.",
            f"No entry with this hash stands among the first {size}.",
        )
    path = log.inclusion(LOG, index, size)
    return {"leaf_index": index, "tree_size": size, "path": [_b64(step) for step in path]}


def witnesses() -> list[dict[str, Any]]:
    """Who follows the log, and when each last agreed."""
    found = []
    for witness in Witness.objects.filter(active=True).order_by("name"):
        last = Cosignature.objects.filter(witness=witness, log=LOG).order_by("-timestamp").first()
        found.append(
            {
                "name": witness.name,
                "address": witness.address,
                "key_id": witness.key_id,
                "public_key": witness.public_key,
                "last_size": last.size if last else None,
                "last_seen_at": last.seen_at if last else None,
            }
        )
    return found


def size_now() -> int:
    """How many entries stand under a head signed for outsiders."""
    last = heads.newest(LOG)
    return last.size if last else 0


def _entry(row: LogEntry) -> dict[str, Any]:
    return {
        "index": row.index,
        "kind": row.submission.kind if row.submission else "",
        "payload": _b64(bytes(row.submission.payload)) if row.submission else "",
        "leaf_hash": _b64(bytes(row.leaf)),
    }


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
