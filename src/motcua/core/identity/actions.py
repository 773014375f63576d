"""Parties, the evidence of who they are, accounts, mandates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.identity.models import (
    Account,
    Evidence,
    EvidenceKind,
    Party,
    PartyKind,
    Session,
)
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.models import Officer
from motcua.core.registers import companies
from motcua.core.registers import queries as registers
from motcua.core.words import legible
from motcua.engines.text import fold, tax_code
from motcua.engines.text import personal_number as read_number

LEVEL_OF = {
    EvidenceKind.EID: 2,
    EvidenceKind.CHIP_READ: 2,
    EvidenceKind.CARD_SEEN: 1,
    EvidenceKind.REGISTER: 1,
    EvidenceKind.WITNESS: 0,
    EvidenceKind.DECLARED: 0,
}
"""What a piece of evidence is worth (Decree 69/2024 art. 7 for the two upper levels)."""

SIGN_IN_PURPOSE = "Đăng nhập bằng định danh điện tử"


def party_for(
    actor: Actor,
    *,
    name: str,
    kind: str,
    personal_number: str | None = None,
    born: dt.date | None = None,
    sex: str = "",
    phone: str = "",
    email: str = "",
    address_unit: str = "",
    address_text: str = "",
    reference: str = "",
    level: int | None = None,
) -> Party:
    """Find or make the party, and note by what we believe it. Never makes an account.

    With a personal number the party is one for all; without, each time a new one, since a name is no key.
    """
    name = legible(name, "name")
    if not name:
        raise UserError("Ghi họ, chữ đệm và tên.", "Give the full name.", "name")
    if personal_number:
        try:
            read_number(personal_number)
        except ValueError as wrong:
            raise UserError(str(wrong), str(wrong), "personal_number") from wrong
    facts = {
        "name": name,
        "folded": fold(name),
        "born": born,
        "sex": sex,
        "phone": phone,
        "email": email,
        "address_unit": address_unit,
        "address_text": address_text,
    }
    if personal_number:
        party, made = Party.objects.get_or_create(personal_number=personal_number, defaults=facts)
        if not made:
            _fill_in(party, facts)
    else:
        party, made = Party.objects.create(**facts), True
    believe(actor, party, EvidenceKind(kind), reference, level)
    if made:
        emit("party.made", actor, subject=("party", party.pk), data={"evidence": kind})
    return party


def party_from_register(
    actor: Actor,
    personal_number: str,
    *,
    purpose: str,
    kind: str = "register",
    reference: str = registers.POPULATION,
    level: int | None = None,
) -> Party:
    """The party as the population database knows it; NotFound when it does not."""
    person = registers.person(actor, personal_number, purpose=purpose)
    if person is None:
        raise NotFound(
            f"Cơ sở dữ liệu dân cư không có số {personal_number}. Kiểm tra lại 12 chữ số trên thẻ căn cước.",
            f"The population database has no number {personal_number}. Check the 12 digits on the card.",
            "personal_number",
        )
    if person.dead_on:
        raise Conflict(
            "Người mang số này đã được khai tử.", "The holder of this number is registered as deceased."
        )
    return party_for(
        actor,
        name=person.name,
        kind=kind,
        personal_number=personal_number,
        born=person.born,
        sex=person.sex,
        address_unit=person.residence_unit,
        address_text=person.residence_text,
        reference=reference,
        level=level,
    )


def account_of_identity(actor: Actor, personal_number: str, *, name: str, level: int, source: str) -> Account:
    """The account of whom an identity source vouches for; at the first time one is opened, without a password.

    What the population database says goes before what the source says. Conflict when the person is dead.
    """
    linked = Evidence.objects.filter(
        party__personal_number=personal_number, kind=EvidenceKind.EID, reference=source
    ).exists()
    try:
        party = party_from_register(
            actor,
            personal_number,
            purpose=SIGN_IN_PURPOSE,
            kind=EvidenceKind.EID,
            reference=source,
            level=level,
        )
    except NotFound:
        party = party_for(
            actor,
            name=name,
            kind=EvidenceKind.EID,
            personal_number=personal_number,
            reference=source,
            level=level,
        )
    account = Account.objects.filter(party=party).first() or open_account(actor, party, None)
    if not linked:
        emit(
            "account.eid_linked",
            actor,
            subject=("account", account.pk),
            data={"source": source, "level": level},
        )
    return account


def account_of_organisation(actor: Actor, number: str, *, name: str, source: str) -> Account:
    """The account of an organisation for which an identity source vouches; opened at the first time. No level."""
    party = organisation_for(actor, number, name=name, kind=EvidenceKind.EID, reference=source)
    return Account.objects.filter(party=party).first() or open_account(actor, party, None)


def organisation_for(actor: Actor, number: str, *, name: str, kind: str, reference: str = "") -> Party:
    """Find or make the party of an organisation, known by its tax code (10 or 13 digits)."""
    try:
        number = tax_code(number)
    except ValueError as wrong:
        raise UserError(str(wrong), str(wrong), "number") from wrong
    company = companies.company(actor, number, purpose=SIGN_IN_PURPOSE)
    name = legible(company.name if company else name, "name")
    if not name:
        raise UserError("Ghi tên tổ chức.", "Give the organisation's name.", "name")
    party, made = Party.objects.get_or_create(
        personal_number=number,
        defaults={"kind": PartyKind.ORGANISATION, "name": name, "folded": fold(name)},
    )
    believe(actor, party, EvidenceKind(kind), reference, 0)
    if made:
        emit("party.made", actor, subject=("party", party.pk), data={"evidence": kind})
    return party


def end_sessions_of_source(actor: Actor, source: str, *, session: str = "", subject: str = "") -> int:
    """End what was signed in by a source: that session, or all of the subject. Digests, see trust. How many ended."""
    named = Q(eid_session=session) if session else Q(eid_subject=subject)
    if not (session or subject):
        return 0
    rows = Session.objects.filter(named)
    for account_id in rows.exclude(account=None).values_list("account_id", flat=True).distinct():
        emit("account.signed_out", actor, subject=("account", account_id), data={"source": source})
    return rows.delete()[0]


def open_account(actor: Actor, party: Party, password: str | None, *, language: str = "vi") -> Account:
    """Give a party an account; username is the personal number, a foreigner's paper where there is none.

    Without a password only eID, or a code on paper, opens it.
    """
    name = party.personal_number or party.paper
    if not name:
        raise UserError(
            "Cần số định danh cá nhân, hoặc hộ chiếu, thẻ cư trú để mở tài khoản.",
            "An account needs a personal number, a passport or a residence card.",
        )
    account = _account(name, password)
    account.party, account.language = party, language
    account.save()
    emit("account.opened", actor, subject=("account", account.pk), data={"party": party.pk})
    return account


def open_officer_account(actor: Actor, officer: Officer, password: str | None) -> Account:
    """Give an officer an account; username is the officer's code. Without a password it is not opened yet."""
    account = _account(officer.code, password)
    account.officer, account.email = officer, officer.email
    account.save()
    emit("account.opened", actor, subject=("account", account.pk), data={"officer": officer.pk})
    return account


