"""Telling partners how their cases go on: the port, and one plug-in per kind of portal."""

from __future__ import annotations

from typing import Any, Protocol

from motcua.core.plugins import Registry


class Portal(Protocol):
    """A portal outside. `tell` raises `motcua.core.errors.Unavailable` when it should be tried again."""

    def tell(self, progress: dict[str, Any]) -> None: ...


portals: Registry[Portal] = Registry("outside_portal")
