"""Signing in: password, second factor, lock-out, where one lands afterwards."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.models import Session
from motcua.core.identity.testing import sign_in

pytestmark = pytest.mark.django_db
LAN_ANH = "019195001234"
CHAIR = "h55.237.chair"


@pytest.fixture(autouse=True)
def _nobody_was_wrong_before() -> None:
    cache.clear()


def enter_password(client: Client, username: str, password: str = PASSWORD, wanted: str = ""):
    return client.post("/dang-nhap/", {"login": username, "password": password, "next": wanted})


def test_a_citizen_signs_in_with_password_and_code(client: Client) -> None:
    first = enter_password(client, LAN_ANH, wanted="/tai-khoan/")
    assert first.headers["Location"] == "/dang-nhap/buoc-hai/"
    assert client.get("/tai-khoan/").status_code == 302
    second = client.post("/dang-nhap/buoc-hai/", {"code": demo_code(LAN_ANH)})
    assert second.headers["Location"] == "/tai-khoan/"
    page = client.get("/tai-khoan/")
    assert "NGUYỄN THỊ LAN ANH" in page.content.decode()
    assert Session.objects.get(account__username=LAN_ANH).level == 2


def test_signing_in_changes_the_session_key(client: Client) -> None:
    enter_password(client, LAN_ANH)
    before = client.cookies["phien"].value
    client.post("/dang-nhap/buoc-hai/", {"code": demo_code(LAN_ANH)})
    assert client.cookies["phien"].value != before


def test_sign_in_for_tests_is_worth_what_it_says(client: Client) -> None:
    account = sign_in(client, CHAIR)
    assert client.get("/tai-khoan/").status_code == 200
    assert account.officer is not None
