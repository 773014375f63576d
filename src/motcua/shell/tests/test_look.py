"""The style sheet as people meet it: in a browser, by day and night, on a small phone, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from motcua.shell import styleguide
from motcua.shell.context import Surroundings
from motcua.shell.jinja import environment
from motcua.shell.language import use_language
from motcua.shell.navigation import Door
from motcua.shell.tests.browser import browser

ERRORS = ("400", "403", "404", "409", "413", "429", "500", "503")
Open = Callable[..., Page]


MOVING = """{% extends "shell/base.jinja" %}
{% block scripts %}<script type="module" src="{{ asset("htmx.js") }}"></script>{% endblock %}
{% block content %}<h1>Tìm</h1><a id="more" href="/fragment" hx-get="/fragment" hx-target="#here">Xem thêm</a>
<div id="here"></div>{% endblock %}"""


def rendered(path: str) -> str:
    name = path.strip("/")
    if name == "moving":
        return environment().from_string(MOVING).render()
    if name == "fragment":
        return environment().from_string("""{{ ui.tag("Đang xử lý") }}""").render()
    if name == "frame":
        return environment().from_string(FRAME).render()
    if name in styleguide.PAGES:
        return styleguide.render(name)
    return environment().get_template(f"shell/{name}.jinja").render(retry_after=120)


@pytest.fixture(scope="module")
def open_page() -> Iterator[Open]:
    with browser(rendered) as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/styleguide", "/desk"])
def test_axe_finds_nothing(open_page: Open, path: str, width: int, scheme: str) -> None:
    page = open_page(path, width=width, scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", [*ERRORS, "accessibility"])
def test_axe_finds_nothing_on_the_shells_own_pages(open_page: Open, name: str) -> None:
    found = Axe().run(open_page(f"/{name}"))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["/styleguide", "/desk", "/404"])
def test_nothing_hangs_over_the_edge_at_320_pixels(open_page: Open, path: str) -> None:
    page = open_page(path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("width", [320, 1280])
def test_no_line_is_lower_than_one_and_a_half_letters(open_page: Open, width: int) -> None:
    low = open_page("/styleguide", width=width).evaluate(
        """() => [...document.querySelectorAll('main *, header *, footer *')]
          .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
          .filter(e => !e.matches('.govuk-visually-hidden, option'))
          .map(e => [e, getComputedStyle(e)])
          .filter(([e, s]) => parseFloat(s.lineHeight) / parseFloat(s.fontSize) < 1.4999)
          .map(([e, s]) => `${e.tagName}.${e.className} ${s.fontSize}/${s.lineHeight}`)"""
    )
    assert low == []


@pytest.mark.parametrize(("path", "width"), [("/styleguide", 320), ("/styleguide", 1280), ("/desk", 320)])
def test_what_is_touched_is_large_enough_for_a_thumb(open_page: Open, path: str, width: int) -> None:
    """Buttons, boxes and menu entries are 44 px; links inside a sentence may be as high as their line."""
    small = open_page(path, width=width).evaluate(
        """() => [...document.querySelectorAll(
            'button, input, select, textarea, .mc-tool, .govuk-button, .mc-nav__link')]
          .filter(e => e.type !== 'hidden' && !e.matches('.mc-first-submit') && e.getClientRects().length)
          .map(e => [e, e.getBoundingClientRect()])
          .filter(([e, r]) => r.height < 43.5 || r.width < 30)
          .map(([e, r]) => `${e.tagName}.${e.className} ${r.width}x${r.height}`)"""
    )
    assert small == []


FRAME = """{% extends "shell/base.jinja" %}{% block content %}<h1 id="first">Tìm thủ tục</h1>{% endblock %}"""


@pytest.fixture
def six_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house of demonstration with as many doors as the real one."""
    names = ("Trang chủ", "Hồ sơ của tôi", "Giấy tờ của tôi", "Tin báo", "Kiểm tra văn bản", "Chỉ số phục vụ")
    made = [Door(name, f"/{place}/", "home", place == 0, "", None, False) for place, name in enumerate(names)]
    monkeypatch.setattr(Surroundings, "doors", lambda self, area: made if area == "citizen" else [])
    monkeypatch.setattr(Surroundings, "sandbox", True)


@pytest.mark.usefixtures("six_doors")
@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_phone_comes_to_the_heading_soon(open_page: Open, width: int, language: str) -> None:
    with use_language(language):
        page = open_page("/frame", width=width, script=False)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    tops = page.evaluate(
        "[...document.querySelectorAll('.mc-nav__link')].map(e => e.getBoundingClientRect().top)"
    )
    assert len(tops) == 6
    assert len(set(tops)) == 1, "one row"
    assert page.locator(".mc-nav__link").first.bounding_box()["height"] >= 44  # type: ignore[index]
    assert page.locator(".mc-phase").bounding_box()["height"] <= 40  # type: ignore[index]
    assert page.locator("#first").bounding_box()["y"] <= 230  # type: ignore[index]
    last = page.locator(".mc-nav__link").last
    last.focus()
    assert last.bounding_box()["x"] < width  # type: ignore[index]


@pytest.mark.usefixtures("six_doors")
def test_axe_finds_nothing_in_the_frame_of_a_phone(open_page: Open) -> None:
    found = Axe().run(open_page("/frame", width=320))
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_everything_is_there(open_page: Open) -> None:
    page = open_page("/styleguide", script=False)
    assert page.locator("#don-vi").is_visible(), "the second tab"
    assert page.locator("#dia-chi").is_visible(), "the answer that a choice asks for"
    assert page.get_by_text("Tối đa 500 ký tự").is_visible()


def test_with_scripts_a_choice_shows_what_it_asks_and_hides_it_again(open_page: Open) -> None:
    page = open_page("/styleguide")
    assert page.locator("#dia-chi").is_visible()
    page.get_by_label("Tại quầy một cửa").check()
    assert not page.locator("#dia-chi").is_visible()


def test_a_mistake_takes_the_focus_and_leads_to_its_box(open_page: Open) -> None:
    page = open_page("/styleguide")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.get_by_role("link", name="Ngày sinh của con").click()
    assert page.evaluate("document.activeElement.id") == "con-ngay-sinh"


def test_the_keyboard_reaches_the_content_first(open_page: Open) -> None:
    page = open_page("/desk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "govuk-skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_an_officer_walks_the_list_by_keys(open_page: Open) -> None:
    page = open_page("/desk")
    for _ in range(2):
        page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "H55.242-261120-0009"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "H55.242-261121-0014"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_the_policy_of_the_house_lets_our_own_pages_live(open_page: Open) -> None:
    page = open_page("/404")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.wait_for_function("document.body.classList.contains('js-enabled')")
    assert said == []
    assert page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].some(f => f.status === 'loaded'))"
    )


def test_a_part_of_a_page_moves_under_the_strict_policy(open_page: Open) -> None:
    page = open_page("/moving")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("link", name="Xem thêm").click()
    page.locator("#here .govuk-tag").wait_for()
    assert page.url.endswith("/moving")
    assert said == []


def test_without_scripts_the_same_link_simply_leads_there(open_page: Open) -> None:
    page = open_page("/moving", script=False)
    page.get_by_role("link", name="Xem thêm").click()
    assert page.url.endswith("/fragment")


def test_on_paper_there_is_no_furniture(open_page: Open) -> None:
    page = open_page("/desk")
    page.emulate_media(media="print")
    for selector in (".mc-header__tools", ".mc-desk__nav", ".mc-filters", ".mc-acts"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("h1").is_visible()
