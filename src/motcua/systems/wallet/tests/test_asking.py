"""Answers that wallets post: what is refused, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.documents.models import Document
from motcua.core.documents.models import Key as SigningKey
from motcua.core.identity import queries as identity
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import sd_jwt
from motcua.engines.sd_jwt.signed import b64
from motcua.systems.wallet import asking, jobs
from motcua.systems.wallet.keys import client_id
from motcua.systems.wallet.models import Nonce, Question, Showing
from motcua.systems.wallet.testing import Phone
from motcua.systems.wallet.tests.conftest import CHAIR

pytestmark = pytest.mark.django_db
OVER_18: sd_jwt.Path = ("age_equal_or_over", "18")


@pytest.fixture
def question(extract: Document) -> Question:
    return ask()


def ask(mode: str = "direct_post.jwt") -> Question:
    with acting(SYSTEM):
        chair = identity.actor_of(Account.objects.get(username=CHAIR))
        return asking.ask(
            chair, kind_id="over_18", purpose="Thử", agency_id=chair.agency_id or 0, response_mode=mode
        )


def request_of(phone: Phone, question: Question) -> dict[str, Any]:
    text = phone.client.get(f"/vi-so/hoi/{question.uuid}").content.decode()
    return sd_jwt.read_unverified(text)[1]


def sealed(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, str]:
    """The answer as an encrypted response."""
    jwk = request["client_metadata"]["jwks"]["keys"][0]
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": jwk["kid"]}
    text = jwe.encrypt_compact(
        header, json.dumps(answer), ECKey.import_key(jwk), algorithms=["ECDH-ES", "A128GCM"]
    )
    return {"response": text}


def post(phone: Phone, question: Question, form: dict[str, str]) -> Any:
    return phone.client.post(f"/vi-so/hoi/{question.uuid}/tra-loi", form)


def proof(phone: Phone, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"nonce": request["nonce"], "audience": request["client_id"], **more}
    return {"vp_token": {"giay_to": [phone.present([OVER_18], **given)]}, "state": request["state"]}


def outcome(question: Question) -> str:
    with acting(SYSTEM):
        question.refresh_from_db()
    return question.outcome


def test_an_encrypted_answer_proves_it(loaded: Phone, question: Question) -> None:
    request = request_of(loaded, question)
    assert request["response_mode"] == "direct_post.jwt"
    assert request["client_id"] == client_id()
    assert post(loaded, question, sealed(request, proof(loaded, request))).status_code == 200
    assert outcome(question) == "proven"


def test_an_answer_in_clear_proves_it_only_where_it_was_asked_so(loaded: Phone, question: Question) -> None:
    for asked, status in ((question, 400), (ask("direct_post"), 200)):
        request = request_of(loaded, asked)
        answer = proof(loaded, request)
        clear = {"vp_token": json.dumps(answer["vp_token"]), "state": answer["state"]}
        assert post(loaded, asked, clear).status_code == status


def test_an_answer_to_one_question_does_not_answer_another(loaded: Phone, question: Question) -> None:
    other = ask()
    request, another = request_of(loaded, question), request_of(loaded, other)
    answer = proof(loaded, request)
    assert post(loaded, other, sealed(request, answer)).status_code == 400
    assert post(loaded, other, sealed(another, answer)).status_code == 400
    assert post(loaded, other, sealed(another, {**answer, "state": another["state"]})).status_code == 400
    assert outcome(other) == ""
    assert other.fault == "replay"


def test_a_presentation_for_another_verifier_is_refused(loaded: Phone, question: Question) -> None:
    request = request_of(loaded, question)
    answer = proof(loaded, request, audience="x509_hash:somebody-else")
    assert post(loaded, question, sealed(request, answer)).status_code == 400
    assert outcome(question) == ""
    assert question.fault == "audience"


@pytest.mark.parametrize(
    "vp_token",
    [
        None,
        [],
        {},
        {"giay_to": []},
        {"giay_to": "x"},
        {"giay_to": ["x"]},
        {"giay_to": ["~"], "more": []},
        {"x": ["y"]},
    ],
)
def test_an_answer_of_another_shape_is_refused(loaded: Phone, question: Question, vp_token: Any) -> None:
    request = request_of(loaded, question)
    answer = sealed(request, {"vp_token": vp_token, "state": request["state"]})
    assert post(loaded, question, answer).status_code == 400


def test_garbage_is_refused(loaded: Phone, question: Question) -> None:
    bare = b64(b'{"alg":"ECDH-ES","enc":"A128GCM"}') + "..AA.AA.AA"
    odd = b64(b'{"alg":"ECDH-ES","enc":"A128GCM","epk":1}') + "..AA.AA.AA"
    for form in ({}, {"response": "x"}, {"response": "a.b.c.d.e"}, {"response": bare}, {"response": odd}):
        assert post(loaded, question, form).status_code == 400


def test_a_wallet_may_decline(loaded: Phone, question: Question) -> None:
    request = request_of(loaded, question)
    refused = sealed(request, {"error": "access_denied", "state": request["state"]})
    assert post(loaded, question, refused).status_code == 200
    assert outcome(question) == "declined"


def test_nobody_declines_for_another_without_the_state(loaded: Phone, question: Question) -> None:
    assert post(loaded, question, {"error": "access_denied", "state": "guess"}).status_code == 400
    assert outcome(question) == ""


def test_a_revoked_seal_proves_nothing(loaded: Phone, question: Question) -> None:
    request = request_of(loaded, question)
    with acting(SYSTEM):
        header, _ = sd_jwt.read_unverified(loaded.credentials[0].split("~")[0])
        SigningKey.objects.filter(key_id=header["kid"]).update(revoked_at=clock.now())
    assert post(loaded, question, sealed(request, proof(loaded, request))).status_code == 400
    assert outcome(question) == ""
    assert question.fault == "signature"


def test_a_credential_of_one_s_own_making_proves_nothing(loaded: Phone, question: Question) -> None:
    request = request_of(loaded, question)
    header, payload = sd_jwt.read_unverified(loaded.credentials[0].split("~")[0])
    own = ECKey.generate_key("P-256")
    claims = {key: value for key, value in payload.items() if key not in {"_sd", "_sd_alg", "cnf"}}
    forged = {**claims, "age_equal_or_over": {"18": True}}
    holder = {key: str(own.as_dict(private=False)[key]) for key in ("kty", "crv", "x", "y")}
    loaded.credentials.append(sd_jwt.issue(forged, own, holder=holder, header={"x5c": header["x5c"]}))
    answer = proof(loaded, request, key=own)
    assert post(loaded, question, sealed(request, answer)).status_code == 400
    assert outcome(question) == ""
    assert question.fault == "signature"


def test_a_wallet_s_own_nonce_comes_back_in_the_signed_request(phone: Phone, question: Question) -> None:
    text = phone.client.post(f"/vi-so/hoi/{question.uuid}", {"wallet_nonce": "mine"}).content.decode()
    assert sd_jwt.read_unverified(text)[1]["wallet_nonce"] == "mine"


def test_what_lapsed_is_forgotten(loaded: Phone, question: Question, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded.nonce()
    later = clock.now() + asking.LIVES + jobs.ANSWERS_KEPT + jobs.ANSWERS_KEPT
    monkeypatch.setattr(clock, "now", lambda: later)
    with acting(SYSTEM):
        jobs.forget()
        assert not Nonce.objects.exists()
        assert not Question.objects.exists()
        assert not Showing.objects.exists()
