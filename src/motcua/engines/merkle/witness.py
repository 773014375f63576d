"""A witness: somebody else's process that remembers the last head it saw and cosigns only what continues it.

Pure but for `fetch`, which the caller gives: the witness itself knows neither network nor files.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.engines.merkle import verifier
from motcua.engines.merkle.verifier import Fault, Keys

Fetch = Callable[[str], dict[str, Any]]
"""`fetch("get-sth-consistency?first=3&second=9")`: the log's JSON answer."""

AHEAD_MS = 5 * 60 * 1000
"""By how much the log's clock may run ahead of the witness's."""
STALE_MS = 60 * 60 * 1000
"""A log signs every ten minutes even when nothing comes; after an hour its silence is told."""

PAGE = 256
"""Entries that a log tells at once."""
RESTORED = "log.restored"
"""The kind of the entry in which the log's keeper says what was lost."""


class Broken(Fault):
    """The log does not continue what it showed before; `evidence` is the heads that show it, as it signed them."""

    def __init__(self, message: str, *evidence: dict[str, Any]) -> None:
        super().__init__(message)
        self.evidence = list(evidence)


@dataclass(slots=True)
class Memory:
    """What a witness keeps between two looks: the last head it cosigned and the keys it trusts by id."""

    last: dict[str, Any] | None = None
    keys: Keys = field(default_factory=dict)
    anchor: str = ""
    """The newest key trusted, from which later ones are followed; empty at first acquaintance."""
    given_up: list[dict[str, Any]] = field(default_factory=list)
    """Heads seen once and lost in restores that the witness's keeper accepted, each with what was announced."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A head that continues the last one. `stale`: it is older than a living log's would be.

    `announced`: what the log said of a restore, when its keeper accepted one and this head does not continue the last.
    """

    sth: dict[str, Any]
    seen_at: int
    stale: bool
    announced: str = ""


def look(memory: Memory, fetch: Fetch, now: int, *, accept_restore: bool = False) -> Seen | None:
    """Fetch the newest head, check it against memory, and remember it. None while the log has none.

    `now` in milliseconds since 1970. Raises `Broken`, with both heads, when the log shrank, forked or ran backwards,
    and `Fault` when its answer cannot be trusted at all; memory then stays as it was.

    With `accept_restore` a log that does not continue is followed again from its present head, if an entry of it owns
    up to a restore that reaches as far as what was seen; the head that was lost is kept in `given_up`.
    """
    told = fetch("get-sth")
    chain = fetch("get-keys")["keys"]
    keys = memory.keys | verifier.trusted_keys(chain, memory.anchor or None)
    sth = _signed_by_one_of(keys, told)
    last = memory.last
    if sth is None:
        if last is not None:
            raise Broken(f"the log shows no head any more, but it had {last['tree_size']} entries", last)
        return None
    if sth["timestamp"] > now + AHEAD_MS:
        raise Fault(
            f"the head is dated {(sth['timestamp'] - now) // 1000} seconds ahead of this machine's clock"
        )
    announced = ""
    if last is not None:
        try:
            _continues(last, sth, fetch)
        except Broken as broken:
            if not accept_restore:
                raise
            try:
                announcement = _announcement(last, sth, fetch)
            except (KeyError, TypeError, ValueError) as wrong:
                raise Fault(f"the log's entries cannot be read: {wrong!r}") from None
            if announcement is None:
                raise Broken(
                    f"{broken}; and no entry of the log announces a restore that reaches what was seen",
                    *broken.evidence,
                ) from None
            announced = str(announcement["statement"])
            memory.given_up.append({"sth": last, "accepted_at": now, "announcement": announcement})
    memory.last, memory.keys = sth, keys
    memory.anchor = next(
        (key["public_key"] for key in reversed(chain) if keys.get(key["key_id"]) == key["public_key"]),
        memory.anchor,
    )
    return Seen(sth, now, now - sth["timestamp"] > STALE_MS, announced)


