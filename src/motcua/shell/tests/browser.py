"""A browser that is served pages from memory, with the headers of the house and no network."""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import Page, Route, sync_playwright

from motcua.shell.bundle import DIST
from motcua.shell.security import content_security_policy

HOST = "http://motcua.test"
Render = Callable[[str], str]


@contextmanager
def browser(render: Render) -> Iterator[Any]:
    """`open_page(path, width=…, scheme=…, script=…)` for pages that `render(path)` makes."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        raise RuntimeError("no browser: install it with `apt-get install chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )

        def open_page(
            path: str = "/", *, width: int = 1280, scheme: str = "light", script: bool = True
        ) -> Page:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if scheme == "dark" else "light",
                java_script_enabled=script,
                locale="vi-VN",
            )
            page = context.new_page()
            page.route("**/*", lambda route: _serve(route, render))
            page.goto(HOST + path)
            return page

        try:
            yield open_page
        finally:
            chromium.close()


def _serve(route: Route, render: Render) -> None:
    path = urlparse(route.request.url).path
    if path.startswith("/static/"):
        file = DIST.parent / path.removeprefix("/static/")
        kind = mimetypes.guess_type(file.name)[0] or "font/woff2"
        route.fulfill(path=str(file), content_type=kind)
        return
    headers = {"Content-Security-Policy": content_security_policy()}
    try:
        body = render(path)
    except Exception:
        route.abort()  # the page fails at once instead of waiting for an answer that never comes
        raise
    route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=headers)
