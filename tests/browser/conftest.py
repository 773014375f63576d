"""One Chromium, one site and a fresh world for each file of journeys: a browser left open would hold its thread."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from motcua.config import testing
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.shell import language
from tests.browser.window import DESK, PHONE, Window
from tests.conftest import session_of

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIETNAMESE = re.compile("[àáảãạăâđèéẻẽẹêìíỉĩịòóỏõọôơùúủũụưỳýỷỹỵ]", re.IGNORECASE)
OpenWindow = Callable[..., Window]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it the journeys fail, they are never skipped."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("The journeys need a browser: install it with `apt-get install chromium`.")
    # The browser's own event loop runs in this thread, where Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        testing.close_connections()
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()
        testing.close_connections()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def window(chromium: Browser, world: str) -> Iterator[OpenWindow]:
    """`window("h55.237.chair")`: a browser in which that account is signed in; without one, nobody."""
    opened: list[Any] = []

    def open_window(
        username: str = "", *, size: dict[str, int] | None = None, script: bool = True, level: int = 2
    ) -> Window:
        officer = username.startswith("h")
        context = chromium.new_context(
            viewport=size or (DESK if officer else PHONE),  # type: ignore[arg-type]
            java_script_enabled=script,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            accept_downloads=True,
        )
        opened.append(context)
        if username:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(username, level), "url": world}]
            )
        return Window(context, world, script, citizen=not officer)

    yield open_window
    for context in opened:
        context.close()


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Which texts the site had no English for while an English page was made; the site runs in this process."""
    missing: set[str] = set()
    translate = language._translate

    def noting(text: str, values: dict[str, Any]) -> str:
        spoken = language.current_language()
        if spoken != language.SOURCE and text not in language.catalogue(spoken) and VIETNAMESE.search(text):
            missing.add(text)
        return translate(text, values)

    monkeypatch.setattr(language, "_translate", noting)
    return missing


_codes: dict[str, str] = {}


def sign_in_by_hand(window: Window, username: str) -> None:
    """Through the pages, with password and second factor. A code is taken once."""
    window.write("Số định danh cá nhân, hoặc mã cán bộ", username).write("Mật khẩu", PASSWORD)
    window.press("Đăng nhập", exact=True)
    window.must_say("Bước hai").glance()
    window.write("Mã xác thực", next_code(username)).press("Đăng nhập")


def next_code(username: str) -> str:
    """A code that this account has not used; the next period's is already good."""
    for ahead in (0, 30):
        code = demo_code(username, at=time.time() + ahead)
        if _codes.get(username) != code:
            _codes[username] = code
            return code
    raise AssertionError("two codes at most within half a minute")
