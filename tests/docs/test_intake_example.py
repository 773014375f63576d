"""The worked example of docs/intake-api.md, run: the signature holds, the request is answered as the page says."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from motcua.core import signed_requests
from motcua.core.cases.proofs import State
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.intake.models import Partner

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "intake-api.md").read_text(encoding="utf-8")
PUBLIC_KEY, PROTECTED, BODY, ANSWER, PROBLEM, ASKED, WAITS = re.findall(
    r"```json\n(.*?)\n```", PAGE, re.DOTALL
)
ADDRESS, PRESENTATIONS = "/api/v1/intake/applications", "/api/v1/intake/presentations"
CHANGING = {"uuid", "number", "received_at"}


def signature_on_the_page() -> str:
    found = re.search(r"X-Request-Signature: (\S+)", PAGE)
    assert found is not None
    return found.group(1)


def check(body: str) -> jws.CompactSignature:
    head, _, signature = signature_on_the_page().partition("..")
    content = base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()
    key = ECKey.import_key(json.loads(PUBLIC_KEY))
    return jws.deserialize_compact(f"{head}.{content}.{signature}", key, registry=signed_requests.REGISTRY)


def test_the_signature_on_the_page_is_over_the_body_on_the_page() -> None:
    assert check(BODY).headers() == json.loads(PROTECTED)


def test_the_signature_on_the_page_holds_for_no_other_body() -> None:
    with pytest.raises(BadSignatureError):
        check(BODY.replace('"copies": 2', '"copies": 3'))


@pytest.fixture
def key(db: None) -> ECKey:
    made = ECKey.generate_key("P-256")
    with acting(SYSTEM):
        Partner.objects.create(
            code="portal.example",
            name="Cổng ví dụ",
            public_key=made.as_dict(private=False),
            legal_basis="Ví dụ",
        )
    return made


def send(client: Client, key: ECKey, body: str, path: str = ADDRESS, **headers: str) -> Any:
    signed = signed_requests.sign(body.encode(), method="POST", path=path, key=key, signer="portal.example")
    with acting(SYSTEM):
        return client.post(
            path, body.encode(), "application/json", headers={signed_requests.HEADER: signed, **headers}
        )


def test_the_application_is_answered_as_the_page_says(client: Client, key: ECKey) -> None:
    answer = send(client, key, BODY)
    told, real = json.loads(ANSWER), answer.json()
    assert answer.status_code == 201
    assert set(told) == set(real)
    assert {name: real[name] for name in told if name not in CHANGING} == {
        name: told[name] for name in told if name not in CHANGING
    }
    assert re.fullmatch(r"H55\.237\.00-\d{6}-\d{4}", real["number"])
    again = send(client, key, BODY)
    assert (again.status_code, again.json()["number"]) == (200, real["number"])


def test_the_mistake_is_answered_as_the_page_says(client: Client, key: ECKey) -> None:
    wrong = json.dumps(
        json.loads(BODY) | {"answers": {"whose": "mine", "copies": -5}, "external_id": "G22-2"}
    )
    answer = send(client, key, wrong, **{"Accept-Language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json() == json.loads(PROBLEM)


def test_asking_for_a_presentation_is_answered_as_the_page_says(client: Client, key: ECKey) -> None:
    answer = send(client, key, ASKED, PRESENTATIONS)
    assert answer.status_code == 201, answer.content.decode()
    told, real = json.loads(WAITS), answer.json()
    assert list(told) == list(real)
    same = set(told) - {"id", "link", "page", "expires_at"}
    assert {name: real[name] for name in same} == {name: told[name] for name in same}
    assert real["page"].endswith(f"/vi-so/dong-y/{real['id']}/")
    assert real["link"].startswith("openid4vp://?client_id=x509_hash")
    assert all(f"| `{state}` |" in PAGE for state in State if state is not State.UNASKED)


def test_every_field_of_an_application_is_explained() -> None:
    from motcua.systems.intake.schemas import (
        ApplicationIn,
        PaperIn,
        PersonIn,
        PresentationAnswerIn,
        PresentationOut,
    )

    for schema in (ApplicationIn, PersonIn, PaperIn):
        assert [name for name in schema.model_fields if f"`{name}`" not in PAGE] == []
    for told in (PresentationAnswerIn, PresentationOut):
        assert [name for name in told.model_fields if f'"{name}"' not in PAGE] == []
