"""The whole log as a file that proves itself: keys, every entry, and the signed head that closes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from motcua.core.ledger import heads
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting
from motcua.engines.merkle import EMPTY_ROOT, verifier
from motcua.systems.transparency import reading


def write(file: Path) -> int:
    """Write the log up to its newest signed head, aside and then renamed. Returns how many entries.

    An empty log is signed first, so that even its export ends with a head.
    """
    spare = file.with_suffix(".part")
    with acting(SYSTEM), spare.open("w", encoding="utf-8") as out:
        head = heads.newest(LogName.RESULTS) or heads.sign(LogName.RESULTS, 0, EMPTY_ROOT)[-1]
        _line(out, {"format": verifier.FORMAT, "log": head.log, "keys": reading.keys()})
        at = 0
        while at < head.size:
            rows = reading.entries(at, head.size - 1)
            for row in rows:
                _line(out, row)
            at += len(rows)
        _line(out, {"sth": heads.sth_json(head), "cosignatures": heads.cosignatures_of(head)})
    spare.replace(file)
    return at


def _line(out: Any, row: dict[str, Any]) -> None:
    out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
