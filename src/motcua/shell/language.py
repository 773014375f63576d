"""Words in each language.

Vietnamese is the source: a text is keyed by itself. Every room may lay translations into `locale/<language>.yaml`
(Vietnamese text → text); another language is another file, no code. Where the number decides the form, a
translation is a mapping `{one: …, other: …}` chosen by the value `count`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from django.conf import settings
from django.utils import translation
from markupsafe import Markup, escape

SOURCE = "vi"
COOKIE = "ngon_ngu"
ONE_YEAR = 365 * 24 * 60 * 60
PACKAGE = Path(__file__).resolve().parent.parent

_chosen: ContextVar[str | None] = ContextVar("motcua_language", default=None)

Translation = str | dict[str, str]


class LanguageError(ValueError):
    """A locale file that cannot be used; the message says which and how to mend it."""


def current_language() -> str:
    """The language of whoever is being answered, as `vi` or `en`: that of `use_language`, else Django's."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    spoken = (translation.get_language() or SOURCE)[:2] if settings.configured else SOURCE
    return spoken if spoken in languages() else SOURCE


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak `language` inside the block; one that nobody has written yet is answered in Vietnamese."""
    token = _chosen.set(language if language in languages() else SOURCE)
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def languages() -> tuple[str, ...]:
    """Vietnamese, then every language that some room has a file for."""
    return (SOURCE, *sorted({file.stem for file in _locale_files()} - {SOURCE}))


NAMES = {"vi": "Tiếng Việt", "en": "English"}


def language_name(language: str) -> str:
    """The language's name in itself, for the switch."""
    return NAMES.get(language) or str(_meta(language).get("name", language))


def t(text: str, **values: Any) -> str:
    """`text` in the current language, with `{name}` filled from `values`.

    A text without a translation stays Vietnamese: better understood by most than a key. When a value is
    markup, the result is markup and everything else in it is escaped.
    """
    found = _translate(text, values)
    if not values:
        return found
    if any(isinstance(value, Markup) for value in values.values()):
        return escape(found).format(**values)
    return found.format(**values)


def _translate(text: str, values: dict[str, Any]) -> str:
    language = current_language()
    if language == SOURCE:
        return text
    found = catalogue(language).get(text, text)
    if isinstance(found, dict):
        return found["one" if values.get("count") == 1 else "other"]
    return found


@cache
def catalogue(language: str) -> dict[str, Translation]:
    """All translations into `language` from every room; where two differ the first file by name stands."""
    words: dict[str, Translation] = {}
    for file in _locale_files():
        if file.stem == language:
            words = read_locale(file) | words
    return words


def disagreements(language: str) -> list[str]:
    """Texts that two rooms translate differently, each as one sentence; a test keeps this empty."""
    seen: dict[str, tuple[Translation, Path]] = {}
    found: list[str] = []
    for file in _locale_files():
        if file.stem != language:
            continue
        for source, translated in read_locale(file).items():
            first, where = seen.setdefault(source, (translated, file))
            if first != translated:
                found.append(
                    f"{source!r} is {first!r} in {where} and {translated!r} in {file}: make them one"
                )
    return found


def read_locale(file: Path) -> dict[str, Translation]:
    """One room's translations, checked: a flat mapping of texts whose `{names}` are those of the source."""
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    if not isinstance(content, dict):
        raise LanguageError(f"{file}: a locale file is a mapping of Vietnamese text to translation")
    words: dict[str, Translation] = {}
    for source, translated in content.items():
        if source == "_meta":
            continue
        if isinstance(translated, dict) and set(translated) != {"one", "other"}:
            raise LanguageError(f"{file}: {source!r} by number needs exactly the forms one and other")
        if not isinstance(source, str) or not isinstance(translated, str | dict):
            raise LanguageError(f"{file}: {source!r} must be a text; put quotes around it")
        for form in translated.values() if isinstance(translated, dict) else [translated]:
            if _names(form) != _names(source):
                raise LanguageError(
                    f"{file}: {source!r} has the places {_names(source)}, its translation {_names(form)}"
                )
        words[source] = translated
    return words


def _names(text: str) -> list[str]:
    """The `{places}` of a text, each once, in alphabetical order."""
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


@cache
def _meta(language: str) -> dict[str, Any]:
    for file in _locale_files():
        if file.stem == language:
            content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            if isinstance(content.get("_meta"), dict):
                return dict(content["_meta"])
    return {}


@cache
def _locale_files() -> tuple[Path, ...]:
    return tuple(sorted([*PACKAGE.glob("*/locale/*.yaml"), *PACKAGE.glob("*/*/locale/*.yaml")]))


class LanguageMiddleware:
    """The switch: `?lang=en` on any page answers in that language and remembers it in a cookie.

    An ordinary link to the same page, so it needs no script and no page of its own. Which language a request
    without it has is settled before, by the middleware that knows the account.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        asked = request.GET.get("lang")
        if asked not in languages():
            with use_language(getattr(request, "lang", None) or current_language()):
                response = self.get_response(request)
        else:
            request.lang = asked
            with use_language(asked), translation.override(asked):
                response = self.get_response(request)
            response.set_cookie(
                COOKIE, asked, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
            )
        response.headers.setdefault("Content-Language", getattr(request, "lang", current_language()))
        return response
