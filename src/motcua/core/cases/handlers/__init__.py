"""The steps that the state does by itself: the registry, and `load` for those that ship."""

from motcua.core.cases.handlers.registry import (
    FaultInProcess,
    Handler,
    NotYet,
    Work,
    handler_for,
    handles,
    is_inline,
    known_types,
)


def load() -> None:
    """Register the handlers of this room."""
    from motcua.core.cases.handlers import case, documents, money, registers  # noqa: F401


__all__ = [
    "FaultInProcess",
    "Handler",
    "NotYet",
    "Work",
    "handler_for",
    "handles",
    "is_inline",
    "known_types",
    "load",
]
