"""What the layout needs to know about the request: who runs this site, in which language, for whom."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from motcua.shell import navigation
from motcua.shell.language import current_language, language_name, languages


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person turns to when the page does not help."""

    phone: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    href: str
    current: bool


class Surroundings:
    """The facts that stand around every page; each is worked out only when the layout asks."""

    def __init__(self, request: Any = None) -> None:
        self.request = request
        self._doors: dict[str, list[navigation.Door]] = {}

    @cached_property
    def authority(self) -> str:
        """Whose site this is: the deploying authority's name."""
        return str(_setting("MOTCUA_AUTHORITY", ""))

    @property
    def emblem(self) -> str:
        """URL of the authority's own emblem, when it supplied one; we ship none."""
        return str(_setting("MOTCUA_EMBLEM", os.environ.get("MOTCUA_EMBLEM", "")))

    @cached_property
    def sandbox(self) -> bool:
        return bool(_setting("MOTCUA_SANDBOX", False))

    @cached_property
    def contact(self) -> Contact:
        return Contact(
            phone=str(_setting("MOTCUA_PHONE", os.environ.get("MOTCUA_PHONE", ""))),
            email=str(_setting("MOTCUA_EMAIL", os.environ.get("MOTCUA_EMAIL", ""))),
            address=str(_setting("MOTCUA_ADDRESS", os.environ.get("MOTCUA_ADDRESS", ""))),
        )

    @property
    def platform_label(self) -> str:
        """The public label of the platform (Decree 224/2026 art. 28), as the operator registered it."""
        return str(_setting("MOTCUA_PLATFORM_LABEL", os.environ.get("MOTCUA_PLATFORM_LABEL", "")))

    @property
    def language(self) -> str:
        return current_language()

    @cached_property
    def languages(self) -> list[Language]:
        return [
            Language(code, language_name(code), self._in(code), code == self.language) for code in languages()
        ]

    @property
    def account(self) -> Any:
        """The signed-in account, or None."""
        account = getattr(self.request, "account", None)
        return account if account is not None and getattr(account, "is_authenticated", True) else None

    @property
    def account_label(self) -> str:
        """The name that the person knows themselves by."""
        actor = getattr(self.request, "actor", None)
        return str(getattr(actor, "label", "") or self.account or "")

    @property
    def acts_for(self) -> str:
        """The name of whom the person acts for now; "" when for themself."""
        return str(getattr(self.request, "principal_name", ""))

    @property
    def may_act_for(self) -> list[Any]:
        """The mandates among which the header lets a person choose, each with `uuid` and `name`."""
        return list(getattr(self.request, "held", ()))

    @property
    def acting_url(self) -> str:
        return _path_of("portal:mandates")

    @property
    def login_url(self) -> str:
        return str(_setting("LOGIN_URL", "/dang-nhap/"))

    @property
    def logout_url(self) -> str:
        return _path_of("account_logout") or "/dang-xuat/"

    @property
    def accessibility_url(self) -> str:
        """The accessibility statement, "" where this site has none."""
        return _path_of("shell:accessibility")

    @property
    def is_officer(self) -> bool:
        return getattr(getattr(self.request, "actor", None), "kind", "") == "officer"

    @property
    def desk_url(self) -> str:
        """Where an officer works; "" for everybody else."""
        if not self.is_officer or not _path_of("identity:home"):
            return ""
        from motcua.core.identity.landing import desk_of

        return desk_of(getattr(self.request.actor, "groups", frozenset()))

    def doors(self, area: navigation.Area) -> list[navigation.Door]:
        """The doors of an area, worked out once a page: several menus of the layout show parts of them."""
        if self.request is None:
            return []
        if area not in self._doors:
            self._doors[area] = navigation.doors(area, self.request)
        return self._doors[area]

    @cached_property
    def desk_sections(self) -> list[navigation.Section]:
        """The menu of the desk: what an officer and a clerk may do, by sections."""
        if self.request is None:
            return []
        return navigation.sections(navigation.doors(("officer", "clerk"), self.request))

    @property
    def messages(self) -> list[Any]:
        """What earlier acts left to be said, each once."""
        if self.request is None or not hasattr(self.request, "_messages"):
            return []
        from django.contrib.messages import get_messages

        return list(get_messages(self.request))

    def _in(self, language: str) -> str:
        """This page in another language, keeping what was asked; a posted page is asked for anew."""
        if self.request is None:
            return f"?lang={language}"
        asked = [
            (key, value) for key, values in self.request.GET.lists() for value in values if key != "lang"
        ]
        return f"{self.request.path}?{urlencode([*asked, ('lang', language)])}"


def surroundings(request: Any = None) -> Surroundings:
    """The surroundings of `request`; without one (the style sheet, a test) those of an anonymous visitor."""
    return Surroundings(request)


def _path_of(url_name: str) -> str:
    """The path of a view that this installation may or may not have; "" when not."""
    if not settings.configured:
        return ""
    from django.urls import NoReverseMatch

    from motcua.shell.links import path_of

    try:
        return path_of(url_name)
    except NoReverseMatch:
        return ""


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default) if settings.configured else default
