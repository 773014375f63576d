"""Who does the steps that the state does by itself: service task type → handler. Other rooms register theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from motcua.core.ledger.actor import Actor

if TYPE_CHECKING:
    from motcua.core.cases.models import Case


@dataclass(frozen=True, slots=True)
class Work:
    """One service request to do: `inputs` are the mapped inputs, `headers` the constants written in the process."""

    case: Case
    request_uuid: str
    token_id: int
    element_id: str
    inputs: Mapping[str, Any]
    headers: Mapping[str, str]
    facts: Mapping[str, Any]
    pack: Any
    actor: Actor

    def parameter(self, name: str, default: Any = None) -> Any:
        """An input of that name, else the header, else the default."""
        value = self.inputs.get(name)
        return value if value is not None else self.headers.get(name, default)


Result = Mapping[str, Any] | None
"""What a handler learned, merged into the process data; None when there is nothing to add."""


class FaultInProcess(Exception):
    """A business fault that the process itself may catch (an error boundary event), e.g. no such entry."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotYet(Exception):
    """The answer comes later by another way; the request keeps waiting without being tried again."""


@dataclass(frozen=True, slots=True)
class Handler:
    """`inline` handlers are pure database work and run in the transaction of the act that asked for them."""

    type: str
    run: Callable[[Work], Result]
    inline: bool


_handlers: dict[str, Handler] = {}


def handles(
    type_: str, *, inline: bool = False
) -> Callable[[Callable[[Work], Result]], Callable[[Work], Result]]:
    """Declare who does a service task type. A handler may be called again after a crash: it does nothing twice."""

    def remember(run: Callable[[Work], Result]) -> Callable[[Work], Result]:
        known = _handlers.get(type_)
        if known is not None and known.run.__qualname__ != run.__qualname__:
            raise ValueError(f"two handlers do {type_!r}: {known.run.__module__} and {run.__module__}")
        _handlers[type_] = Handler(type_, run, inline)
        return run

    return remember


def handler_for(type_: str) -> Handler:
    """The handler; LookupError naming those that exist when nobody does it."""
    found = _handlers.get(type_)
    if found is None:
        raise LookupError(
            f"nobody does service tasks of type {type_!r}; known: {', '.join(sorted(_handlers))}"
        )
    return found


def is_inline(type_: str) -> bool:
    found = _handlers.get(type_)
    return found is not None and found.inline


def known_types() -> list[str]:
    """Every service task type that somebody does."""
    return sorted(_handlers)
