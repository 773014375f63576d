"""`motcua verify` judges files without a network or a database."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import Client

from motcua.cli.verify import ZONE, verify
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


def test_people_read_local_time_and_machines_the_whole_moment(document: Document, tmp_path: Path) -> None:
    assert str(ZONE) == settings.TIME_ZONE
    file = tmp_path / "good.pdf"
    file.write_bytes(queries.content(document))
    command = [str(file), "--trust", str(trust.house().trust)]
    report = json.loads(CliRunner().invoke(verify, [*command, "--json"]).output)
    told = CliRunner().invoke(verify, command).output
    for signature in report["signatures"]:
        at = dt.datetime.fromisoformat(signature["at"])
        assert at.utcoffset() is not None
        assert f"{at.astimezone(ZONE):%H:%M %d/%m/%Y}" in told
        assert signature["at"] not in told


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
