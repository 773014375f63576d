"""Which results become which credentials, as the service packs say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from motcua.core import clock
from motcua.core.cases.models import Case
from motcua.core.documents.models import Document, DocumentKind
from motcua.core.errors import NotFound
from motcua.core.identity.models import Party
from motcua.core.services import queries as services
from motcua.core.services.pack import Pack
from motcua.core.services.pack.credentials import AGE_CLAIM, CredentialRule
from motcua.core.services.pack.parts import Words
from motcua.engines import sd_jwt
from motcua.systems.wallet import issuers
from motcua.systems.wallet.keys import site

FORMAT = "dc+sd-jwt"
AGE_TITLE = {"vi": "Đủ {age} tuổi trở lên", "en": "{age} or older"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim as people read it."""

    path: sd_jwt.Path
    title: str
    value: Any


def address_of(type_: str) -> str:
    """The `vct`: the address of the type's own description."""
    return f"{site()}{reverse('wallet:type', args=[type_])}"


def rules() -> dict[str, CredentialRule]:
    """Every type of credential that a service in force gives."""
    packs = [services.pack(listed.version_id) for listed in services.catalogue(clock.today())]
    return {pack.credential.type: pack.credential for pack in packs if pack.credential is not None}


def rule_of(document: Document) -> CredentialRule | None:
    """How this result becomes a credential, by the version of the service that it was made under; else None."""
    if document.kind != DocumentKind.RESULT or not document.service_code:
        return None
    rule = _pack(document).credential
    return rule if rule is not None and rule.given_for(document.data) else None


def may_hold(party: Party, document: Document, rule: CredentialRule) -> bool:
    """Whether this person may carry it: whoever has the result, or only the one it is about."""
    holder = rule.holder_of(document.data)
    return holder is None or (holder != "" and holder == party.personal_number)


def describe(type_: str) -> dict[str, Any]:
    """The description of a type (SD-JWT VC section 6)."""
    rule = rules().get(type_)
    if rule is None:
        raise NotFound()
    names = {"vi": rule.title.vi, "en": rule.title.en}
    return sd_jwt.type_metadata(address_of(type_), names, claims(rule))


def claims(rule: CredentialRule) -> list[sd_jwt.ClaimMetadata]:
    """Its claims with their names."""
    plain = [
        sd_jwt.ClaimMetadata((claim.name,), {"vi": claim.title.vi, "en": claim.title.en})
        for claim in rule.claims
    ]
    ages = [
        sd_jwt.ClaimMetadata(
            (AGE_CLAIM, str(age)), {lang: title.format(age=age) for lang, title in AGE_TITLE.items()}
        )
        for age in rule.ages
    ]
    return plain + ages


def title_of(type_: str) -> Words:
    """What people call a type: one of ours by its name, one of an issuer outside by its `vct`."""
    rule, foreign = rules().get(type_), issuers.type_of(type_)
    return rule.title if rule else foreign.title if foreign else Words(type_, type_)


def facts(type_: str, proven: dict[str, Any], lang: str) -> list[Fact]:
    """What was shown of a credential, in the order of its description."""
    rule, foreign = rules().get(type_), issuers.type_of(type_)
    known = claims(rule) if rule else foreign.claims if foreign else ()
    found: list[Fact] = []
    for claim in known:
        value: Any = proven
        for step in claim.path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            found.append(Fact(claim.path, claim.names[lang], _readable(value)))
    return found


def _readable(value: Any) -> Any:
    """A day as a day, so that pages write it their way; all else as it stands."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _pack(document: Document) -> Pack:
    case = Case.objects.filter(pk=document.case_id or 0).only("service_version_id").first()
    if case is not None:
        return services.pack(case.service_version_id)
    return services.current(document.service_code, clock.today())
