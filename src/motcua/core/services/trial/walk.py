"""Walking a case through its process, as its acts and the services would answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.core.services.pack import FactMissing, Pack, total
from motcua.core.services.pack.expressions import Expression, plain
from motcua.core.services.pack.parts import Decided, Gear
from motcua.engines import bpmn, working_time
from motcua.engines.working_time import Calendar

MOST_STEPS = 200
FIRST = {"receive": "accept", "appraise": "accept", "sign": "signed", "return": "returned"}
NUMBER = "019226009999"


class Lost(Exception):
    """The process cannot be walked to its end; the message says where and why."""


@dataclass
class Walk:
    """Where a case went: steps in the order they were reached, decisions, effects, the end."""

    pack: Pack
    facts: dict[str, Any]
    acts: Mapping[str, Any]
    calendar: Calendar
    at: dt.datetime
    path: list[str] = field(default_factory=list)
    due: dict[str, dt.datetime] = field(default_factory=dict)
    decisions: dict[str, Decided] = field(default_factory=dict)
    gears: dict[str, str] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    drafted: dict[str, Any] | None = None
    refused: bool = False
    agencies: dict[str, str] = field(default_factory=dict)
    end: str = ""

    def run(self) -> None:
        """From the start to an end event. Raises Lost."""
        self._env = bpmn.PlainEnvironment(calendar=self.calendar)
        step = bpmn.start(self.pack.process, plain(self.facts), self.at, self._env)
        for _ in range(MOST_STEPS):
            self._look(step)
            if step.state.ended is not None:
                return
            step = self._next(step)
        raise Lost(
            f"the process did not end within {MOST_STEPS} steps; it passed {', '.join(self.path[-12:])}"
        )

    def _look(self, step: bpmn.Step) -> None:
        """Note what the step asked for and passed."""
        self.facts = {**self.facts, **step.data}
        for effect in step.effects:
            match effect:
                case bpmn.TaskOffered():
                    self.path.append(effect.element_id)
                    self._note_task(effect)
                case bpmn.ServiceRequested() | bpmn.MessageAwaited():
                    self.path.append(effect.element_id)
                case bpmn.Passed():
                    element = self.pack.process.element(effect.element_id)
                    if element.kind is bpmn.Kind.END:
                        self.end = element.id
                    elif element.kind is bpmn.Kind.BOUNDARY:
                        self.path.append(element.id)
                case bpmn.Incident():
                    raise Lost(f"{effect.element_id}: {effect.message}")
                case _:
                    pass

    def _note_task(self, task: bpmn.TaskOffered) -> None:
        limit = task.time_limit
        if limit is not None:
            due = working_time.deadline(self.at, limit, self.calendar)
            if due is not None:
                self.due[task.element_id] = due
        wanted = task.own.get("agency", "")
        if wanted.startswith("="):
            self.agencies[task.element_id] = str(Expression(wanted[1:]).value(self.pack.context(self.facts)))

    def _next(self, step: bpmn.Step) -> bpmn.Step:
        """Let whoever is waited for act: a person, a service, a message; or let time pass."""
        process, state = self.pack.process, step.state
        waiting = [token for token in state.tokens if token.wait in (bpmn.Wait.PERSON, bpmn.Wait.SERVICE)]
        for token in waiting:
            act = self.acts.get(token.element) or {}
            if act.get("silent"):
                return self._wait(step, token.element)
            element = process.element(token.element)
            result = self._service(element) if token.wait is bpmn.Wait.SERVICE else self._person(element, act)
            result = {**result, **plain(act.get("facts") or {})}
            return bpmn.complete(process, state, step.data, token.id, result, self.at, self._env)
        for token in state.tokens:
            if token.wait is bpmn.Wait.MESSAGE:
                told = bpmn.message(
                    process, state, step.data, process.element(token.element).event.name, token.key, {}, self.at,
                    self._env,
                )  # fmt: skip
                if told is not None:
                    return told
        raise Lost(f"nothing moves the process on from {', '.join(token.element for token in state.tokens)}")

    def _wait(self, step: bpmn.Step, element: str) -> bpmn.Step:
        timers = [dt.datetime.fromisoformat(token.due) for token in step.state.tokens if token.due]
        if not timers:
            raise Lost(f"{element} stays silent and no timer watches it")
        self.at = min(timers)
        return bpmn.fire_due(self.pack.process, step.state, step.data, self.at, self._env)

    def _person(self, element: bpmn.Element, act: Mapping[str, Any]) -> dict[str, Any]:
        usual = element.own.get("outcomes", "").split()
        outcome = act.get("outcome") or (
            usual[0] if usual else FIRST.get(element.own.get("verb", ""), "done")
        )
        if usual and outcome not in usual:
            raise Lost(f"{element.id} ends with {' or '.join(usual)}, not with {outcome!r}")
        return {"outcome": outcome, "reason": act.get("reason")}

    def _service(self, element: bpmn.Element) -> dict[str, Any]:
        work = element.work
        kind = "" if work is None else work.type.text
        answer = _ANSWERS.get(kind)
        return {} if answer is None or work is None else answer(self, work.headers)

    def _charge(self, headers: Mapping[str, str]) -> dict[str, Any]:
        return {"charged": total(fee for fee in self.pack.fees(self.facts) if fee.pay == "before")}

    def _decide(self, headers: Mapping[str, str]) -> dict[str, Any]:
        name = headers["decision"]
        decided = self.pack.decide(name, self.facts)
        rule = self.pack.gear(name, self.at.date())
        gear = Gear.PROPOSE if rule is None else rule.gear
        self.decisions[name], self.gears[name] = decided, gear.value
        known = self.facts.get("decision") or {}
        automatic = gear is Gear.AUTOMATIC
        return {
            "decision": {
                **plain(known),
                name: {**decided.as_fact(), "gear": gear.value, "automatic": automatic},
            }
        }

    def _number(self, headers: Mapping[str, str]) -> dict[str, Any]:
        self._happen(headers)
        return {"number": {"state": "issued", "value": NUMBER}}

    def _entry(self, headers: Mapping[str, str]) -> dict[str, Any]:
        effect = self._happen(headers)
        day = self.at.date()
        return {
            "entry": {
                "book": effect, "number": 27, "year": day.year, "state": "pending", "registered_on": day.isoformat(),
                "agency_name": "Ủy ban nhân dân phường Phan Đình Phùng",
            }
        }  # fmt: skip

    def _write(self, headers: Mapping[str, str]) -> dict[str, Any]:
        self._happen(headers)
        return {}

    def _happen(self, headers: Mapping[str, str]) -> str:
        effect = self.pack.effect(headers["effect"], self.facts)
        if effect is None:
            return ""
        lacking = [
            name for name, value in effect.data.items() if value is None and not name.startswith("father")
        ]
        if lacking:
            raise FactMissing(f"effect {effect.id}: nothing is known of {', '.join(lacking)}")
        self.effects.append(effect.id)
        return effect.book

    def _draft(self, headers: Mapping[str, str]) -> dict[str, Any]:
        self.drafted = self.pack.result_data(self.facts)
        return {"result": {"document": 1}}

    def _refuse(self, headers: Mapping[str, str]) -> dict[str, Any]:
        self.refused = True
        return {"refused": True}


_ANSWERS: dict[str, Callable[[Walk, Mapping[str, str]], dict[str, Any]]] = {
    "payments.charge": Walk._charge,
    "decision.run": Walk._decide,
    "population.request_number": Walk._number,
    "civil_status.open_entry": Walk._entry,
    "registers.write": Walk._write,
    "documents.draft_result": Walk._draft,
    "case.refuse": Walk._refuse,
}
