"""The right to act for another: from a register, given by the person or the company, or by evidence at the counter.

Both sides see each mandate and its end. What a register no longer says ends by itself; the dead act for nobody.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from motcua.core import clock
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.actions import organisation_for, party_for
from motcua.core.identity.models import EvidenceKind, Mandate, MandateKind, Party, PartyKind
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers import companies
from motcua.core.registers import queries as registers

GROWN_AT = 18
"""Until then father and mother represent their child (Civil Code 91/2015/QH13 arts 20, 136)."""
LONGEST = dt.timedelta(days=365)
"""A mandate without an end lasts one year (Civil Code 91/2015/QH13 art. 563)."""
FROM_REGISTER = (MandateKind.PARENT, MandateKind.LEGAL_REPRESENTATIVE)
GIVEN_BY_PEOPLE = {PartyKind.PERSON: MandateKind.PROXY, PartyKind.ORGANISATION: MandateKind.EMPLOYEE}
AT_THE_COUNTER = (MandateKind.PROXY, MandateKind.GUARDIAN, MandateKind.HEIR)
PURPOSE_CHILDREN = "Xác lập quyền đại diện của cha, mẹ"
PURPOSE_COMPANIES = "Xác lập quyền của người đại diện theo pháp luật"
NO_LONGER = "Cơ sở dữ liệu không còn ghi quan hệ này"
DECEASED = "Một bên đã được khai tử"


@dataclass(frozen=True, slots=True)
class Sides:
    """The mandates of a party: those it holds and those it has given, those ended apart, the newest first."""

    held: list[Mandate]
    given: list[Mandate]
    past: list[Mandate]


def choose(actor: Actor, party: Party, mandate_uuid: str) -> Mandate | None:
    """For whom the representative acts from now on; None (and "") for themselves. NotFound when not theirs."""
    mandate = None
    if mandate_uuid:
        with acting(SYSTEM):
            mandate = next((each for each in in_force(party.pk) if str(each.uuid) == mandate_uuid), None)
        if mandate is None:
            raise NotFound()
    emit("mandate.chosen", actor, subject=("mandate", mandate.pk) if mandate else ("party", party.pk))
    return mandate


def refresh(actor: Actor, party: Party) -> list[Mandate]:
    """For whom the party may act today, children under 18 and companies found in the registers included.

    The registers are read in the representative's name, so that the children's log of reads shows it.
    """
    with acting(SYSTEM):
        _follow_registers(actor, party)
        return in_force(party.pk)


def in_force(party_id: int) -> list[Mandate]:
    """In force today: for whom this party may act."""
    rows = Mandate.objects.filter(_now(), representative_id=party_id)
    return list(rows.select_related("principal").order_by("id"))


def stands(whose: int, who: int, service_code: str) -> bool:
    """Whether `who` (a party) may act today for `whose` in that service; asked of the database as row security asks."""
    with connection.cursor() as cursor:
        cursor.execute("select motcua_represents(%s, %s, %s)", [whose, who, service_code])
        return bool(cursor.fetchone()[0])


def sides(party_id: int) -> Sides:
    """Everything that the party is a side of, as both sides see it."""
    rows = Mandate.objects.filter(Q(principal_id=party_id) | Q(representative_id=party_id))
    every = list(rows.select_related("principal", "representative").order_by("-given_at", "-id"))
    today = clock.today()
    living = [one for one in every if is_open(one, today)]
    return Sides(
        held=[one for one in living if one.representative_id == party_id],
        given=[one for one in living if one.principal_id == party_id],
        past=[one for one in every if not is_open(one, today)],
    )


def is_open(mandate: Mandate, day: dt.date) -> bool:
    """Whether it is in force on that day, or will be."""
    return mandate.revoked_at is None and (mandate.valid_until is None or mandate.valid_until >= day)


def give(
    actor: Actor,
    *,
    principal: Party,
    representative: Party,
    kind: str,
    evidence: str,
    services: Sequence[str] = (),
    until: dt.date | None = None,
    file_uuid: uuid.UUID | None = None,
) -> Mandate:
    """Let one party act for another, in these services (none named: in all) until that day.

    A person gives their own, a company by its legal representative; an officer or the system by evidence.
    Raises NotAllowed, or UserError naming the field.
    """
    if actor.kind is ActorKind.CITIZEN:
        _may_give(actor, principal, kind)
    if principal.pk == representative.pk:
        raise UserError(
            "Chọn người khác, không phải chính mình.", "Name somebody else, not yourself.", "number"
        )
    today = clock.today()
    if until is not None and until < today:
        raise UserError("Ngày hết hạn đã qua.", "The last day has passed.", "until")
    if actor.kind is ActorKind.CITIZEN and (until is None or until > today + LONGEST):
        raise UserError(
            "Chọn ngày hết hạn trong vòng một năm.", "Choose a last day within one year.", "until"
        )
    mandate = Mandate.objects.create(
        principal=principal,
        representative=representative,
        kind=MandateKind(kind),
        service_codes=sorted(set(services)),
        evidence=evidence,
        valid_from=today,
        valid_until=until,
        given_by=actor.label,
        file_uuid=file_uuid,
    )
    emit(
        "mandate.given",
        actor,
        subject=("mandate", mandate.pk),
        data={"kind": str(kind), "services": mandate.service_codes},
    )
    return mandate


def revoke(actor: Actor, mandate: Mandate, because: str = "") -> None:
    """End it at once; either side may, but what a register says only an officer ends, with the reason."""
    if actor.kind is ActorKind.CITIZEN:
        if mandate.representative_id != actor.party_id and mandate.principal_id != actor.principal:
            raise NotFound()
        if mandate.kind in FROM_REGISTER:
            raise NotAllowed(
                "Quyền này theo cơ sở dữ liệu của Nhà nước. "
                "Có bản án, quyết định khác thì mang đến bộ phận một cửa.",
                "This right follows a state register. Bring the ruling that changes it to a one-stop desk.",
            )
    if mandate.revoked_at is None:
        _end(actor, mandate, because)


def end_of_the_dead(actor: Actor, party: Party) -> int:
    """All mandates of somebody deceased end, but for those of their heirs; how many."""
    rows = Mandate.objects.filter(Q(principal=party) | Q(representative=party), revoked_at=None).exclude(
        kind=MandateKind.HEIR, principal=party
    )
    for mandate in rows:
        _end(actor, mandate, DECEASED)
    return len(rows)


def _may_give(actor: Actor, principal: Party, kind: str) -> None:
    """One's own, or the company's as its legal representative; who is empowered does not empower others."""
    by_law = actor.mandate_id is None or (
        Mandate.objects.filter(pk=actor.mandate_id, kind=MandateKind.LEGAL_REPRESENTATIVE).exists()
    )
    if actor.principal != principal.pk or not by_law:
        raise NotAllowed(
            "Chỉ chính chủ, hoặc người đại diện theo pháp luật của tổ chức, mới được ủy quyền.",
            "Only the person concerned, or an organisation's legal representative, can give a mandate.",
        )
    if kind != GIVEN_BY_PEOPLE[PartyKind(principal.kind)]:
        raise NotAllowed(
            "Quyền này chỉ xác lập được từ cơ sở dữ liệu hoặc tại bộ phận một cửa.",
            "This right comes from a register or is entered at a one-stop desk only.",
        )


def _follow_registers(actor: Actor, party: Party) -> None:
    """Make what the registers say of the party, and end what they no longer say."""
    if not party.personal_number or party.kind != PartyKind.PERSON:
        return
    known = registers.person(actor, party.personal_number, purpose=PURPOSE_CHILDREN)
    if known is not None and known.dead_on:
        end_of_the_dead(SYSTEM, party)
        return
    said = {mandate.pk for mandate in (*_children(actor, party), *_companies(actor, party))}
    over = Mandate.objects.filter(_now(), representative=party, kind__in=FROM_REGISTER).exclude(pk__in=said)
    for mandate in over:
        _end(SYSTEM, mandate, NO_LONGER)


def _children(actor: Actor, party: Party) -> list[Mandate]:
    assert party.personal_number
    found = []
    for child in registers.children_of(actor, party.personal_number, purpose=PURPOSE_CHILDREN):
        last = last_day_as_a_child(child.born)
        if last < clock.today() or child.dead_on:
            continue
        principal = party_for(
            actor,
            name=child.name,
            kind=EvidenceKind.REGISTER,
            personal_number=child.number,
            born=child.born,
            sex=child.sex,
        )
        found += _kept(principal, party, MandateKind.PARENT, registers.POPULATION, last)
    return found


def _companies(actor: Actor, party: Party) -> list[Mandate]:
    assert party.personal_number
    found = []
    for company in companies.companies_of(actor, party.personal_number, purpose=PURPOSE_COMPANIES):
        if not company.active or company.code == party.personal_number:
            continue  # a household business is its head: there is nobody else to act for
        principal = organisation_for(actor, company.code, name=company.name, kind=EvidenceKind.REGISTER)
        found += _kept(principal, party, MandateKind.LEGAL_REPRESENTATIVE, companies.ENTERPRISES, None)
    return found


def _kept(
    principal: Party, party: Party, kind: MandateKind, evidence: str, until: dt.date | None
) -> list[Mandate]:
    """The mandate that a register says, made at first; none where an officer has ended it for a reason of law."""
    same = Mandate.objects.filter(principal=principal, representative=party, kind=kind)
    if same.exclude(revoked_at=None).exclude(revoked_because__in=(NO_LONGER, DECEASED)).exists():
        return []
    living = same.filter(revoked_at=None).first()
    if living is None:
        living = Mandate.objects.create(
            principal=principal,
            representative=party,
            kind=kind,
            evidence=evidence,
            valid_from=clock.today(),
            valid_until=until,
            given_by=SYSTEM.label,
        )
        emit(
            "mandate.given", SYSTEM, subject=("mandate", living.pk), data={"kind": str(kind), "services": []}
        )
    elif living.valid_until != until:
        living.valid_until = until
        living.save(update_fields=["valid_until"])
    return [living]


def _end(actor: Actor, mandate: Mandate, because: str) -> None:
    mandate.revoked_at, mandate.revoked_by, mandate.revoked_because = clock.now(), actor.label, because
    mandate.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    emit("mandate.revoked", actor, subject=("mandate", mandate.pk), data={"because": because})


def _now() -> Q:
    day = clock.today()
    return Q(revoked_at=None, valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gte=day))


def age_on(born: dt.date, day: dt.date) -> int:
    """Full years, counted by the birthday."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def last_day_as_a_child(born: dt.date) -> dt.date:
    """The day before somebody is eighteen."""
    return _eighteenth_birthday(born) - dt.timedelta(days=1)


def _eighteenth_birthday(born: dt.date) -> dt.date:
    try:
        return born.replace(year=born.year + GROWN_AT)
    except ValueError:
        return dt.date(born.year + GROWN_AT, 3, 1)
