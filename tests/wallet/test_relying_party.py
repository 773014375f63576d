"""An application approved at the OpenID provider asks for a presentation with a token of its own, bound by DPoP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting, enter
from motcua.systems.openid import clients, keys
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import Application
from motcua.systems.wallet.testing import extract_of

ASK = "/vi-so/api/hoi"


@pytest.fixture
def extract(db: None) -> Document:
    cache.clear()
    keys.forget()
    enter(SYSTEM)
    return extract_of("khanh")


def bank() -> Application:
    return application.make(
        "Ngân hàng Sen", fapi=True, grant_types=["client_credentials"], scope="presentation", redirect_uris=[]
    )


def token_of(app: Application) -> str:
    form = {"grant_type": "client_credentials", "scope": "presentation"}
    told = app.post(Browser(), "/oidc/token", form, proof=app.proof("/oidc/token")).json()
    assert (told["token_type"], told["scope"]) == ("DPoP", "presentation")
    assert "refresh_token" not in told
    return str(told["access_token"])


def ask(app: Application, token: str, **headers: str) -> Any:
    headers = {"Authorization": f"DPoP {token}", "DPoP": app.proof(ASK, token=token), **headers}
    body = json.dumps({"kind": "over_18", "purpose": "Mở tài khoản"})
    return Browser().post(ASK, body, content_type="application/json", headers=headers)


def test_a_bank_asks_with_its_own_token_and_reads_where_the_answer_stands(extract: Document) -> None:
    app = bank()
    token = token_of(app)
    asked = ask(app, token)
    assert asked.status_code == 201, asked.content
    where = f"{ASK}/{asked.json()['id']}"
    proof = app.proof(where, method="GET", token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert Browser().get(where, headers=headers).json()["state"] == "waiting"
    assert asked.json()["link"].startswith("openid4vp://?client_id=x509_hash")


def test_a_token_without_its_key_and_one_of_a_suspended_application_ask_nothing(extract: Document) -> None:
    app = bank()
    token = token_of(app)
    assert ask(app, token, DPoP="").status_code == 401
    assert ask(app, token, Authorization=f"Bearer {token}").status_code == 401
    with acting(SYSTEM):
        clients.suspend(SYSTEM, app.client, "thử")
    assert ask(app, token).status_code == 401
