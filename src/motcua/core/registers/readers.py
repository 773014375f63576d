"""The systems that may read registers: made known with their key, given purposes by the schemas, locked out.

What a system may read for which purpose stands in the schemas (`partners` of a rule), so giving and taking it is
writing the next version of one; a second person publishes it, as any other.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.registers import schema as schemas
from motcua.core.registers import signed, versions
from motcua.core.registers.models import Reader, Register, SchemaVersion, VersionState
from motcua.core.registers.schema import Rule, Schema

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,99}")
"""A name of one's own (`so-tai-chinh.thue`), or that in the exchange: INSTANCE/CLASS/MEMBER/SUBSYSTEM."""


def make_known(
    actor: Actor, *, code: str, name: str, public_key: str, legal_basis: str, agency_id: int | None = None
) -> Reader:
    """A system that may call the registers' API from now on; it reads nothing until a schema names it.

    Raises UserError at the field that is wrong, Conflict for a code that is taken.
    """
    code, name, legal_basis = code.strip(), " ".join(name.split()), " ".join(legal_basis.split())
    if not CODE.fullmatch(code):
        raise UserError(
            "Mã gồm từ 3 đến 100 chữ không dấu, số và các dấu . _ / - (ví dụ so-tai-chinh.thue).",
            "A code has 3 to 100 letters, digits and . _ / - (like finance.tax).",
            "code",
        )
    for field, given in (("name", name), ("legal_basis", legal_basis)):
        if not given:
            raise UserError(
                "Ghi tên hệ thống." if field == "name" else "Ghi văn bản cho phép kết nối.",
                "Write the system's name." if field == "name" else "Name the law that allows the connection.",
                field,
            )
    if Reader.objects.filter(code=code).exists():
        raise Conflict("Mã này đã có hệ thống khác dùng.", "Another system has this code.", "code")
    reader = Reader.objects.create(
        code=code, name=name, public_key=_key(public_key), legal_basis=legal_basis, agency_id=agency_id
    )
    emit("register.reader_known", actor, subject=("reader", reader.pk), data={"code": code})
    return reader


def renew_key(actor: Actor, reader: uuid.UUID, public_key: str) -> Reader:
    """Another key from now on; what the former signed is refused, at other processes within half a minute."""
    row = _of(reader)
    row.public_key = _key(public_key)
    row.save(update_fields=["public_key"])
    signed.forget()
    emit("register.reader_key", actor, subject=("reader", row.pk), data={"code": row.code})
    return row


def lock_out(actor: Actor, reader: uuid.UUID, reason: str) -> Reader:
    """Refuse everything it asks from now on, at other processes within half a minute; done twice it changes nothing."""
    reason = " ".join(reason.split())
    if not reason:
        raise UserError("Nhập lý do.", "Give the reason.", "reason")
    row = _of(reader)
    if row.active:
        row.active = False
        row.save(update_fields=["active"])
        signed.forget()
        emit(
            "register.reader_locked_out", actor, subject=("reader", row.pk), data={"code": row.code, "reason": reason}
        )  # fmt: skip
    return row


def let_in_again(actor: Actor, reader: uuid.UUID) -> Reader:
    """Believe its key again."""
    row = _of(reader)
    if not row.active:
        row.active = True
        row.save(update_fields=["active"])
        emit("register.reader_let_in", actor, subject=("reader", row.pk), data={"code": row.code})
    return row


def give(actor: Actor, reader: uuid.UUID, register: str, use: str) -> SchemaVersion:
    """Write the next version of the schema, in which the system may read for this purpose."""
    return _rewrite(actor, _of(reader).code, register, use, named=True)


def take(actor: Actor, reader: uuid.UUID, register: str, use: str) -> SchemaVersion:
    """Write the next version of the schema, in which it may not any more."""
    return _rewrite(actor, _of(reader).code, register, use, named=False)


def purposes_of(code: str) -> list[tuple[Schema, Rule]]:
    """What a system may do, register by register, by the versions in force."""
    return [(schema, rule) for schema, rule in _rules() if code in rule.partners]


def purposes_for_others(code: str) -> list[tuple[Schema, Rule]]:
    """The purposes declared for systems outside that this one has not."""
    return [(schema, rule) for schema, rule in _rules() if rule.partners and code not in rule.partners]


def _rules() -> list[tuple[Schema, Rule]]:
    slugs = Register.objects.filter(version__gt=0).order_by("name").values_list("slug", flat=True)
    return [(schema, rule) for slug in slugs for schema in [schemas.of(slug)] for rule in schema.rules]


def _rewrite(actor: Actor, code: str, register: str, use: str, *, named: bool) -> SchemaVersion:
    last = SchemaVersion.objects.filter(register_id=register).order_by("-number").first()
    if last is None or use not in last.definition.get("access", {}):
        raise NotFound()
    waits = last.state == VersionState.DRAFT
    definition = {
        name: one
        for name, one in last.definition.items()
        if name not in ("version", *(() if waits else ("from_previous",)))
    }
    rule: Mapping[str, Any] = definition["access"][use]
    partners = [one for one in rule.get("partners", ()) if one != code] + ([code] if named else [])
    definition["access"] = {**definition["access"], use: {**rule, "partners": partners}}
    return versions.draft(actor, register, definition)


def _of(reader: uuid.UUID) -> Reader:
    row = Reader.objects.select_for_update().filter(uuid=reader).first()
    if row is None:
        raise NotFound()
    return row


def _key(text: str) -> dict[str, Any]:
    """A public key of P-256 as JWK. A private one is refused: it has been shown and must not be used any more."""
    try:
        given = json.loads(text)
        if isinstance(given, dict) and "d" in given:
            raise UserError(
                "Đây là khóa riêng. Đừng gửi cho ai; hãy tạo cặp khóa mới và gửi khóa công khai.",
                "This is a private key. Make a new pair and send the public key only.",
                "public_key",
            )
        key = ECKey.import_key(given)
        known = key.as_dict(private=False)
    except (ValueError, TypeError, KeyError, JoseError, RecursionError):
        known = {}
    if known.get("crv") != "P-256":
        raise UserError(
            'Dán khóa công khai P-256 dạng JWK: {"kty": "EC", "crv": "P-256", "x": …, "y": …}.',
            'Paste a public key of P-256 as JWK: {"kty": "EC", "crv": "P-256", "x": …, "y": …}.',
            "public_key",
        )
    return {name: known[name] for name in ("kty", "crv", "x", "y")}
