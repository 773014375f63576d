"""A province's installation whose people and officers sign in by the accounts of a central one, over HTTP."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from motcua.core.identity import actions as identity
from motcua.core.identity import papers
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment, Officer
from motcua.systems.openid import clients, installations, keys
from tests.conftest import session_of
from tests.house import work
from tests.people import CHAIR, CLERK, REGISTRAR, number
from tests.two_installations.pair import Installation


class Province(Installation):
    """It is told where its accounts are by settings alone."""

    settings: dict[str, str] = {}

    @property
    def _environment(self) -> dict[str, str]:
        return {**super()._environment, **self.settings}


@pytest.fixture(scope="module")
def province(
    world: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    made = Province(folder / "home", "H19")
    made.site = made.site.replace("127.0.0.1", "localhost")  # cookies know hosts, not ports
    keys.forget()
    with django_db_blocker.unblock(), acting(SYSTEM):
        client, secret = installations.register(SYSTEM, "Cổng tỉnh Thái Nguyên", [made.site], [])
        clients.approve(SYSTEM, client, first_party=True)
    secret_file = folder / "secret"
    secret_file.write_text(secret)
    made.settings = {
        **installations.settings_for(client), "MOTCUA_OPENID_CLIENT_SECRET_FILE": str(secret_file),
        "MOTCUA_OPENID_NAME": "Tài khoản quốc gia",
    }  # fmt: skip
    try:
        made.open_site()
        made.wait_for_site()
        with django_db_blocker.unblock():
            yield made
    finally:
        made.end()
        keys.forget()


def browser_of(world: str, username: str = "") -> httpx.Client:
    """Somebody's browser; with a name, signed in at the centre."""
    browser = httpx.Client(follow_redirects=True, timeout=90)
    if username:
        browser.cookies.set("phien", session_of(username), domain=str(urlsplit(world).hostname))
    return browser


def press(browser: httpx.Client, page: httpx.Response, **typed: str) -> httpx.Response:
    """Fill in the last form of the page and send it."""
    form = page.text.rpartition('<form method="post"')[2]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    action = re.search(r'action="([^"]*)"', form)
    address = page.url.join(action[1].replace("&amp;", "&") if action else "")
    return browser.post(address, data={**hidden, **typed}, headers={"Referer": str(page.url)})


def code_of(username: str) -> str:
    return demo_code(username, at=time.time())


def test_a_citizen_is_sent_to_the_centre_and_back_without_a_page_of_the_province(
    world: str, province: Province
) -> None:
    with browser_of(world, number("lan_anh")) as browser:
        page = browser.get(f"{province.site}/tai-khoan/")
        assert str(page.url) == f"{province.site}/tai-khoan/"
        assert "NGUYỄN THỊ LAN ANH" in page.text
        ways = [(hop.url.host, hop.url.path) for hop in page.history]
        assert ways == [
            ("localhost", "/tai-khoan/"), ("localhost", "/dang-nhap/"), ("127.0.0.1", "/oidc/authorize"),
            ("localhost", "/dang-nhap/qua/motcua/tro-ve/"),
        ]  # fmt: skip
        assert set(page.history[2].url.params) == {"client_id", "request_uri"}, "the question was pushed"


def test_an_officer_signs_in_at_the_centre_and_works_by_the_duties_of_the_province(
    world: str, province: Province
) -> None:
    """At the centre the clerk holds no post any more; what counts at the desk is what the desk's installation says."""
    with acting(SYSTEM):
        Appointment.objects.filter(officer__code=CLERK).delete()
    with browser_of(world) as browser:
        login = browser.get(f"{province.site}/mot-cua/")
        assert login.url.host == "127.0.0.1"
        second = press(browser, login, login=CLERK, password=PASSWORD)
        desk = press(browser, second, code=code_of(CLERK))
        passed_on = desk.headers.get("Refresh", "").partition("url=")[2]
        desk = browser.get(passed_on)
        assert str(desk.url) == f"{province.site}/mot-cua/"
        assert desk.status_code == 200


