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

from motcua.core import signed_requests
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers import schema, signed, versions
from motcua.core.registers.data.businesses import sandbox_key
from motcua.core.registers.data.load import definitions
from motcua.core.registers.models import Reader

API = "/co-so-du-lieu/api"
SHIPPED = sorted(definitions())
READER = "sandbox-tax"
USES = {"population": "tax", "enterprises": "tax", "agencies": "open"}
"""For what the reader may ask in version 1; elsewhere it may ask for nothing, and is told so."""
TRIAL = "trial"


@pytest.fixture
def readers(db: None) -> Iterator[None]:
    signed.forget()
    schema.forget()
    with acting(SYSTEM):
        key = sandbox_key(READER).as_dict(private=False)
        Reader.objects.get_or_create(
            code=READER, defaults={"name": READER, "public_key": key, "legal_basis": "Luật"}
        )
        yield
    signed.forget()
    schema.forget()


def open_to_the_reader(register: str) -> None:
    """A second version, in which the reader may do everything."""
    shipped = definitions()[register]
    trial = {
        "partners": [READER],
        "acts": list(schema.ACTS),
        "legal_basis": "Luật",
        "vi": "Thử",
        "en": "Trial",
    }
    with acting(SYSTEM):
        versions.draft(SYSTEM, register, {**shipped, "access": {**shipped.get("access", {}), TRIAL: trial}})
        versions.publish(SYSTEM, register, 2)


def answered(client: Client, case: Any, where: str) -> Any:
    """A made-up request, signed as its maker would."""
    register, _, version = where.partition("/")
    use = TRIAL if version == "v2" else USES.get(register, TRIAL)
    prepared = case.as_transport_kwargs(base_url=f"http://testserver{API}/{where}")
    made = requests.Request(**{k: v for k, v in prepared.items() if k != "cookies"}).prepare()
    path = str(made.path_url)
    body: Any = made.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: str(value) for name, value in made.headers.items() if name.lower().startswith("if-")}
    full = RequestFactory().generic(case.method.upper(), path, content).get_full_path()
    signature = signed_requests.sign(
        content, method=case.method.upper(), path=full, key=sandbox_key(READER), signer=READER
    )
    given = {**headers, "X-Request-Signature": signature, "X-Purpose": use, "X-Legal-Basis": "Law"}
    return client.generic(case.method.upper(), path, content, content_type="application/json", headers=given)


@pytest.mark.soak
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("register", SHIPPED)
def test_no_request_made_from_the_description_is_answered_otherwise(
    client: Client, readers: None, register: str, version: int
) -> None:
    open_to_the_reader(register)
    told = client.get(f"{API}/{register}/v{version}/openapi.json").json()
    described = schemathesis.openapi.from_dict(told, config=SchemathesisConfig())
    asked = 0
    operations: Any = described.get_all_operations()
    for result in operations:
        operation = result.ok()
        responses = told["paths"][operation.path][operation.method.lower()]["responses"]
        asked += _try(client, f"{register}/v{version}", operation, responses, told["components"])
    assert asked > 100


def test_every_register_that_ships_is_tried(client: Client, readers: None) -> None:
    listed = client.get(f"{API}/").json()
    assert {one["register"] for one in listed} == set(SHIPPED)


def _try(client: Client, where: str, operation: Any, responses: dict[str, Any], components: Any) -> int:
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
        answer = answered(client, case, where)
        assert str(answer.status_code) in responses, (answer.status_code, answer.content[:300])
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
        if answer.status_code == 200 and "content" in responses["200"]:
            wanted = responses["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(json.loads(answer.content), {**wanted, "components": components})

    ask()
    return asked
