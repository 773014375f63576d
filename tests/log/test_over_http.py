"""`motcua log witness` against a served site: it cosigns, and its state is what the next look continues."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from motcua.cli import log as command
from motcua.core import clock
from motcua.core.ledger import heads, log, tree_keys
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


def lost_head(state: Path, more: int) -> dict[str, Any]:
    """The head of a tree with `more` entries than the log has, signed by its key: as if a restore had lost them."""
    with acting(SYSTEM):
        size = log.newest_head(LogName.RESULTS).size + more  # type: ignore[union-attr]
        key = tree_keys.chain()[-1]
        root, moment = bytes([more]) * 32, int(clock.now().timestamp() * 1000)
        signature = tree_keys.sign(key, verifier.head_bytes("results", size, root, moment))
    sth = {
        "log": "results",
        "tree_size": size,
        "timestamp": moment,
        "root_hash": base64.b64encode(root).decode(),
        "key_id": key.key_id,
        "signature": base64.b64encode(signature).decode(),
    }
    kept = json.loads(state.read_text(encoding="utf-8"))
    state.write_text(json.dumps(kept | {"last": sth}), encoding="utf-8")
    return sth


def test_a_witness_accepts_a_restore_only_once_the_log_has_owned_up_to_it(world: str, tmp_path: Path) -> None:
    state = tmp_path / "paper.json"
    look = ["witness", f"{world}/nhat-ky-cong-khai", "--state", str(state)]
    add(b"three")
    assert CliRunner().invoke(command.log, look).exit_code == 0
    lost = lost_head(state, 5)
    assert "shrank" in CliRunner().invoke(command.log, look).output
    silent = CliRunner().invoke(command.log, [*look, "--accept-restore"])
    assert silent.exit_code == 1
    assert "no entry of the log announces a restore" in silent.output
    with acting(SYSTEM):
        assert heads.halted(LogName.RESULTS), "the witness has shown it the head that it lost"
        heads.resume(LogName.RESULTS, "The disk failed; Monday's copy was read back.")
    add(b"four")
    assert CliRunner().invoke(command.log, look).exit_code == 1, "nobody accepted it yet"
    accepted = CliRunner().invoke(command.log, [*look, "--accept-restore"])
    assert accepted.exit_code == 0, accepted.output
    assert "announced as: The disk failed; Monday's copy was read back." in accepted.output
    (given_up,) = json.loads(state.read_text(encoding="utf-8"))["given_up"]
    assert given_up["sth"] == lost
    assert "They continue what was seen before" in CliRunner().invoke(command.log, look).output
    lost_head(state, 3)
    later = CliRunner().invoke(command.log, [*look, "--accept-restore"])
    assert later.exit_code == 1, "what was announced of an earlier restore does not cover a later one"
    with acting(SYSTEM):
        heads.resume(LogName.RESULTS, "And once more.")


def test_a_restore_is_not_accepted_unattended(tmp_path: Path) -> None:
    look = ["witness", "http://127.0.0.1:9", "--state", str(tmp_path / "s.json"), "--every", "5"]
    done = CliRunner().invoke(command.log, [*look, "--accept-restore"])
    assert done.exit_code == 2
    assert "goes without --every" in done.output


def test_an_address_that_is_no_log_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(command.log, ["witness", "ftp://x", "--state", str(tmp_path / "s.json")])
    assert done.exit_code == 2
    assert "begins with http" in done.output
