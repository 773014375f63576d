"""Checking a transparency log from outside. One file: Python's standard library and `cryptography`, nothing of ours.

Copy it to any machine and run it there:

    python verifier.py export FILE [--head HEAD.json] [--key KEY]     an export: edited, cut, reordered, incomplete?
    python verifier.py proof FILE [--key KEY]                         a proof beside a document
    python verifier.py compare A.json B.json [--path PATH.json]       what two witnesses were shown

`KEY` is the log's first public key as its keeper published it (base64 of SubjectPublicKeyInfo), or a file with it.
Exit 0: all is as signed; 1: a fault, which is named; 2: used wrongly. Heads are those of RFC 9162 section 4.10.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

FORMAT = "motcua-log-export-1"
NAME_EXTENSION = 0xF001
"""Type of the head's extension that holds the name of the log (RFC 9162 section 10.2.5, experimental)."""

Keys = dict[str, str]
"""Public keys (base64 of SubjectPublicKeyInfo) by key id, the first 16 hexadecimal digits of their SHA-256."""


class Fault(Exception):
    """What is wrong, in one sentence that names the place."""


# ---- hashes and proofs (RFC 9162 sections 2.1.1, 2.1.3.2, 2.1.4.2)


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """The root of a tree as leaves come one by one, in memory of 32 bytes for each doubling."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        rest = self.size
        while rest & 1:
            leaf, rest = node_hash(self._peaks.pop(), leaf), rest >> 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        *others, root = self._peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the leaf at `index` to the root of `size` leaves."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = node_hash(sibling, value)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            value = node_hash(value, sibling)
        place, last = place // 2, last // 2
    return last == 0 and value == root


def consistency_holds(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the very one of `old`."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == hashlib.sha256(b"").digest()
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place // 2, last // 2
    first, second = steps[0], steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            second = node_hash(second, step)
        place, last = place // 2, last // 2
    return last == 0 and first == old_root and second == new_root


# ---- what signatures cover


def head_bytes(log: str, size: int, root: bytes, timestamp: int) -> bytes:
    """`TreeHeadDataV2` of RFC 9162: moment, size, root, and the log's name as an extension."""
    name = log.encode()
    extension = NAME_EXTENSION.to_bytes(2, "big") + len(name).to_bytes(2, "big") + name
    numbers = timestamp.to_bytes(8, "big") + size.to_bytes(8, "big")
    return numbers + bytes([len(root)]) + root + len(extension).to_bytes(2, "big") + extension


def endorsed_bytes(public_key: str, since: str) -> bytes:
    """What a key of the log signs to name its successor."""
    return b"motcua log key 1\n" + public_key.encode() + b"\n" + since.encode()


def cosigned_bytes(sth: dict[str, Any], seen_at: int) -> bytes:
    """What a witness signs: the head, and when it saw it (milliseconds since 1970)."""
    root = base64.b64decode(sth["root_hash"])
    head = head_bytes(sth["log"], int(sth["tree_size"]), root, int(sth["timestamp"]))
    return b"motcua log witness 1\n" + seen_at.to_bytes(8, "big") + head


