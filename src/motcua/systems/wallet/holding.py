"""The account as a wallet: it holds credentials under a key of its own and shows what its owner agrees to."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.documents import queries as documents
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services.pack.credentials import CredentialRule
from motcua.engines import sd_jwt
from motcua.systems.wallet import asking, issuing, kinds
from motcua.systems.wallet.keys import client_id, site
from motcua.systems.wallet.models import Credential, HolderKey, Question, Showing
from motcua.systems.wallet.offers import digest

SHOWN_FOR = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Carried:
    """A result that its owner can carry, with all that it could show."""

    document: Document
    rule: CredentialRule

    def facts(self, lang: str) -> list[kinds.Fact]:
        return kinds.facts(self.rule.type, self.rule.values(self.document.data, clock.today()), lang)


def owner(actor: Actor) -> Party:
    """The person acted for."""
    party = Party.objects.filter(pk=actor.principal or 0).first()
    if party is None:
        raise NotFound()
    return party


def carried(actor: Actor) -> list[Carried]:
    """The results in the vault that can be carried, newest first."""
    party = owner(actor)
    found: list[Carried] = []
    for item in documents.vault(party.pk):
        document = item.document
        if document is None or document.state != DocumentState.ISSUED:
            continue
        rule = kinds.rule_of(document)
        if rule is not None and kinds.may_hold(party, document, rule):
            found.append(Carried(document, rule))
    return found


def one_carried(actor: Actor, document_uuid: object) -> Carried:
    found = next((one for one in carried(actor) if str(one.document.uuid) == str(document_uuid)), None)
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer a question: a paper for each of its queries."""

    parts: tuple[tuple[str, Carried], ...]

    @property
    def key(self) -> str:
        return ".".join(str(one.document.uuid) for _, one in self.parts)


def ways(actor: Actor, question: Question) -> list[Way]:
    """How this person can answer by what they carry: every fitting paper, or for several queries the newest of each."""
    mine, queries, found = carried(actor), asking.queries(question), []
    for option in asking.options(question):
        fits = {name: [one for one in mine if _fits(one, queries[name])] for name in option}
        if len(option) == 1:
            found += [Way(((option[0], one),)) for one in fits[option[0]]]
        elif all(fits.values()):
            found.append(Way(tuple((name, fits[name][0]) for name in option)))
    return found


def paths_of(query: Mapping[str, Any]) -> list[sd_jwt.Path]:
    return [tuple(claim["path"]) for claim in query["claims"]]


def _fits(one: Carried, query: Mapping[str, Any]) -> bool:
    shown = {tuple(fact.path) for fact in one.facts("vi")}
    return kinds.address_of(one.rule.type) in query["meta"]["vct_values"] and set(paths_of(query)) <= shown


def answer(actor: Actor, question: Question, way: Way) -> None:
    """Show what the question asks and nothing else, with the account's own key."""
    queries, texts = asking.queries(question), {}
    for name, one in way.parts:
        paths = paths_of(queries[name])
        texts[name] = _presentation(actor, one, paths, question.nonce, client_id())
        emit(
            "wallet.agreed",
            actor,
            subject=("question", question.pk),
            data={"type": one.rule.type, "claims": [".".join(map(str, path)) for path in paths]},
        )
    with acting(SYSTEM):
        asking.accept(question, texts)


def lay_out(actor: Actor, one: Carried, chosen: list[str]) -> Showing:
    """Lay out chosen claims for whoever reads the code within two minutes; once."""
    paths = [fact.path for fact in one.facts("vi") if ".".join(map(str, fact.path)) in chosen]
    if not paths:
        raise UserError("Chọn ít nhất một điều để cho xem.", "Choose at least one thing to show.", "claims")
    code = secrets.token_urlsafe(24)
    text = _presentation(actor, one, paths, digest(code), audience())
    now = clock.now()
    showing = Showing.objects.create(
        party_id=owner(actor).pk,
        code_digest=digest(code),
        code=code,
        presentation=text,
        made_at=now,
        expires_at=now + SHOWN_FOR,
    )
    emit(
        "wallet.shown",
        actor,
        subject=("showing", showing.pk),
        data={"type": one.rule.type, "claims": [".".join(map(str, path)) for path in paths]},
    )
    return showing


def code_address(showing: Showing) -> str:
    return f"{site()}{reverse('wallet:see', args=[showing.code])}"


def waiting_showing(code: str) -> Showing | None:
    """What is laid out under this code, while it may be seen."""
    return Showing.objects.filter(code_digest=digest(code), seen_at=None, expires_at__gt=clock.now()).first()


def see(actor: Actor, code: str) -> asking.Judged | None:
    """Take what lies under the code; from then on it is gone. None when there is nothing. Raises SdJwtError."""
    showing = waiting_showing(code)
    if showing is None or not Showing.objects.filter(pk=showing.pk, seen_at=None).update(seen_at=clock.now()):
        return None
    emit("wallet.seen", actor, subject=("showing", showing.pk))
    return asking.judge(showing.presentation, sd_jwt.Binding(digest(code), audience()))


def audience() -> str:
    return f"{site()}/vi-so/xem/"


def _presentation(actor: Actor, one: Carried, paths: list[sd_jwt.Path], nonce: str, aud: str) -> str:
    if actor.account_id is None:
        raise NotAllowed("Đăng nhập để xuất trình.", "Sign in to present.")
    party = owner(actor)
    with acting(SYSTEM):
        key = _key(party.pk)
        text = _held(actor, one, party, key)
    part = sd_jwt.present(text, paths)
    return sd_jwt.bind(part, key, nonce=nonce, audience=aud, at=int(clock.now().timestamp()))


def _held(actor: Actor, one: Carried, party: Party, key: ECKey) -> str:
    """The credential that the account holds of this result; issued at first need and when the former has run out."""
    kept = (
        Credential.objects.filter(
            party_id=party.pk,
            document=one.document,
            revoked_at=None,
            expires_at__gt=clock.now(),
            held__isnull=False,
        )
        .order_by("-id")
        .first()
    )
    if kept is not None and kept.held and kept.holder == key.thumbprint():
        return str(kept.held)
    credential, text = issuing.issue(actor, one.document, one.rule, key, party_id=party.pk)
    credential.held = text
    credential.save(update_fields=["held"])
    return text


def _key(party_id: int) -> ECKey:
    made = ECKey.generate_key("P-256").as_dict(private=True)
    row, _ = HolderKey.objects.get_or_create(
        party_id=party_id, defaults={"sealed": made, "made_at": clock.now()}
    )
    return ECKey.import_key(row.sealed)
