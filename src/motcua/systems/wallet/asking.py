"""OpenID4VP 1.0, the verifier's side without its HTTP: a question with its purpose, and the judgement of its answer."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import yaml
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.organisations.models import Agency
from motcua.core.services.pack.parts import Words
from motcua.core.words import legible
from motcua.engines import sd_jwt
from motcua.engines.sd_jwt.signed import parse_json
from motcua.systems.wallet import issuers, kinds, statuses
from motcua.systems.wallet.keys import client_id, house_key, issuer_of, site, trusted_key
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.offers import Refused

LIVES = dt.timedelta(minutes=10)
QUERY_ID = "giay_to"
MOST_KINDS = 4
ENCRYPTION = ["A128GCM", "A256GCM"]
REQUEST_TYPE = "oauth-authz-req+jwt"
ANYONE = "https://self-issued.me/v2"
FOR_A_PAPER = "paper:"
"""How the names of askers begin that ask for a paper of an application."""
PROVEN, DECLINED = "proven", "declined"


@dataclass(frozen=True, slots=True)
class Kind:
    """A question that officers may ask; with `shops` any organisation too, since the answer names nobody."""

    id: str
    title: Words
    claims: tuple[tuple[str, ...], ...]
    shops: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A presentation that holds: its type by our name or, of an outside issuer, by its `vct`; and what was shown."""

    type: str
    vct: str
    claims: dict[str, Any]
    issuer: str


@cache
def kinds_of_question() -> dict[str, Kind]:
    file = resources.files("motcua.systems.wallet").joinpath("data", "questions.yaml")
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        line["id"]: Kind(
            line["id"],
            Words.of(line["title"]),
            tuple(map(tuple, line["claims"])),
            line.get("shops", False),
        )
        for line in told
    }


def types_for(kind: Kind) -> list[str]:
    """The types of credential that can answer, by `vct`: our own, and those of issuers outside."""
    described = {kinds.address_of(name): kinds.claims(rule) for name, rule in kinds.rules().items()}
    for issuer in issuers.in_force().values():
        described |= {one.vct: list(one.claims) for one in issuer.types}
    return [
        vct
        for vct, claims in described.items()
        if set(kind.claims) <= {tuple(claim.path) for claim in claims}
    ]


def ask(
    actor: Actor, *, kind_id: str, purpose: str, agency_id: int, response_mode: str = "direct_post.jwt"
) -> Question:
    """Put an officer's question for a purpose that its holder will read; it waits for ten minutes."""
    asker = {"asked_by": actor.label, "officer_id": actor.officer_id, "agency_id": agency_id}
    return _put(actor, [[kind_id]], purpose, response_mode, asker)


def ask_for(
    client_id: str,
    client_name: str,
    *,
    options: Sequence[Sequence[str]],
    purpose: str,
    response_mode: str = "direct_post.jwt",
) -> Question:
    """Put the question of a relying party outside. Any one of `options` answers it, each of them a list of kinds."""
    asker = {"asked_by": client_name, "client_id": client_id, "client_name": client_name}
    return _put(SYSTEM, options, purpose, response_mode, asker)


def ask_together(
    client_id: str, client_name: str, *, kind_ids: Sequence[str], purpose: str, by: Actor, through: str = ""
) -> Question:
    """Put several kinds as one question to one credential, so that all of it is about the same holder.

    `client_name` is who asks, as the holder reads it; `by` who put the question, `through` the system that it came by.
    """
    asker = {
        "asked_by": by.label,
        "officer_id": by.officer_id,
        "client_id": client_id,
        "client_name": client_name,
        "through": through,
    }
    return _put(by, [list(kind_ids)], purpose, "direct_post.jwt", asker, together=True)


def _put(
    actor: Actor,
    options: Sequence[Sequence[str]],
    purpose: str,
    response_mode: str,
    asker: Mapping[str, Any],
    *,
    together: bool = False,
) -> Question:
    ids = list(dict.fromkeys(kind_id for option in options for kind_id in option))
    found = [kinds_of_question().get(kind_id) for kind_id in ids]
    wanted = [kind for kind in found if kind is not None]
    if not wanted or len(wanted) != len(ids) or not all(options):
        raise UserError("Chọn điều cần chứng minh.", "Choose what is to be proven.", "kind")
    if len(ids) > MOST_KINDS or len(options) > MOST_KINDS:
        raise UserError(
            f"Mỗi lần hỏi nhiều nhất {MOST_KINDS} điều.", f"At most {MOST_KINDS} things at once.", "kind"
        )
    query = _query([_all_of(wanted)], []) if together else _query(wanted, options)
    purpose = legible(purpose, "purpose")[:200]
    if not purpose:
        raise UserError(
            "Ghi mục đích. Công dân đọc mục đích này trước khi đồng ý.",
            "Give the purpose. The citizen reads it before agreeing.",
            "purpose",
        )
    key = ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES", "kid": secrets.token_urlsafe(8)})
    now = clock.now()
    question = Question.objects.create(
        **asker,
        kind=" ".join(ids),
        purpose=purpose,
        query=query,
        nonce=secrets.token_urlsafe(32),
        state=secrets.token_urlsafe(24),
        response_mode=response_mode,
        key=key.as_dict(private=True),
        asked_at=now,
        expires_at=now + LIVES,
    )
    told = {"kind": question.kind, "purpose": purpose, "client": question.client_id}
    emit("wallet.asked", actor, subject=("question", question.pk), data=told)
    return question


