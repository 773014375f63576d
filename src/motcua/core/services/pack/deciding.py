"""Taking a decision of a pack: which rule fired, why, and by which article."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motcua.core.services.pack.expressions import plain
from motcua.core.services.pack.parts import Decided, DecisionUse, Words
from motcua.engines import dmn

REASON_VI, REASON_EN, LAW = "reason_vi", "reason_en", "law"
"""The annotation columns that every decision table of a pack has."""


class NoOutcome(Exception):
    """No rule fired: the table has a gap for these facts."""


def decide(model: dmn.Model, use: DecisionUse, context: Mapping[str, Any], version: str) -> Decided:
    """Evaluate, and tell the rule that decided. Raises NoOutcome."""
    outcome = model.decide(use.decision, context)
    value = plain(outcome.value)
    if value is None:
        raise NoOutcome(f"{use.file}: no rule of {use.decision!r} fires for these facts; the table has a gap")
    fired = [row for row in outcome.fired if row.decision == use.decision]
    last = fired[-1] if fired else None
    notes = dict(last.annotations) if last is not None else {}
    outputs = value if isinstance(value, Mapping) else {"value": value}
    return Decided(
        use.name,
        outputs.get("value", value),
        last.rule_id if last is not None else "",
        Words(str(notes.get(REASON_VI, "")), str(notes.get(REASON_EN, ""))),
        str(notes.get(LAW, "")),
        {node.name: plain(context.get(node.name)) for node in model.needed_inputs(use.decision)},
        outputs,
        version,
        tuple(row.rule_id for row in fired),
    )
