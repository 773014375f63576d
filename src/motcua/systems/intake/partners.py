"""Which systems may hand in applications: enrolled with their key and a legal basis, given another key, ended."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.words import legible
from motcua.systems.intake.models import Partner

CODE = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


def enrol(
    *,
    code: str,
    name: str,
    key: str,
    services: Sequence[str] = (),
    channel: str = "",
    legal_basis: str,
    actor: Actor = SYSTEM,
) -> Partner:
    """A system may hand in from now on, for these services (none named: for all). `key` is its public key, P-256, as
    JWK or PEM. Raises Conflict for a code that is taken, UserError for what is wrong."""
    name, legal_basis = legible(name, "name"), legible(legal_basis, "legal_basis")
    if not CODE.fullmatch(code):
        raise UserError(
            f"Mã hệ thống “{code}”: 3–60 chữ thường, chữ số, “.”, “_”, “-”.",
            f"The system's code {code!r}: 3 to 60 small letters, digits, dots, underscores, hyphens.",
            "code",
        )
    if not name or not legal_basis:
        raise UserError(
            "Ghi tên hệ thống và căn cứ pháp lý.", "Give a name and the legal basis.", "legal_basis"
        )
    if Partner.objects.filter(code=code).exists():
        raise Conflict(f"Mã {code} đã có hệ thống mang.", f"The code {code} is taken.", "code")
    row = Partner.objects.create(
        code=code,
        name=name,
        public_key=public_key(key),
        service_codes=sorted(set(services)),
        channel_plugin=channel,
        legal_basis=legal_basis,
    )
    emit(
        "partner.enrolled",
        actor,
        subject=("partner", row.pk),
        data={"code": code, "services": row.service_codes},
    )
    return row


def change_key(code: str, key: str, actor: Actor = SYSTEM) -> Partner:
    """From now on its requests are signed by another key; those signed by the one before are refused."""
    row = _standing(code)
    row.public_key = public_key(key)
    row.save(update_fields=["public_key"])
    emit("partner.key_changed", actor, subject=("partner", row.pk), data={"code": code})
    return row


def end(code: str, actor: Actor = SYSTEM) -> Partner:
    """It hands in nothing any more, at once; the cases that it handed in go on."""
    row = _standing(code)
    row.active = False
    row.save(update_fields=["active"])
    emit("partner.ended", actor, subject=("partner", row.pk), data={"code": code})
    return row


def public_key(said: str) -> dict[str, Any]:
    """The public key of a JWK or PEM text, as JWK. Raises UserError for another curve, a private key or no key."""
    try:
        key = ECKey.import_key(json.loads(said) if said.lstrip().startswith("{") else said)
        if key.curve_name != "P-256":
            raise ValueError(key.curve_name)
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        raise UserError(
            "Khóa công khai phải là khóa P-256, dạng JWK hoặc PEM.",
            "The public key must be a P-256 key, as JWK or PEM.",
            "key",
        ) from wrong
    if key.is_private:
        raise UserError(
            "Đây là khóa bí mật. Bên kia giữ khóa bí mật; chỉ nhận khóa công khai.",
            "This is a private key. The other side keeps it; only the public key is taken.",
            "key",
        )
    return dict(key.as_dict(private=False))


def _standing(code: str) -> Partner:
    row = Partner.objects.filter(code=code, active=True).first()
    if row is None:
        raise NotFound(
            f"Không có hệ thống mang mã {code}.", f"No system with the code {code} hands in.", "code"
        )
    return row
