"""Portal and desk under a name of their own, the accounts under another: in a real browser, under the real policies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from motcua.core.identity import sources
from motcua.systems.openid import keys, source
from tests.browser.conftest import OpenWindow, chromium, sign_in_by_hand, window
from tests.browser.window import Window
from tests.house import work
from tests.people import CLERK, number

__all__ = ["chromium", "window"]


@pytest.fixture(scope="module")
def face(world: str) -> Iterator[str]:
    """The second address of the served site; for browsers' cookies another host."""
    address = world.replace("127.0.0.1", "localhost")
    keys.forget()
    with override_settings(MOTCUA_FACES=[address]):
        sources.registry._plugins[source.KEY] = source.Motcua()
        yield address
    del sources.registry._plugins[source.KEY]
    keys.forget()


def at(view: Window, address: str) -> bool:
    view.page.wait_for_load_state()
    return view.page.url.startswith(address)


def test_a_citizen_signs_in_at_the_provider_s_page_and_out_of_both(
    world: str, face: str, window: OpenWindow
) -> None:
    """No click more than anywhere, and no script."""
    view = window(script=False)
    view.open(f"{face}/ho-so/")
    assert at(view, f"{world}/dang-nhap/")
    sign_in_by_hand(view, number("lan_anh"))
    view.page.wait_for_url(f"{face}/ho-so/")
    view.open(f"{world}/tai-khoan/").must_say("NGUYỄN THỊ LAN ANH")
    view.open(f"{face}/dang-xuat/").press("Đăng xuất", exact=True)
    view.page.wait_for_url(f"{face}/dang-xuat/da-roi/")
    view.must_say("Máy này không còn giữ gì")
    view.open(f"{world}/tai-khoan/")
    assert at(view, f"{world}/dang-nhap/")
    work()


def test_the_entry_in_need_holds_a_password_and_nothing_else(face: str, window: OpenWindow) -> None:
    view = window()
    view.open(f"{face}/dang-nhap/?tai-cho=1")
    view.must_say("Đăng nhập tại chỗ").must_fit()
    assert not view.says("VNeID")
    assert not view.says("khóa bảo mật")


def test_an_officer_s_desk_has_an_address_of_its_own(world: str, face: str, window: OpenWindow) -> None:
    view = window(size={"width": 1280, "height": 900}, script=False)
    view.open(f"{face}/mot-cua/")
    sign_in_by_hand(view, CLERK)
    view.page.wait_for_url(f"{face}/mot-cua/")


def test_a_form_sent_after_the_session_ended_finds_its_way_and_nothing_typed_is_lost(
    world: str, face: str, window: OpenWindow
) -> None:
    """The answer to the form leads through the provider, which the policy of the form's page has to allow."""
    view = window(number("khanh"))
    view.open(f"{face}/tai-khoan/")
    assert at(view, f"{face}/tai-khoan/"), "signed in at the provider, nobody was asked"
    kept = [one for one in view.context.cookies() if one["domain"] != "localhost" or one["name"] != "phien"]
    view.context.clear_cookies()
    view.context.add_cookies(kept)  # type: ignore[arg-type]
    view.choose("English").press("Lưu ngôn ngữ")
    view.page.wait_for_url(f"{face}/**")
    assert not view.page.url.startswith(f"{world}/")