def test_an_officer_whom_the_province_does_not_know_is_told_so(world: str, province: Province) -> None:
    with acting(SYSTEM):
        Officer.objects.filter(code=CHAIR).update(code="tw.can-bo-01")
    with browser_of(world) as browser:
        login = browser.get(f"{province.site}/mot-cua/")
        second = press(browser, login, login=CHAIR, password=PASSWORD)
        after = press(browser, second, code=code_of(CHAIR))
        page = browser.get(after.headers["Refresh"].partition("url=")[2])
        assert page.status_code == 403
        assert "tw.can-bo-01 chưa được giao việc ở đây" in page.text


def test_a_code_that_is_another_officer_s_in_the_province_opens_nothing(
    world: str, province: Province
) -> None:
    """Two installations that count their officers alike: the chair's desk is not open to a namesake of the code."""
    with acting(SYSTEM):
        Officer.objects.filter(code=REGISTRAR).update(name="Người Khác")
    with browser_of(world) as browser:
        login = browser.get(f"{province.site}/mot-cua/")
        second = press(browser, login, login=REGISTRAR, password=PASSWORD)
        after = press(browser, second, code=code_of(REGISTRAR))
        page = browser.get(after.headers["Refresh"].partition("url=")[2])
        assert page.status_code == 403
        assert "cán bộ tên khác" in page.text


def test_a_foreigner_and_an_organisation_are_who_they_are_at_the_centre(
    world: str, province: Province
) -> None:
    paper = papers.Paper("passport", "FRA", "19AB12345", dt.date(2035, 1, 31), "MARIE DUPONT",
                         dt.date(1990, 2, 3), "Nữ", "FRA")  # fmt: skip
    with acting(SYSTEM):
        marie = papers.party_of(SYSTEM, paper, kind="chip_read")
        names = [
            identity.open_account(SYSTEM, marie, None).username,
            identity.account_of_organisation(
                SYSTEM, "0100109106", name="Công ty Thử", source="vneid"
            ).username,
        ]
    for name, shown in zip(names, ("MARIE DUPONT", "Công ty Thử"), strict=True):
        with browser_of(world, name) as browser:
            page = browser.get(f"{province.site}/tai-khoan/")
            assert str(page.url) == f"{province.site}/tai-khoan/", page.text[-3000:]
            assert shown in page.text


def test_signing_out_at_either_ends_both(world: str, province: Province) -> None:
    with browser_of(world, number("mai")) as browser:
        page = browser.get(f"{province.site}/dang-xuat/")
        browser.get(f"{province.site}/tai-khoan/")
        page = browser.get(f"{province.site}/dang-xuat/")
        left = press(browser, page)
        there = left.headers["Refresh"].partition("url=")[2]
        done = browser.get(there)
        assert str(done.url) == f"{province.site}/dang-xuat/da-roi/"
        assert browser.get(f"{world}/tai-khoan/", follow_redirects=False).status_code == 302
    with browser_of(world, number("duc")) as browser:
        browser.get(f"{province.site}/tai-khoan/")
        press(browser, browser.get(f"{world}/dang-xuat/"))
        work()  # the back-channel
        assert browser.get(f"{province.site}/tai-khoan/", follow_redirects=False).status_code == 302


def test_when_the_centre_does_not_know_the_province_the_page_is_kind_and_the_entry_in_need_stands(
    world: str, province: Province
) -> None:
    """A suspended application, a wrong secret, a centre that is down: to people they are one."""
    known: Any = clients.find(province.settings["MOTCUA_OPENID_CLIENT_ID"])
    with acting(SYSTEM):
        clients.suspend(SYSTEM, known, "thử")
    with browser_of(world) as browser:
        page = browser.get(f"{province.site}/ho-so/")
        assert page.status_code == 503
        assert "Tài khoản quốc gia" in page.text
        entry = re.search(r'href="(/dang-nhap/\?tai-cho=1[^"]*)"', page.text)
        assert entry is not None
        local = browser.get(f"{province.site}{entry[1].replace('&amp;', '&')}")
        assert "Đăng nhập tại chỗ" in local.text
        second = press(browser, local, login=CHAIR, password=PASSWORD)
        assert "Bước hai" in second.text
        inside = press(browser, second, code=demo_code(CHAIR, at=time.time() + 30))
        assert inside.url.host == "localhost"
        assert inside.status_code in (200, 403), "an officer, though no applicant"
        assert browser.get(f"{province.site}/mot-cua/").status_code == 200
