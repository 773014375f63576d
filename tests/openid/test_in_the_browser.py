"""A person in a real browser, under the real content policy, on the way to another application and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Route
from pytest_django.plugin import DjangoDbBlocker

from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import consents, keys
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import Application
from tests.browser.conftest import OpenWindow, chromium, sign_in_by_hand, window
from tests.browser.window import Window
from tests.people import APPROVER, number

__all__ = ["chromium", "window"]
BACK = "http://127.0.0.1:9/tro-ve"
WANTED = "openid profile personal_number"


@pytest.fixture(scope="module")
def app(world: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Application]:
    with django_db_blocker.unblock():
        keys.forget()
        with acting(SYSTEM):
            made = application.make(
                "Sổ thuế",
                redirect_uris=[BACK],
                purposes={"personal_number": "Đối chiếu hồ sơ thuế"},
                contacts=["it@example.vn"],
            )
            application.make("Trường học số", state="pending")
        yield made
        keys.forget()


def sent(view: Window) -> list[tuple[str, str]]:
    """What reaches the application from now on: method and address, or body."""
    reached: list[tuple[str, str]] = []

    def answer(route: Route) -> None:
        request = route.request
        reached.append((request.method, request.post_data or request.url))
        route.fulfill(status=200, content_type="text/html", body="<title>Sổ thuế</title>")

    view.page.route(f"{BACK}**", answer)
    return reached


def ask(app: Application, **more: Any) -> str:
    return "/oidc/authorize?" + urlencode(app.question(redirect_uri=BACK, scope=WANTED, **more))


@pytest.mark.parametrize("script", [True, False])
def test_from_a_stranger_s_sign_in_to_the_application(
    app: Application, window: OpenWindow, script: bool
) -> None:
    """Password, second factor, consent, and on: no click more, with scripts or without."""
    view = window(script=script)
    reached = sent(view)
    view.open(ask(app, prompt="consent"))
    sign_in_by_hand(view, number("lan_anh"))
    view.must_say("Cho phép Sổ thuế biết về ông/bà?").must_say("Đối chiếu hồ sơ thuế").press(
        "Đồng ý và đăng nhập"
    )
    view.page.wait_for_url(f"{BACK}**")
    assert [method for method, _ in reached] == ["GET"]
    assert "code=" in reached[0][1]
    assert "iss=" in reached[0][1]


def test_a_form_carries_the_answer_where_it_was_wished(app: Application, window: OpenWindow) -> None:
    view = window(number("khanh"))
    reached = sent(view)
    view.open(ask(app, response_mode="form_post"))
    view.press("Đồng ý và đăng nhập")
    view.page.wait_for_url(f"{BACK}**")
    assert reached[0][0] == "POST"
    assert "code=" in reached[0][1]
    assert "csrfmiddlewaretoken" not in reached[0][1]


def test_the_pages_fit_are_accessible_and_speak_english(app: Application, window: OpenWindow) -> None:
    with acting(SYSTEM):
        account = Account.objects.get(username=number("lan_anh"))
        consents.give(SYSTEM, account.pk, app.client, WANTED.split())
    view = window(number("lan_anh"))
    view.open(ask(app, prompt="consent")).look()
    view.open(ask(app, prompt="select_account")).look()
    view.open("/oidc/ung-dung/").look()
    view.open(f"/oidc/ung-dung/{app.id}/").look()
    view.is_faultless()
    low = window(number("lan_anh"), level=1)
    low.open(ask(app, acr_values="urn:vn:eid:level:2")).look()
    low.is_faultless()


def test_the_officers_pages_fit_and_are_accessible(app: Application, window: OpenWindow) -> None:
    desk = window(APPROVER)
    desk.open("/oidc/quan-ly/").look()
    desk.follow("Trường học số").look()
    desk.is_faultless()
