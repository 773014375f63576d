"""The log's public read API, after RFC 9162 section 5; and the two things that outsiders may tell it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema

from motcua.core.errors import UserError
from motcua.core.ledger import heads
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.transparency import reading

FRESH = "public, max-age=3"
FOR_EVER = "public, max-age=31536000, immutable"
"""An answer about a tree of a given size never changes."""


class Head(Schema):
    """A signed tree head: milliseconds since 1970, root and signature (ECDSA P-256, DER) in base64."""

    log: str
    tree_size: int
    timestamp: int
    root_hash: str
    key_id: str
    signature: str


class CosignatureOut(Schema):
    witness: str
    key_id: str
    public_key: str
    seen_at: int
    signature: str


class Newest(Schema):
    """`sth` is null while the log is empty; `sths` has one for each key that signs at present."""

    sth: Head | None
    sths: list[Head]
    cosignatures: list[CosignatureOut]
    halted: str | None


class Key(Schema):
    """A key of the log; each but the first is endorsed by the one before it."""

    key_id: str
    public_key: str
    since: str
    signs_until: str
    endorsed_by: str
    endorsement: str


class Keys(Schema):
    keys: list[Key]


class Entry(Schema):
    """`leaf_hash` is SHA-256 of a zero byte and the payload; both in base64."""

    index: int
    kind: str
    payload: str
    leaf_hash: str


class Entries(Schema):
    """At most 256; `next` is where to go on, null at the end."""

    entries: list[Entry]
    next: int | None


class Path(Schema):
    first: int
    second: int
    path: list[str]


class Inclusion(Schema):
    leaf_index: int
    tree_size: int
    path: list[str]


class WitnessOut(Schema):
    name: str
    address: str
    key_id: str
    public_key: str
    last_size: int | None
    last_seen_at: int | None


class Witnesses(Schema):
    witnesses: list[WitnessOut]


class Cosigned(Schema):
    sth: Head
    cosignature: CosignatureOut


class Reported(Schema):
    sth: Head


class Taken(Schema):
    """`halted`: the reported head is not in our tree, and the log now stands still."""

    halted: bool


class Problem(Schema):
    title: str
    status: int
    field: str | None = None


REFUSALS = dict.fromkeys((400, 404, 422), Problem)

api = NinjaAPI(
    title="Motcua: nhật ký công khai",
    version="1",
    urls_namespace="log-api",
    docs_url=None,  # its page loads scripts from elsewhere, which our pages do not allow; openapi.json is the reference
    description="An append-only log after RFC 9162: docs/transparency.md. No key is needed.",
)


@api.get("/get-sth", response={200: Newest, **REFUSALS})
def get_sth(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """The newest signed head."""
    response["Cache-Control"] = FRESH
    return reading.newest()


@api.get("/get-keys", response=Keys)
def get_keys(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """The log's keys, oldest first."""
    response["Cache-Control"] = FRESH
    return {"keys": reading.keys()}


@api.get("/get-entries", response={200: Entries, **REFUSALS})
def get_entries(request: HttpRequest, response: HttpResponse, start: int, end: int) -> dict[str, Any]:
    """Entries from `start` to `end`, both counted; 256 at most."""
    found = reading.entries(start, end)
    following = start + len(found)
    whole = following > end or len(found) == reading.PAGE
    response["Cache-Control"] = FOR_EVER if whole else FRESH
    return {"entries": found, "next": following if following < reading.size_now() else None}


@api.get("/get-sth-consistency", response={200: Path, **REFUSALS})
def get_consistency(request: HttpRequest, response: HttpResponse, first: int, second: int) -> dict[str, Any]:
    """That the tree of `second` entries begins with that of `first`."""
    path = reading.consistency(first, second)
    response["Cache-Control"] = FOR_EVER
    return {"first": first, "second": second, "path": path}


@api.get("/get-proof-by-hash", response={200: Inclusion, **REFUSALS})
def get_proof(
    request: HttpRequest,
    response: HttpResponse,
    hash: str,  # noqa: A002  (its name on the wire: RFC 9162 section 5.4)
    tree_size: int | None = None,
) -> dict[str, Any]:
    """Where the leaf with this hash (base64, URL-encoded) stands, and the path to the root."""
    found = reading.proof_by_hash(hash, tree_size)
    response["Cache-Control"] = FRESH if tree_size is None else FOR_EVER
    return found


@api.get("/get-witnesses", response=Witnesses)
def get_witnesses(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """Who follows the log, and when each last agreed."""
    response["Cache-Control"] = FRESH
    return {"witnesses": reading.witnesses()}


@api.post("/add-cosignature", response={201: CosignatureOut, **REFUSALS})
def add_cosignature(request: HttpRequest, said: Cosigned) -> tuple[int, dict[str, Any]]:
    """A witness whose key was admitted says that it saw this head."""
    with acting(SYSTEM):
        return 201, heads.cosignature_json(heads.cosign(said.dict()))


@api.post("/report-head", response={200: Taken, **REFUSALS})
def report_head(request: HttpRequest, said: Reported) -> dict[str, bool]:
    """Anybody shows a head with our signature; when our tree does not hold it, the log stands still."""
    with acting(SYSTEM):
        return {"halted": heads.report(reading.LOG, said.sth.dict())}


@api.exception_handler(UserError)
def mendable(request: HttpRequest, error: UserError) -> HttpResponse:
    lang = "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "vi"
    said = Problem(title=error.text(lang), status=error.status, field=error.field)
    response = api.create_response(request, said.dict(), status=error.status)
    response["Content-Type"] = "application/problem+json"
    return response
