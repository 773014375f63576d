"""Behind a proxy people are told apart by the address that the proxy itself added."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PROXY = "127.0.0.1"


@pytest.fixture
def behind(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def seen(forwarded: str | None = None) -> tuple[str, str]:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    told = Client(REMOTE_ADDR=PROXY).get("/tai-khoan/dia-chi.json", headers=headers).json()
    return told["address"], told["by"]


def test_the_last_address_is_the_proxys_own_word(behind: None) -> None:
    assert seen("203.0.113.9") == ("203.0.113.9", "X-Forwarded-For")
    assert seen("10.0.0.1, 2001:db8::7") == ("2001:db8::7", "X-Forwarded-For")


@pytest.mark.parametrize("forwarded", [None, "", "unknown", "203.0.113.9, "])
def test_without_its_word_everybody_is_the_proxy(behind: None, forwarded: str | None) -> None:
    assert seen(forwarded) == (PROXY, "connection")


def test_without_a_proxy_nobody_says_who_they_are() -> None:
    assert seen("203.0.113.9") == (PROXY, "connection")


def test_one_who_tries_too_often_locks_out_nobody_else(behind: None) -> None:
    wrong = {"number": "cb.khong-co", "code": "AAAA", "password1": "x", "password2": "x"}

    def tries(address: str) -> str:
        answer = Client().post("/dang-nhap/lan-dau/", wrong, headers={"X-Forwarded-For": address})
        return answer.content.decode()

    from motcua.core.identity.first_views import TOO_OFTEN, TRIES

    told = [tries("203.0.113.50") for _ in range(TRIES + 1)]
    assert TOO_OFTEN.vi in told[-1]
    assert TOO_OFTEN.vi not in tries("203.0.113.51")
