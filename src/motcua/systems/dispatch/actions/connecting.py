"""Our connections to axes: made from an invitation or by hand, tried out, changed, put to rest."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.words import legible
from motcua.engines import edxml
from motcua.systems.dispatch import partners, policies, rules, trusting
from motcua.systems.dispatch.actions.admitting import read_networks
from motcua.systems.dispatch.axis.clients import Unreachable, axis_of
from motcua.systems.dispatch.axis.errors import AxisError
from motcua.systems.dispatch.models import Connection, Form

_TEXTS = ("axis", "form", "endpoint", "system_id", "secret", "secret_until", "trust_pem")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the axis's administrator gave us."""

    axis: str
    form: str
    endpoint: str
    system_id: str
    secret: str
    organ_ids: tuple[str, ...]
    trust_pem: str = ""
    secret_until: dt.datetime | None = None


def connect(
    actor: Actor,
    name: str,
    form: Form,
    *,
    system_id: str,
    secret: str,
    organ_ids: Sequence[str],
    endpoint: str = "",
    trust_pem: str = "",
    networks: Sequence[str] = (),
    takes_unsigned: bool = False,
    secret_until: dt.datetime | None = None,
) -> Connection:
    """Connect agencies of ours to an axis. Raises UserError at the field that is to be mended.

    `networks` are private ones in which the axis may lie; only into those may it be asked without TLS.
    """
    _allow(actor)
    with acting(SYSTEM):
        title = legible(name, "name")
        if not title:
            raise UserError("Đặt tên cho trục.", "Name the axis.", "name")
        if Connection.objects.filter(name=title).exists():
            raise UserError("Đã có kết nối tên này.", "There is a connection of this name.", "name")
        if not organ_ids or not all(edxml.is_organ_id(each) for each in organ_ids):
            raise UserError(
                "Ghi mã định danh các cơ quan của mình trên trục này, ví dụ H55.237.",
                "Give the ids of our agencies on this axis, such as H55.237.",
                "organs",
            )
        within = read_networks(networks)
        if form is not Form.LOCAL:
            _check_address(endpoint, bool(within))
        if not system_id or not secret:
            raise UserError(
                "Ghi mã hệ thống và khóa bí mật mà trục đã cấp.",
                "Give the system id and the secret that the axis gave.",
                "system_id" if not system_id else "secret",
            )
        made = Connection.objects.create(
            name=title,
            form=form,
            endpoint=endpoint.rstrip("/"),
            system_id=system_id,
            secret=secret,
            organ_ids=list(dict.fromkeys(organ_ids)),
            trust_pem=trusting.read_certificates(trust_pem, "trust"),
            networks=within,
            takes_unsigned=takes_unsigned,
            secret_until=secret_until,
        )
        _say("axis.connected", actor, made, form=form.value)
    return made


