"""Signing in as a person does, in a real browser: without JavaScript, by eID, and with a passkey."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from motcua.core.identity.demo import PASSWORD, demo_code

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=40_000)  # a page may take long on a machine that has much else to do
LAN_ANH, DUC = "019195001234", "019093005678"


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert executable, "no browser: install it with `apt-get install chromium`"
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    cache.clear()
    with sync_playwright() as playwright:
        connections.close_all()
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def look(page: Page, name: str) -> None:
    """Keep a picture where `MOTCUA_PICTURES` asks for them."""
    folder = os.environ.get("MOTCUA_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fits(page: Page) -> None:
    """Nothing sticks out at the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def sign_in(page: Page, site: str, username: str, wanted: str = "/tai-khoan/") -> None:
    page.goto(f"{site}/dang-nhap/?next={wanted}")
    page.get_by_label("Số định danh cá nhân, hoặc mã cán bộ").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    look(page, f"code-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.get_by_label("Mã xác thực").fill(demo_code(username))
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


@pytest.mark.parametrize("width", [1280, 320])
def test_password_and_code_work_without_javascript_on_any_screen(
    chromium: Browser, live_server: LiveServer, width: int
) -> None:
    page = chromium.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}, locale="vi-VN"
    ).new_page()
    page.goto(f"{live_server.url}/dang-nhap/")
    look(page, f"sign-in-{width}")
    sign_in(page, live_server.url, LAN_ANH)
    expect(page.get_by_role("heading", level=1)).to_have_text("NGUYỄN THỊ LAN ANH")
    look(page, f"account-{width}")
    for path in ("phien/", "thay-mat/", "xac-thuc/", "mat-khau/"):
        page.goto(f"{live_server.url}/tai-khoan/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(page, f"{path.strip('/')}-{width}")


def test_no_page_of_sign_in_is_wider_than_a_small_phone(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_context(viewport={"width": 320, "height": 640}, locale="vi-VN").new_page()
    for path in ("/dang-nhap/", "/dang-nhap/qua/vneid/"):
        page.goto(live_server.url + path)
        fits(page)
    sign_in(page, live_server.url, DUC)
    for path in (
        "",
        "phien/",
        "thay-mat/",
        "xac-thuc/",
        "mat-khau/",
        "xac-thuc/ung-dung/go/",
        "nang-muc/?muc=2",
    ):
        page.goto(f"{live_server.url}/tai-khoan/{path}")
        fits(page)


def test_axe_finds_nothing_on_the_pages_of_sign_in_and_account(
    chromium: Browser, live_server: LiveServer
) -> None:
    page = chromium.new_context(locale="vi-VN").new_page()
    for path in ("/dang-nhap/", "/dang-nhap/qua/vneid/"):
        page.goto(live_server.url + path)
        assert_accessible(page)
    sign_in(page, live_server.url, DUC)
    for path in ("", "phien/", "thay-mat/", "xac-thuc/", "mat-khau/", "xac-thuc/khoa/them/"):
        page.goto(f"{live_server.url}/tai-khoan/{path}")
        assert_accessible(page)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert found == [], f"{page.url}: {[(each['id'], each['nodes'][0]['html']) for each in found]}"


def test_a_person_signs_in_by_eid_without_javascript(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_context(java_script_enabled=False, locale="vi-VN").new_page()
    page.goto(f"{live_server.url}/dang-nhap/?next=/tai-khoan/")
    page.get_by_role("button", name="Đăng nhập bằng VNeID").click()
    look(page, "eid-sign-in")
    page.get_by_label("Số định danh cá nhân").fill(LAN_ANH)
    page.get_by_label("Mật mã bản thử").fill("142857")
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    look(page, "eid-consent")
    expect(page.get_by_text(LAN_ANH)).to_be_visible()
    page.get_by_role("button", name="Đồng ý và tiếp tục").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("NGUYỄN THỊ LAN ANH")
    assert page.url == f"{live_server.url}/tai-khoan/"


def test_a_passkey_added_once_signs_in_alone(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_context(locale="vi-VN").new_page()
    _give_fingerprint_reader(page)
    sign_in(page, live_server.url, DUC)
    page.goto(f"{live_server.url}/tai-khoan/xac-thuc/khoa/them/")
    look(page, "add-key")
    page.get_by_label("Đăng nhập chỉ bằng khóa này, không cần mật khẩu").check()
    page.get_by_role("button", name="Thêm khóa bảo mật").click()
    page.wait_for_url("**/tai-khoan/xac-thuc/ma-du-phong/")
    look(page, "recovery-codes")
    page.goto(f"{live_server.url}/tai-khoan/xac-thuc/khoa/")
    expect(page.get_by_role("heading", name="Khóa bảo mật", level=2)).to_be_visible()
    look(page, "keys")
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/dang-nhap/?next=/tai-khoan/")
    page.get_by_role("button", name="Đăng nhập bằng khóa bảo mật").click()
    page.wait_for_url("**/tai-khoan/")
    expect(page.get_by_role("heading", level=1)).to_have_text("TRẦN MINH ĐỨC")


def _give_fingerprint_reader(page: Page) -> Any:
    """A virtual authenticator that verifies its user and keeps passkeys (WebAuthn section 11)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    reader = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": reader})


def test_nothing_is_said_to_have_failed_before_a_key_was_tried(
    chromium: Browser, live_server: LiveServer
) -> None:
    """On a site with a name the form for keys is shown; what is told when it fails is not, until it does."""
    page = chromium.new_context(locale="vi-VN").new_page()
    page.goto(f"{live_server.url}/dang-nhap/")
    expect(page.get_by_role("button", name="Đăng nhập bằng khóa bảo mật")).to_be_visible()
    expect(page.get_by_text("Không dùng được khóa bảo mật")).to_be_hidden()
