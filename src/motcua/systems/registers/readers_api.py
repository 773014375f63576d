"""The systems that read registers, for a program of the keepers': by an officer's own session, as the pages are."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.utils import check_csrf

from motcua.core.ledger.actor import Actor
from motcua.core.registers import readers
from motcua.core.registers.models import Reader

KEEPERS = ("service_editor", "service_approver")


def keeper(request: HttpRequest) -> Actor | None:
    """The officer whose session this is, when keeping schemas is their duty and the request is of their own pages."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = request.method in ("GET", "HEAD") or check_csrf(request) is None
    return actor if own and actor.has(*KEEPERS) else None


router = Router(auth=keeper)


class Known(Schema):
    """A system to be made known; `public_key` is a JWK of P-256."""

    code: str
    name: str
    legal_basis: str
    public_key: dict[str, Any]


class LockedOut(Schema):
    reason: str


@router.get("")
def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """All systems with what each may read for which purpose."""
    return [_told(row) for row in Reader.objects.order_by("code")]


@router.post("", response={201: dict[str, Any]})
def make_known(request: HttpRequest, given: Known) -> tuple[int, dict[str, Any]]:
    """Make a system known. It reads nothing until a schema names it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    row = readers.make_known(
        actor, code=given.code, name=given.name, legal_basis=given.legal_basis,
        public_key=json.dumps(given.public_key), agency_id=actor.agency_id,
    )  # fmt: skip
    return 201, _told(row)


@router.post("/{uuid:reader}/lock")
def lock_out(request: HttpRequest, reader: uuid.UUID, given: LockedOut) -> dict[str, Any]:
    """Refuse everything it asks from now on."""
    return _told(readers.lock_out(request.auth, reader, given.reason))  # type: ignore[attr-defined]


def _told(row: Reader) -> dict[str, Any]:
    return {
        "uuid": str(row.uuid),
        "code": row.code,
        "name": row.name,
        "active": row.active,
        "legal_basis": row.legal_basis,
        "purposes": [
            {"register": schema.slug, "purpose": rule.use, "acts": sorted(rule.acts), "legal_basis": rule.legal_basis}
            for schema, rule in readers.purposes_of(row.code)
        ],
    }  # fmt: skip
