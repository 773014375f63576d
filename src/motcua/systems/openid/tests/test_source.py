"""Motcua relying on Motcua: our own provider as an identity source, like any other."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from motcua.core.identity import sources
from motcua.core.identity.models import Session
from motcua.core.identity.testing import sign_in
from motcua.systems.openid import source
from motcua.systems.openid.models import Client as Application
from motcua.systems.openid.models import Grant
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.conftest import LAN_ANH

BACK = "http://127.0.0.1:8000/dang-nhap/qua/motcua/tro-ve/"
START = "/dang-nhap/qua/motcua/"


@pytest.fixture
def ours(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The site relies on its own provider, as a first party; gives its client_id."""
    client.defaults["HTTP_HOST"] = "127.0.0.1:8000"
    app = application.make(
        "Cổng dịch vụ công",
        redirect_uris=[BACK],
        token_endpoint_auth_method="client_secret_post",
        first_party=True,
    )
    settings.MOTCUA_OPENID_ISSUER = "http://127.0.0.1:8000/oidc"
    settings.MOTCUA_OPENID_CLIENT_ID = app.id
    monkeypatch.setitem(sources.registry._plugins, source.KEY, source.Motcua())
    return app.id


def travel(browser: Client, url: str) -> Any:
    """Follow redirects, also those that name the site by its public address."""
    answer = browser.get(url)
    while answer.status_code in (302, 303):
        url = answer.headers["Location"].removeprefix("http://127.0.0.1:8000")
        if not url.startswith(("/oidc/", "/dang-nhap/qua/")):
            return answer
        answer = browser.get(url)
    return answer


def test_who_is_signed_in_passes_through_without_a_page_in_between(ours: str, person: Client) -> None:
    end = travel(person, f"{START}?next=/tai-khoan/")
    assert end.headers["Location"] == "/tai-khoan/"
    assert Session.objects.filter(account__username=LAN_ANH, level=2).exists()
    assert Grant.objects.filter(client__client_id=ours).count() == 1


def test_who_is_not_is_asked_once_and_goes_on(ours: str, client: Client) -> None:
    asked = travel(client, f"{START}?next=/tai-khoan/")
    assert asked.headers["Location"].startswith("/dang-nhap/?next=%2Foidc%2Ftiep%2F")
    where = asked.headers["Location"].partition("next=")[2].replace("%2F", "/")
    sign_in(client, LAN_ANH)
    passed = client.get(where)
    assert passed.headers["Refresh"].startswith(f"0; url={BACK}?code=")


def test_a_suspended_installation_signs_nobody_in(ours: str, person: Client) -> None:
    Application.objects.filter(client_id=ours).update(state="suspended")
    assert travel(person, START).status_code == 400


def test_without_the_setting_it_is_not_offered() -> None:
    assert source.KEY not in [offer.key for offer in sources.offered()]
