"""What the interpreter asks of its surroundings: decisions, due times, functions, called processes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from motcua.engines.bpmn.elements import Definition
from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.bpmn.timers import due_at
from motcua.engines.working_time import Calendar


class Environment(Protocol):
    """Given by the caller with each step; nothing in it is kept in the state."""

    @property
    def functions(self) -> Mapping[str, Any]:
        """Names that every FEEL expression may use besides the data."""

    def decide(self, decision_ref: str, inputs: Mapping[str, Any]) -> Any:
        """The value of a decision over the data. May raise BpmnFaultError, which the process can catch."""

    def due(self, duration: str, working: bool, now: datetime) -> datetime:
        """When an ISO 8601 duration or date is due. May raise BpmnError."""

    def process(self, process_id: str) -> Definition:
        """A process in another file that a call activity names. Raises BpmnError when there is none."""


@dataclass(frozen=True)
class PlainEnvironment:
    """An environment made of what it is given: decisions as callables, one calendar, processes by id."""

    decisions: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    processes: Mapping[str, Definition] = field(default_factory=dict)

    def decide(self, decision_ref: str, inputs: Mapping[str, Any]) -> Any:
        """Call the decision of that name."""
        decision = self.decisions.get(decision_ref)
        if decision is None:
            raise BpmnError(f"There is no decision “{decision_ref}”.")
        return decision(inputs)

    def due(self, duration: str, working: bool, now: datetime) -> datetime:
        """Count on the wall clock, or on this calendar."""
        return due_at(duration, working, now, self.calendar)

    def process(self, process_id: str) -> Definition:
        """The process of that id."""
        found = self.processes.get(process_id)
        if found is None:
            raise BpmnError(f"There is no process “{process_id}” to call.")
        return found
