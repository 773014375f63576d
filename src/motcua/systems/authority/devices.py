"""Signing with a key that is elsewhere: begin a round, pair the agent, take signatures, say what came of it."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import policies
from motcua.core.cases.models import Task
from motcua.core.documents import actions as documents
from motcua.core.documents import awaiting
from motcua.core.documents.contrib import remote
from motcua.core.documents.contrib.remote.client import Asked
from motcua.core.documents.models import Document, DocumentState, Signature
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.engines.pades import SigningError
from motcua.systems.authority.csc.tokens import hashed
from motcua.systems.authority.models import DevicePairing

LASTS = dt.timedelta(minutes=15)
CODE_LENGTH = 8
LONGEST_DESCRIPTION = 200
AT_ONCE = 200
"""Documents of one round: each is prepared while the page waits."""


def waiting_tasks(actor: Actor) -> list[tuple[Task, Document]]:
    """What waits for this officer's signature, with its document, the most urgent first."""
    rows = (
        Task.objects.filter(
            agency_id__in=actor.unit_ids, state=Task.State.OPEN, verb__in=("sign", "sign_again")
        )
        .select_related("case")
        .order_by("due_at", "id")[:AT_ONCE]
    )
    mine = [(task, _document_of(task)) for task in rows if policies.may_do(actor, task, task.case)]
    drafts = Document.objects.filter(state=DocumentState.DRAFT).in_bulk([pk for _, pk in mine if pk])
    return [(task, drafts[pk]) for task, pk in mine if pk in drafts]


def begin(actor: Actor, keys: Sequence[str]) -> tuple[DevicePairing, str]:
    """Prepare the chosen documents for the officer's key; returns the round and the code that opens it.

    `keys` are the ids of steps of cases, and those that other rooms' queues gave.

    What cannot be prepared is a fault of its line and keeps no other back. Raises UserError when nothing is chosen.
    """
    wanted = set(keys)
    chosen = [(str(task.uuid), paper) for task, paper in waiting_tasks(actor) if str(task.uuid) in wanted]
    chosen += [
        (each.key, awaiting.queue_of(each.key).document(actor, each.key))
        for each in awaiting.waiting(actor)
        if each.key in wanted
    ]
    if not chosen or actor.account_id is None or actor.officer_id is None or actor.agency_id is None:
        raise UserError("Chọn ít nhất một văn bản để ký.", "Choose at least one document to sign.", "task")
    ready: dict[str, str] = {}
    faults: dict[str, str] = {}
    for key, document in chosen:
        try:
            with transaction.atomic():
                documents.prepare_with_own_key(actor, document.pk)
        except (UserError, SigningError) as fault:
            faults[str(document.pk)] = fault.text("vi") if isinstance(fault, UserError) else str(fault)
        else:
            ready[str(document.pk)] = key
    code = "".join(secrets.choice(documents.CODE_LETTERS) for _ in range(CODE_LENGTH))
    with acting(SYSTEM):
        pairing = DevicePairing.objects.create(
            code_hash=hashed(code),
            account_id=actor.account_id,
            officer_id=actor.officer_id,
            agency_id=actor.agency_id,
            documents=[document.pk for _, document in chosen],
            tasks=ready,
            faults=faults,
            begun_at=clock.now(),
            expires_at=clock.now() + LASTS,
        )
    return pairing, code


def pair(code: str) -> tuple[DevicePairing, str]:
    """The agent brings the code and gets its token, once. Raises NotFound."""
    with acting(SYSTEM):
        pairing = (
            DevicePairing.objects.select_for_update()
            .filter(code_hash=hashed(documents.spoken_code(code)), paired_at=None, expires_at__gt=clock.now())
            .first()
        )
        if pairing is None:
            raise NotFound(
                "Mã ghép nối sai, đã dùng hoặc đã quá 15 phút. Lấy mã mới ở trang “Ký bằng thiết bị”.",
                "The pairing code is wrong, used or older than 15 minutes. Take a new one from the page.",
            )
        token = secrets.token_urlsafe(32)
        pairing.token_hash, pairing.paired_at = hashed(token), clock.now()
        pairing.save(update_fields=["token_hash", "paired_at"])
    return pairing, token


def pairing_of(token: str) -> DevicePairing:
    """The round of an agent's token. Raises NotAllowed."""
    with acting(SYSTEM):
        found = (
            DevicePairing.objects.filter(token_hash=hashed(token), expires_at__gt=clock.now()).first()
            if token
            else None
        )
    if found is None:
        raise NotAllowed(
            "Lần ký này đã hết giờ. Bắt đầu lại ở trang “Ký bằng thiết bị”.",
            "This round of signing has ended.",
        )
    return found


