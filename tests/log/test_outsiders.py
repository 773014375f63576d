"""The log as outsiders meet it: exports that were tampered with, two witnesses, a log with two faces."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from motcua.cli import log as command
from motcua.core.ledger import log
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting
from motcua.engines import merkle
from motcua.engines.merkle import verifier, witness
from motcua.systems.transparency import exporting

Lines = list[str]
NOW = 1_800_000_000_000


# ---- exports


@pytest.fixture
def export(db: None, tmp_path: Path) -> Iterator[Path]:
    """A real export of nine entries."""
    with acting(SYSTEM):
        log.submit_many(LogName.RESULTS, "result.issued", [f"entry {number}".encode() for number in range(9)])
        log.seal(LogName.RESULTS)
        file = tmp_path / "log.jsonl"
        assert exporting.write(file) == 9
        yield file


@pytest.fixture
def older(export: Path, tmp_path: Path) -> Path:
    """The same log, exported when it had three entries more."""
    log.submit_many(LogName.RESULTS, "result.issued", [b"ten", b"eleven", b"twelve"])
    log.seal(LogName.RESULTS)
    exporting.write(tmp_path / "newer.jsonl")
    return export


def edited(lines: Lines) -> Lines:
    entry = json.loads(lines[4]) | {"payload": base64.b64encode(b"another").decode()}
    return [*lines[:4], json.dumps(entry), *lines[5:]]


def edited_with_its_hash(lines: Lines) -> Lines:
    changed = {
        "payload": base64.b64encode(b"another").decode(),
        "leaf_hash": base64.b64encode(merkle.leaf_hash(b"another")).decode(),
    }
    return [*lines[:4], json.dumps(json.loads(lines[4]) | changed), *lines[5:]]


def deleted(lines: Lines) -> Lines:
    return [*lines[:4], *lines[5:]]


def deleted_and_renumbered(lines: Lines) -> Lines:
    rows = [json.loads(line) for line in [*lines[1:4], *lines[5:-1]]]
    return [lines[0], *(json.dumps(row | {"index": at}) for at, row in enumerate(rows)), lines[-1]]


def reordered(lines: Lines) -> Lines:
    return [*lines[:4], lines[5], lines[4], *lines[6:]]


def reordered_and_renumbered(lines: Lines) -> Lines:
    first, second = json.loads(lines[4]), json.loads(lines[5])
    swapped = [json.dumps(second | {"index": 3}), json.dumps(first | {"index": 4})]
    return [*lines[:4], *swapped, *lines[6:]]


def truncated(lines: Lines) -> Lines:
    return lines[:-3]


def truncated_under_its_head(lines: Lines) -> Lines:
    return [*lines[:-3], lines[-1]]


def cut_within_a_line(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1][:40]]


def head_changed(lines: Lines) -> Lines:
    row = json.loads(lines[-1])
    row["sth"]["timestamp"] += 1
    return [*lines[:-1], json.dumps(row)]


def run(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The verifier as an outsider runs it: one copied file, without our package, isolated."""
    lonely = file.parent / "elsewhere" / "verifier.py"
    lonely.parent.mkdir(exist_ok=True)
    shutil.copy(Path(verifier.__file__), lonely)
    return subprocess.run(
        [sys.executable, "-I", str(lonely), "export", str(file), *more],
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_export_as_it_was_written_is_good(export: Path) -> None:
    done = run(export)
    assert (done.returncode, done.stdout[:14]) == (0, "GOOD: 9 entrie"), done


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (edited, "entry 3 was edited"),
        (edited_with_its_hash, "do not lead to the signed root"),
        (deleted, "deleted, repeated or reordered"),
        (deleted_and_renumbered, "it was cut or filled up"),
        (reordered, "deleted, repeated or reordered"),
        (reordered_and_renumbered, "do not lead to the signed root"),
        (truncated, "without a signed head"),
        (truncated_under_its_head, "it was cut or filled up"),
        (cut_within_a_line, "damaged or cut off"),
        (head_changed, "not signed by a key of the log"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_tampered_export_is_caught(export: Path, tamper: Callable[[Lines], Lines], said: str) -> None:
    lines = export.read_text(encoding="utf-8").splitlines()
    fault = None
    try:
        verifier.check_export(tamper(lines))
    except verifier.Fault as found:
        fault = str(found)
    assert fault is not None
    assert said in fault


def test_the_lonely_verifier_ends_with_one_at_a_fault(export: Path) -> None:
    export.write_text("\n".join(edited(export.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    done = run(export)
    assert done.returncode == 1
    assert "FAULT: entry 3 was edited" in done.stdout


def test_an_export_cut_back_to_an_older_head_is_convicted_by_a_witness(older: Path, tmp_path: Path) -> None:
    newest = json.loads((tmp_path / "newer.jsonl").read_text(encoding="utf-8").splitlines()[-1])["sth"]
    (tmp_path / "state.json").write_text(
        json.dumps({"last": newest, "keys": {}, "anchor": ""}), encoding="utf-8"
    )
    alone = CliRunner().invoke(command.log, ["verify", str(older)])
    assert alone.exit_code == 0, alone.output
    beside = CliRunner().invoke(command.log, ["verify", str(older), "--head", str(tmp_path / "state.json")])
    assert beside.exit_code == 1
    assert "cut back to an older head" in beside.output


def test_an_export_under_a_key_of_somebody_else_is_refused(export: Path) -> None:
    stranger = witness.public_key_of(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(verifier.Fault, match="not signed by a key of the log"):
        verifier.check_export(export.read_text(encoding="utf-8").splitlines(), key=stranger)


def test_an_empty_log_has_an_export_that_proves_itself(db: None, tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    assert exporting.write(file) == 0
    assert verifier.check_export(file.read_text(encoding="utf-8").splitlines())["tree_size"] == 0


# ---- witnesses


class Face:
    """A log as one witness is shown it: real heads, real proofs, signed by the key that all its faces share."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key, self.leaves = key, [merkle.leaf_hash(b"the beginning")]
        self.moment = NOW

    def __call__(self, wanted: str) -> dict[str, Any]:
        if wanted == "get-keys":
            public = witness.public_key_of(self.key)
            told = {"public_key": public, "key_id": verifier.key_id_of(public), "since": ""}
            return {"keys": [told | {"signs_until": "", "endorsed_by": "", "endorsement": ""}]}
        if wanted == "get-sth":
            return {"sth": self.head(), "sths": [self.head()]}
        old, new = (int(part.split("=")[1]) for part in wanted.split("?")[1].split("&"))
        return {"path": [base64.b64encode(step).decode() for step in self.consistency(old, new)]}

    def head(self) -> dict[str, Any]:
        root, size = self.root(), len(self.leaves)
        data = verifier.head_bytes("results", size, root, self.moment)
        return {
            "log": "results",
            "tree_size": size,
            "timestamp": self.moment,
            "root_hash": base64.b64encode(root).decode(),
            "key_id": verifier.key_id_of(witness.public_key_of(self.key)),
            "signature": base64.b64encode(self.key.sign(data, ec.ECDSA(hashes.SHA256()))).decode(),
        }

    def root(self) -> bytes:
        tree = merkle.Tree()
        for leaf in self.leaves:
            tree.append_hash(leaf)
        return tree.root()

    def consistency(self, old: int, new: int) -> list[bytes]:
        def load(level: int, index: int) -> bytes:
            assert level == index == 0, "these logs fit into one tile"
            return b"".join(self.leaves)

        return merkle.consistency_proof(old, new, merkle.Reader(load).get)

    def add(self, *entries: bytes) -> None:
        self.leaves += map(merkle.leaf_hash, entries)
        self.moment += 1000


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("more", [0, 1, 3])
def test_two_witnesses_expose_a_log_with_two_faces(
    key: ec.EllipticCurvePrivateKey, tmp_path: Path, more: int
) -> None:
    """It shows A to one and B to the other; each face is sound in itself, and their keepers compare notes."""
    shown_to_first, shown_to_second = Face(key), Face(key)
    first, second = witness.Memory(), witness.Memory()
    for memory, face in ((first, shown_to_first), (second, shown_to_second)):
        witness.look(memory, face, NOW)
    shown_to_first.add(b"granted", b"later")
    shown_to_second.add(b"refused", b"later", *(b"more" for _ in range(more)))
    for memory, face in ((first, shown_to_first), (second, shown_to_second)):
        assert witness.look(memory, face, NOW + 5000) is not None
    assert first.last is not None
    assert second.last is not None
    path = shown_to_second.consistency(3, 3 + more) if more else None
    with pytest.raises(verifier.Fault, match="split view"):
        verifier.compare(first.last, second.last, first.keys, path)
    for sth in (first.last, second.last):
        assert verifier.head_is_good(sth, first.keys), (
            "both heads bear the log's own signature: that is the evidence"
        )
    if not more:
        for name, memory in (("a", first), ("b", second)):
            state = {"last": memory.last, "keys": memory.keys, "anchor": memory.anchor}
            (tmp_path / f"{name}.json").write_text(json.dumps(state), encoding="utf-8")
        laid = CliRunner().invoke(
            command.log, ["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]
        )
        assert laid.exit_code == 1
        assert "split view" in laid.output


def test_two_witnesses_of_an_honest_log_agree(key: ec.EllipticCurvePrivateKey) -> None:
    honest, early, late = Face(key), witness.Memory(), witness.Memory()
    witness.look(early, honest, NOW)
    honest.add(b"one", b"two")
    witness.look(late, honest, NOW)
    assert early.last is not None
    assert late.last is not None
    assert verifier.compare(early.last, late.last, late.keys, honest.consistency(1, 3)) == "consistent"
    witness.look(early, honest, NOW)
    assert verifier.compare(early.last, late.last, late.keys) == "same"


def test_a_witness_that_is_shown_the_other_face_keeps_both_heads(key: ec.EllipticCurvePrivateKey) -> None:
    memory, one, other = witness.Memory(), Face(key), Face(key)
    one.add(b"granted")
    other.add(b"refused", b"and more")
    witness.look(memory, one, NOW)
    with pytest.raises(witness.Broken, match="does not begin with") as broken:
        witness.look(memory, other, NOW)
    assert [sth["tree_size"] for sth in broken.value.evidence] == [2, 3]
    assert memory.last is not None
    assert memory.last["root_hash"] == one.head()["root_hash"]


def test_a_log_that_shrank_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    memory, face = witness.Memory(), Face(key)
    face.add(b"one", b"two")
    witness.look(memory, face, NOW)
    face.leaves.pop()
    face.moment += 1
    with pytest.raises(witness.Broken, match="shrank from 3 to 2"):
        witness.look(memory, face, NOW)


def test_a_log_whose_clock_runs_backwards_or_ahead_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    memory, face = witness.Memory(), Face(key)
    witness.look(memory, face, NOW)
    face.add(b"one")
    face.moment = NOW - 1
    with pytest.raises(witness.Broken, match="ran backwards"):
        witness.look(memory, face, NOW)
    face.moment = NOW + 3_600_000
    with pytest.raises(verifier.Fault, match="ahead of this machine's clock"):
        witness.look(memory, face, NOW)


def test_a_log_held_back_is_noticed(key: ec.EllipticCurvePrivateKey) -> None:
    seen = witness.look(witness.Memory(), Face(key), NOW + 2 * 3_600_000)
    assert seen is not None
    assert seen.stale
