"""What is told about a person: by scope and by name (OpenID Connect Core 1.0 sections 5.4 and 5.5)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from motcua.core import bearers
from motcua.core.errors import Text, say
from motcua.core.identity import papers
from motcua.core.identity.models import Account, Party, PartyKind
from motcua.core.identity.relying_party import ACR, LEVEL_OF_ACR
from motcua.systems.openid.models import Subject

SCOPES: dict[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": ("name", "birthdate", "gender", "locale", "preferred_username", "updated_at"),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "personal_number": ("personal_number", "identity_paper", "nationality"),
    "officer": ("officer_code",),
    "organisation": ("organisation_number",),
    "offline_access": (),
}
"""The claims of each scope; what is not known of a person is left out."""
SHOWN: dict[str, Text] = {
    "openid": say(
        "Ông/bà là ai: một mã riêng cho ứng dụng này", "Who you are: a name only this application knows"
    ),
    "profile": say("Họ tên, ngày sinh, giới tính", "Name, date of birth, sex"),
    "email": say("Địa chỉ thư điện tử", "E-mail address"),
    "phone": say("Số điện thoại", "Phone number"),
    "address": say("Nơi cư trú", "Address"),
    "personal_number": say(
        "Số định danh cá nhân; người nước ngoài: số giấy tờ và quốc tịch",
        "Personal number; foreigners: number of their paper, and nationality",
    ),
    "officer": say("Mã cán bộ, nếu ông/bà là cán bộ", "Officer's code, if you are an officer"),
    "organisation": say("Mã số của tổ chức, nếu là tổ chức", "The organisation's number, if it is one"),
    "offline_access": say(
        "Giữ quyền xem khi ông/bà không còn đăng nhập", "Access while you are not signed in"
    ),
}
"""What people read on the consent page."""


def shown(scopes: Collection[str]) -> dict[str, Text]:
    """How these scopes are said to people; those of the house's APIs by the rooms that know them."""
    beyond = any(scope not in SHOWN for scope in scopes)
    known = {**SHOWN, **bearers.scopes(), **bearers.scopes_of_applications()} if beyond else SHOWN
    return {scope: known.get(scope, Text(scope, scope)) for scope in scopes}


def every_scope() -> list[str]:
    """Every scope that an application may register for."""
    return [*SCOPES, *bearers.scopes(), *bearers.scopes_of_applications()]


CLAIMS = tuple(claim for claims in SCOPES.values() for claim in claims)
SCOPE_OF = {claim: scope for scope, claims in SCOPES.items() for claim in claims}
AAL = "urn:vn:eid:aal:"
"""Authenticator assurance, told apart from the level of identity: 1 one factor, 2 two, 3 a key made of hardware."""
GENDER = {"male": "male", "female": "female", "nam": "male", "nữ": "female", "m": "male", "f": "female"}


@dataclass(frozen=True, slots=True)
class Authentication:
    """How somebody proved who they are in this session: when (NumericDate), by what (RFC 8176)."""

    at: int
    amr: tuple[str, ...]

    @property
    def aal(self) -> int:
        if "hwk" in self.amr:
            return 3
        return 2 if "mfa" in self.amr else 1


def authentication_of(records: Iterable[Mapping[str, Any]], began_at: int) -> Authentication:
    """From the session's records of authentication; `began_at` when there are none."""
    amr: set[str] = set()
    latest = 0
    for record in records:
        latest = max(latest, int(record.get("at", 0)))
        method = record.get("method")
        if method == "password":
            amr.add("pwd")
        elif method == "mfa":
            amr |= {"hwk", "mfa"} if record.get("type") == "webauthn" else {"otp", "mfa"}
        elif method == "eid":
            amr |= {"eid", "mfa"} if int(record.get("level", 0)) > 1 else {"eid"}
    return Authentication(latest or began_at, tuple(sorted(amr)))


def aal_of(amr: Collection[str]) -> str:
    return f"{AAL}{Authentication(0, tuple(amr)).aal}"


