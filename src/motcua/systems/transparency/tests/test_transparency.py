"""Anyone reads the public log, checks it, and is told who watches it."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client, override_settings

from motcua.core.documents.testing import issued_result
from motcua.core.errors import UserError
from motcua.core.ledger import heads, log, tree_keys
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import LogName, SignedHead, Witness
from motcua.core.ledger.scope import acting
from motcua.engines import merkle
from motcua.engines.merkle import verifier, witness
from motcua.systems.transparency import jobs

pytestmark = pytest.mark.django_db
DOOR = "/nhat-ky-cong-khai/"
NOW = 4_000_000_000_000
"""A moment after all that these tests sign, in milliseconds."""


def add(*payloads: bytes) -> None:
    with acting(SYSTEM):
        log.submit_many(LogName.RESULTS, "result.issued", payloads)
        while log.seal(LogName.RESULTS):
            pass


class Log:
    """The log as a witness reaches it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, wanted: str) -> dict[str, Any]:
        answer = self.client.get(f"{DOOR}v1/{wanted}")
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found


def tell(client: Client, what: str, said: dict[str, Any]) -> Any:
    return client.post(f"{DOOR}v1/{what}", json.dumps(said), content_type="application/json")


def test_an_empty_log_says_so_everywhere(client: Client) -> None:
    assert "Nhật ký chưa có dòng nào" in client.get(DOOR).content.decode()
    assert Log(client)("get-sth")["sth"] is None
    assert witness.look(witness.Memory(), Log(client), NOW) is None
    assert client.get(f"{DOOR}v1/get-entries?start=0&end=3").status_code == 400


def test_an_entry_is_read_and_proved_with_the_public_api_alone(client: Client) -> None:
    add(*(f"entry {number}".encode() for number in range(300)))
    ask = Log(client)
    sth = ask("get-sth")["sth"]
    assert verifier.head_is_good(sth, verifier.trusted_keys(ask("get-keys")["keys"], None))
    first = ask("get-entries?start=0&end=999")
    assert (len(first["entries"]), first["next"]) == (256, 256)
    entry = ask("get-entries?start=271&end=271")["entries"][0]
    assert base64.b64decode(entry["payload"]) == b"entry 271"
    leaf = entry["leaf_hash"].replace("+", "%2B")
    found = ask(f"get-proof-by-hash?hash={leaf}&tree_size=300")
    path = [base64.b64decode(step) for step in found["path"]]
    root = base64.b64decode(sth["root_hash"])
    assert verifier.inclusion_holds(merkle.leaf_hash(b"entry 271"), 271, 300, path, root)


def test_answers_about_a_tree_of_given_size_may_be_kept_for_ever(client: Client) -> None:
    add(b"one", b"two", b"three")
    assert "immutable" in client.get(f"{DOOR}v1/get-sth-consistency?first=1&second=3")["Cache-Control"]
    assert "max-age=3" in client.get(f"{DOOR}v1/get-sth")["Cache-Control"]


def test_a_code_leads_to_the_proof_and_the_log_names_nobody(client: Client) -> None:
    with acting(SYSTEM):
        document = issued_result("TRẦN NGỌC MINH CHÂU")
    answer = client.get(DOOR, {"ma": document.code.lower()})
    assert answer["Location"] == f"/kiem-tra/{document.code}/"
    proof = client.get(f"/kiem-tra/{document.code}/chung-minh.json").json()
    assert verifier.check_proof(proof)["index"] == proof["index"]
    payload = base64.b64decode(Log(client)("get-entries?start=0&end=9")["entries"][-1]["payload"]).decode()
    assert "CHÂU" not in payload
    assert document.code not in payload


def test_a_witness_cosigns_and_the_page_and_the_proof_say_so(client: Client) -> None:
    with acting(SYSTEM):
        document = issued_result()
    key = ec.generate_private_key(ec.SECP256R1())
    public = witness.public_key_of(key)
    seen = witness.look(witness.Memory(), Log(client), NOW)
    assert seen is not None
    said = {"sth": seen.sth, "cosignature": witness.cosign(seen, key, "Đại học Thái Nguyên")}
    stranger = tell(client, "add-cosignature", said)
    assert stranger.status_code == 400
    assert "chưa được ghi tên" in stranger.json()["title"]
    Witness.objects.create(name="Đại học Thái Nguyên", key_id=verifier.key_id_of(public), public_key=public)
    assert tell(client, "add-cosignature", said).status_code == 201
    assert "<strong>Đại học Thái Nguyên</strong>: đã xác nhận 1 dòng" in client.get(DOOR).content.decode()
    proof = client.get(f"/kiem-tra/{document.code}/chung-minh.json").json()
    assert verifier.check_proof(proof)["witnesses"] == [f"Đại học Thái Nguyên ({verifier.key_id_of(public)})"]
    forged = json.loads(json.dumps(said).replace(said["cosignature"]["signature"][:20], "A" * 20))
    assert tell(client, "add-cosignature", forged).status_code in {400, 422}