def signature_holds(public_key: str, signature: str, data: bytes) -> bool:
    """ECDSA P-256 with SHA-256, DER."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def key_id_of(public_key: str) -> str:
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]


def head_is_good(sth: dict[str, Any], keys: Keys) -> bool:
    """Whether one of these keys signed this head."""
    try:
        data = head_bytes(
            sth["log"], int(sth["tree_size"]), base64.b64decode(sth["root_hash"]), int(sth["timestamp"])
        )
        return sth["key_id"] in keys and signature_holds(keys[sth["key_id"]], sth["signature"], data)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return False


def cosignature_is_good(sth: dict[str, Any], cosignature: dict[str, Any], public_key: str) -> bool:
    try:
        data = cosigned_bytes(sth, int(cosignature["seen_at"]))
        return signature_holds(public_key, cosignature["signature"], data)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return False


def trusted_keys(chain: Iterable[dict[str, Any]], first: str | None) -> Keys:
    """The keys that follow from one that is known: each later one is endorsed by one already trusted.

    `first` is any key of the chain; None trusts the oldest one told, which is right only at first acquaintance.
    """
    told = list(chain)
    anchor = first or (told[0]["public_key"] if told else None)
    if anchor is None:
        raise Fault("no key of the log is known")
    keys = {key_id_of(anchor): anchor}
    for key in told:
        public, data = key["public_key"], endorsed_bytes(key["public_key"], key["since"])
        endorser = keys.get(key["endorsed_by"])
        if endorser and signature_holds(endorser, key["endorsement"], data):
            keys[key_id_of(public)] = public
    return keys


# ---- the three checks


def check_export(
    lines: Iterable[str], *, key: str | None = None, known: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Read an export line by line: its first line names the keys, its last the signed head, between them entries.

    `known` is a head that the reader holds from elsewhere (a witness's): the export must hold that tree too, which is
    how an export cut back to an older genuine head is caught. Returns the head. Raises `Fault`.
    """
    rows = _rows(lines)
    number, first = next(rows, (0, {}))
    if first.get("format") != FORMAT:
        raise Fault(f"line 1 does not say that this is an export ({FORMAT})")
    keys = trusted_keys(first.get("keys", []), key)
    tree, head = Growing(), None
    holds_known = known is None
    for number, row in rows:
        if head is not None:
            raise Fault(f"line {number} stands after the signed head")
        if "sth" in row:
            head = row
            continue
        _add_entry(tree, row, number)
        if known is not None and tree.size == known["tree_size"]:
            holds_known = _b64(tree.root()) == known["root_hash"]
            if not holds_known:
                raise Fault(
                    f"the first {tree.size} entries are not those of the head that is known from elsewhere"
                )
    if head is None:
        raise Fault(f"the export ends after {tree.size} entries without a signed head: it is cut off")
    _check_head(head, tree, keys)
    if known is not None and known["tree_size"] == 0:
        holds_known = True
    if known is not None and not holds_known:
        raise Fault(
            f"the export has {tree.size} entries, but a signed head of {known['tree_size']} is known: "
            "it is cut back to an older head"
        )
    sth: dict[str, Any] = head["sth"]
    return sth


