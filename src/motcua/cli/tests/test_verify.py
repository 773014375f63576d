"""`motcua verify` judges files without a network or a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from motcua.cli.verify import verify
from motcua.core.documents import actions, queries, trust
from motcua.core.documents.models import Document
from motcua.core.ledger import log
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment

pytestmark = pytest.mark.django_db
TEMPLATE = (
    '#import "/motcua/decree30.typ": *\n#show: official.with(title: given.title)\n#entry("Tên", given.name)\n'
)


@pytest.fixture
def document(db: None) -> Iterator[Document]:
    with acting(SYSTEM):
        chair = Appointment.objects.select_related("officer").get(
            position__code="chair", agency__code="H55.237"
        )
        draft = actions.draft(
            SYSTEM,
            kind="result",
            title="Giấy khai sinh",
            template=TEMPLATE,
            data={"name": "TRẦN NGỌC MINH CHÂU"},
            agency_id=chair.agency_id,
        )
        actor = Actor(
            ActorKind.OFFICER, chair.officer.name, officer_id=chair.officer_id, agency_id=chair.agency_id
        )
        actions.sign(actor, [draft.pk])
        draft.refresh_from_db()
        actions.issue(draft, [])
        log.seal(LogName.RESULTS)
        trust.house().publish()
        yield draft


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
