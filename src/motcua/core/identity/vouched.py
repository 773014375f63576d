"""The account of whom an identity source vouches for."""

from __future__ import annotations

from collections.abc import Callable

from motcua.core.errors import NotAllowed
from motcua.core.identity import actions, papers
from motcua.core.identity.models import Account, EvidenceKind, IdentityPaper
from motcua.core.identity.papers import Paper
from motcua.core.identity.relying_party import Identity
from motcua.core.identity.sources import registry, rules_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.organisations.models import Officer
from motcua.engines.text import fold


def account_for(identity: Identity) -> Account:
    """Raises NotAllowed for an officer who is not one of ours, and whatever opening an account raises."""
    knows: Callable[[str], Account | None] | None = getattr(registry.get(identity.source), "account_of", None)
    own = knows(identity.subject) if knows else None
    if own is not None:
        return own
    if identity.is_officer:
        return _of_officer(identity)
    if identity.is_organisation:
        return actions.account_of_organisation(
            SYSTEM, identity.number, name=identity.name, source=identity.source
        )
    if identity.paper is not None:
        return _of_foreigner(identity, identity.paper)
    return actions.account_of_identity(
        SYSTEM, identity.number, name=identity.name, level=identity.level, source=identity.source
    )


def _of_officer(identity: Identity) -> Account:
    """Who they are is said elsewhere; which post and which duties they have is said here.

    Two installations may give one code to two people, so that the name has to be the same.
    """
    officer = Officer.objects.filter(code=identity.number).first()
    if officer is None:
        raise NotAllowed(
            f"Cán bộ mã {identity.number} chưa được giao việc ở đây. Người quản lý tổ chức của cơ quan thêm được.",
            f"The officer {identity.number} has no post here. Whoever keeps your agency's posts can add one.",
        )
    if fold(officer.name) != fold(identity.name):
        raise NotAllowed(
            f"Mã {identity.number} ở đây là của cán bộ tên khác. Người quản lý tổ chức của cơ quan xem lại mã này.",
            f"The code {identity.number} is here another officer's. Whoever keeps the agency's posts can look into it.",
        )
    known = Account.objects.filter(officer=officer).first()
    return known or actions.open_officer_account(SYSTEM, officer, None)


def _of_foreigner(identity: Identity, paper: Paper) -> Account:
    """Of the paper that the source names; who they are was seen at a counter where the source's rules want that."""
    source = registry.get(identity.source)
    if rules_of(source).foreigner_enrolled:
        _require_on_record(paper, source.name)
    party = papers.party_of(
        SYSTEM, paper, kind=EvidenceKind.EID, reference=identity.source, level=identity.level
    )
    return Account.objects.filter(party=party).first() or actions.open_account(SYSTEM, party, None)


def _require_on_record(paper: Paper, source: str) -> None:
    """Raises NotAllowed for a paper that nobody brought to a counter, or that a newer one has replaced here."""
    key = papers.key_of(paper.country, paper.number)
    row = IdentityPaper.objects.filter(number=key).order_by("-id").first()
    if row is None:
        raise NotAllowed(
            f"{source} cho biết ông/bà mang giấy tờ {key}; ở đây chưa có ai được ghi nhận bằng giấy tờ này. Mang giấy "
            "tờ đến bộ phận một cửa một lần để ghi nhận. Nếu trước đây đã ghi nhận bằng giấy tờ khác, cán bộ ghi giấy "
            "tờ mới thay giấy tờ cũ; tài khoản và hồ sơ giữ nguyên.",
            f"{source} says that you hold the paper {key}; nobody is on record here by it. Bring it to a one-stop desk "
            "once to be entered. If you were entered by another paper before, the officer puts the new one in its "
            "place; your account and your cases stay.",
        )
    if row.replaced_at is not None:
        raise NotAllowed(
            f"{source} còn ghi giấy tờ cũ {key}, ở đây đã thay bằng giấy tờ mới. Cập nhật giấy tờ ở {source}; trong "
            "lúc đó đăng nhập bằng mật khẩu với số giấy tờ mới.",
            f"{source} still has your former paper {key}, which was replaced by a newer one here. Have it brought up "
            "to date there; meanwhile sign in by password with the number of the new paper.",
        )
