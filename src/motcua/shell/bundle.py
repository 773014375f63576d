"""What the asset build left for us: hashed file names, line icons, the static page of last resort.

The build writes `static/dist/` (`npm ci --ignore-scripts && npm run build`); a wheel carries it inside.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from markupsafe import Markup, escape

DIST = Path(__file__).resolve().parent / "static" / "dist"


class AssetError(LookupError):
    """An asset or icon that the build does not know; the message says which and how to mend it."""


def asset(name: str) -> str:
    """The URL of a built file by its plain name, as `asset("app.css")`.

    Raises `AssetError` when the build never published that name.
    """
    hashed = _manifest().get(name)
    if hashed is None:
        raise AssetError(f"no asset {name!r}; the build published {', '.join(sorted(_manifest()))}")
    return f"{static_root()}dist/{hashed}"


def static_root() -> str:
    """The prefix of all static files, ending in a slash: `STATIC_URL`, or `/static/` outside Django."""
    return str(settings.STATIC_URL) if settings.configured else "/static/"


@cache
def icon(name: str, label: str | None = None, classes: str = "") -> Markup:
    """A line icon as inline SVG, in the colour of the text around it.

    Hidden from screen readers unless `label` says what it means: an icon stands beside a word, never for one.
    """
    inner = _icons().get(name)
    if inner is None:
        raise AssetError(f"no icon {name!r}; add a name of lucide-static to assets/icons.txt and build again")
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    css = escape(f"mc-icon {classes}".strip())
    return Markup(
        '<svg class="{}" width="24" height="24" viewBox="0 0 24 24" focusable="false" {}>{}</svg>'
    ).format(
        css,
        meaning,
        Markup(inner),
    )


def icon_names() -> list[str]:
    """Every icon that can be drawn, in alphabetical order."""
    return sorted(_icons())


@cache
def last_resort() -> str:
    """The page for the moment when nothing else can be rendered, with its links under our static prefix."""
    return _read("500.html").replace("/static/", static_root())


@cache
def _manifest() -> dict[str, str]:
    return dict(json.loads(_read("manifest.json")))


@cache
def _icons() -> dict[str, str]:
    return dict(json.loads(_read("icons.json")))


def _read(name: str) -> str:
    try:
        return (DIST / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AssetError(
            f"{DIST / name} is missing: build the assets with `npm ci --ignore-scripts && npm run build`"
        ) from error