def read_invitation(text: str) -> Invitation:
    """The invitation that was pasted. Raises UserError that says what it lacks."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not all(isinstance(told.get(name, ""), str) for name in _TEXTS):
        raise UserError(
            "Đây không phải thư mời của trục. Dán cả đoạn, từ dấu { đến dấu }.",
            "This is no invitation of an axis. Paste all of it, from { to }.",
            "invitation",
        )
    organs = told.get("organ_ids")
    missing = [name for name in ("axis", "endpoint", "system_id", "secret") if not told.get(name)]
    if missing or not isinstance(organs, list) or told.get("form") not in Form.values:
        what = ", ".join(missing) or ("form" if isinstance(organs, list) else "organ_ids")
        raise UserError(f"Thư mời thiếu {what}.", f"The invitation lacks {what}.", "invitation")
    return Invitation(
        axis=told["axis"],
        form=told["form"],
        endpoint=told["endpoint"],
        system_id=told["system_id"],
        secret=told["secret"],
        organ_ids=tuple(map(str, organs)),
        trust_pem=told.get("trust_pem", ""),
        secret_until=_moment(told.get("secret_until", "")),
    )


def accept(actor: Actor, invitation: Invitation, *, networks: Sequence[str] = ()) -> Connection:
    """Connect as an invitation says."""
    return connect(
        actor,
        invitation.axis,
        Form(invitation.form),
        system_id=invitation.system_id,
        secret=invitation.secret,
        organ_ids=invitation.organ_ids,
        endpoint=invitation.endpoint,
        trust_pem=invitation.trust_pem,
        networks=networks,
        secret_until=invitation.secret_until,
    )


def try_out(actor: Actor, connection_uuid: uuid.UUID) -> int:
    """Ask the axis who is on it; how many agencies that are. Raises UserError with what keeps us from it."""
    _allow(actor)
    with acting(SYSTEM):
        connection = _one(connection_uuid)
    try:
        return len(axis_of(connection).agencies())
    except (Unreachable, AxisError) as trouble:
        raise UserError(
            f"Chưa nối được với {connection.name}: {trouble}",
            f"{connection.name} cannot be reached: {trouble}",
        ) from trouble


def change(
    actor: Actor,
    connection_uuid: uuid.UUID,
    *,
    secret: str = "",
    secret_until: dt.date | None = None,
    trust_pem: str | None = None,
    endpoint: str = "",
    networks: Sequence[str] | None = None,
    takes_unsigned: bool | None = None,
    recalling: tuple[str, str] | None = None,
) -> Connection:
    """Change what is given of a connection; what is left out stays."""
    _allow(actor)
    with acting(SYSTEM):
        connection = _one(connection_uuid)
        if networks is not None:
            connection.networks = read_networks(networks)
        if endpoint:
            connection.endpoint = endpoint.rstrip("/")
        if connection.form != Form.LOCAL:
            _check_address(connection.endpoint, bool(connection.networks))
        if secret:
            connection.secret, connection.next_secret, connection.renewal_fault = secret, "", ""
            connection.secret_until = None
        if secret_until is not None:
            connection.secret_until = rules.end_of(secret_until)
        if trust_pem is not None:
            connection.trust_pem = trusting.read_certificates(trust_pem, "trust")
        if takes_unsigned is not None:
            connection.takes_unsigned = takes_unsigned
        if recalling is not None:
            connection.recall_by, connection.recall_source = partners.checked_recalling(*recalling)
        connection.save()
        changed = {
            "secret": bool(secret),
            "trust": trust_pem is not None,
            "unsigned": connection.takes_unsigned,
            "recall_by": connection.recall_by,
        }
        _say("axis.connection_changed", actor, connection, endpoint=connection.endpoint, **changed)
    return connection


def rest(actor: Actor, connection_uuid: uuid.UUID, *, active: bool) -> Connection:
    """Put a connection to rest, or take it up again; what waits to be sent is kept meanwhile."""
    _allow(actor)
    with acting(SYSTEM):
        connection = _one(connection_uuid)
        if connection.active != active:
            connection.active, connection.failures = active, 0
            connection.save(update_fields=["active", "failures"])
            _say("axis.connection_rested", actor, connection, active=active)
    return connection


def _allow(actor: Actor) -> None:
    if not policies.runs_axis(actor):
        raise NotAllowed("Việc này của người quản trị trục.", "This is for those who run the axis.")


def _one(connection_uuid: uuid.UUID) -> Connection:
    found = Connection.objects.select_for_update(of=("self",)).filter(uuid=connection_uuid).first()
    if found is None:
        raise NotFound()
    return found


def _moment(text: str) -> dt.datetime | None:
    """When the secret of an invitation ends, where it says so."""
    try:
        found = dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        found = None
    return found if found is not None and found.tzinfo is not None else None


def _check_address(endpoint: str, own_network: bool) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise UserError(
            "Ghi địa chỉ của trục, ví dụ https://truc.example.gov.vn/van-ban/truc.",
            "Give the address of the axis, such as https://axis.example.gov.vn/van-ban/truc.",
            "endpoint",
        )
    if parts.scheme == "http" and not own_network:
        raise UserError(
            "Địa chỉ http không mã hóa chỉ dùng trong mạng riêng: ghi dải mạng riêng đó, hoặc dùng https.",
            "Plain http is for a private network only: name that network, or use https.",
            "endpoint",
        )


def _say(kind: str, actor: Actor, connection: Connection, **data: object) -> None:
    emit(kind, actor, subject=("axis_connection", connection.pk), data={"name": connection.name, **data})