def close_sessions(account: Account, except_key: str = "") -> int:
    """End the account's sessions everywhere."""
    return Session.objects.filter(account=account).exclude(session_key=except_key).delete()[0]


def end_other_sessions(actor: Actor, account: Account, here: str) -> int:
    """Sign the account out everywhere but in the session `here`; how many ended."""
    ended = close_sessions(account, except_key=here)
    emit("account.sessions_ended", actor, subject=("account", account.pk), data={"ended": ended})
    return ended


def choose_language(actor: Actor, account: Account, language: str) -> None:
    """The language in which the account is spoken to, on pages and in messages."""
    account.language = language
    account.save(update_fields=["language"])
    emit("account.language_chosen", actor, subject=("account", account.pk), data={"language": language})


def _account(username: str, password: str | None) -> Account:
    if Account.objects.filter(username=username).exists():
        raise Conflict("Tài khoản này đã có.", "This account exists already.")
    account = Account(username=username, created_at=clock.now())
    if password is None:
        account.set_unusable_password()
        return account
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise UserError(" ".join(weak.messages), " ".join(weak.messages), "password") from weak
    account.set_password(password)
    return account


def _fill_in(party: Party, facts: Mapping[str, object]) -> None:
    """Add what was not known; what was known stays until its master says otherwise."""
    missing = [key for key, value in facts.items() if value and not getattr(party, key)]
    contact = [key for key in ("phone", "email") if facts[key] and facts[key] != getattr(party, key)]
    for key in {*missing, *contact}:
        setattr(party, key, facts[key])
    if missing or contact:
        party.save(update_fields=[*{*missing, *contact}])


def believe(actor: Actor, party: Party, kind: EvidenceKind, reference: str, level: int | None) -> None:
    """Note one more reason to believe that the party is who they say; `level` at most, the kind's own by default."""
    worth = LEVEL_OF[kind] if level is None else min(level, LEVEL_OF[kind])
    Evidence.objects.get_or_create(
        party=party,
        kind=kind,
        reference=reference,
        level=worth,
        defaults={"actor_label": actor.label, "at": clock.now()},
    )
    if worth > party.level:
        party.level = worth
        party.save(update_fields=["level"])
