"""What each register says of its API is true: requests made from its description are answered as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers import schema, signed
from motcua.core.registers.data.businesses import sandbox_key
from motcua.core.registers.models import Reader

ASKS = {"population": ("sandbox-tax", "tax"), "social_protection": ("sandbox-insurance", "insurance"),
        "enterprises": ("sandbox-tax", "tax"), "agencies": ("sandbox-tax", "open")}  # fmt: skip


@pytest.fixture
def readers(db: None) -> Iterator[None]:
    signed.forget()
    schema.forget()
    with acting(SYSTEM):
        for code in ("sandbox-tax", "sandbox-insurance"):
            key = sandbox_key(code).as_dict(private=False)
            Reader.objects.get_or_create(
                code=code, defaults={"name": code, "public_key": key, "legal_basis": "Luật"}
            )
        yield
    signed.forget()
    schema.forget()


def answered(client: Client, case: Any, register: str) -> Any:
    """A made-up request, signed as its maker would."""
    who, use = ASKS[register]
    prepared = case.as_transport_kwargs(base_url=f"http://testserver/co-so-du-lieu/api/{register}/v1")
    made = requests.Request(**{k: v for k, v in prepared.items() if k != "cookies"}).prepare()
    path = str(made.path_url)
    body: Any = made.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: str(value) for name, value in made.headers.items() if name.lower().startswith("if-")}
    full = RequestFactory().generic(case.method.upper(), path, content).get_full_path()
    signature = signed.sign(content, method=case.method.upper(), path=full, key=sandbox_key(who), reader=who)
    given = {**headers, "X-Request-Signature": signature, "X-Purpose": use, "X-Legal-Basis": "Law"}
    return client.generic(case.method.upper(), path, content, content_type="application/json", headers=given)


@pytest.mark.soak
@pytest.mark.parametrize("register", sorted(ASKS))
def test_no_request_made_from_the_description_is_answered_otherwise(
    client: Client, readers: None, register: str
) -> None:
    told = client.get(f"/co-so-du-lieu/api/{register}/v1/openapi.json").json()
    described = schemathesis.openapi.from_dict(told, config=SchemathesisConfig())
    asked = 0
    operations: Any = described.get_all_operations()
    for result in operations:
        operation = result.ok()
        responses = told["paths"][operation.path][operation.method.lower()]["responses"]

        asked += _try(client, register, operation, responses, told["components"])
    assert asked > 100


def _try(client: Client, register: str, operation: Any, responses: dict[str, Any], components: Any) -> int:
    """Ask an operation in made-up ways; how many."""
    asked = 0

    @settings(
        max_examples=40, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        answer = answered(client, case, register)
        assert str(answer.status_code) in responses, (answer.status_code, answer.content[:300])
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
        if answer.status_code == 200 and "content" in responses["200"]:
            wanted = responses["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(json.loads(answer.content), {**wanted, "components": components})

    ask()
    return asked