def acr_of(level: int | None) -> str | None:
    """The class of an identity level; organisations and accounts without evidence have none."""
    return ACR.get(str(level))


def level_of(acr: str) -> int:
    return LEVEL_OF_ACR.get(acr, 0)


def holder_of(account: Account, principal_id: int | None = None) -> str:
    """Whom an account stands for, as subjects are kept."""
    if principal_id is not None:
        return f"party:{principal_id}"
    return f"officer:{account.officer_id}" if account.officer_id else f"party:{account.party_id}"


NAME = """
with made as (
  insert into openid_subject (sector, holder, sub) values (%s, %s, %s)
  on conflict on constraint openid_one_sub_in_a_sector do nothing returning sub
) select sub from openid_subject where sector = %s and holder = %s union all select sub from made limit 1
"""


def name(sector: str, holder: str) -> str:
    """By which name the sector knows the holder; drawn at random at the first time, so that nothing leads back."""
    fresh = secrets.token_urlsafe(24)
    with connection.cursor() as cursor:
        cursor.execute(NAME, [sector, holder, fresh, sector, holder])
        row = cursor.fetchone()
        if row is None:  # another transaction named them between our snapshot and our insert
            cursor.execute(NAME, [sector, holder, fresh, sector, holder])
            row = cursor.fetchone()
    return str(row[0])


def holder_of_sub(sub: str) -> str | None:
    """Whom a name stands for: `party:12`, `officer:3`. For courts and for answering complaints."""
    return Subject.objects.filter(sub=sub).values_list("holder", flat=True).first()


def facts(holder: str) -> dict[str, Any]:
    """Every claim we can make about a holder. Read as the system; {} when the holder is gone."""
    kind, _, key = holder.partition(":")
    if kind == "officer":
        account = Account.objects.select_related("officer").filter(officer_id=int(key)).first()
        if account is None or account.officer is None:
            return {}
        return _known(
            {
                "name": account.officer.name,
                "officer_code": account.officer.code,
                "preferred_username": account.username,
                "locale": account.language,
                "email": account.email,
            }
        )
    party = Party.objects.select_related("account").filter(pk=int(key)).first()
    return {} if party is None else _known(_of_party(party))


def _of_party(party: Party) -> dict[str, Any]:
    account = getattr(party, "account", None)
    is_organisation = party.kind == PartyKind.ORGANISATION
    address = {"formatted": party.address_text, "country": "VN"} if party.address_text else None
    return {
        "name": party.name,
        "birthdate": party.born.isoformat() if party.born else None,
        "gender": GENDER.get(party.sex.lower()),
        "locale": account.language if account else None,
        "email": party.email,
        "email_verified": False if party.email else None,
        "phone_number": party.phone,
        "phone_number_verified": False if party.phone else None,
        "address": address,
        "identity_paper": _paper_of(party) if party.paper else None,
        "nationality": party.nationality,
        "organisation_number" if is_organisation else "personal_number": party.personal_number,
    }


def _paper_of(party: Party) -> dict[str, Any] | None:
    """The paper by which a foreigner is known today."""
    paper = papers.current_paper(party)
    if paper is None:
        return None
    until = paper.valid_until.isoformat() if paper.valid_until else None
    country, _, number = paper.number.partition("-")
    return _known({"kind": paper.kind, "country": country, "number": number, "valid_until": until})


def _known(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value not in (None, "")}


def by_scope(known: Mapping[str, Any], scopes: Collection[str]) -> dict[str, Any]:
    wanted = {claim for scope in scopes for claim in SCOPES.get(scope, ())}
    return {claim: value for claim, value in known.items() if claim in wanted}


def by_name(known: Mapping[str, Any], asked: Mapping[str, Any], scopes: Collection[str]) -> dict[str, Any]:
    """Claims asked for one by one; told when the person agreed to the scope they belong to."""
    return {
        claim: value for claim, value in known.items() if claim in asked and SCOPE_OF.get(claim) in scopes
    }
