"""A system outside is enrolled by command with its public key, and can be given another or ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from motcua.cli.partner import partner
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.intake.models import Partner

pytestmark = pytest.mark.django_db
BASIS = ("--legal-basis", "Quy chế phối hợp 12/2026")


def run(*words: str) -> Result:
    return CliRunner().invoke(partner, words)


@pytest.fixture
def jwk(tmp_path: Path) -> str:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=False)), "utf-8")
    return str(file)


@pytest.fixture
def pem(tmp_path: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return str(file)


def test_a_system_is_enrolled_given_another_key_and_ended(jwk: str, pem: str) -> None:
    made = run("enrol", "cong-khac", "--name", "Cổng khác", "--key", jwk, "--service", "1.001193", *BASIS)
    assert (made.exit_code, made.output) == (0, "cong-khac: hands in 1.001193\n")
    with acting(SYSTEM):
        before = Partner.objects.get(code="cong-khac").public_key
    assert run("key", "cong-khac", "--key", pem).exit_code == 0
    with acting(SYSTEM):
        assert Partner.objects.get(code="cong-khac").public_key != before
    assert run("end", "cong-khac").exit_code == 0
    assert "cong-khac (ended): Cổng khác; 1.001193" in run("list").output
    assert isinstance(run("end", "cong-khac").exception, UserError)


def test_a_code_is_taken_once(jwk: str) -> None:
    words = ("enrol", "cong-khac", "--name", "Cổng khác", "--key", jwk, *BASIS)
    assert run(*words).exit_code == 0
    assert isinstance(run(*words).exception, UserError)


@pytest.mark.parametrize("wrong", ["private", "curve", "nothing"])
def test_a_key_that_does_not_do_is_refused(tmp_path: Path, wrong: str) -> None:
    texts = {
        "private": json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
        "curve": json.dumps(ECKey.generate_key("P-384").as_dict(private=False)),
        "nothing": "no key at all",
    }
    file = tmp_path / "key"
    file.write_text(texts[wrong], "utf-8")
    refused = run("enrol", "cong-khac", "--name", "Cổng khác", "--key", str(file), *BASIS)
    assert isinstance(refused.exception, UserError)
    with acting(SYSTEM):
        assert not Partner.objects.filter(code="cong-khac").exists()
