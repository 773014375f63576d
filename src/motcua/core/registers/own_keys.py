"""What a register states is signed with its own key: a detached JWS (RFC 7515 appendix F, ES256) over the payload.

Whoever has the payload and the register's public keys (`/{register}/keys` of the API) can check it without us.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from django.db import IntegrityError, transaction
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import SigningKey

REGISTRY = jws.JWSRegistry(algorithms=["ES256"])


def sign(register: str, payload: str) -> str:
    """`head..signature` over the payload, by the register's key in use."""
    row = _in_use(register)
    key = ECKey.import_key(json.loads(row.private_key))
    head, _, signature = jws.serialize_compact(
        {"alg": "ES256", "kid": row.kid}, payload.encode(), key, registry=REGISTRY
    ).split(".")
    return f"{head}..{signature}"


def whole(signature: str, payload: str) -> str:
    """The compact JWS with its payload, to be handed out."""
    return signature.replace("..", f".{_content(payload)}.", 1)


def holds(register: str, signature: str, payload: str) -> bool:
    """Whether this register signed this payload, with a key of its own, in use or retired."""
    head = signature.partition("..")[0]
    try:
        kid = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        row = SigningKey.objects.filter(register_id=register, kid=str(kid)).first()
        if row is None:
            return False
        jws.deserialize_compact(
            whole(signature, payload), ECKey.import_key(row.public_key), registry=REGISTRY
        )
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return True


def renew(actor: Actor, register: str) -> SigningKey:
    """Sign with a new key from now on; what the former signed stays good."""
    with acting(SYSTEM):
        SigningKey.objects.filter(register_id=register, retired_at=None).update(retired_at=clock.now())
        row = _make(register)
    emit("register.key_made", actor, data={"register": register, "kid": row.kid})
    return row


def public_keys(register: str) -> dict[str, Any]:
    """The register's public keys as JWKS (RFC 7517), the one in use first."""
    rows = SigningKey.objects.filter(register_id=register).order_by("-made_at", "-pk")
    return {"keys": [{**row.public_key, "kid": row.kid, "alg": "ES256", "use": "sig"} for row in rows]}


def _in_use(register: str) -> SigningKey:
    with acting(SYSTEM, savepoint=False):
        row = SigningKey.objects.filter(register_id=register, retired_at=None).first()
    return row or renew(SYSTEM, register)


def _make(register: str) -> SigningKey:
    """Of two processes that make a register's first key at once, both use the one that came first."""
    key = ECKey.generate_key("P-256")
    known = {
        name: one for name, one in key.as_dict(private=False).items() if name in ("kty", "crv", "x", "y")
    }
    try:
        with transaction.atomic():
            return SigningKey.objects.create(
                register_id=register,
                kid=key.thumbprint(),
                public_key=known,
                private_key=json.dumps(key.as_dict(private=True)),
                made_at=clock.now(),
            )
    except IntegrityError:
        return SigningKey.objects.get(register_id=register, retired_at=None)


def _content(payload: str) -> str:
    return base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
