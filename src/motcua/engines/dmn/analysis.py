"""What is wrong with a decision table, each finding with an example for the person who draws it.

The values of each input fall into stretches within which no cell changes its answer: the constants of the cells
and the gaps between them. A rule is then a set of stretches per input, and gaps, overlaps and covered rules are
found by walking these sets, kept as bits of whole numbers, instead of trying values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import and_
from typing import Any

from motcua.engines.dmn.axes import Axis, TooLarge, axis_of, bits_of, lowest
from motcua.engines.dmn.model import Model
from motcua.engines.dmn.table import DecisionTable, row_rank
from motcua.engines.feel import as_text

#: findings of one kind; more of a kind help nobody who draws
_MOST_OF_A_KIND = 15
#: stretches looked at in the search for gaps, and in that for covered rules
_MOST_STEPS = 1_000_000
_MOST_PAIRS = 3_000_000
_MOST_TRIALS = 1_000_000


@dataclass(frozen=True)
class Finding:
    """A fault of a table. kind: gap (no rule), overlap (several rules with one answer), contradiction (several
    rules with different answers), unreachable (a rule that can never decide), limit (the table was too large for
    one of these searches; the message says which). Rules count from 1."""

    kind: str
    message: str
    rules: list[int]
    example: dict[str, Any]
    table: str = ""


def analyse(of: Model | DecisionTable) -> list[Finding]:
    """The findings of a table, or of all tables of a model: at most 15 of a kind each. Rules with tests that
    depend on other data are left out of pairs, and a table that has such rules is not searched for gaps."""
    if isinstance(of, Model):
        return [finding for table in of.tables.values() for finding in analyse(table)]
    return _Analysis(of).findings()


class _Analysis:
    def __init__(self, table: DecisionTable) -> None:
        self.table = table
        self.count = len(table.rules)
        self.everything = (1 << self.count) - 1
        self.open = 0
        for column in table.columns:
            self.open |= column.open_rules
        self.steps_left = _MOST_STEPS
        self.covered_from: set[tuple[int, int]] = set()

    def findings(self) -> list[Finding]:
        try:
            self.axes = [axis_of(column, self.count) for column in self.table.columns]
        except TooLarge as reason:
            return [self._finding("limit", f"the table was not analysed: {reason}", [], {})]
        searches = (self._impossible(), self._pairs(), self._covered(), self._gaps())
        return [finding for search in searches for finding in _some_of_each(search)]

    def _finding(self, kind: str, message: str, rules: list[int], example: dict[str, Any]) -> Finding:
        return Finding(kind, message, [rule + 1 for rule in rules], example, self.table.id)

    def _closed_rules(self) -> list[int]:
        return [rule for rule in range(self.count) if not self.open >> rule & 1]

    def _possible_rules(self) -> list[int]:
        return [rule for rule in self._closed_rules() if self._empty(rule) is None]

    def _empty(self, rule: int) -> Axis | None:
        return next((axis for axis in self.axes if not axis.rules[rule]), None)

    def _impossible(self) -> Iterator[Finding]:
        for rule in self._closed_rules():
            axis = self._empty(rule)
            if axis is not None:
                message = f"rule {rule + 1} can never match: no allowed value of {axis.label} meets its test"
                yield self._finding("unreachable", message, [rule], {})

    # pairs

    def _pairs(self) -> Iterator[Finding]:
        if self.table.hit_policy not in ("UNIQUE", "ANY"):
            return
        rules = self._possible_rules()
        pairs_left = _MOST_PAIRS
        masks = {rule: [axis.rules[rule] for axis in self.axes] for rule in rules}
        for at, first in enumerate(rules):
            pairs_left -= len(rules) - at
            if pairs_left < 0:
                message = f"only rules 1 to {first} were compared with all others: the table is too large"
                yield self._finding("limit", message, [], {})
                return
            mine = masks[first]
            for second in rules[at + 1 :]:
                if all(map(and_, mine, masks[second])):
                    yield self._overlap(first, second, list(map(and_, mine, masks[second])))

    def _overlap(self, first: int, second: int, common: list[int]) -> Finding:
        example = {
            axis.label: axis.values[lowest(mask)] for axis, mask in zip(self.axes, common, strict=True)
        }
        where = _described(example)
        if self.table.rules[first].texts != self.table.rules[second].texts:
            message = f"rules {first + 1} and {second + 1} both match {where} and say different things"
            return self._finding("contradiction", message, [first, second], example)
        message = f"rules {first + 1} and {second + 1} both match {where}; their answers agree"
        return self._finding("overlap", message, [first, second], example)

    # rules hidden by others

    def _covered(self) -> Iterator[Finding]:
        policy = self.table.hit_policy
        if policy not in ("FIRST", "PRIORITY"):
            return
        closed = sum(1 << rule for rule in self._closed_rules())
        ranks = [row_rank(self.table, rule) for rule in range(self.count)] if policy == "PRIORITY" else []
        self.steps_left = _MOST_STEPS
        for rule in self._possible_rules():
            if policy == "FIRST":
                stronger = closed & ((1 << rule) - 1)
            else:
                stronger = closed & sum(1 << o for o in range(self.count) if ranks[o] < ranks[rule])
            self.covered_from.clear()
            space = [axis.rules[rule] for axis in self.axes]
            free = next(self._uncovered(stronger, space, 0, {}), None) if stronger else {}
            if self.steps_left < 0:
                message = f"rules from {rule + 1} on were not searched for such as never decide: the table is too large"
                yield self._finding("limit", message, [], {})
                return
            if free is None:
                before = "earlier rules" if policy == "FIRST" else "rules of higher priority"
                yield self._finding(
                    "unreachable", f"rule {rule + 1} never decides: {before} cover it", [rule], {}
                )

    # gaps

    def _gaps(self) -> Iterator[Finding]:
        if self.open or not self.axes or any(output.default for output in self.table.outputs):
            return
        self.steps_left = _MOST_STEPS
        self.covered_from.clear()
        space = [(1 << len(axis.values)) - 1 for axis in self.axes]
        for example in self._uncovered(self.everything, space, 0, {}):
            yield self._finding("gap", f"no rule for {_described(example)}", [], example)
        if self.steps_left < 0:
            message = "not every combination was searched for gaps: the table is too large"
            yield self._finding("limit", message, [], {})

    def _uncovered(
        self, rules: int, space: list[int], at: int, chosen: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Examples within the space that none of the rules takes; stretches that treat all rules alike go as one,
        and what is known to be covered is not searched again."""
        if not rules:
            rest = list(zip(self.axes[at:], space[at:], strict=True))
            if all(mask for _, mask in rest):  # an input that no value fits leaves nothing uncovered
                yield chosen | {axis.label: axis.values[lowest(mask)] for axis, mask in rest}
            return
        if at == len(self.axes) or (at, rules) in self.covered_from:
            return
        axis, found = self.axes[at], False
        seen: set[int] = set()
        for stretch in bits_of(space[at]):
            self.steps_left -= 1
            if self.steps_left < 0:
                return
            taken = rules & axis.takers[stretch]
            if taken not in seen:
                seen.add(taken)
                with_this = chosen | {axis.label: axis.values[stretch]}
                for example in self._uncovered(taken, space, at + 1, with_this):
                    found = True
                    yield example
        if not found and self.steps_left >= 0:
            self.covered_from.add((at, rules))


def _some_of_each(findings: Iterator[Finding]) -> list[Finding]:
    """The first few of each kind. A search goes on only while it finds kinds of which there are few yet."""
    kept: list[Finding] = []
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.kind] += 1
        if counts[finding.kind] <= _MOST_OF_A_KIND:
            kept.append(finding)
        elif counts.total() > 20 * _MOST_OF_A_KIND:
            break
    return kept


def _described(example: dict[str, Any]) -> str:
    return ", ".join(f"{label} = {_shown(value)}" for label, value in example.items()) or "any input"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else "null" if value is None else as_text(value)
