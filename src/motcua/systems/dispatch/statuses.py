"""The nine statuses as a state machine: what may follow what, on both sides of the axis."""

from __future__ import annotations

from motcua.engines.edxml import StatusCode

S = StatusCode
_WAY = (S.ARRIVED, S.RECEIVED, S.ASSIGNED, S.PROCESSING, S.FINISHED)
FINAL = frozenset({S.REFUSED, S.RECALL_AGREED})
_NEXT: dict[str, frozenset[str]] = {
    "": frozenset({S.ARRIVED, S.REFUSED, S.RECEIVED}),
    S.ARRIVED: frozenset({S.REFUSED, S.RECEIVED}),
    S.RECEIVED: frozenset({S.REFUSED, S.ASSIGNED, S.PROCESSING, S.FINISHED}),
    S.ASSIGNED: frozenset({S.PROCESSING, S.FINISHED}),
    S.PROCESSING: frozenset({S.FINISHED}),
    S.FINISHED: frozenset(),
    S.REFUSED: frozenset(),
    S.RECALL_ASKED: frozenset({S.RECALL_AGREED, S.RECALL_REFUSED}),
    S.RECALL_AGREED: frozenset(),
    S.RECALL_REFUSED: frozenset({S.REFUSED, *_WAY}),
}


def may_follow(before: str, after: str) -> bool:
    """Whether a document that stands at `before` may go to `after`. A sender may ask it back until it is refused or
    given back."""
    if after == S.RECALL_ASKED:
        return before not in FINAL and before != S.RECALL_ASKED
    return after in _NEXT.get(before, frozenset())


def overtaken(before: str, after: str) -> bool:
    """Whether `after` is a receipt that came late: the document is further already. It is noted, and moves nothing.

    A step may be left out, as receivers do who say "finished" at once.
    """
    if before in _WAY and after in _WAY:
        return _WAY.index(S(after)) <= _WAY.index(S(before))
    return before == after or before in FINAL


def leads_on(before: str, after: str) -> bool:
    """Whether a receipt from elsewhere is believed: it follows, or skips steps of the way forward."""
    if may_follow(before, after):
        return True
    if after in _WAY and (before == "" or before in _WAY):
        return before == "" or _WAY.index(S(after)) > _WAY.index(S(before))
    return False
