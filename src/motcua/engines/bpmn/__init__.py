"""A BPMN 2.0 interpreter over plain state: pure functions from where an instance stands to where it stands next.

See README.md for what is run and how a caller stores it.
"""

from motcua.engines.bpmn.acts import cancel, complete, fail, fire_due, message, rearm, retry, signal, start
from motcua.engines.bpmn.check import Report, check
from motcua.engines.bpmn.effects import (
    Effect,
    Ended,
    Incident,
    MessageAwaited,
    MessageReleased,
    MessageThrown,
    Passed,
    ServiceRequested,
    ServiceWithdrawn,
    SignalAwaited,
    SignalReleased,
    SignalThrown,
    TaskOffered,
    TaskWithdrawn,
    TimerCleared,
    TimerSet,
)
from motcua.engines.bpmn.elements import Definition, Element, Kind
from motcua.engines.bpmn.environment import Environment, PlainEnvironment
from motcua.engines.bpmn.errors import BpmnError, BpmnFaultError, EndlessError, NotWaitingError
from motcua.engines.bpmn.machine import Step
from motcua.engines.bpmn.migrate import Migration, Stop, migrate, offers
from motcua.engines.bpmn.reader import Finding, Level, load
from motcua.engines.bpmn.state import Scope, State, Token, Wait
from motcua.engines.bpmn.timers import due_at

__all__ = [
    "BpmnError",
    "BpmnFaultError",
    "Definition",
    "Effect",
    "Element",
    "Ended",
    "EndlessError",
    "Environment",
    "Finding",
    "Incident",
    "Kind",
    "Level",
    "MessageAwaited",
    "MessageReleased",
    "MessageThrown",
    "Migration",
    "NotWaitingError",
    "Passed",
    "PlainEnvironment",
    "Report",
    "Scope",
    "ServiceRequested",
    "ServiceWithdrawn",
    "SignalAwaited",
    "SignalReleased",
    "SignalThrown",
    "State",
    "Step",
    "Stop",
    "TaskOffered",
    "TaskWithdrawn",
    "TimerCleared",
    "TimerSet",
    "Token",
    "Wait",
    "cancel",
    "check",
    "complete",
    "due_at",
    "fail",
    "fire_due",
    "load",
    "message",
    "migrate",
    "offers",
    "rearm",
    "retry",
    "signal",
    "start",
]
