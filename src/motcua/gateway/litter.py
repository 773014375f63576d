"""Python's search for dead cycles, when it disturbs least.

An exchange leaves no cycles; connections that end and faults do. Searched for after each so many objects, as Python
does by itself, every object of hundreds of exchanges under way is looked at many times a second, and once in a while
all objects of the process: that is felt as a late answer. So the young are searched twice a second, all when nothing
is under way, at the latest every ten minutes.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

_EVERY_S = 0.5
_MIDDLE_EVERY = 20
_ALL_AT_LATEST_S = 600.0
_ALL_AT_EARLIEST_S = 10.0


async def clear_litter(is_busy: Callable[[], bool]) -> None:
    """Take the search over from Python, for as long as the process lives."""
    gc.collect()
    gc.freeze()
    gc.disable()
    cleared_all = time.monotonic()
    times = 0
    while True:
        await asyncio.sleep(_EVERY_S)
        times += 1
        since = time.monotonic() - cleared_all
        if since > _ALL_AT_LATEST_S or (since > _ALL_AT_EARLIEST_S and not is_busy()):
            gc.collect()
            cleared_all = time.monotonic()
        else:
            gc.collect(1 if times % _MIDDLE_EVERY == 0 else 0)
