"""Certificates anew for all who held one of an authority that was revoked, or that stood below a withdrawn root.

They are asked for by the system and issued when two persons agree: one by one on the desk, or all at once, which takes
an approver besides. A key in a device is certified by the request that once came from it, and its holder puts the new
certificate there; whose key a remote service keeps, or whose request is not known, has to bring one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from motcua.core import clock, jobs
from motcua.core.documents import asking, expiry, trust
from motcua.core.documents.certificates import APPROVERS
from motcua.core.documents.key_stores import key_stores
from motcua.core.documents.models import CertificateRequest, Key, RequestState
from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger.actor import SYSTEM, Actor

BATCH = 200
"""Asked for or issued at once; the rest of the asking follows by itself, of the issuing by the next press."""
ASK = "documents.ask_anew"


class Lack(StrEnum):
    """Why somebody has no certificate yet."""

    WAITS = "waits"
    """asked for; the second person approves"""
    HOLDER = "holder"
    """the key lies elsewhere: its holder brings a request"""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Bereft:
    """A certificate that was lost with its authority and has no successor."""

    key: Key
    lack: Lack
    asked: CertificateRequest | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """What one round of issuing came to."""

    issued: int
    left: int
    """That wait still."""
    failed: tuple[tuple[CertificateRequest, UserError], ...]


def ask_anew(after: int = 0) -> int:
    """Ask for the next certificates of all who held one of a revoked authority, as far as it has a successor; where the
    key lies elsewhere, tell the holder. `after` is the id up to which was asked before: what is more than a batch goes
    on in a job. Returns how many were asked for."""
    followed = [name for name in _gone() if _has_successor(name)]
    keys = list(_never_asked().filter(pk__gt=after, authority__in=followed)[:BATCH])
    asked = sum(_ask_anew(key) for key in keys)
    if len(keys) == BATCH:
        jobs.defer(ASK, after=keys[-1].pk)
    return asked


def bereft() -> list[Bereft]:
    """Who still lacks a certificate, by agency and name."""
    keys = list(_bereft().order_by("agency_id", "subject", "id"))
    newest = {
        one.replaces_id: one
        for one in CertificateRequest.objects.filter(replaces__in=keys)
        .order_by("id")
        .select_related("agency")
    }
    return [Bereft(key, _lack(asked := newest.get(key.pk)), asked) for key in keys]


def issue_anew(actor: Actor, limit: int = BATCH) -> Issued:
    """Approve what the system asked for anew, at most `limit` at once; each by itself, so that one that cannot be
    issued stops no other. Raises NotAllowed."""
    if not (actor.is_system or actor.has(*APPROVERS)):
        raise NotAllowed(
            "Chỉ người duyệt của tổ chức chứng thực được duyệt đề nghị.",
            "Only the authority's approver settles requests.",
        )
    issued, failed = 0, []
    for asked in waiting().order_by("id")[:limit]:
        try:
            with transaction.atomic():
                asking.approve(actor, asked.pk)
            issued += 1
        except UserError as refused:
            failed.append((asked, refused))
    return Issued(issued, waiting().count(), tuple(failed))


def waiting() -> QuerySet[CertificateRequest]:
    """What the system asked for anew and nobody has approved yet."""
    return CertificateRequest.objects.filter(
        state=RequestState.ASKED, asked_by_account=None, replaces__authority__in=_gone()
    )


def _ask_anew(key: Key) -> bool:
    """False where its holder has to bring something first, and is told."""
    request = ""
    if not key_stores.get(key.store).makes_keys:
        former = CertificateRequest.objects.filter(key=key).order_by("-id").first()
        request = former.request_pem if former else ""
    if request or key_stores.get(key.store).makes_keys:
        reason = f"Tổ chức chứng thực {trust.title_of(key.authority)} bị thu hồi"
        try:
            with transaction.atomic():
                asking.ask(SYSTEM, asking.Wish.next_of(key, reason, request=request))
            return True
        except UserError:
            pass  # the holder lost the post, or has asked already
    expiry.ends_soon.send(key=key, days=0)
    return False


def _bereft() -> QuerySet[Key]:
    return Key.objects.filter(
        authority__in=_gone(), revoked_at=None, valid_until__gt=clock.now(), replaced_by=None
    )


def _never_asked() -> QuerySet[Key]:
    asked = CertificateRequest.objects.exclude(replaces=None).values("replaces_id")
    return _bereft().exclude(pk__in=asked).order_by("id")


def _gone() -> list[str]:
    return [one.name for one in trust.house().revoked()]


def _has_successor(authority: str) -> bool:
    try:
        trust.house().authority(trust.branch_named(authority))
    except trust.RootRests:
        return False
    return True


def _lack(asked: CertificateRequest | None) -> Lack:
    if asked is None:
        return Lack.HOLDER
    return Lack.REFUSED if asked.state == RequestState.REFUSED else Lack.WAITS
