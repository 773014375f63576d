"""What officers do by hand: registering an application, marking it, changing a key at once."""

from __future__ import annotations

import re
import time

import pytest
from allauth.account.internal.flows import login
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting, enter
from motcua.systems.openid import clients, jose, keys
from motcua.systems.openid.models import Client as Known
from motcua.systems.openid.models import ClientState, SigningKey
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import BACK, Application, answer_of
from motcua.systems.openid.times import now

FORM = {
    "client_name": "Sổ học bạ",
    "redirect_uris": BACK,
    "scope": ["openid", "profile"],
    "token_endpoint_auth_method": "client_secret_basic",
    "contacts": "it@example.vn",
    "jwks_uri": "",
}


@pytest.fixture
def officer() -> Client:
    browser = Client()
    groups = "officer__appointments__position__groups__contains"
    account = Account.objects.filter(**{groups: ["service_approver"]}).first()
    assert account is not None
    sign_in(browser, account)
    return browser


def prove(browser: Client, at: int) -> None:
    """As if the password had been typed at that time."""
    enter(SYSTEM)
    session = browser.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": at}]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()


def test_the_form_opens_empty(officer: Client) -> None:
    page = officer.get("/oidc/quan-ly/dang-ky/")
    assert page.status_code == 200
    assert 'name="client_name"' in page.content.decode()


def test_an_officer_registers_an_application_and_sees_its_secret_once(officer: Client) -> None:
    page = officer.post("/oidc/quan-ly/dang-ky/", FORM).content.decode()
    enter(SYSTEM)
    known = Known.objects.get()
    assert (known.name, known.state, clients.scopes_of(known)) == (
        "Sổ học bạ",
        ClientState.PENDING,
        ["openid", "profile"],
    )
    secret = re.findall(r"<code>([\w-]{43})</code>", page)
    assert jose.digest(secret[0]) == known.secret_digest
    again = officer.post("/oidc/quan-ly/dang-ky/", FORM).content.decode()
    assert not re.findall(r"<code>([\w-]{43})</code>", again)
    enter(SYSTEM)
    assert Known.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_name": ""}, "Ghi tên ứng dụng"),
        ({"redirect_uris": "http://noi-khac.example.vn/#x"}, "Mỗi dòng một địa chỉ https"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "khóa công khai"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_keeps_what_was_typed(
    officer: Client, change: dict[str, str], says: str
) -> None:
    answer = officer.post("/oidc/quan-ly/dang-ky/", FORM | change)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert "it@example.vn" in answer.content.decode()


def test_marks_are_set_at_approval_and_changed_later(
    officer: Client, app: Application, person: Client
) -> None:
    where = f"/oidc/quan-ly/{app.id}/"
    officer.post(where, {"act": "approve", "require_pkce": "true", "first_party": "true"})
    with acting(SYSTEM):
        app.client.refresh_from_db()
    assert (app.client.fapi, app.client.first_party, app.client.require_pkce) == (False, True, True)
    assert "code" in answer_of(app.ask(person))
    officer.post(where, {"act": "approve", "require_pkce": "true", "fapi": "true"})
    with acting(SYSTEM):
        app.client.refresh_from_db()
        told = Event.objects.filter(kind="openid.client_approved").latest("id").data
    assert (app.client.fapi, app.client.first_party) == (True, False)
    assert told == {"fapi": True, "first_party": False, "require_pkce": True}


def test_a_leaked_key_is_changed_at_once(officer: Client, app: Application, person: Client) -> None:
    token = app.tokens(person)["access_token"]
    before = keys.signing("ES256").kid
    prove(officer, int(time.time()))
    assert before in officer.get("/oidc/quan-ly/khoa/").content.decode()
    assert officer.post("/oidc/quan-ly/khoa/", {"alg": "ES256"}).status_code == 303
    assert keys.signing("ES256").kid != before
    assert app.userinfo(Client(), token).status_code == 401
    enter(SYSTEM)
    assert SigningKey.objects.get(kid=before).published_until <= now()  # type: ignore[operator]
    assert officer.post("/oidc/quan-ly/khoa/", {"alg": "none"}).status_code == 404


def test_keys_are_for_who_proved_it_lately(officer: Client) -> None:
    prove(officer, int(time.time()) - 3600)
    answer = officer.get("/oidc/quan-ly/khoa/")
    assert answer.status_code == 302
    assert "next=" in answer.headers["Location"]


def test_citizens_do_not_register_applications(person: Client) -> None:
    assert person.get("/oidc/quan-ly/dang-ky/").status_code in (403, 404)
    assert person.post("/oidc/quan-ly/khoa/", {"alg": "ES256"}).status_code in (403, 404)


def test_whom_the_application_expects_is_known_to_the_form_of_signing_in(app: Application) -> None:
    stranger = Client()
    went = stranger.get("/oidc/authorize", app.question(login_hint="019195001234"))
    assert "/dang-nhap/" in went.headers["Location"]
    assert stranger.session["login_hint"] == "019195001234"


def test_another_portal_is_registered_by_its_addresses_alone(officer: Client) -> None:
    typed = {"client_name": "Cổng tỉnh Bắc", "sites": "http://localhost:9001/\nhttp://127.0.0.1:9002"}
    page = officer.post("/oidc/quan-ly/dang-ky-cong/", typed).content.decode()
    enter(SYSTEM)
    known = Known.objects.get()
    assert f"MOTCUA_OPENID_CLIENT_ID={known.client_id}" in page
    assert "MOTCUA_OPENID_ISSUER=http://127.0.0.1:8000/oidc" in page
    assert len(re.findall(r"<code>([\w-]{43})</code>", page)) == 1
    assert (known.state, known.first_party) == (ClientState.PENDING, True)
    assert known.metadata["redirect_uris"] == [
        "http://localhost:9001/dang-nhap/qua/motcua/tro-ve/",
        "http://127.0.0.1:9002/dang-nhap/qua/motcua/tro-ve/",
    ]
    assert known.metadata["backchannel_logout_uri"] == (
        "http://localhost:9001/dang-nhap/qua/motcua/dang-xuat-tu-xa/"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_name": ""}, "Ghi tên ứng dụng"),
        ({"sites": ""}, "Mỗi dòng một địa chỉ của cổng kia"),
        ({"sites": "http://localhost:9001/mot-cua/"}, "Mỗi dòng một địa chỉ của cổng kia"),
        ({"sites": "http://localhost:9001 javascript:alert(1)"}, "Mỗi dòng một địa chỉ của cổng kia"),
    ],
)
def test_a_portal_described_wrongly_is_refused_and_what_was_typed_is_kept(
    officer: Client, change: dict[str, str], says: str
) -> None:
    typed = {"client_name": "Cổng tỉnh Bắc", "sites": "http://localhost:9001", **change}
    answer = officer.post("/oidc/quan-ly/dang-ky-cong/", typed)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert all(part in answer.content.decode() for part in typed["sites"].split()[:1])
    enter(SYSTEM)
    assert not Known.objects.exists()


def test_how_an_application_proves_itself_is_said_in_words(officer: Client) -> None:
    app = application.make("Sổ khám bệnh", token_endpoint_auth_method="private_key_jwt")
    page = officer.get(f"/oidc/quan-ly/{app.id}/").content.decode()
    assert "Bằng khóa riêng ứng dụng tự giữ" in page
    assert "private_key_jwt" not in page
