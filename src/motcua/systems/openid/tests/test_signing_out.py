"""Signing out: by an application, of an application, and what an application's page learns of it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from motcua.core import jobs
from motcua.core.errors import Unavailable
from motcua.core.identity.actions import close_sessions
from motcua.core.identity.models import Account, Session
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.outbound import anywhere, wire
from motcua.core.outbound.wire import Reply
from motcua.systems.openid import jobs as own_jobs
from motcua.systems.openid import jose, session_state, signing_out
from motcua.systems.openid.models import Grant
from motcua.systems.openid.tests.application import (
    BACK,
    Application,
    agree,
    answer_of,
    claims_of,
)
from motcua.systems.openid.tests.conftest import LAN_ANH

HEARS = "https://app.example.vn/dang-xuat"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What is posted to applications."""
    posted: list[dict[str, str]] = []

    def post(url: str, *, form: dict[str, str]) -> Reply:
        assert url == HEARS
        posted.append(form)
        return Reply(200, {}, b"")

    monkeypatch.setattr(anywhere, "ask", post)
    return posted


def test_an_application_signs_a_person_out_by_its_id_token(
    app: Application, person: Client, heard: list[dict[str, str]]
) -> None:
    app.client.metadata |= {"post_logout_redirect_uris": [BACK], "backchannel_logout_uri": HEARS}
    app.client.save()
    told = app.tokens(person, scope="openid")
    claims = claims_of(told["id_token"])
    query = {"id_token_hint": told["id_token"], "post_logout_redirect_uri": BACK, "state": "bye"}
    left = person.get("/oidc/logout", query)
    assert (left.status_code, left.headers["Location"]) == (303, f"{BACK}?state=bye")
    assert person.get("/tai-khoan/").status_code == 302
    jobs.run_all()
    token = claims_of(heard[0]["logout_token"])
    assert jose.header_of(heard[0]["logout_token"])["typ"] == "logout+jwt"
    assert (token["sid"], token["sub"], token["aud"]) == (claims["sid"], claims["sub"], app.id)
    assert signing_out.EVENT in token["events"]
    assert "nonce" not in token
    assert app.userinfo(Client(), told["access_token"]).status_code == 401


def test_an_id_token_is_no_leave_to_sign_out_another_session(app: Application, person: Client) -> None:
    hint = app.tokens(person)["id_token"]
    elsewhere = Client()
    sign_in(elsewhere, LAN_ANH)
    page = elsewhere.get("/oidc/logout", {"id_token_hint": hint})
    assert "Đăng xuất khỏi tất cả?" in page.content.decode()
    assert elsewhere.get("/tai-khoan/").status_code == 200
    assert elsewhere.post("/oidc/dang-xuat/").status_code == 200
    assert elsewhere.get("/tai-khoan/").status_code == 302


@pytest.mark.parametrize("query", [{"post_logout_redirect_uri": BACK}, {"id_token_hint": "x.y.z"}])
def test_signing_out_never_leads_to_an_address_not_registered(person: Client, query: dict[str, str]) -> None:
    page = person.get("/oidc/logout", query)
    assert page.status_code == 400
    assert person.get("/tai-khoan/").status_code == 200


def test_a_session_ended_elsewhere_is_told_and_offline_access_outlives_it(
    app: Application, person: Client, account: Account, heard: list[dict[str, str]]
) -> None:
    app.client.metadata["backchannel_logout_uri"] = HEARS
    app.client.save()
    app.tokens(person)
    kept = app.tokens(person, scope="openid offline_access")
    with acting(SYSTEM):
        close_sessions(account)
        jobs.run_all()
    assert len(heard) == 1
    assert app.refresh(Client(), kept["refresh_token"]).status_code == 200


def test_a_session_that_only_changes_its_key_is_not_signed_out(
    app: Application, person: Client, heard: list[dict[str, str]]
) -> None:
    app.client.metadata["backchannel_logout_uri"] = HEARS
    app.client.save()
    app.tokens(person)
    session = person.session
    session.cycle_key()
    session.save()
    jobs.run_all()
    assert Session.objects.filter(session_key=session.session_key).exists()
    assert heard == []


def test_an_application_that_breaks_is_told_again_and_one_that_refuses_has_heard(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.client.metadata["backchannel_logout_uri"] = HEARS
    app.client.save()
    said = [Reply(503, {}, b""), Reply(503, {}, b""), Reply(400, {}, b"")]
    monkeypatch.setattr(wire, "send", lambda *_: said.pop(0))
    for _ in range(2):
        with pytest.raises(Unavailable):
            own_jobs.tell_logout(client=app.client.pk, sid="s", sub="x")
    own_jobs.tell_logout(client=app.client.pk, sid="s", sub="x")
    assert Event.objects.get(kind="openid.logout_told").data == {"sid": "s", "status": 400}


# ---- session management


def test_what_an_application_is_told_of_the_session_changes_with_the_session(
    app: Application, person: Client
) -> None:
    first = answer_of(agree(person, app.ask(person)))["session_state"]
    state = person.cookies[session_state.COOKIE]
    told, _, salt = first.partition(".")
    read = f"{app.id} https://app.example.vn {state.value} {salt}"
    assert told == hashlib.sha256(read.encode()).hexdigest()
    assert not state["httponly"], "our frame has to read it"
    assert (state["path"], state["samesite"]) == ("/oidc/", "Lax")
    person.post("/dang-xuat/")
    assert person.cookies[session_state.COOKIE].value == ""


def test_the_session_s_own_name_is_not_in_the_cookie(app: Application, person: Client) -> None:
    app.code(person)
    sitting = Grant.objects.get().sitting
    assert sitting not in person.cookies[session_state.COOKIE].value


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.example.vn/a?b", "https://app.example.vn"),
        ("https://app.example.vn:443/", "https://app.example.vn"),
        ("https://App.example.vn:8443/", "https://app.example.vn:8443"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(uri: str, origin: str) -> None:
    assert session_state.origin_of(uri) == origin


def test_an_application_on_a_phone_is_told_nothing_of_frames(app: Application) -> None:
    assert session_state.told_of(app.client, "vn.example.app:/back", "s") == {}


def test_only_the_frame_may_stand_in_pages_of_others(client: Client, settings: Any) -> None:
    settings.MOTCUA_SANDBOX = False
    frame = client.get("/oidc/check-session").headers["Content-Security-Policy"]
    assert "frame-ancestors https:" in frame
    assert "default-src 'none'" in frame
    assert "frame-ancestors 'none'" in client.get("/oidc/dang-xuat/").headers["Content-Security-Policy"]
