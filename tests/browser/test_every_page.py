"""The pages beside the journey: each is looked at on a phone and at a desk, by day and night, in both languages.

Which pages there are, the resolver says: a new one is looked at without being named here.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse
from pytest_django.plugin import DjangoDbBlocker

from motcua.systems.eid.holders import passcode
from tests.browser import pages
from tests.browser.conftest import OpenWindow
from tests.browser.window import PHONE
from tests.people import APPROVER, CHAIR, CLERK, EDITOR, REGISTRAR, number

PUBLIC = [
    "/thu-tuc/",
    "/viec/co-con-nho/",
    "/thu-tuc/trich-luc-ho-tich/",
    "/tim/?q=xyzxyz",
    "/kiem-tra/",
    "/kiem-tra/K3YB6EQKSPTQ/",
    "/chi-so/",
    "/kha-nang-tiep-can/",
    "/khong-co-trang-nay/",
]
OWN = [
    "/",
    "/ho-so/",
    "/giay-to/",
    "/tin/",
    "/ai-da-xem/",
    "/thong-tin-lien-he/",
    "/lam-thay/",
    "/tai-khoan/",
    "/mot-cua/",
]
DESK = [
    "/mot-cua/",
    "/mot-cua/viec/",
    "/mot-cua/tim/?q=lan",
    "/mot-cua/su-co/",
    "/mot-cua/so-theo-doi/",
    "/chi-so/",
]
STUDIO = [
    "/bien-tap/",
    "/bien-tap/1.001193/",
    "/bien-tap/1.001193/sua/",
    "/bien-tap/1.001193/kiem-tra/",
    "/bien-tap/lich/",
]
GONE = "/vi-so/xem/khong-co-ma-nay/"
LOOKED_AT = [
    *PUBLIC,
    *OWN,
    *DESK,
    *STUDIO,
    "/mot-cua/quay/",
    "/mot-cua/quay/chua-co-so/",
    "/mot-cua/ky/",
    GONE,
]
READY, LEADS_ON, NO_PAGE = 200, (301, 302, 303), 405


@pytest.fixture(scope="module")
def things(world: str, django_db_blocker: DjangoDbBlocker) -> list[str]:
    """Addresses of pages that are of something."""
    with django_db_blocker.unblock():
        return pages.examples()


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_faultless(window: OpenWindow, path: str) -> None:
    window().open(path).look().is_faultless()


def test_ones_own_pages_are_faultless(window: OpenWindow) -> None:
    phone = window(number("lan_anh"), size=PHONE)
    for path in OWN:
        phone.open(path).look()
    phone.is_faultless()


@pytest.mark.parametrize(
    ("who", "paths"),
    [
        (CLERK, [*DESK, "/mot-cua/quay/", "/mot-cua/quay/chua-co-so/"]),
        (REGISTRAR, DESK[:2]),
        (CHAIR, ["/mot-cua/ky/", GONE]),
        (EDITOR, STUDIO),
        (APPROVER, STUDIO[:1]),
    ],
    ids=["clerk", "registrar", "chair", "editor", "approver"],
)
def test_the_pages_of_an_officer_are_faultless(window: OpenWindow, who: str, paths: list[str]) -> None:
    officer = window(who)
    for path in paths:
        officer.open(path).look()
    officer.is_faultless()


def test_no_page_is_forgotten(things: list[str]) -> None:
    """Whoever adds a page that is of something says in pages.py of what, or why it is not looked at here."""
    routes = pages.routes()
    known = {pages.pattern_of(path) for path in [*LOOKED_AT, *things]}
    forgotten = [
        one.pattern for one in routes if "<" in one.pattern and not one.elsewhere and one.pattern not in known
    ]
    assert forgotten == []
    idle = [
        begins for begins, _ in pages.ELSEWHERE if not any(re.match(begins, one.pattern) for one in routes)
    ]
    assert idle == [], "these lines of pages.py say nothing of any address"


@pytest.mark.parametrize("who", sorted({one.who for one in pages.routes() if not one.elsewhere}))
def test_every_other_page_is_faultless(
    window: OpenWindow, untranslated: set[str], things: list[str], who: str
) -> None:
    """All that the resolver has for this person, but what is looked at above and elsewhere."""
    known = {pages.pattern_of(path) for path in LOOKED_AT}
    mine = [
        one for one in pages.routes() if one.who == who and not one.elsewhere and one.pattern not in known
    ]
    of_things = {pages.pattern_of(path): path for path in things}
    opened = window(who)
    opened.choose_language("en")
    paths = [of_things.get(one.pattern, f"/{one.pattern}") for one in mine]
    read = [path for path in paths if _is_page(opened.fetch(path))]
    assert untranslated == set()
    opened.choose_language("vi")
    for path in read:
        opened.open(path).look_by_day()
    opened.is_faultless()


def _is_page(answer: APIResponse) -> bool:
    """Whether one may open it and reads something there; an act, a file or a way on to another page is none."""
    onward = answer.headers.get("location", "")
    assert answer.status in (READY, *LEADS_ON, NO_PAGE), f"{answer.url} answered {answer.status}"
    assert not onward.startswith("/dang-nhap/"), f"{answer.url} is not for whom pages.py says"
    return answer.status == READY and answer.headers["content-type"].startswith("text/html")


def test_a_paper_that_is_shown_no_more_is_told_faultlessly(window: OpenWindow) -> None:
    anyone = window().open(GONE)
    assert anyone.answered == 410
    anyone.look(night=False).is_faultless()


def test_the_made_up_identity_service_is_faultless(window: OpenWindow) -> None:
    anyone = window().open("/dang-nhap/qua/vneid/").look_here()
    anyone.write("Số định danh", number("lan_anh")).write("Mật mã", passcode())
    anyone.page.locator("form button[type=submit]").first.click()
    anyone.look_here()
    assert anyone.path == "/vneid/dong-y/"
    anyone.is_faultless()


def test_a_wrong_password_is_told_faultlessly(window: OpenWindow) -> None:
    anyone = window().open("/dang-nhap/")
    anyone.write("Số định danh cá nhân, hoặc mã cán bộ", number("lan_anh")).write("Mật khẩu", "sai")
    anyone.press("Đăng nhập", exact=True)
    anyone.must_say("Có 1 chỗ cần sửa").look_here().is_faultless()
