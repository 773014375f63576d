"""Relying parties outside ask by the API; people answer in their account or by a wallet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from motcua.core import bearers
from motcua.core.bearers import Bearer
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import sd_jwt
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.testing import Phone
from motcua.systems.wallet.tests.conftest import KHANH
from motcua.systems.wallet.tests.test_pages import of, text_of

pytestmark = pytest.mark.django_db
ASK = "/vi-so/api/hoi"
TWO: dict[str, Any] = {
    "purpose": "Mở tài khoản",
    "any_of": [["over_18", "pensioner"], ["over_18", "name_and_birthdate"]],
}
BANK = {
    "bank": Bearer(0, frozenset({"presentation"}), client_id="bank", client_name="Ngân hàng Sen"),
    "shop": Bearer(0, frozenset({"presentation"}), client_id="shop", client_name="Hiệu thuốc"),
    "person": Bearer(7, frozenset({"presentation", "openid"}), client_id="bank", client_name="Ngân hàng Sen"),
    "other": Bearer(0, frozenset({"service"}), client_id="bank", client_name="Ngân hàng Sen"),
}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearers, "_resolvers", {"here": lambda _, token: BANK.get(token)})


def ask(client: Client, token: str = "bank", **said: Any) -> Any:
    header = {"Authorization": f"Bearer {token}"}
    return client.post(ASK, json.dumps(said), content_type="application/json", headers=header)


def result(client: Client, asked: Any, token: str = "bank") -> Any:
    where = asked.json()["result_uri"].split("/vi-so/")[1]
    return client.get(f"/vi-so/{where}", headers={"Authorization": f"Bearer {token}"})


def test_two_credentials_are_asked_and_one_set_of_them_answers(extract: Document, client: Client) -> None:
    asked = ask(client, **TWO)
    assert asked.status_code == 201
    assert result(client, asked).json()["state"] == "waiting"
    with acting(SYSTEM):
        question = Question.objects.get()
    assert [one["id"] for one in question.query["credentials"]] == [
        "over_18",
        "pensioner",
        "name_and_birthdate",
    ]
    assert question.query["credential_sets"] == [{"options": TWO["any_of"]}]
    khanh = of(KHANH)
    page = text_of(khanh.get(f"/vi-so/dong-y/{question.uuid}/"))
    assert "Ngân hàng Sen" in page
    assert "Mở tài khoản" in page
    sent = khanh.post(f"/vi-so/dong-y/{question.uuid}/", {"document": f"{extract.uuid}.{extract.uuid}"})
    assert sent.status_code == 303
    told = result(client, asked).json()
    assert told["state"] == "proven"
    assert [one["claims"] for one in told["answers"]] == [
        {"age_equal_or_over": {"18": True}},
        {"full_name": "DƯƠNG QUỐC KHÁNH", "birthdate": told["answers"][1]["claims"]["birthdate"]},
    ]


def test_a_wallet_answers_a_set_whole_or_not_at_all(loaded: Phone, client: Client) -> None:
    asked = ask(client, **TWO, by="value", response_mode="direct_post")
    request = sd_jwt.read_unverified(asked.json()["request"])[1]
    given = {"nonce": request["nonce"], "audience": request["client_id"]}
    age = loaded.present([("age_equal_or_over", "18")], **given)
    name = loaded.present([("full_name",), ("birthdate",)], **given)
    door = request["response_uri"].split("/vi-so/")[1]
    for answer, status in (
        ({"over_18": [age]}, 400),
        ({"over_18": [age], "name_and_birthdate": [age]}, 400),
        ({"over_18": [age], "name_and_birthdate": [name]}, 200),
    ):
        form = {"vp_token": json.dumps(answer), "state": request["state"]}
        assert client.post(f"/vi-so/{door}", form).status_code == status
    assert result(client, asked).json()["state"] == "proven"


def test_an_answer_is_told_to_who_asked_and_to_nobody_else(extract: Document, client: Client) -> None:
    asked = ask(client, kind="over_18", purpose="Bán thuốc")
    assert result(client, asked, "shop").status_code == 404
    assert result(client, asked, "person").status_code == 403
    assert result(client, asked, "nobody").status_code == 401
    of(KHANH).post(f"/vi-so/dong-y/{asked.json()['id']}/", {"decline": "1"})
    assert result(client, asked).json() | {"id": ""} == {
        "id": "",
        "state": "declined",
        "purpose": "Bán thuốc",
        "answers": [],
    }


@pytest.mark.parametrize(
    ("token", "said", "status"),
    [
        ("nobody", {"kind": "over_18", "purpose": "x"}, 401),
        ("other", {"kind": "over_18", "purpose": "x"}, 403),
        ("person", {"kind": "over_18", "purpose": "x"}, 403),
        ("bank", {"kind": "over_18", "purpose": " "}, 400),
        ("bank", {"kind": "everything", "purpose": "x"}, 400),
        ("bank", {"any_of": [[]], "purpose": "x"}, 400),
        ("bank", {"any_of": "over_18", "purpose": "x"}, 400),
        ("bank", {"kind": "over_18", "purpose": "x", "by": "pigeon"}, 400),
    ],
)
def test_what_is_not_in_order_is_refused(
    extract: Document, client: Client, token: str, said: dict[str, Any], status: int
) -> None:
    assert ask(client, token, **said).status_code == status
