"""Somebody at a browser without JavaScript: opens pages, follows links, fills in forms as they stand, presses buttons.

Nothing is known of the pages but what they say: a form that is not on the page cannot be sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urljoin

import httpx
from lxml import html

Fields = Mapping[str, str | list[str]]


class Lost(Exception):
    """The page does not offer what the person looks for; the message quotes what it says instead."""


class Person:
    """A person with a browser of their own, on one site."""

    def __init__(self, site: str, name: str, *, lang: str = "vi") -> None:
        self.name = name
        self.client = httpx.Client(
            base_url=site,
            follow_redirects=True,
            timeout=60,
            headers={"Accept-Language": lang, "User-Agent": "Mozilla/5.0 (demonstration)"},
        )
        self.page: html.HtmlElement = html.fromstring("<html></html>")
        self.url = site
        self.status = 0
        self.requests = 0

    def open(self, path: str) -> Person:
        """Type an address."""
        return self._take(self.client.get(urljoin(self.url, path)))

    def follow(self, words: str) -> Person:
        """Follow the first link whose text holds these words."""
        for link in self.page.iterlinks():
            element, attribute, target, _ = link
            if element.tag == "a" and attribute == "href" and words in text_of(element):
                return self.open(target)
        raise self.lost(f"no link says {words!r}")

    def press(
        self,
        button: str,
        fields: Fields | None = None,
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Person:
        """Fill in the form around the button that says this, and press it."""
        form, pressed = self._form_with(button, fields or {})
        return self._send(form, pressed, fields or {}, files)

    def press_twice(self, button: str, fields: Fields | None = None) -> Person:
        """A double click: the same form goes out twice."""
        form, pressed = self._form_with(button, fields or {})
        self._send(form, pressed, fields or {}, None)
        return self._send(form, pressed, fields or {}, None)

    def press_and_lose(self, button: str) -> None:
        """The network is cut while the answer is on its way: the form goes out, the page stays."""
        page, url, status = self.page, self.url, self.status
        form, pressed = self._form_with(button)
        self._send(form, pressed, {}, None)
        self.page, self.url, self.status = page, url, status

    def says(self, words: str) -> bool:
        """Whether the page says this."""
        return words in self.text

    def must_say(self, words: str) -> Person:
        """Go on only if the page says this."""
        if not self.says(words):
            raise self.lost(f"the page does not say {words!r}")
        return self

    def find(self, pattern: str) -> str:
        """The first match (its first group, if any) in the page's text."""
        match = re.search(pattern, self.text)
        if match is None:
            raise self.lost(f"nothing on the page looks like {pattern!r}")
        return match.group(1) if match.groups() else match.group(0)

    @property
    def text(self) -> str:
        body = self.page.find("body")
        return text_of(body if body is not None else self.page)

    def download(self, path: str) -> bytes:
        """Fetch a file; the page stays."""
        answer = self.client.get(urljoin(self.url, path))
        answer.raise_for_status()
        self.requests += 1
        return answer.content

    def link_to(self, pattern: str) -> str:
        """The address of the first link whose address looks like this."""
        for element, attribute, target, _ in self.page.iterlinks():
            if element.tag == "a" and attribute == "href" and re.search(pattern, target):
                return str(target)
        raise self.lost(f"no link leads to {pattern!r}")

    def has_link(self, pattern: str) -> bool:
        return any(
            element.tag == "a" and attribute == "href" and re.search(pattern, target) is not None
            for element, attribute, target, _ in self.page.iterlinks()
        )

    def has_button(self, words: str) -> bool:
        return any(words in button_text(one) for form in self.forms for one in buttons_of(form))

    @property
    def forms(self) -> list[html.FormElement]:
        return list(self.page.forms)

    def lost(self, why: str) -> Lost:
        main = self.page.xpath("//main")
        said = text_of(main[0]) if main else self.text
        return Lost(f"{self.name} at {self.url} ({self.status}): {why}. The page says: {said[:600]}")

    def _form_with(
        self, words: str, fields: Fields | None = None
    ) -> tuple[html.FormElement, html.HtmlElement]:
        """The form whose button says this; of several, one that has the fields to be filled in."""
        found = [
            (form, button)
            for form in self.forms
            for button in buttons_of(form)
            if words in button_text(button)
        ]
        if not found:
            raise self.lost(f"no button says {words!r}")
        wanted = set(fields or ())
        fitting = [one for one in found if wanted <= {element.get("name") for element in one[0].inputs}]
        return (fitting or found)[0]

    def _send(
        self,
        form: html.FormElement,
        pressed: html.HtmlElement,
        fields: Fields,
        files: Mapping[str, tuple[str, bytes, str]] | None,
    ) -> Person:
        sent: dict[str, list[str]] = {}
        for name, value in form.form_values():
            sent.setdefault(name, []).append(value)
        known = {element.get("name") for element in form.inputs}
        for name, value in fields.items():
            if name not in known:
                raise self.lost(f"the form has no field {name!r}; it has {sorted(n for n in known if n)}")
            sent[name] = value if isinstance(value, list) else [value]
        if pressed.get("name"):
            sent[pressed.get("name", "")] = [pressed.get("value", "")]
        target = urljoin(self.url, pressed.get("formaction") or form.get("action") or self.url)
        if form.method.upper() == "GET":
            return self._take(self.client.get(target, params=cast("Any", sent)))
        headers = {"Referer": self.url}
        if form.get("enctype") == "multipart/form-data":
            parts: list[tuple[str, Any]] = [(n, (None, v)) for n, values in sent.items() for v in values]
            parts += [(name, given) for name, given in (files or {}).items()]
            return self._take(self.client.post(target, files=parts, headers=headers))
        return self._take(self.client.post(target, data=sent, headers=headers))

    def _take(self, answer: httpx.Response) -> Person:
        self.requests += 1 + len(answer.history)
        self.status, self.url = answer.status_code, str(answer.url)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            self.page = html.fromstring(answer.text, base_url=self.url)
            self.page.make_links_absolute(self.url)
        if answer.status_code >= 500:
            raise self.lost("the site broke")
        return self


def text_of(element: html.HtmlElement) -> str:
    """The words of an element, in order, spaces folded."""
    return re.sub(r"\s+", " ", str(element.text_content())).strip()


def buttons_of(form: html.FormElement) -> list[html.HtmlElement]:
    """Everything that sends the form, also what stands outside it and names it."""
    inside = form.xpath(".//button[not(@type) or @type='submit']|.//input[@type='submit']")
    outside = form.xpath(f"//button[@form='{form.get('id')}']") if form.get("id") else []
    return [*inside, *outside]


def button_text(button: html.HtmlElement) -> str:
    return text_of(button) or str(button.get("value", ""))
