"""Foreigners: known by passport or residence card, where there is no personal number.

Their sign-in name is the country and number of that paper, as `FRA-19AB12345`. A new paper takes the old one's place at
the counter, and the person stays who they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import yaml
from django.db import IntegrityError, transaction
from django.db.models import Q

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.identity import actions
from motcua.core.identity.models import Account, EvidenceKind, IdentityPaper, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.words import legible
from motcua.engines.text import fold

HOME = "VNM"
AS_ISO = {"D": "DEU", "GBD": "GBR", "GBN": "GBR", "GBO": "GBR", "GBP": "GBR", "GBS": "GBR"}
"""Codes of machine-readable zones that ISO 3166-1 writes otherwise (ICAO 9303-3 section 5)."""
SEXES = ("Nam", "Nữ", "")
_NUMBER = re.compile(r"[A-Z0-9]{5,20}")
_TYPED = re.compile(r"([A-Z]{3})([A-Z0-9]{5,20})")


@dataclass(frozen=True, slots=True)
class Paper:
    """What a passport or residence card says. `country` issued it; codes are alpha-3."""

    kind: str
    country: str
    number: str
    valid_until: dt.date | None
    name: str
    born: dt.date | None
    sex: str
    nationality: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a foreigner lives here and is reached; empty where they do not say."""

    phone: str = ""
    address_unit: str = ""
    address_text: str = ""


@cache
def countries() -> Mapping[str, tuple[str, str]]:
    """{alpha-3: (Vietnamese name, English name)}."""
    text = resources.files("motcua.core.identity").joinpath("countries.yaml").read_text(encoding="utf-8")
    return {code: (names[0], names[1]) for code, names in yaml.safe_load(text).items()}


def country_name(code: str, lang: str) -> str:
    """The country's name, or the code where we know none."""
    names = countries().get(code)
    return code if names is None else names[1 if lang == "en" else 0]


def key_of(country: str, number: str) -> str:
    """`FRA-19AB12345`. Raises UserError (field country or number)."""
    country = AS_ISO.get(country.strip().upper(), country.strip().upper())
    bare = re.sub(r"[\s.\-/]", "", fold(number)).upper()
    if country not in countries():
        raise UserError("Chọn nước cấp giấy tờ.", "Choose the country that issued the paper.", "country")
    if not _NUMBER.fullmatch(bare):
        raise UserError(
            "Số giấy tờ gồm 5 đến 20 chữ cái không dấu và chữ số, như in trên hộ chiếu hoặc thẻ cư trú.",
            "The number has 5 to 20 letters and digits, as printed on the passport or residence card.",
            "number",
        )
    return f"{country}-{bare}"


def sign_in_name(typed: str) -> str:
    """What somebody typed as their number, in the form in which accounts are called.

    Twelve digits and officers' codes stay as they are; `fra 19ab 12345` becomes `FRA-19AB12345`.
    """
    bare = re.sub(r"[\s\-]", "", typed).upper()
    found = _TYPED.fullmatch(bare)
    if found is None or found[1] not in countries():
        return re.sub(r"\s", "", typed)
    return f"{found[1]}-{found[2]}"


def party_by_paper(key: str) -> Party | None:
    """Who holds that paper today; a former one names nobody."""
    row = IdentityPaper.objects.filter(number=key, replaced_at=None).select_related("party").first()
    return row.party if row else None


def find(words: str, limit: int = 15) -> list[Party]:
    """Foreigners by country and number, by number alone, or by name."""
    key = sign_in_name(words)
    exact = party_by_paper(key)
    if exact is not None:
        return [exact]
    bare = re.sub(r"[\s.\-/]", "", fold(words)).upper()
    keys = [f"{country}-{bare}" for country in countries()] if _NUMBER.fullmatch(bare) else []
    by_number = Q(papers__number__in=keys, papers__replaced_at=None) if keys else Q(pk=None)
    parts = fold(words).split()
    by_name = Q(pk=None)
    if parts and not bare.isdecimal():
        by_name = ~Q(papers=None)
        for part in parts:
            by_name &= Q(folded__contains=part)
    return list(Party.objects.filter(by_number | by_name).distinct().order_by("name")[:limit])


def party_of(
    actor: Actor,
    paper: Paper,
    *,
    kind: str,
    reference: str = "",
    level: int | None = None,
    contact: Contact | None = None,
) -> Party:
    """Find or make the person whose paper this is, and note by what we believe it.

    Raises UserError naming the field, Conflict when the number is another's or was replaced.
    """
    key = _checked(paper)
    row = IdentityPaper.objects.filter(number=key).select_related("party").first()
    if row is not None and row.replaced_at is not None:
        raise Conflict(
            "Giấy tờ này đã được thay bằng giấy tờ mới. Dùng giấy tờ mới.",
            "This paper was replaced by a newer one. Use the newer one.",
            "number",
        )
    if row is not None and (fold(row.party.name) != fold(paper.name) or row.party.born != paper.born):
        raise Conflict(
            "Số giấy tờ này đã ghi cho người có họ tên hoặc ngày sinh khác. Xem lại giấy tờ.",
            "This number is on record for another name or date of birth. Look at the paper again.",
            "number",
        )
    party = row.party if row else _made(actor, paper, key, kind)
    if row is not None and row.valid_until != paper.valid_until:
        row.valid_until, row.warned_on = paper.valid_until, None
        row.save(update_fields=["valid_until", "warned_on"])
    _keep_contact(party, contact or Contact())
    actions.believe(actor, party, EvidenceKind(kind), reference or key, level)
    return party


