"""Coming to an account: with the chip read at the counter or from one's own phone, or with a foreigner's paper seen."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.identity import accounts, cards, papers
from motcua.core.identity.actions import believe, open_account
from motcua.core.identity.models import Account, AccountTurn, CardRead, EvidenceKind, IdentityPaper, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import queries as registers

ENDED = "Giấy tờ của chủ tài khoản đã hết hạn"
"""Why an account is locked whose holder's passport or residence card has ended; the new paper unlocks it."""


def code_by_card(actor: Actor, card: CardRead, *, face_compared: bool) -> tuple[Account, str]:
    """Open the account of whose document was read, or begin its recovery; with the code to be handed over.

    Raises what `cards.prove` and `accounts` raise.
    """
    accounts.require_counter(actor)
    party = cards.prove(actor, card, face_compared=face_compared)
    return _code(actor, party, EvidenceKind.CHIP_READ)


def raise_by_card(actor: Actor, card: CardRead, *, face_compared: bool) -> Account:
    """Bring an account to the level that the reading is worth. Conflict when there is no account."""
    accounts.require_counter(actor)
    party = cards.prove(actor, card, face_compared=face_compared)
    account = Account.objects.filter(party=party).first()
    if account is None:
        raise Conflict(
            "Người này chưa có tài khoản. Mở tài khoản trước.",
            "There is no account yet. Open one first.",
        )
    emit("account.level_raised", actor, subject=("account", account.pk), data={"level": party.level})
    return account


def code_by_paper(
    actor: Actor, paper: papers.Paper, evidence: str, contact: papers.Contact | None = None
) -> tuple[Account, str]:
    """Open the account of a foreigner whose passport or residence card was seen, or begin its recovery."""
    accounts.require_seen(actor, evidence)
    party = papers.party_of(actor, paper, kind=evidence, contact=contact)
    return _code(actor, party, EvidenceKind(evidence))


def code_by_paper_known(actor: Actor, party: Party, evidence: str) -> tuple[Account, str]:
    """As `code_by_paper`, for a foreigner whose paper is on record and was seen again."""
    accounts.require_seen(actor, evidence)
    require_current_paper(party)
    believe(actor, party, EvidenceKind(evidence), party.paper, None)
    return _code(actor, party, EvidenceKind(evidence))


def require_current_paper(party: Party) -> None:
    """Raises Conflict when the paper on record has ended."""
    if papers.has_lapsed(party):
        raise Conflict(
            "Giấy tờ đã ghi đã hết hạn. Ghi giấy tờ mới trước.",
            "The paper on record has expired. Enter the new one first.",
            "until",
        )


def renew_paper(actor: Actor, party: Party, paper: papers.Paper) -> None:
    """A foreigner brings a new paper: it names the account from now on, and unlocks what its end had locked."""
    accounts.require_counter(actor)
    papers.renew(actor, party, paper)
    account = Account.objects.filter(party=party).first()
    if account is None or account.is_active:
        return
    last = account.turns.order_by("-id").first()
    if last is not None and last.kind == AccountTurn.Kind.LOCKED and last.reason == ENDED:
        accounts.unlock(actor, account, "Đã xem giấy tờ mới")


def watch_papers() -> tuple[int, int]:
    """Tell foreigners that their paper ends, as often as `standing.yaml` says, and lock the accounts of those whose
    paper has ended. (told, locked); safe to repeat."""
    told = locked = 0
    rows = IdentityPaper.objects.filter(
        replaced_at=None, valid_until__lte=clock.today() + _longest_warning(), party__account__is_active=True
    ).select_related("party__account")
    for row in rows.order_by("id"):
        assert row.valid_until is not None
        account = row.party.account
        if row.valid_until < clock.today():
            accounts.lock(SYSTEM, account, ENDED)
            accounts.alerted.send(account=account, what="paper_ended")
            locked += 1
        elif _is_time_to_tell(row):
            row.warned_on = clock.today()
            row.save(update_fields=["warned_on"])
            accounts.alerted.send(account=account, what="paper_ends")
            emit("party.paper_ends", SYSTEM, subject=("party", row.party_id))
            told += 1
    return told, locked


def _longest_warning() -> dt.timedelta:
    return dt.timedelta(days=max(accounts.rules()["foreign_papers"]["warn_days"]))


def _is_time_to_tell(row: IdentityPaper) -> bool:
    """Whether a day of warning has come since the holder was last told."""
    assert row.valid_until is not None
    days = accounts.rules()["foreign_papers"]["warn_days"]
    come = [day for before in days if (day := row.valid_until - dt.timedelta(days=before)) <= clock.today()]
    return bool(come) and (row.warned_on is None or row.warned_on < max(come))


def whose_card(card: CardRead) -> str:
    """The personal number on a card read from afar, if its holder may open an account with it. Raises UserError."""
    number = card.facts["personal_number"]
    if not number:
        raise NotAllowed(
            "Tự mở tài khoản chỉ dùng được với thẻ căn cước. Người nước ngoài mang hộ chiếu hoặc thẻ cư trú đến "
            "bộ phận một cửa.",
            "Only a Vietnamese identity card opens an account from afar. Foreigners bring passport or residence card "
            "to a one-stop desk.",
        )
    person = registers.person(SYSTEM, number, purpose="Tự mở tài khoản bằng thẻ căn cước")
    if person is None or person.dead_on or cards.differences(card, person):
        raise NotAllowed(
            "Thẻ đọc được nhưng không khớp cơ sở dữ liệu dân cư. Mang thẻ đến bộ phận một cửa để xem lại.",
            "The card is good but does not fit the population database. Bring it to a one-stop desk.",
        )
    if Account.objects.filter(username=number).exists():
        raise Conflict(
            "Chủ thẻ này đã có tài khoản. Đăng nhập; quên mật khẩu thì mang thẻ đến bộ phận một cửa.",
            "The holder of this card has an account. Sign in; who forgot the password comes to a one-stop desk.",
        )
    return str(number)


def open_from_afar(card: CardRead, password: str) -> Account:
    """Open the holder's account at level 1, with the password they chose; they are told by every way we know.

    Raises UserError (field `password`) for a weak one, and what `whose_card` raises.
    """
    number = whose_card(card)
    try:
        validate_password(password, Account(username=number))
    except ValidationError as weak:
        raise UserError(" ".join(weak.messages), " ".join(weak.messages), "password") from weak
    party = cards.prove(SYSTEM, card, face_compared=False)
    accounts.require_age(party)
    account = open_account(SYSTEM, party, password)
    accounts.alerted.send(account=account, what="opened_online")
    return account


def _code(actor: Actor, party: Party, evidence: EvidenceKind) -> tuple[Account, str]:
    account = Account.objects.filter(party=party).first()
    if account is None:
        return accounts.open_for(actor, party, evidence)
    return account, accounts.recover_for(actor, account, evidence)
