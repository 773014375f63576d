"""What stands in an installation before anybody comes: the map of the state, registers, services.

The demonstration and the tests begin from the same world; only the number of made-up people differs.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from django.apps import apps

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

Progress = Callable[[str], None]
ORDER = ("organisations", "registers", "identity", "documents", "payments", "services", "cases")
"""Rooms that bring a world with them, as `<room>/data/__init__.py` or `<room>/data.py` with `load(progress, …)`."""


def furnish(progress: Progress = lambda _: None, *, people: int = 12_000) -> None:
    """Load each room's world; safe to repeat."""
    with acting(SYSTEM):
        for label in ORDER:
            if not apps.is_installed(f"motcua.core.{label}"):
                continue
            try:
                room = import_module(f"motcua.core.{label}.data")
            except ModuleNotFoundError as missing:
                if missing.name != f"motcua.core.{label}.data":
                    raise
                continue
            if hasattr(room, "load"):
                room.load(progress, people=people) if label == "registers" else room.load(progress)