def own_pairing(actor: Actor, pairing_uuid: Any) -> DevicePairing:
    """The officer's own round; others' do not exist."""
    with acting(SYSTEM):
        found = DevicePairing.objects.filter(uuid=pairing_uuid, account_id=actor.account_id or 0).first()
    if found is None:
        raise NotFound
    return found


def prepared(pairing: DevicePairing) -> list[Signature]:
    """What of the round still waits for its signature."""
    with acting(SYSTEM):
        rows = Signature.objects.filter(
            document_id__in=[int(pk) for pk in pairing.tasks],
            place=0,
            done=False,
            officer_id=pairing.officer_id,
        )
        return list(rows.select_related("document", "key").order_by("document_id"))


def digest_of(row: Signature) -> str:
    """The digest as page and agent both show it."""
    digest = hashlib.sha256(bytes(row.to_sign)).hexdigest()[:16]
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def take(pairing: DevicePairing, signatures: Mapping[str, Any]) -> dict[str, str]:
    """Signatures by document id: each is checked, completed, sealed, and its step ended, or none of this.

    Returns the faults by document id, in Vietnamese. An answer that came before changes nothing.
    """
    actor = _officer(pairing)
    faults: dict[str, str] = {}
    with acting(actor):
        for identifier, text in signatures.items():
            try:
                with transaction.atomic():
                    _take_one(actor, pairing, str(identifier), text)
            except UserError as fault:
                faults[str(identifier)] = fault.text("vi")
    note_faults(pairing, faults, over=set(map(str, signatures)))
    return faults


def ask_passkey(pairing: DevicePairing) -> Asked:
    """Have the remote service ask the officer to agree to the round with a passkey. Raises UserError, Unavailable."""
    rows, digests = _waiting(pairing)
    titles = "; ".join(dict.fromkeys(row.document.title for row in rows))
    return remote.ask_passkey(rows[0].key, digests, titles[:LONGEST_DESCRIPTION])


def sign_remotely(
    actor: Actor, pairing: DevicePairing, code: str = "", *, approval: str = ""
) -> dict[str, str]:
    """Have the remote service sign the round under the officer's one-time code, or after the officer agreed with a
    passkey (`approval`). Raises UserError, Unavailable."""
    rows, digests = _waiting(pairing)
    made = remote.sign_all(rows[0].key, digests, otp=code.strip(), approval=approval)
    signatures = {
        str(row.document_id): base64.b64encode(one).decode("ascii")
        for row, one in zip(rows, made, strict=True)
    }
    return take(pairing, signatures)


def _waiting(pairing: DevicePairing) -> tuple[list[Signature], list[bytes]]:
    """What of the round waits, and its SHA-256 digests. Raises Conflict."""
    rows = prepared(pairing)
    if not rows:
        raise Conflict("Không còn văn bản nào chờ ký trong lần này.", "Nothing waits in this round any more.")
    return rows, [hashlib.sha256(bytes(row.to_sign)).digest() for row in rows]


def note_faults(pairing: DevicePairing, faults: Mapping[str, str], *, over: set[str] | None = None) -> None:
    """Keep why lines of the round were not signed; those of `over` without a fault lose theirs."""
    with acting(SYSTEM):
        row = DevicePairing.objects.select_for_update().get(pk=pairing.pk)
        kept = {name: said for name, said in row.faults.items() if name not in (over or set())}
        row.faults = kept | dict(faults)
        row.save(update_fields=["faults"])
    pairing.faults = row.faults


def _take_one(actor: Actor, pairing: DevicePairing, identifier: str, text: Any) -> None:
    task = pairing.tasks.get(identifier)
    if task is None:
        raise NotFound("Văn bản này không thuộc lần ký này.", "This document is not of this round.")
    try:
        signature = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise UserError("Chữ ký gửi tới không đọc được.", "The signature cannot be read.") from None
    before = Document.objects.filter(pk=int(identifier), state=DocumentState.DRAFT).exists()
    documents.complete(actor, int(identifier), signature)
    if not before:
        return
    _end_step(actor, task)


def _end_step(actor: Actor, task: str) -> None:
    """End the step whose document is signed now, of a case or of another room. Raises what keeps it from ending."""
    if ":" in task:
        awaiting.queue_of(task).signed(actor, task)
        return
    (done,) = cases.sign_results(actor, [uuid.UUID(task)])
    if done.fault is not None:
        raise done.fault


def _officer(pairing: DevicePairing) -> Actor:
    with acting(SYSTEM):
        account = Account.objects.select_related("officer").get(pk=pairing.account_id)
        if not account.is_active:
            raise NotAllowed("Tài khoản đã bị khóa.", "The account is locked.")
        return actor_of(account, agency_id=pairing.agency_id, level=2)


def _document_of(task: Task) -> int | None:
    """The document that a sign task is about: its own (a re-issue), else the case's result."""
    found = task.data.get("document") or task.case.data.get("result", {}).get("document")
    return None if found is None else int(found)
