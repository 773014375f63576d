"""How much may be called: in a minute, in a day, at once."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motcua.gateway.configuration import Quota
from motcua.gateway.faults import Fault

_DAY = 86_400


@dataclass(slots=True)
class _Use:
    slices: deque[list[float]] = field(default_factory=deque)
    """[second, calls] of the last sixty seconds."""
    in_minute: int = 0
    day: int = 0
    in_day: int = 0
    at_once: int = 0


class Quotas:
    """The use of each quota by each client.

    The day's counts (days of UTC) are kept in a file, written by `keep`: a restart goes on with them, a crash forgets
    what was counted since the last writing. The last minute's are in memory alone.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._uses: dict[tuple[str, str], _Use] = {}
        self._changed = False
        if file is not None:
            self._recall(file)

    def _recall(self, file: Path) -> None:
        """A file that is not ours, or not whole, is no reason to refuse calls: counting begins anew."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(file.read_text(encoding="utf-8"))
            for client, service, in_day in kept["uses"]:
                self._uses[str(client), str(service)] = _Use(day=int(kept["day"]), in_day=int(in_day))

    def keep(self, now: float) -> None:
        """Write the day's counts where any call was counted since. A full disk keeps nobody from calling."""
        if self._file is None or not self._changed:
            return
        self._changed = False
        beside = self._file.with_suffix(".new")
        with contextlib.suppress(OSError):
            content = {"day": int(now // _DAY), "uses": [list(one.values()) for one in self.told(now)]}
            beside.write_text(json.dumps(content), encoding="utf-8")
            beside.replace(self._file)

    def told(self, now: float) -> list[dict[str, Any]]:
        """Who called what how often today. An empty service: all that have no quota of their own."""
        today = int(now // _DAY)
        return [
            {"client": client, "service": service, "today": use.in_day}
            for (client, service), use in self._uses.items()
            if use.day == today
        ]

    def enter(self, quota: Quota, client: str, service: str, now: float) -> _Use:
        """Count one call. Raises Fault (429) when it is one too many."""
        key = (client, quota.service or ("" if quota.client else service))
        use = self._uses.setdefault(key, _Use())
        self._forget(use, now)
        if quota.at_once and use.at_once >= quota.at_once:
            raise _exceeded(f"{quota.at_once} calls at once", 1)
        if quota.per_minute and use.in_minute >= quota.per_minute:
            raise _exceeded(f"{quota.per_minute} calls a minute", max(1, round(use.slices[0][0] + 60 - now)))
        if quota.per_day and use.in_day >= quota.per_day:
            raise _exceeded(f"{quota.per_day} calls a day", max(1, round(_DAY - now % _DAY)))
        if use.slices and use.slices[-1][0] == int(now):
            use.slices[-1][1] += 1
        else:
            use.slices.append([int(now), 1])
        use.in_minute += 1
        use.in_day += 1
        use.at_once += 1
        self._changed = True
        return use

    @staticmethod
    def leave(use: _Use) -> None:
        use.at_once -= 1

    @staticmethod
    def _forget(use: _Use, now: float) -> None:
        while use.slices and use.slices[0][0] + 60 <= now:
            use.in_minute -= int(use.slices.popleft()[1])
        today = int(now // _DAY)
        if use.day != today:
            use.day, use.in_day = today, 0


def _exceeded(limit: str, after_s: int) -> Fault:
    return Fault("Server.ServerProxy.QuotaExceeded", f"the quota of {limit} is used up", 429, after_s)