def _all_of(wanted: Sequence[Kind]) -> Kind:
    """Several kinds as one."""
    claims = tuple(dict.fromkeys(claim for kind in wanted for claim in kind.claims))
    return Kind(" ".join(kind.id for kind in wanted), wanted[0].title, claims)


def _query(wanted: Sequence[Kind], options: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The question as DCQL (section 6): a credential for each kind and, of several, which sets of them answer."""
    alone = len(wanted) == 1
    credentials = [
        {
            "id": QUERY_ID if alone else kind.id,
            "format": kinds.FORMAT,
            "meta": {"vct_values": _types(kind)},
            "claims": [{"path": list(path)} for path in kind.claims],
        }
        for kind in wanted
    ]
    if alone:
        return {"credentials": credentials}
    return {"credentials": credentials, "credential_sets": [{"options": [list(one) for one in options]}]}


def _types(kind: Kind) -> list[str]:
    types = types_for(kind)
    if not types:
        raise UserError(
            "Chưa có loại giấy tờ số nào trả lời được câu hỏi này.",
            "No kind of credential can answer this question yet.",
            "kind",
        )
    return types


def queries(question: Question) -> dict[str, dict[str, Any]]:
    """The question's credentials by their names in it."""
    return {query["id"]: query for query in question.query["credentials"]}


def options(question: Question) -> list[list[str]]:
    """Which sets of credentials answer it, the most wished for first."""
    sets = question.query.get("credential_sets")
    return sets[0]["options"] if sets else [[query["id"]] for query in question.query["credentials"]]


def asked_by(question: Question) -> str:
    """Who asks, by the name that its holder reads."""
    if question.client_id:
        return question.client_name
    return Agency.objects.get(pk=question.agency_id or 0).name


def is_of_the_state(question: Question) -> bool:
    """Whether an agency asks: through an officer, or for an application handed in to it."""
    return not question.client_id or question.client_id.startswith(FOR_A_PAPER)


def is_open(question: Question) -> bool:
    return question.answered_at is None and question.expires_at > clock.now()


def link(question: Question) -> str:
    """What a wallet on a phone opens; `client_id` and the signed request behind it have to agree."""
    where = f"{site()}{reverse('wallet:request_object', args=[question.uuid])}"
    return f"openid4vp://?{urlencode({'client_id': client_id(), 'request_uri': where})}"


def response_uri(question: Question) -> str:
    return f"{site()}{reverse('wallet:response', args=[question.uuid])}"


def request_object(question: Question, name: str, wallet_nonce: str = "") -> str:
    """The signed request (section 5, RFC 9101): whoever changes a word of it breaks the signature."""
    if not is_open(question):
        raise Refused("invalid_request", "the question was answered, or is over", 404)
    if question.fetched_at is None:
        question.fetched_at = clock.now()
        question.save(update_fields=["fetched_at"])
    key, header = house_key()
    public = ECKey.import_key(question.key).as_dict(private=False)
    algorithms = list(sd_jwt.ALGORITHMS)
    payload: dict[str, Any] = {
        "iss": client_id(),
        "aud": ANYONE,
        "client_id": client_id(),
        "response_type": "vp_token",
        "response_mode": question.response_mode,
        "response_uri": response_uri(question),
        "nonce": question.nonce,
        "state": question.state,
        "dcql_query": question.query,
        "purpose": question.purpose,
        "iat": int(clock.now().timestamp()),
        "exp": int(question.expires_at.timestamp()),
        "client_metadata": {
            "client_name": name,
            "jwks": {"keys": [public]},
            "encrypted_response_enc_values_supported": ENCRYPTION,
            "vp_formats_supported": {
                kinds.FORMAT: {"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms}
            },
        },
    }
    if wallet_nonce:
        payload["wallet_nonce"] = wallet_nonce
    return sd_jwt.sign(payload, key, {"typ": REQUEST_TYPE, **header})


def receive(question: Question, form: Mapping[str, str]) -> None:
    """A wallet's answer at `response_uri` (section 8.2). Raises Refused; a faulty one leaves the question open."""
    if not is_open(question):
        raise Refused("invalid_request", "the question was answered, or is over")
    answer = _opened(question, form)
    if not constant_time_compare(str(answer.get("state", "")), question.state):
        raise Refused("invalid_request", "the answer is to another question (state)")
    if "error" in answer:
        settle(question, DECLINED)
        return
    accept(question, presentations(question, answer.get("vp_token")))


def accept(question: Question, presentations: Mapping[str, str]) -> None:
    """Judge what answers the question, by the names of its queries, and keep what it proves. Raises Refused."""
    binding = sd_jwt.Binding(question.nonce, client_id())
    proven: list[dict[str, Any]] = []
    try:
        for name, presentation in presentations.items():
            judged = judge(presentation, binding)
            claims = _answers(queries(question)[name], judged)
            proven.append({"type": judged.type, "issuer": judged.issuer, "claims": claims})
    except sd_jwt.SdJwtError as wrong:
        _note(question, wrong.code)
        raise Refused("invalid_request", str(wrong)) from None
    settle(question, PROVEN, proven)


def _note(question: Question, fault: str) -> None:
    """Why the last answer does not count; who asked reads it while the question goes on waiting."""
    question.fault = fault
    question.save(update_fields=["fault"])


def settle(question: Question, outcome: str, proven: list[dict[str, Any]] | None = None) -> None:
    """The question is answered, once. What was proven stays for the officer as long as the question."""
    taken = Question.objects.filter(pk=question.pk, answered_at=None).update(
        answered_at=clock.now(), outcome=outcome, proven=proven or [], fault=""
    )
    if not taken:
        raise Refused("invalid_request", "the question was answered already")
    emit(
        "wallet.answered",
        SYSTEM,
        subject=("question", question.pk),
        data={"outcome": outcome, "claims": [len(one["claims"]) for one in proven or []]},
    )


def judge(presentation: str, binding: sd_jwt.Binding) -> Judged:
    """Signature, trust, time, holder and status of one presentation. Raises SdJwtError."""
    now = int(clock.now().timestamp())
    proven = sd_jwt.verify(presentation, trusted_key, now=now, binding=binding)
    statuses.check(proven.claims)
    vct, issuer = str(proven.claims["vct"]), issuer_of(proven.claims)
    if issuer is not None:
        if not any(one.vct == vct for one in issuer.types):
            raise sd_jwt.SdJwtError("claims", "this issuer is not trusted for this type of credential")
        return Judged(vct, vct, proven.claims, issuer.name.vi)
    types = {kinds.address_of(name): name for name in kinds.rules()}
    type_ = types.get(vct)
    if type_ is None:
        raise sd_jwt.SdJwtError("claims", "this type of credential is not known here")
    return Judged(type_, vct, proven.claims, str(proven.claims.get("issuing_authority", "")))


def _answers(query: Mapping[str, Any], judged: Judged) -> dict[str, Any]:
    """Exactly the claims that were asked; what else was shown is neither taken for an answer nor kept."""
    if judged.vct not in query["meta"]["vct_values"]:
        raise sd_jwt.SdJwtError("claims", "a credential of another type was asked for")
    kept: dict[str, Any] = {}
    for claim in query["claims"]:
        source: Any = judged.claims
        target = kept
        for step in claim["path"][:-1]:
            source = source.get(step) if isinstance(source, dict) else None
            target = target.setdefault(step, {})
        last = claim["path"][-1]
        if not isinstance(source, dict) or last not in source:
            raise sd_jwt.SdJwtError(
                "claims", f"the claim {'.'.join(claim['path'])} was asked for and not shown"
            )
        target[last] = source[last]
    return kept


def _opened(question: Question, form: Mapping[str, str]) -> dict[str, Any]:
    """The answer's parameters: decrypted where they were asked encrypted, and never taken in clear then."""
    if question.response_mode == "direct_post":
        answer: dict[str, Any] = dict(form)
        if "vp_token" in answer:
            answer["vp_token"] = _json(answer["vp_token"])
        return answer
    if "error" in form and "response" not in form:
        return dict(form)
    key = ECKey.import_key(question.key)
    try:
        opened = jwe.decrypt_compact(form.get("response", ""), key, algorithms=["ECDH-ES", *ENCRYPTION])
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Refused("invalid_request", f"the answer cannot be decrypted: {wrong}") from None
    answer = _json((opened.plaintext or b"").decode("utf-8", "replace"))
    if not isinstance(answer, dict):
        raise Refused("invalid_request", "the answer is no JSON object")
    return answer


def presentations(question: Question, vp_token: Any) -> dict[str, str]:
    """One presentation for each query of one option: `{"giay_to": ["…"]}`. Raises Refused."""
    sets = [set(option) for option in options(question)]
    found = vp_token if isinstance(vp_token, dict) and set(vp_token) in sets else {}
    if not found or not all(
        isinstance(one, list) and len(one) == 1 and isinstance(one[0], str) for one in found.values()
    ):
        wanted = " or ".join("+".join(sorted(one)) for one in sets)
        _note(question, "malformed")
        raise Refused("invalid_request", f"vp_token holds one presentation under each of {wanted}")
    return {name: one[0] for name, one in found.items()}


def _json(text: str) -> Any:
    try:
        return parse_json(text.encode())
    except sd_jwt.SdJwtError as wrong:
        raise Refused("invalid_request", str(wrong)) from None
