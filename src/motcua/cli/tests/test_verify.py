"""`motcua verify` judges files without a network or a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from motcua.cli.verify import verify
from motcua.core.documents import queries, trust
from motcua.core.documents.models import Document
from motcua.core.documents.testing import issued_result
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db: None) -> Iterator[Document]:
    with acting(SYSTEM):
        yield issued_result()


def test_the_command_says_the_same_without_a_network(document: Document, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    content = queries.content(document)
    good.write_bytes(content)
    bad.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    folder = ["--trust", str(trust.house().trust)]
    assert CliRunner().invoke(verify, [str(good), *folder]).exit_code == 0
    said = CliRunner().invoke(verify, [str(bad), *folder])
    assert said.exit_code == 1
    assert "KHÔNG HỢP LỆ" in said.output


def test_the_proof_of_the_log_is_checked_by_the_command(
    client: Client, document: Document, tmp_path: Path
) -> None:
    proof = client.get(f"/kiem-tra/{document.code}/chung-minh.json").json()
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof))
    folder = ["--trust", str(trust.house().trust)]
    assert CliRunner().invoke(verify, [str(file), *folder]).exit_code == 0
    proof["index"] += 1
    file.write_text(json.dumps(proof))
    assert CliRunner().invoke(verify, [str(file), *folder]).exit_code == 1
