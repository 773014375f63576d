"""A person in a real browser, under the real content policy, on the way to another application and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

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


ASKS_THE_FRAME = b"""<!DOCTYPE html><title>waiting</title><iframe id="op" hidden></iframe>
<script>
const [question, frame] = decodeURIComponent(location.hash.slice(1)).split("|");
const op = document.getElementById("op");
op.src = frame;
addEventListener("message", (event) => { document.title = event.data; });
op.addEventListener("load", () => {
  setInterval(() => op.contentWindow.postMessage(question, new URL(frame).origin), 50);
});
</script>"""


@pytest.fixture
def its_site() -> Iterator[str]:
    """The application's own site: one page that holds the provider's frame and asks it."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(ASKS_THE_FRAME)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_a_page_of_the_application_learns_that_the_person_signed_out(
    window: OpenWindow, world: str, its_site: str
) -> None:
    """OpenID Connect Session Management 1.0: the provider's frame in the application's page."""
    with acting(SYSTEM):
        app = application.make("Sổ nhà", redirect_uris=[its_site], first_party=True)
    view = window(number("mai"))
    view.open("/oidc/authorize?" + urlencode(app.question(redirect_uri=its_site)))
    view.page.wait_for_url(f"{its_site}**")
    state = parse_qs(urlsplit(view.page.url).query)["session_state"][0]
    answers = {f"{app.id} {state}x": "changed", "?": "error", f"{app.id} {state}": "unchanged"}
    for question, answer in answers.items():
        page = view.context.new_page()
        page.goto(f"{its_site}#{quote(f'{question}|{world}/oidc/check-session')}")
        page.wait_for_function(f"document.title === '{answer}'")
    view.open("/dang-xuat/").press("Đăng xuất", exact=True).must_say("Đăng nhập")
    page.wait_for_function("document.title === 'changed'")


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
    desk.open("/oidc/quan-ly/dang-ky/").look()
    desk.open("/oidc/quan-ly/dang-ky-cong/").look()
    desk.write("Tên cổng", "Cổng tỉnh Bắc").write("Địa chỉ của cổng", "http://localhost:9001")
    desk.press("Đăng ký cổng này").must_say("MOTCUA_OPENID_CLIENT_ID").look_here()
    desk.is_faultless()
