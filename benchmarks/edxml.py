"""edXML: parse and check a 13 kB document with one attachment.

`documents_per_second`: read, judged by every rule of the standard, attachment unpacked within its bounds; of one
process, per second of CPU, the median of five rounds. `signed_per_second` is the same with a P-256 signature verified
over the whole file and its signer compared with the sender; `written_per_second` is writing and signing the document.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

ROUNDS, COUNT = 5, 400
SIZE = 13_000


def run() -> dict[str, float]:
    """documents_per_second, signed_per_second, written_per_second, bytes."""
    from motcua.engines import edxml
    from motcua.engines.edxml.samples import document, signer

    seal = signer("Ủy ban nhân dân phường Phan Đình Phùng", "H55.237")
    message = document(_noise(6_200))
    signed, unsigned = edxml.write(message, seal), edxml.write(message)
    if not (abs(len(signed) - SIZE) < 1_000 and edxml.judge(signed).signature.state == "valid"):
        raise RuntimeError(f"the sample has {len(signed)} bytes or does not verify")
    return {
        "documents_per_second": _rate(lambda: edxml.judge(unsigned)),
        "signed_per_second": _rate(lambda: edxml.judge(signed)),
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
