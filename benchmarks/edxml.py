"""edXML: parse and check a 13 kB document, signed, its attachment unpacked.

`documents_per_second`: read, judged by every rule, attachment opened within its bounds, P-256 signature verified and
the signer compared with the sender; of one process, per second of CPU, the median of five rounds.
`unsigned_per_second` is the same without a signature, `written_per_second` writing and signing the same document.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

ROUNDS, COUNT = 5, 400
SIZE = 13_000


def run() -> dict[str, float]:
    """documents_per_second, unsigned_per_second, written_per_second, bytes."""
    from motcua.engines import edxml
    from motcua.engines.edxml.samples import document, signer

    seal = signer("Ủy ban nhân dân phường Phan Đình Phùng", "H55.237")
    message = document(_noise(6_200))
    signed, unsigned = edxml.write(message, seal), edxml.write(message)
    if not (abs(len(signed) - SIZE) < 1_000 and edxml.judge(signed).signature.state == "valid"):
        raise RuntimeError(f"the sample has {len(signed)} bytes or does not verify")
    return {
        "documents_per_second": _rate(lambda: edxml.judge(signed)),
        "unsigned_per_second": _rate(lambda: edxml.judge(unsigned)),
        "written_per_second": _rate(lambda: edxml.write(message, seal)),
        "bytes": len(signed),
    }


def _noise(size: int) -> bytes:
    """What does not compress, as a PDF does not; the same each time."""
    return random.Random(102).randbytes(size)


def _rate(work: Callable[[], object]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(COUNT):
            work()
        rounds.append(COUNT / (time.process_time() - begun))
    return round(statistics.median(rounds))
