"""The stand-ins below `/thu-nghiem/`: only in a sandbox, and as particular about proofs as the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from motcua.systems.sandboxes import moods

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def good_mood() -> Iterator[None]:
    moods.forget()
    yield
    moods.forget()


def test_elsewhere_than_in_a_sandbox_there_is_nothing(client: Client, settings: Any) -> None:
    settings.MOTCUA_SANDBOX = False
    assert client.post("/thu-nghiem/lgsp/token").status_code == 404


@pytest.mark.parametrize(("server", "status"), [("population", 500), ("lgsp/dmdc/Category/madantoc", 401)])
def test_who_proves_nothing_gets_nothing(client: Client, server: str, status: int) -> None:
    assert client.post(f"/thu-nghiem/{server}", b"{}", content_type="application/json").status_code == status


def test_a_mood_is_kept_until_it_is_forgotten(client: Client) -> None:
    moods.behave("lgsp", "down")
    assert client.post("/thu-nghiem/lgsp/token").status_code == 503
    moods.forget()
    assert client.post("/thu-nghiem/lgsp/token").status_code == 401


def test_an_unknown_mood_is_refused() -> None:
    with pytest.raises(ValueError, match="partial"):
        moods.behave("lgsp", "happy")
