"""What a step asks of the caller: rows to write, people to ask, services to call, timers to keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from motcua.engines.working_time import Limit, Unit


@dataclass(frozen=True, slots=True)
class TaskOffered:
    """A person has something to do. `role` is the first candidate group, else the lane's name.

    `priority` is 0 to 100 (50 when the drawing says nothing); `due` and `follow_up` are dates that the drawing gives.
    """

    token_id: int
    element_id: str
    name: str
    role: str = ""
    form: str | None = None
    limit: Decimal | None = None
    unit: Unit | None = None
    verb: str | None = None
    assignee: str | None = None
    candidate_groups: tuple[str, ...] = ()
    candidate_users: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    priority: int = 50
    due: str | None = None
    follow_up: str | None = None

    @property
    def time_limit(self) -> Limit | None:
        """The limit as the legal clock takes it."""
        return None if self.limit is None or self.unit is None else Limit(self.limit, self.unit)


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    """That person need not do it any more."""

    token_id: int


@dataclass(frozen=True, slots=True)
class ServiceRequested:
    """A service is to be called; the answer comes back by `complete` or `fail`, in this transaction or later."""

    token_id: int
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    asynchronous: bool = False
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class ServiceWithdrawn:
    """The answer is not waited for any more."""

    token_id: int


@dataclass(frozen=True, slots=True)
class TimerSet:
    """`fire_due` is to be called at `due` (aware)."""

    token_id: int
    due: datetime
    working: bool
    duration: str
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class TimerCleared:
    """That timer has fired or is not needed any more."""

    token_id: int


@dataclass(frozen=True, slots=True)
class MessageAwaited:
    """A message of that name and correlation key is waited for."""

    token_id: int
    name: str
    key: str | None
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageReleased:
    """That message has come or is not waited for any more."""

    token_id: int


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """A message to tell others."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """A signal to spread to every instance that waits for it; this one has heard it already."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalAwaited:
    """A signal of that name is waited for."""

    token_id: int
    name: str


@dataclass(frozen=True, slots=True)
class SignalReleased:
    """That signal has come or is not waited for any more."""

    token_id: int


@dataclass(frozen=True, slots=True)
class Passed:
    """An element was left: the trail of the case."""

    element_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """The process cannot go on there by itself. With a `token_id`, `retry` tries again after it is mended."""

    element_id: str
    message: str
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The instance is over: completed, terminated, error (with its code) or cancelled."""

    kind: str
    error_code: str | None = None


Effect = (
    TaskOffered
    | TaskWithdrawn
    | ServiceRequested
    | ServiceWithdrawn
    | TimerSet
    | TimerCleared
    | MessageAwaited
    | MessageReleased
    | MessageThrown
    | SignalThrown
    | SignalAwaited
    | SignalReleased
    | Passed
    | Incident
    | Ended
)
