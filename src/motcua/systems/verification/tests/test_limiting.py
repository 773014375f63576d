"""Checking files is for everybody, so nobody may have all of it."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from motcua.systems.verification import limiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(limiting, "MOST", 3)


def hand_in(
    client: Client, path: str = "/kiem-tra/tep/", files: int = 1, *, address: str = "203.0.113.7"
) -> HttpResponse:
    given = []
    for number in range(files):
        file = io.BytesIO(b"hello")
        file.name = f"{number}.txt"
        given.append(file)
    return client.post(path, {"tep": given}, REMOTE_ADDR=address)  # type: ignore[return-value]


def test_who_checks_too_often_is_asked_kindly_to_wait_and_others_go_on(client: Client) -> None:
    assert [hand_in(client).status_code for _ in range(3)] == [200, 200, 200]
    refused = hand_in(client)
    assert refused.status_code == 429
    assert "Đợi vài phút" in refused.content.decode()
    assert 0 < int(refused["Retry-After"]) <= limiting.WINDOW
    assert hand_in(client, address="203.0.113.8").status_code == 200
    english = client.post("/kiem-tra/tep/?lang=en", {}, REMOTE_ADDR="203.0.113.7").content.decode()
    assert "Wait some minutes" in english


def test_the_api_says_when_to_come_back(client: Client) -> None:
    for _ in range(3):
        hand_in(client, "/kiem-tra/api/v1/files")
    refused = hand_in(client, "/kiem-tra/api/v1/files")
    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert int(refused["Retry-After"]) > 0


def test_several_files_at_once_count_as_several(client: Client) -> None:
    assert hand_in(client, files=3).status_code == 200
    assert hand_in(client).status_code == 429


def test_codes_can_be_asked_for_at_any_time(client: Client) -> None:
    for _ in range(5):
        assert client.get("/kiem-tra/ABCDEFGHJKLM/", REMOTE_ADDR="203.0.113.7").status_code == 404


@pytest.mark.parametrize(
    ("behind", "header", "address", "asker"),
    [
        (False, "198.51.100.1", "203.0.113.7", "203.0.113.7"),
        (True, "10.0.0.1, 198.51.100.1", "127.0.0.1", "198.51.100.1"),
        (True, "", "127.0.0.1", None),
        (False, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_whoever_asks_is_known_by_what_our_own_proxy_adds(
    behind: bool, header: str, address: str, asker: str | None, settings: object
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None  # type: ignore[attr-defined]
    headers = {"x-forwarded-for": header} if header else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR=address)
    assert limiting.asker_of(request) == asker
