"""What a decision came to, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from motcua.engines.feel import to_json


@dataclass(frozen=True)
class FiredRule:
    """A rule of a decision table that matched: the decision, the table, the rule (from 1), its annotations, and
    for every input its expression, the value found and the test it met."""

    decision: str
    table_id: str
    rule_index: int
    rule_id: str
    annotations: dict[str, str]
    inputs: list[tuple[str, Any, str]]

    def to_json(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "table_id": self.table_id,
            "rule_index": self.rule_index,
            "rule_id": self.rule_id,
            "annotations": self.annotations,
            "inputs": [[expression, to_json(value), test] for expression, value, test in self.inputs],
        }


@dataclass(frozen=True)
class Outcome:
    """The value of a decision, the rules that fired, what went wrong, and every decision it needed."""

    value: Any
    fired: list[FiredRule] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    decisions: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "value": to_json(self.value),
            "fired": [rule.to_json() for rule in self.fired],
            "messages": list(self.messages),
            "decisions": {name: to_json(value) for name, value in self.decisions.items()},
        }
