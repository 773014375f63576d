"""Decisions in three gears, each stored so that it can be replayed.

Shadow: evaluated and kept, an officer decides without seeing it. Propose: an officer sees it and takes it over or not.
Automatic: it is the decision, and only with its legal basis on file (Decree 224/2026 art. 16, level 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.core import clock
from motcua.core.cases.models import Case, DecisionRun, Gear
from motcua.core.keys import new_uuid
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.services.pack.expressions import plain, typed

DEPARTS = frozenset({"depart", "reject"})
"""Outcomes by which an officer does not follow what was proposed."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One evaluation, ready to be stored."""

    uuid: Any
    decision: str
    version_id: int
    gear: str
    legal_basis: str
    inputs: dict[str, Any]
    sources: dict[str, Any]
    outcome: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """As the columns of DecisionRun but for the case and the time."""
        return {
            "uuid": str(self.uuid),
            "decision": self.decision,
            "version_id": self.version_id,
            "gear": self.gear,
            "legal_basis": self.legal_basis,
            "inputs": self.inputs,
            "sources": self.sources,
            "outcome": self.outcome,
            "proposed": self.outcome["value"] if self.gear == Gear.PROPOSE else None,
            "adopted": True if self.gear == Gear.AUTOMATIC else None,
            "adopted_by": SYSTEM.label if self.gear == Gear.AUTOMATIC else "",
        }


class Decider:
    """Evaluates the decisions of one version for one agency, and remembers each evaluation."""

    def __init__(
        self, pack: Any, version_id: int, agency_id: int, on: dt.date, found: Mapping[str, Any] | None = None
    ) -> None:
        self.pack = pack
        self.version_id = version_id
        self.agency_id = agency_id
        self.on = on
        self.found = found or {}
        self.made: list[Evaluated] = []

    def gear_of(self, decision: str) -> tuple[str, str]:
        """The gear in force and its legal basis; `automatic` without a basis drops to `propose`."""
        from motcua.core.services import queries as services

        setting = services.gear(self.pack.code, decision, self.agency_id, self.on)
        gear, basis = str(setting.gear), str(getattr(setting, "legal_basis", "") or "")
        if gear == Gear.AUTOMATIC and not basis:
            return Gear.PROPOSE, ""
        return gear, basis

    def decide(self, decision: str, context: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate and remember. Returns {value, rule, reason_vi, reason_en, law, gear, automatic} for the process; in
        shadow everything but the gear is kept from it."""
        gear, basis = self.gear_of(decision)
        inputs, outcome = evaluate(self.pack, decision, context)
        self.made.append(
            Evaluated(new_uuid(), decision, self.version_id, gear, basis, inputs, self._sources(), outcome)
        )
        shown = {key: outcome.get(key) for key in ("value", "rule", "reason_vi", "reason_en", "law")}
        if gear == Gear.SHADOW:
            shown = dict.fromkeys(shown)
        return {**shown, "gear": str(gear), "automatic": gear == Gear.AUTOMATIC}

    def _sources(self) -> dict[str, Any]:
        """Which registers were looked into for this case, and when: {register/key: {source, labels, at}}."""
        return {
            f"{entry['register']}/{entry['key']}": {
                "source": entry["source"],
                "labels": entry.get("labels") or {},
                "at": entry["at"],
            }
            for entry in self.found.values()
            if entry.get("register")
        }


def evaluate(pack: Any, decision: str, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(inputs, outcome): what the rules were given, and {value, rule, reason_vi, reason_en, law, outputs, fired}."""
    use = pack.decisions[decision]
    context = pack.context(facts)
    needed = pack.models[use.file].needed_inputs(use.decision)
    inputs = {
        node.name: plain(context.get(node.name)) for node in needed if not callable(context.get(node.name))
    }
    decided = pack.decide(decision, facts)
    outcome = {
        **decided.as_fact(),
        "outputs": decided.outputs,
        "fired": list(decided.fired),
        "digest": decided.version,
    }
    return inputs, plain(outcome)


def store(case: Case, made: list[Evaluated]) -> list[DecisionRun]:
    """Keep evaluations with their case, each with its event. Rules are evaluated by the system, whoever's act set
    them going."""
    runs = []
    for evaluated in made:
        run = DecisionRun.objects.create(case=case, at=clock.now(), **evaluated.row())
        emit(
            "decision.run",
            SYSTEM,
            case_id=case.pk,
            subject=("decision_run", run.pk),
            data={"decision": run.decision, "gear": run.gear, "rule": run.outcome.get("rule")},
        )
        runs.append(run)
    return runs


def adopt(case: Case, actor: Actor, outcome: str) -> None:
    """An officer decided: note for each open proposal whether it was taken over."""
    for run in case.decision_runs.filter(adopted=None):
        run.adopted = outcome not in DEPARTS
        run.adopted_by = actor.label
        run.save(update_fields=["adopted", "adopted_by"])


def replay(run: DecisionRun, actor: Actor | None = None) -> bool:
    """Evaluate again under the same version with the same inputs. Returns whether the outcome is the same.

    A replay that somebody asked for is an event of its own; the nightly one tells only of differences.
    """
    from motcua.core.services import queries as services

    pack = services.pack(run.version_id)
    outcome = again(pack, run.decision, run.inputs)
    same = all(run.outcome.get(key) == outcome.get(key) for key in ("value", "rule"))
    run.replayed_at, run.replayed_same = clock.now(), same
    run.save(update_fields=["replayed_at", "replayed_same"])
    if actor is not None:
        emit(
            "decision.replayed",
            actor,
            case_id=run.case_id,
            subject=("decision_run", run.pk),
            data={"decision": run.decision, "same": same},
        )
    return same


def again(pack: Any, decision: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outcome for stored inputs, by the tables of that version."""
    from motcua.core.services.pack import deciding

    use = pack.decisions[decision]
    decided = deciding.decide(pack.models[use.file], use, typed(inputs), pack.digest)
    outcome: dict[str, Any] = plain(decided.as_fact())
    return outcome