def check_proof(proof: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
    """A proof as the verification page gives it. Returns {"index", "size", "witnesses"}. Raises `Fault`."""
    try:
        sth, leaf, index = proof["sth"], base64.b64decode(proof["leaf_hash"]), int(proof["index"])
        keys = trusted_keys(proof["keys"], key)
        _check_path(sth, leaf, index, proof["path"], keys)
        witnessed, names = proof.get("witnessed"), []
        if witnessed:
            _check_path(witnessed["sth"], leaf, index, witnessed["path"], keys)
            for one in witnessed["cosignatures"]:
                if not cosignature_is_good(witnessed["sth"], one, one["public_key"]):
                    raise Fault(f"the cosignature of witness {one['witness']} does not verify")
                names.append(f"{one['witness']} ({key_id_of(one['public_key'])})")
    except (KeyError, TypeError, ValueError) as wrong:
        raise Fault(f"this is not a proof of the log: {wrong!r}") from wrong
    return {"index": index, "size": int(sth["tree_size"]), "witnesses": names}


def compare(
    first: dict[str, Any], second: dict[str, Any], keys: Keys, path: Sequence[bytes] | None = None
) -> str:
    """What two signed heads of one log say of each other: `same`, `consistent`, `unproven` (no path was given).

    Raises `Fault` when they show a split view: both bear the log's signature and cannot be heads of one tree.
    """
    for sth in (first, second):
        if not head_is_good(sth, keys):
            raise Fault(f"the head of {sth.get('tree_size')} entries is not signed by the log")
    small, large = sorted((first, second), key=lambda sth: int(sth["tree_size"]))
    if small["tree_size"] == large["tree_size"]:
        if small["root_hash"] == large["root_hash"]:
            return "same"
        raise Fault(f"split view: two signed heads of {small['tree_size']} entries have different roots")
    if path is None:
        return "unproven"
    roots = (base64.b64decode(small["root_hash"]), base64.b64decode(large["root_hash"]))
    if consistency_holds(int(small["tree_size"]), roots[0], int(large["tree_size"]), roots[1], path):
        return "consistent"
    raise Fault(
        f"split view: the signed tree of {large['tree_size']} entries does not begin with "
        f"the signed one of {small['tree_size']}"
    )


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            raise Fault(f"line {number} cannot be read: it is damaged or cut off") from None
        if not isinstance(row, dict):
            raise Fault(f"line {number} is not an entry")
        yield number, row


def _add_entry(tree: Growing, row: dict[str, Any], number: int) -> None:
    try:
        index, payload, leaf = (
            row["index"],
            base64.b64decode(row["payload"]),
            base64.b64decode(row["leaf_hash"]),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise Fault(f"line {number} is not an entry: {wrong!r}") from wrong
    if index != tree.size:
        raise Fault(
            f"line {number} holds entry {index}, where {tree.size} belongs: deleted, repeated or reordered"
        )
    if leaf_hash(payload) != leaf:
        raise Fault(f"entry {index} was edited: its contents do not have the hash written beside them")
    tree.add(leaf)


def _check_head(row: dict[str, Any], tree: Growing, keys: Keys) -> None:
    sth = row["sth"]
    if not head_is_good(sth, keys):
        raise Fault("the head is not signed by a key of the log")
    if sth["tree_size"] != tree.size:
        raise Fault(
            f"the export has {tree.size} entries and its signed head {sth['tree_size']}: it was cut or filled up"
        )
    if _b64(tree.root()) != sth["root_hash"]:
        raise Fault("the entries do not lead to the signed root: one of them was edited, swapped or replaced")
    for one in row.get("cosignatures", []):
        if not cosignature_is_good(sth, one, one.get("public_key", "")):
            raise Fault(f"the cosignature of witness {one.get('witness')} does not verify")


def _check_path(sth: dict[str, Any], leaf: bytes, index: int, path: Sequence[str], keys: Keys) -> None:
    if not head_is_good(sth, keys):
        raise Fault("the head is not signed by a key of the log")
    steps, root = [base64.b64decode(step) for step in path], base64.b64decode(sth["root_hash"])
    if not inclusion_holds(leaf, index, int(sth["tree_size"]), steps, root):
        raise Fault(f"the entry does not stand at place {index} of the signed tree of {sth['tree_size']}")


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


# ---- the command


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verifier", description="Check a transparency log from outside.")
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ("export", "proof"):
        act = acts.add_parser(name)
        act.add_argument("file", type=Path)
        act.add_argument("--key", help="the log's public key (base64) or a file with it")
        if name == "export":
            act.add_argument("--head", type=Path, help="a signed head known from elsewhere (JSON)")
    act = acts.add_parser("compare")
    act.add_argument("first", type=Path)
    act.add_argument("second", type=Path)
    act.add_argument("--key", required=True)
    act.add_argument("--path", type=Path, help='the log\'s consistency proof: {"path": [base64, …]}')
    given = parser.parse_args(arguments)
    try:
        print(_run(given))
    except Fault as fault:
        print(f"FAULT: {fault}.")
        return 1
    except (OSError, ValueError, KeyError) as wrong:
        print(f"cannot be read: {wrong}", file=sys.stderr)
        return 2
    return 0


def _run(given: argparse.Namespace) -> str:
    key = _key(given.key)
    if given.act == "export":
        known = _json(given.head) if given.head else None
        with given.file.open(encoding="utf-8") as lines:
            sth = check_export(lines, key=key, known=known)
        return f"GOOD: {sth['tree_size']} entries, as signed by key {sth['key_id']}."
    if given.act == "proof":
        found = check_proof(_json(given.file), key=key)
        seen = ", ".join(found["witnesses"]) or "no witness yet"
        return f"GOOD: entry {found['index']} of {found['size']}; seen by: {seen}."
    path = [base64.b64decode(step) for step in _json(given.path)["path"]] if given.path else None
    keys = {key_id_of(key): key} if key else {}
    return f"GOOD: the two heads are {compare(_json(given.first), _json(given.second), keys, path)}."


def _key(said: str | None) -> str | None:
    return Path(said).read_text(encoding="ascii").strip() if said and Path(said).is_file() else said


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
