"""A person's browser window: it does what a person does, and notes what a person would hold against a page."""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, BrowserContext, ConsoleMessage, Page, Request, Response, expect

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
LARGEST_PAGE = 100_000
"""Bytes gzipped that a citizen's page may weigh with its fonts already there (DESIGN §6)."""
FONTS = (".woff2", ".woff")
PATIENCE_MS = 40_000
"""So long a page may take on a machine that has much else to do; what is there at once costs no wait."""
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Window:
    """One tab of one person. `faults` fills up as pages are looked at; `is_faultless` empties it."""

    context: BrowserContext
    site: str
    script: bool = True
    citizen: bool = True
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    answered: int = 0

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._hear)
        self.page.on(
            "pageerror", lambda error: self.faults.append(f"{self.page.url}: script failed: {error}")
        )
        self.page.on("request", self._watch)
        self.page.on("response", self._must_not_break)

    # what a person does

    def open(self, path: str) -> Window:
        response = self.page.goto(path if path.startswith("http") else self.site + path)
        self.answered = response.status if response else 0
        return self

    def follow(self, words: str) -> Window:
        """Follow the first link that says this, also one that looks like a button."""
        links = self.page.locator("a").filter(has_text=words)
        links.first.click()
        return self

    def press(self, words: str, *, exact: bool = False) -> Window:
        """Press the first button that says this."""
        self.page.get_by_role("button", name=words, exact=exact).first.click()
        return self

    def write(self, label: str, text: str) -> Window:
        self.page.get_by_label(label).first.fill(text)
        return self

    def choose(self, label: str) -> Window:
        self.page.get_by_label(label).first.check()
        return self

    def must_say(self, words: str) -> Window:
        """The page says this, visibly or to a screen reader."""
        expect(self.page.locator("body")).to_contain_text(words)
        return self

    def says(self, words: str) -> bool:
        return words in self.page.locator("body").inner_text()

    def find(self, pattern: str) -> str:
        """What of the page's words looks like this."""
        found = re.search(pattern, self.page.locator("body").inner_text())
        assert found is not None, f"nothing on {self.page.url} looks like {pattern}"
        return found.group()

    @property
    def path(self) -> str:
        return urlparse(self.page.url).path

    # what a person would hold against the page

    def look(self, *, english: bool = True, night: bool = True) -> Window:
        """Look at this page as many would: on a phone and at a desk, by day and night, in both languages, with a
        screen reader's needs.

        A page is looked at once; in English too unless it answers a form, which cannot be fetched again. Without
        `night` it is enough by day that the page fits at a desk: its parts were looked at by night elsewhere.
        """
        kind = self.page.title()
        if kind in self.seen:
            return self
        self.seen.add(kind)
        self._must_have_one_name(kind)
        if self.citizen:
            self._weigh()
        size = self.page.viewport_size
        self._inspect("vi", PHONE, "light")
        if english:
            self._speak("en")
            self.must_fit()
            if night:
                self._inspect("en", DESK, "dark")
            else:
                self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
                self.must_fit()
            self._speak("vi")
        else:
            self._inspect("vi", DESK, "dark")
        self.page.emulate_media(color_scheme="light")
        if size:
            self.page.set_viewport_size(size)
        return self

    def look_by_day(self) -> Window:
        """Look at one of many pages made of the same parts: on a phone by day, and whether it fits at a desk."""
        self._must_have_one_name(self.page.title())
        self._inspect("vi", PHONE, "light")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        return self.must_fit()

    def fetch(self, path: str) -> APIResponse:
        """What the site answers, without the page being drawn or another one followed."""
        return self.context.request.get(self.site + path, max_redirects=0)

    def choose_language(self, language: str) -> None:
        """What is opened from here on speaks it."""
        self.context.add_cookies([{"name": "ngon_ngu", "value": language, "url": self.site}])

    def glance(self) -> Window:
        """A full look with scripts; without them it is enough that the page fits, the rest being the same."""
        return self.look() if self.script else self.must_fit()

    def look_here(self) -> Window:
        """A glance at a page that answers a form."""
        return self.look(english=False) if self.script else self.must_fit()

    def must_fit(self) -> Window:
        """Nothing hangs over the edge of the window."""
        self.page.wait_for_load_state()
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            self.faults.append(f"{self.page.url}: {over} px over the edge at {self.page.viewport_size}")
        return self

    def picture(self, name: str, size: dict[str, int] = DESK) -> Window:
        """Take the README's picture of this page; only when asked for by MOTCUA_PICTURES=1."""
        if self.script and os.environ.get("MOTCUA_PICTURES") == "1":
            before = self.page.viewport_size
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=PICTURES / f"{name}.png")
            if before:
                self.page.set_viewport_size(before)
        return self

    def is_faultless(self) -> None:
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    def _speak(self, language: str) -> None:
        self.choose_language(language)
        self.page.goto(self.page.url)

    def _inspect(self, language: str, size: dict[str, int], scheme: Any) -> None:
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme=scheme)
        self.must_fit()
        found = Axe().run(self.page)
        for one in found.response["violations"]:
            places = "; ".join(" ".join(map(str, node["target"])) for node in one["nodes"][:3])
            where = f"{self.page.url} ({language}, {size['width']} px, {scheme})"
            self.faults.append(f"{where}: axe {one['id']}: {one['help']}: {places}")

    def _must_have_one_name(self, title: str) -> None:
        """One heading that says what the page is, and a title that a tab or a history can be known by."""
        headings = self.page.locator("h1").all_inner_texts()
        if len(headings) != 1:
            self.faults.append(f"{self.page.url}: {len(headings)} headings of the first level: {headings}")
        if title.startswith("Một cửa –"):
            self.faults.append(f"{self.page.url}: the page has no title of its own")

    def _weigh(self) -> None:
        """What this page costs somebody whose fonts are cached already: page, styles, scripts, pictures, gzipped."""
        names: list[str] = self.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        parts = {name for name in names if not urlparse(name).path.endswith(FONTS)}
        weights = {name: len(gzip.compress(self.context.request.get(name).body())) for name in parts}
        weights[self.page.url] = len(gzip.compress(self.page.content().encode()))
        if sum(weights.values()) > LARGEST_PAGE:
            self.faults.append(f"{self.page.url} weighs {sum(weights.values())} bytes gzipped: {weights}")

    def _hear(self, message: ConsoleMessage) -> None:
        """Everything that a browser complains of; that the page itself is an error page is no complaint."""
        if message.type != "error":
            return
        is_the_page = (
            message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        )
        if not is_the_page:
            self.faults.append(f"{self.page.url}: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.site + "/", "data:", "blob:")):
            self.faults.append(f"{self.page.url} asks another origin: {request.url}")

    def _must_not_break(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.url} answered {response.status}")
