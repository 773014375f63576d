"""How much may be called: in a minute, in a day, at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

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
    """The use of each quota by each client; a day's count begins anew with the process."""

    def __init__(self) -> None:
        self._uses: dict[tuple[str, str], _Use] = {}

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
