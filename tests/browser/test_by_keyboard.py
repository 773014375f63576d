"""Somebody who uses no mouse: every step by Tab and Enter, and always seeing where they are."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import OpenWindow
from tests.browser.window import DESK, Window
from tests.people import number

FOCUS_IS_SEEN = """() => {
  const here = document.activeElement;
  const shown = [here, here.labels && here.labels[0]].filter(Boolean).some(one =>
    ['', '::before', '::after'].some(part => {
      const style = getComputedStyle(one, part || undefined);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 &&
              !style.outlineColor.endsWith(', 0)')) || style.boxShadow !== 'none';
    }));
  return shown;
}"""
SAYS = "document.activeElement.innerText || document.activeElement.name || ''"


def tab_to(window: Window, words: str) -> None:
    """Tab until what says this, or is named so, has the focus; all that had it on the way was seen to have it."""
    page: Page = window.page
    for _ in range(60):
        page.keyboard.press("Tab")
        here = str(page.evaluate(SAYS))
        if not page.evaluate(FOCUS_IS_SEEN):
            window.faults.append(f"{page.url}: nobody sees that {here!r} has the focus")
        if words in here:
            return
    raise AssertionError(f"{words!r} is not reached by Tab on {page.url}")


def enter(window: Window, words: str) -> None:
    tab_to(window, words)
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")


def test_an_application_is_made_without_a_mouse(window: OpenWindow) -> None:
    desk = window(number("lan_anh"), size=DESK).open("/thu-tuc/khai-sinh/")
    enter(desk, "Bắt đầu")
    enter(desk, "Đồng ý tra cứu và bắt đầu")
    tab_to(desk, "child.name")
    desk.page.keyboard.type("Trần Không Chuột")
    enter(desk, "Lưu và tiếp tục")
    tab_to(desk, "copies")
    desk.page.keyboard.type("0")
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")
    desk.must_say("Xem lại trước khi nộp").must_say("TRẦN KHÔNG CHUỘT")
    enter(desk, "Nộp hồ sơ")
    desk.must_say("Đã nộp hồ sơ").is_faultless()


def test_the_first_tab_leads_to_the_content(window: OpenWindow) -> None:
    anyone = window().open("/")
    anyone.page.keyboard.press("Tab")
    assert anyone.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert anyone.page.evaluate(FOCUS_IS_SEEN)
