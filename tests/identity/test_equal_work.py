"""Nobody learns from the password page which numbers have an account: the same words after the same work."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.people import number

pytestmark = pytest.mark.django_db
UNKNOWN, WRONG = "019095999999", "mật-khẩu-không-đúng"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords that were hashed, to be kept or to be compared, in order."""
    cache.clear()
    made: list[str] = []
    hasher = type(hashers.get_hasher())
    real_encode, real_verify = hasher.encode, hasher.verify

    def encode(self: Any, password: str, *more: Any, **other: Any) -> str:
        made.append(password)
        return str(real_encode(self, password, *more, **other))

    def verify(self: Any, password: str, encoded: str) -> bool:
        made.append(password)
        return bool(real_verify(self, password, encoded))

    monkeypatch.setattr(hasher, "encode", encode)
    monkeypatch.setattr(hasher, "verify", verify)
    return made


def answer(who: str) -> tuple[int, str]:
    client = Client()
    page = client.post("/dang-nhap/", {"login": who, "password": WRONG})
    words = page.content.decode().replace(who, "SỐ")
    said = words[words.index("<main") : words.index("</main>")]
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    return page.status_code, "\n".join(
        line for line in said.splitlines() if "csrf" not in line and (not token or token not in line)
    )


@pytest.mark.parametrize("kind", ["known", "without a password", "locked"])
def test_an_unknown_number_costs_the_same_hash_and_gets_the_same_words(hashed: list[str], kind: str) -> None:
    with acting(SYSTEM):
        account = Account.objects.get(username=number("lan_anh"))
        if kind == "without a password":
            account.set_unusable_password()
        account.is_active = kind != "locked"
        account.save()
    hashed.clear()
    known = answer(number("lan_anh"))
    work_for_known = len(hashed)
    hashed.clear()
    assert answer(UNKNOWN) == known
    assert len(hashed) == work_for_known == 1, "hashed once, for whom it may be"
