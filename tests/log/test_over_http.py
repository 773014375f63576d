"""`motcua log witness` against a served site: it cosigns, and its state is what the next look continues."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from motcua.cli import log as command
from motcua.core.ledger import log
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Cosignature, LogName, Witness
from motcua.core.ledger.scope import acting
from motcua.engines.merkle import verifier


def add(payload: bytes) -> None:
    with acting(SYSTEM):
        log.submit(LogName.RESULTS, "result.issued", payload)
        while log.seal(LogName.RESULTS):
            pass


def test_a_witness_follows_the_served_log_and_is_admitted(world: str, tmp_path: Path) -> None:
    url, state = f"{world}/nhat-ky-cong-khai", tmp_path / "university.json"
    look = ["witness", url, "--state", str(state)]
    add(b"one")
    first = CliRunner().invoke(command.log, look)
    assert first.exit_code == 0, first.output
    assert "This witness is not admitted" in first.output
    key = first.output.rsplit("Key of this witness: ", 1)[1].strip()
    with acting(SYSTEM):
        Witness.objects.create(name="university", key_id=verifier.key_id_of(key), public_key=key)
    add(b"two")
    second = CliRunner().invoke(command.log, look)
    assert "The log has taken note." in second.output, second.output
    with acting(SYSTEM):
        seen = Cosignature.objects.get(witness__name="university").size
    assert seen == json.loads(state.read_text(encoding="utf-8"))["last"]["tree_size"]
    other = CliRunner().invoke(command.log, ["compare", str(state), str(state), "--url", url])
    assert "same" in other.output


def test_an_address_that_is_no_log_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(command.log, ["witness", "ftp://x", "--state", str(tmp_path / "s.json")])
    assert done.exit_code == 2
    assert "begins with http" in done.output