def renew(actor: Actor, party: Party, paper: Paper) -> IdentityPaper:
    """The same person has a new paper: it opens the account from now on, the former one no longer.

    Raises UserError naming the field; NotFound for who never had a paper.
    """
    key = _checked(paper)
    former = IdentityPaper.objects.filter(party=party, replaced_at=None).first()
    if former is not None and former.number == key:
        former.valid_until, former.warned_on = paper.valid_until, None
        former.save(update_fields=["valid_until", "warned_on"])
        return former
    if IdentityPaper.objects.filter(number=key).exists():
        raise Conflict(
            "Giấy tờ mới này đã được ghi cho một người.", "This new paper is on record already.", "number"
        )
    if former is not None:
        former.replaced_at = clock.now()
        former.save(update_fields=["replaced_at"])
    made = _kept(party, paper, key)
    party.paper, party.nationality = key, paper.nationality or party.nationality
    party.save(update_fields=["paper", "nationality"])
    account = Account.objects.filter(party=party).first()
    if account is not None:
        account.username = key
        account.save(update_fields=["username", "username_index"])
        emit("account.renamed", actor, subject=("account", account.pk))
    emit("party.paper_renewed", actor, subject=("party", party.pk), data={"kind": paper.kind})
    return made


def current_paper(party: Party) -> IdentityPaper | None:
    return IdentityPaper.objects.filter(party=party, replaced_at=None).first()


def has_lapsed(party: Party) -> bool:
    """Whether the paper under which the person is known has ended."""
    row = current_paper(party)
    return row is not None and row.valid_until is not None and row.valid_until < clock.today()


def _keep_contact(party: Party, contact: Contact) -> None:
    said = {each.name: value for each in fields(contact) if (value := getattr(contact, each.name))}
    for name, value in said.items():
        setattr(party, name, value)
    if said:
        party.save(update_fields=list(said))


def _made(actor: Actor, paper: Paper, key: str, kind: str) -> Party:
    name = legible(paper.name, "name")
    party = Party(
        name=name, folded=fold(name), born=paper.born, sex=paper.sex, nationality=paper.nationality, paper=key
    )
    try:
        with transaction.atomic():
            party.save()
            _kept(party, paper, key)
    except IntegrityError as beaten:
        raise Conflict(
            "Giấy tờ này vừa được ghi ở nơi khác. Tìm lại theo số.",
            "This paper was entered elsewhere a moment ago. Search by its number.",
            "number",
        ) from beaten
    emit("party.made", actor, subject=("party", party.pk), data={"evidence": str(kind)})
    return party


def _kept(party: Party, paper: Paper, key: str) -> IdentityPaper:
    return IdentityPaper.objects.create(
        party=party, kind=paper.kind, country=key[:3], number=key, valid_until=paper.valid_until,
        recorded_at=clock.now(),
    )  # fmt: skip


def _checked(paper: Paper) -> str:
    """The paper's key, when everything on it can be taken. Raises UserError naming the field."""
    if paper.kind not in IdentityPaper.Kind.values:
        raise UserError("Chọn loại giấy tờ.", "Choose the kind of paper.", "kind")
    key = key_of(paper.country, paper.number)
    if not legible(paper.name, "name"):
        raise UserError("Ghi họ tên như trên giấy tờ.", "Give the name as on the paper.", "name")
    if paper.born is None or paper.born > clock.today():
        raise UserError("Ghi ngày sinh như trên giấy tờ.", "Give the date of birth as on the paper.", "born")
    if paper.sex not in SEXES:
        raise UserError("Chọn giới tính.", "Choose the sex.", "sex")
    if paper.nationality not in countries():
        raise UserError("Chọn quốc tịch.", "Choose the nationality.", "nationality")
    if paper.nationality == HOME:
        raise UserError(
            "Công dân Việt Nam dùng số định danh cá nhân, không dùng hộ chiếu. Tìm theo số hoặc họ tên.",
            "A Vietnamese citizen goes by the personal number, not by passport. Search by number or name.",
            "nationality",
        )
    if paper.valid_until is None:
        raise UserError("Ghi ngày hết hạn của giấy tờ.", "Give the paper's date of expiry.", "until")
    if paper.valid_until < clock.today():
        raise UserError(
            f"Giấy tờ đã hết hạn từ ngày {paper.valid_until:%d/%m/%Y}.",
            f"The paper expired on {paper.valid_until.isoformat()}.",
            "until",
        )
    return key
