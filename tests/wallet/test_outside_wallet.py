"""A wallet made of others' libraries takes a result from us and proves with it; another's verifier reads the result.

The wallet is `tests/clients/wallet-journey.mjs` (npm @openid4vc, jose); the verifier PyPI's sd-jwt, the reference.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier

from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.identity import queries as identity
from motcua.core.identity.models import Account, Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.wallet import asking, offers
from motcua.systems.wallet.models import Credential, Question
from motcua.systems.wallet.testing import extract_of
from tests.people import CHAIR, number

CLIENTS = Path(__file__).parents[1] / "clients"
OVER_18 = ["age_equal_or_over", "18"]


def wallet(**step: Any) -> dict[str, Any]:
    """What the outside wallet says of one step."""
    node = Path(sys.executable).with_name("node")
    run = subprocess.run(
        [node, CLIENTS / "wallet-journey.mjs"],
        input=json.dumps(step),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def offered(extract: Document) -> tuple[str, str]:
    with acting(SYSTEM):
        offer, tx_code = offers.make(SYSTEM, extract, Party.objects.get(personal_number=number("khanh")))
        return offers.link(offer), tx_code


def asked(kind: str = "over_18") -> tuple[Question, str]:
    with acting(SYSTEM):
        chair = identity.actor_of(Account.objects.get(username=CHAIR))
        assert chair.agency_id is not None
        question = asking.ask(chair, kind_id=kind, purpose="Cấp giấy phép", agency_id=chair.agency_id)
        return question, asking.link(question)


@pytest.fixture(scope="module")
def extract(world: str) -> Document:
    with acting(SYSTEM):
        return extract_of("khanh")


@pytest.fixture(scope="module")
def carried(extract: Document) -> dict[str, Any]:
    """What the wallet holds after it took the offer: two credentials, two keys."""
    link, tx_code = offered(extract)
    told = wallet(step="receive", offer=link, tx_code=tx_code, keys=2)
    assert "refused" not in told, told
    return told


def present(carried: dict[str, Any], link: str, show: list[str], **more: Any) -> dict[str, Any]:
    given = {"credential": carried["credentials"][0], "key": carried["keys"][0], **more}
    return wallet(step="present", link=link, show=show, **given)


def test_the_wallet_takes_the_offer_and_the_reference_verifies_what_it_got(
    world: str, carried: dict[str, Any]
) -> None:
    def key_of(issuer: str, header: dict[str, Any]) -> JWK:
        assert issuer == world
        leaf = x509.load_der_x509_certificate(b64decode(header["x5c"][0]))
        return JWK.from_pem(leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    assert carried["issuer"] == world
    for text in carried["credentials"]:
        read = SDJWTVerifier(text, key_of).get_verified_payload()
        assert read["full_name"] == "DƯƠNG QUỐC KHÁNH"
        assert read["age_equal_or_over"] == {"14": True, "16": True, "18": True}
    with acting(SYSTEM):
        assert set(Credential.objects.values_list("notified", flat=True)) == {"credential_accepted"}


def test_a_wrong_number_gets_nothing(extract: Document) -> None:
    link, tx_code = offered(extract)
    wrong = f"{(int(tx_code) + 1) % 10**6:06}"
    assert wallet(step="receive", offer=link, tx_code=wrong)["error"] == "invalid_grant"


def test_the_wallet_proves_an_age_and_nothing_else(carried: dict[str, Any]) -> None:
    question, link = asked()
    told = present(carried, link, OVER_18)
    assert told["status"] == 200, told
    assert (told["version"], told["purpose"]) == (100, "Cấp giấy phép")
    assert told["client"].endswith("Phan Đình Phùng")
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.outcome == "proven"
    assert question.proven[0]["claims"] == {"age_equal_or_over": {"18": True}}


def test_what_nobody_asked_is_not_kept(carried: dict[str, Any]) -> None:
    question, link = asked()
    assert present(carried, link, [*OVER_18, "full_name", "birthdate"])["status"] == 200
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.proven[0]["claims"] == {"age_equal_or_over": {"18": True}}


@pytest.mark.parametrize(
    ("show", "more", "fault"),
    [
        (["full_name"], {}, "claims"),
        (OVER_18, {"tamper": {"nonce": "of-another-question"}}, "replay"),
        (OVER_18, {"tamper": {"state": "of-another-question"}}, ""),
    ],
)
def test_an_answer_to_something_else_proves_nothing(
    carried: dict[str, Any], show: list[str], more: dict[str, Any], fault: str
) -> None:
    question, link = asked()
    assert present(carried, link, show, **more)["status"] == 400
    with acting(SYSTEM):
        question.refresh_from_db()
    assert (question.outcome, question.fault) == ("", fault)


def test_another_s_key_cannot_present_it(carried: dict[str, Any]) -> None:
    question, link = asked()
    assert present(carried, link, OVER_18, key=carried["keys"][1])["status"] == 400
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.fault == "signature"


@pytest.mark.parametrize(
    "change",
    [{"response_uri": "http://127.0.0.1:9/thief"}, {"purpose": "Việc khác"}, {"client_id": "x509_hash:x"}],
)
def test_the_wallet_sees_that_a_request_was_altered(carried: dict[str, Any], change: dict[str, str]) -> None:
    _, link = asked()
    assert "refused" in present(carried, link, OVER_18, tamper={"request": change})


def test_a_question_is_answered_once(carried: dict[str, Any]) -> None:
    _, link = asked()
    assert present(carried, link, OVER_18)["status"] == 200
    assert "refused" in present(carried, link, OVER_18)


def test_a_withdrawn_result_proves_nothing_any_more(carried: dict[str, Any], extract: Document) -> None:
    question, link = asked()
    with acting(SYSTEM):
        documents.withdraw(SYSTEM, extract.pk, "Sai ngày sinh")
    assert present(carried, link, OVER_18)["status"] == 400
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.fault == "status"
