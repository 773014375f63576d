"""The Jinja environment of the house: named by `TEMPLATES`, usable without Django for tests and style sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from motcua.shell import charts, dates, formviews
from motcua.shell.bundle import asset, icon, static_root
from motcua.shell.components import Components
from motcua.shell.context import surroundings
from motcua.shell.language import current_language, t

TEMPLATES = Path(__file__).resolve().parent / "templates"


class Missing(jinja2.Undefined):
    """A name nobody gave: it may be asked about (`{% if hint %}`), but printing it is a mistake that shows."""

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())


def environment(**options: Any) -> jinja2.Environment:
    """The environment for Django's Jinja2 backend (and, without options, for the shell's own templates)."""
    settings: dict[str, Any] = {
        "autoescape": True,
        "undefined": Missing,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "cache_size": 1000,
        "extensions": ["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        **options,
    }
    settings.setdefault("loader", jinja2.FileSystemLoader(str(TEMPLATES)))
    if settings["undefined"] in (jinja2.Undefined, jinja2.DebugUndefined):  # Django's defaults
        settings["undefined"] = Missing
    made = jinja2.Environment(**settings)
    made.globals.update(
        ui=Components(made),
        asset=asset,
        icon=icon,
        static=_static,
        url=_url,
        t=t,
        _=t,
        language=current_language,
        surroundings=surroundings,
        csrf_field=_csrf_field,
        bar_chart=charts.bars,
        line_chart=charts.lines,
        share_chart=charts.shares,
        error_links=formviews.error_links,
        has_file=formviews.has_file,
        sent_files=formviews.sent_files,
        shown_value=formviews.shown_value,
        width_class=formviews.width_class,
    )
    made.filters.update(
        money=_text("money"),
        money_in_words=_text_in_language("money_in_words"),
        number=_number,
        date=_date,
        long_date=_text_in_language("long_date", of_day=True),
        clock=_clock,
        moment=dates.moment,
        stamp=dates.stamp,
        iso=dates.iso,
        weekday=dates.weekday,
        phone=_text("phone_display"),
        salutation=_text("salutation"),
        percent=_percent,
        size=_size,
        trusted_note=formviews.trusted_note,
    )
    return made


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    """The path of a named view: `url("portal:case", uuid)`."""
    from motcua.shell.links import path_of

    return path_of(name, *args, **kwargs)


def _static(path: str) -> str:
    """The URL of a room's own static file, by its path below `static/`."""
    return static_root() + path.lstrip("/")


@jinja2.pass_context
def _csrf_field(context: jinja2.runtime.Context) -> Markup:
    """The hidden field that every form needs; empty where there is no request (the style sheet).

    One answer has one token, masked anew for the next (BREACH): all its forms carry the same.
    """
    request = context.get("request")
    if request is None:
        return Markup("")
    if not hasattr(request, "csrf_field"):
        request.csrf_field = Markup(context["csrf_input"])
    return Markup(request.csrf_field)


def _text(name: str) -> Callable[..., str]:
    """A function of the text engine, fetched when first used."""

    def speak(value: Any, *args: Any) -> str:
        from motcua.engines import text

        return str(getattr(text, name)(value, *args))

    return speak


def _text_in_language(name: str, *, of_day: bool = False) -> Callable[..., str]:
    """The same for what is written differently in English."""

    def speak(value: Any) -> str:
        from motcua.engines import text

        day = dates.local(value).date() if of_day and isinstance(value, dt.datetime) else value
        return str(getattr(text, name)(day, "vi" if current_language() == "vi" else "en"))

    return speak


def _date(value: dt.date) -> str:
    from motcua.engines import text

    return text.date(dates.local(value).date() if isinstance(value, dt.datetime) else value)


def _clock(value: dt.datetime | dt.time) -> str:
    return f"{dates.local(value) if isinstance(value, dt.datetime) else value:%H:%M}"


def _number(value: float | Decimal, decimals: int | None = None) -> str:
    from motcua.engines import text

    exact = Decimal(str(value)) if isinstance(value, float) else value
    return text.number(exact, decimals)


def _size(octets: int) -> str:
    """`412 kB`, `1,2 MB`: as people compare files, by thousands."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return f"{_number(round(Decimal(octets) / 1_000_000, 1))} MB"


def _percent(share: float, decimals: int = 1) -> str:
    """A share between 0 and 1 as `87,5%`."""
    return f"{_number(Decimal(str(share)) * 100, decimals)}%"
