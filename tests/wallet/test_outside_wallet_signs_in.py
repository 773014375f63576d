"""A wallet of others' libraries gets a result by signing its owner in, without a number to type."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import keys
from motcua.systems.openid.models import Client
from motcua.systems.wallet.testing import extract_of
from tests.openid.test_outside_clients import BACK, register, sent_back
from tests.people import number
from tests.wallet.test_outside_wallet import OVER_18, asked, offered, present, wallet

TYPE = "trich-luc-khai-sinh"


@pytest.fixture(scope="module")
def extract(world: str) -> Document:
    keys.forget()
    with acting(SYSTEM):
        return extract_of("khanh")


@pytest.fixture(scope="module")
def phone(world: str) -> Client:
    """A wallet as its makers registered it: public, bound by DPoP."""
    with acting(SYSTEM):
        client, _ = register(
            token_endpoint_auth_method="none",
            scope=TYPE,
            grant_types=["authorization_code"],
            dpop_bound_access_tokens=True,
        )
    return client


def signed_in(client: Client, link: str, who: str, **more: Any) -> dict[str, Any]:
    begun = wallet(step="begin", offer=link, client=client.client_id, back=BACK, **more)
    assert "refused" not in begun, begun
    back = dict(parse_qsl(urlsplit(sent_back(begun["url"], who)).query))
    return wallet(step="finish", code=back["code"], state=begun["state"])


@pytest.mark.parametrize("details", [False, True])
def test_the_owner_signs_in_and_the_wallet_proves_with_what_it_got(
    extract: Document, phone: Client, details: bool
) -> None:
    told = signed_in(phone, offered(extract)[0], "khanh", details=details)
    assert "refused" not in told, told
    assert told["kind"] == "DPoP"
    if details:
        assert told["details"][0]["credential_identifiers"] == [TYPE]
    question, link = asked()
    assert present(told, link, OVER_18)["status"] == 200
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.proven[0]["claims"] == {"age_equal_or_over": {"18": True}}


def test_an_offer_to_somebody_else_gives_nothing(extract: Document, phone: Client) -> None:
    told = signed_in(phone, offered(extract)[0], "lan_anh")
    assert told["error"] == "credential_request_denied"
    assert number("lan_anh") != number("khanh")