def test_a_witness_that_was_away_through_two_new_keys_finds_its_way(client: Client, tmp_path: Path) -> None:
    with override_settings(MOTCUA_HOME=tmp_path):
        add(b"one")
        memory = witness.Memory()
        witness.look(memory, Log(client), NOW)
        tree_keys.rotate()
        add(b"two")
        both = {key.key_id for key in tree_keys.chain()}
        assert {row.key_id for row in SignedHead.objects.filter(size=2)} == both
        tree_keys.rotate()
        add(b"three")
        seen = witness.look(memory, Log(client), NOW)
        assert seen is not None
        assert seen.sth["tree_size"] == 3
        assert memory.anchor == tree_keys.chain()[-1].public_key
        stranger = witness.Memory(anchor=witness.public_key_of(ec.generate_private_key(ec.SECP256R1())))
        with pytest.raises(verifier.Fault, match="follows from the one this witness knows"):
            witness.look(stranger, Log(client), NOW)


def test_moments_only_grow_when_the_clock_goes_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    add(b"one")
    first = SignedHead.objects.get(size=1)
    monkeypatch.setattr("motcua.core.ledger.heads.clock.now", lambda: dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    add(b"two")
    assert SignedHead.objects.get(size=2).timestamp > first.timestamp


def test_a_restored_log_is_halted_by_the_head_that_a_witness_remembers(client: Client) -> None:
    add(b"one", b"two")
    data = verifier.head_bytes("results", 9, bytes(32), NOW)
    key = tree_keys.chain()[-1]
    lost = {
        "log": "results",
        "tree_size": 9,
        "timestamp": NOW,
        "root_hash": base64.b64encode(bytes(32)).decode(),
        "key_id": key.key_id,
        "signature": base64.b64encode(tree_keys.sign(key, data)).decode(),
    }
    known = Log(client)("get-sth")["sth"]
    assert tell(client, "report-head", {"sth": known}).json() == {"halted": False}
    forged = lost | {"tree_size": 8}
    assert tell(client, "report-head", {"sth": forged}).status_code == 400
    add(b"three")
    assert tell(client, "report-head", {"sth": lost}).json() == {"halted": True}
    add(b"four")
    assert Log(client)("get-sth")["sth"]["tree_size"] == 3
    assert "Nhật ký đang dừng" in client.get(DOOR).content.decode()
    with pytest.raises(UserError), acting(SYSTEM):
        heads.resume(LogName.RESULTS, " ")
    with acting(SYSTEM):
        heads.resume(LogName.RESULTS, "Khôi phục từ bản sao lưu.")
        log.seal(LogName.RESULTS)
    assert Log(client)("get-sth")["sth"]["tree_size"] == 5


def test_a_database_behind_what_this_home_signed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    add(b"one")
    mark = {"begun": "x", "tree_size": 7, "root_hash": "00"}
    monkeypatch.setattr("motcua.core.ledger.heads.high_water", lambda _: mark)
    add(b"two")
    halt = heads.halted(LogName.RESULTS)
    assert halt is not None
    assert "ends at entry 1, but 7 were signed" in halt.reason


def test_each_sealed_head_of_the_ledger_is_an_entry() -> None:
    from motcua.core.ledger.actions import emit

    with acting(SYSTEM):
        emit("case.received", SYSTEM)
        while log.seal(LogName.EVENTS):
            pass
        newest = log.newest_head(LogName.EVENTS)
        log.seal(LogName.RESULTS)
    assert newest is not None
    assert log.prove(LogName.RESULTS, 0, merkle.leaf_hash(log.canonical(log.head_json(newest)))) is not None


def test_a_published_version_is_handed_in_once() -> None:
    with acting(SYSTEM):
        first = jobs.hand_in_versions()
        assert jobs.hand_in_versions() == 0
    assert first >= 0


def test_the_page_speaks_english_and_the_verifier_is_given(client: Client) -> None:
    assert "Independent witnesses" in client.get(DOOR, headers={"accept-language": "en"}).content.decode()
    assert b"def check_export" in client.get(f"{DOOR}verifier.py").content


def test_the_api_describes_itself(client: Client) -> None:
    described = client.get(f"{DOOR}v1/openapi.json").json()["paths"]
    assert any(path.endswith("/get-proof-by-hash") for path in described)
