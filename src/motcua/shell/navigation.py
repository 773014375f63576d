"""Which doors a person sees: rooms name them, the layout draws them.

A room that has doors keeps a `navigation.py` with `NAVIGATION`, a list of mappings with the fields of
`NavigationItem`; it needs no import from here, so that systems stay independent of the shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from django.db import connection

Area = Literal["citizen", "officer", "clerk"]


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One door. `label` is Vietnamese source text; `groups` are the duties that may pass (none = everyone of
    the area); `count(request)` gives the number shown beside it, late ones marked by `late(request)`; `covers` are
    the names of pages that belong behind it though their paths do not say so."""

    area: Area
    label: str
    url_name: str
    order: int = 100
    icon: str = "folder"
    groups: frozenset[str] = frozenset()
    section: str = ""
    count: Callable[[Any], int | None] | None = None
    late: Callable[[Any], bool] | None = None
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Door:
    """A navigation item as drawn for one request."""

    label: str
    href: str
    icon: str
    current: bool
    section: str
    count: int | None
    late: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Doors that belong together under one title, as the desk's menu shows them."""

    title: str
    doors: tuple[Door, ...]

    @property
    def current(self) -> bool:
        """Whether we stand behind one of its doors."""
        return any(door.current for door in self.doors)

    @property
    def count(self) -> int | None:
        """What waits behind all of its doors; None when nothing does."""
        return sum(door.count or 0 for door in self.doors) or None

    @property
    def late(self) -> bool:
        return any(door.late for door in self.doors)


_items: dict[tuple[str, str], NavigationItem] = {}


def register(item: NavigationItem) -> NavigationItem:
    """Add a door; registering the same area and URL name again replaces it, so reloads are harmless."""
    _items[item.area, item.url_name] = item
    return item


def discover(rooms: Iterable[str]) -> None:
    """Register what the `navigation.py` of each room names. A misspelt field raises TypeError with its room."""
    for room in rooms:
        if find_spec(f"{room}.navigation") is None:
            continue
        for fields in getattr(import_module(f"{room}.navigation"), "NAVIGATION", ()):
            try:
                sets = {name: frozenset(fields.get(name, ())) for name in ("groups", "covers")}
                register(NavigationItem(**{**fields, **sets}))
            except TypeError as error:
                raise TypeError(f"{room}.navigation: {error}") from error


def sections(found: Iterable[Door]) -> list[Section]:
    """Doors by their sections, each section where its first door stands, so that daily work comes first."""
    gathered: dict[str, list[Door]] = {}
    for door in found:
        gathered.setdefault(door.section, []).append(door)
    return [Section(title, tuple(together)) for title, together in gathered.items()]


def doors(area: Area | tuple[Area, ...], request: Any) -> list[Door]:
    """The doors of one area, or of several, open to this request's actor: in order, each address once; the one we
    stand behind is `current`."""
    areas = (area,) if isinstance(area, str) else area
    groups = frozenset(getattr(getattr(request, "actor", None), "groups", ()))
    known: dict[str, NavigationItem] = {}
    for item in sorted(_items.values(), key=lambda item: (item.order, item.label)):
        if item.area in areas and (not item.groups or item.groups & groups):
            known.setdefault(item.url_name, item)
    seen = list(known.values())
    hrefs = [_href(item.url_name) for item in seen]
    may_count = _may_count(request)
    page = getattr(getattr(request, "resolver_match", None), "view_name", "")
    covering = [href for item, href in zip(seen, hrefs, strict=True) if page in item.covers]
    here = next(iter(covering), None) or _longest_prefix(getattr(request, "path", ""), hrefs)
    return [
        Door(
            label=item.label,
            href=href,
            icon=item.icon,
            current=href == here,
            section=item.section,
            count=item.count(request) if item.count and may_count else None,
            late=bool(item.late and may_count and item.late(request)),
        )
        for item, href in zip(seen, hrefs, strict=True)
    ]


def _may_count(request: Any) -> bool:
    """Whether rooms may be asked for figures: not on the page of a fault, whose transaction takes no more questions."""
    return hasattr(request, "actor") and not connection.needs_rollback


def _href(url_name: str) -> str:
    from motcua.shell.links import path_of

    return path_of(url_name)


def _longest_prefix(path: str, hrefs: list[str]) -> str | None:
    around = [href for href in hrefs if path == href or (href != "/" and path.startswith(href))]
    return max(around, key=len, default=None)