def cosign(seen: Seen, key: ec.EllipticCurvePrivateKey, name: str) -> dict[str, Any]:
    """The witness's signature over a head, as the log and proofs carry it."""
    public = public_key_of(key)
    signature = key.sign(verifier.cosigned_bytes(seen.sth, seen.seen_at), ec.ECDSA(hashes.SHA256()))
    return {
        "witness": name,
        "key_id": verifier.key_id_of(public),
        "public_key": public,
        "seen_at": seen.seen_at,
        "signature": base64.b64encode(signature).decode("ascii"),
    }


def public_key_of(key: ec.EllipticCurvePrivateKey) -> str:
    """Base64 of its SubjectPublicKeyInfo: what the keeper of the log is given."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")


def _signed_by_one_of(keys: Keys, told: dict[str, Any]) -> dict[str, Any] | None:
    heads = told.get("sths") or ([told["sth"]] if told.get("sth") else [])
    if not heads:
        return None
    for sth in heads:
        if verifier.head_is_good(sth, keys):
            return dict(sth)
    raise Fault("no head is signed by a key that follows from the one this witness knows")


def _continues(last: dict[str, Any], sth: dict[str, Any], fetch: Fetch) -> None:
    old, new = int(last["tree_size"]), int(sth["tree_size"])
    if new < old:
        raise Broken(f"the log shrank from {old} to {new} entries: was it restored from a backup?", last, sth)
    if sth["timestamp"] < last["timestamp"]:
        raise Broken("the log's clock ran backwards", last, sth)
    if old == 0:
        empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        if last["root_hash"] != empty:
            raise Broken("an empty log has a root of its own", last, sth)
        return
    path = []
    if new != old:
        told = fetch(f"get-sth-consistency?first={old}&second={new}")
        path = [base64.b64decode(step) for step in told["path"]]
    roots = base64.b64decode(last["root_hash"]), base64.b64decode(sth["root_hash"])
    if not verifier.consistency_holds(old, roots[0], new, roots[1], path):
        raise Broken(f"the tree of {new} entries does not begin with the one of {old} seen before", last, sth)


def _announcement(last: dict[str, Any], sth: dict[str, Any], fetch: Fetch) -> dict[str, Any] | None:
    """The newest entry under this head that owns up to the loss of what was seen, proved to stand there."""
    for row in _newest_first(int(sth["tree_size"]), fetch):
        if row["kind"] != RESTORED:
            continue
        payload = base64.b64decode(row["payload"])
        said = json.loads(payload)
        if not _reaches(said["evidence"], last):
            continue
        leaf, size = verifier.leaf_hash(payload), int(sth["tree_size"])
        asked = quote(base64.b64encode(leaf), safe="")
        told = fetch(f"get-proof-by-hash?hash={asked}&tree_size={size}")
        path = [base64.b64decode(step) for step in told["path"]]
        root = base64.b64decode(sth["root_hash"])
        if not verifier.inclusion_holds(leaf, int(told["leaf_index"]), size, path, root):
            raise Fault(f"entry {row['index']} announces a restore, but does not stand under the head shown")
        return {**said, "index": int(told["leaf_index"])}
    return None


def _reaches(lost: dict[str, Any], last: dict[str, Any]) -> bool:
    """Whether a lost head is the one that was seen, or a later one.

    A log may have been restored before: an announcement of that time is older than what was seen since. The mark that
    a log keeps of its own last head has its root in hexadecimal, and in old homes no moment.
    """
    root = base64.b64decode(last["root_hash"])
    same = lost["root_hash"] in {last["root_hash"], root.hex()}
    later = lost.get("timestamp", -1) >= last["timestamp"]
    return int(lost["tree_size"]) >= int(last["tree_size"]) and (same or later)


def _newest_first(size: int, fetch: Fetch) -> Iterator[dict[str, Any]]:
    for begin in reversed(range(0, size, PAGE)):
        yield from reversed(fetch(f"get-entries?start={begin}&end={min(begin + PAGE, size) - 1}")["entries"])
