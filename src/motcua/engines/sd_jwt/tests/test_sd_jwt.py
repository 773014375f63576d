"""Issuing, presenting and judging; every rule that RFC 9901 sets for a verifier has its test."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from motcua.engines import sd_jwt
from motcua.engines.sd_jwt import Binding, SdJwtError
from motcua.engines.sd_jwt.disclosures import Disclosure
from motcua.engines.sd_jwt.signed import b64, parse_json

NOW = 1_790_000_000
HS256, PAYLOAD = b'{"alg":"HS256","typ":"dc+sd-jwt"}', b'{"vct":"x"}'
ISSUER, HOLDER, OTHER = (ECKey.generate_key("P-256") for _ in range(3))
ASKED = Binding("n-0S6", "https://xa.example/ban")
CLAIMS: dict[str, Any] = {
    "iss": "https://xa.example",
    "vct": "https://xa.example/loai/khai-sinh",
    "iat": NOW - 60,
    "exp": NOW + 3600,
    "name": "TRẦN NGỌC MINH CHÂU",
    "born": "2026-11-15",
    "place": {"commune": "05443", "province": "19", "text": "Phường Phan Đình Phùng"},
    "nationality": ["VN", "FR"],
    "age_equal_or_over": {"14": True, "18": False},
}
HIDDEN: list[sd_jwt.Path] = [
    ("name",),
    ("born",),
    ("place",),
    ("place", "commune"),
    ("nationality", None),
    ("age_equal_or_over", "14"),
    ("age_equal_or_over", "18"),
]


def issued(**more: Any) -> str:
    holder = HOLDER.as_dict(private=False)
    return sd_jwt.issue(CLAIMS, ISSUER, disclosable=HIDDEN, **{"holder": holder, **more})


def shown(*paths: sd_jwt.Path, key: ECKey = HOLDER, asked: Binding = ASKED, at: int = NOW) -> str:
    part = sd_jwt.present(issued(), paths)
    return sd_jwt.bind(part, key, nonce=asked.nonce, audience=asked.audience, at=at)


def judged(text: str, binding: Binding | None = ASKED, now: int = NOW, key: Any = ISSUER) -> sd_jwt.Verified:
    return sd_jwt.verify(text, lambda header, payload: key, now=now, binding=binding)


def signed_by_hand(payload: dict[str, Any], *texts: str, typ: str = "dc+sd-jwt") -> str:
    return "~".join([sd_jwt.sign({"vct": "x", **payload}, ISSUER, {"typ": typ}), *texts, ""])


def fault_of(text: str, **more: Any) -> str:
    with pytest.raises(SdJwtError) as wrong:
        judged(text, **more)
    return wrong.value.code


def test_the_holder_shows_one_claim_and_nothing_else() -> None:
    proven = judged(shown(("age_equal_or_over", "14")))
    assert proven.claims["age_equal_or_over"] == {"14": True}
    assert proven.bound
    assert proven.disclosed == (("age_equal_or_over", "14"),)
    assert not {"name", "born", "place"} & set(proven.claims)
    assert proven.claims["nationality"] == []


def test_nothing_hidden_can_be_read_from_the_token() -> None:
    token = issued(decoys=3).split("~", maxsplit=1)[0]
    _, payload = sd_jwt.read_unverified(token)
    text = json.dumps(payload, ensure_ascii=False)
    assert "MINH CHÂU" not in text
    assert "2026-11-15" not in text
    assert "05443" not in text
    assert len(payload["_sd"]) == 3 + 3  # name, born, place, and three of nothing


def test_a_child_brings_its_parent_along() -> None:
    assert judged(shown(("place", "commune"))).claims["place"] == {
        "commune": "05443",
        "province": "19",
        "text": "Phường Phan Đình Phùng",
    }


def test_one_element_of_an_array_can_be_shown() -> None:
    assert judged(shown(("nationality", 1))).claims["nationality"] == ["FR"]


def test_all_disclosures_give_all_claims_back() -> None:
    proven = judged(issued(decoys=2), binding=None)
    assert {name: proven.claims[name] for name in CLAIMS} == CLAIMS
    assert sd_jwt.claims_of(issued())["name"] == CLAIMS["name"]


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8).filter(
    lambda name: (
        name not in {"_sd", "_sd_alg", "...", "iss", "nbf", "exp", "iat", "cnf", "vct", "aud", "status"}
    )
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: sd_jwt.Path = ()) -> list[sd_jwt.Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, item in inner for place in ((*path, name), *places(item, (*path, name)))]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, values, max_size=4), st.data())
def test_whatever_is_hidden_at_any_depth_comes_back_whole(
    claims: dict[str, Any], data: st.DataObject
) -> None:
    everywhere = places(claims)
    hidden = data.draw(st.lists(st.sampled_from(everywhere), unique=True)) if everywhere else []
    text = sd_jwt.issue({"vct": "x", **claims}, ISSUER, disclosable=hidden, decoys=1)
    assert judged(text, binding=None).claims == {"vct": "x", **claims}
    assert text.count("~") == len(hidden) + 1


def test_both_names_of_the_type_are_read_and_no_other() -> None:
    assert judged(signed_by_hand({}, typ="vc+sd-jwt"), binding=None).claims == {"vct": "x"}
    assert fault_of(signed_by_hand({}, typ="JWT"), binding=None) == "type"


def test_an_altered_disclosure_belongs_to_no_digest() -> None:
    text = issued()
    first = text.split("~")[1]
    one = Disclosure.read(first)
    forged = Disclosure.make(one.name, "NGUYỄN VĂN KHÁC").text
    assert fault_of(text.replace(first, forged), binding=None) == "disclosure"


def test_a_disclosure_sent_twice_is_refused() -> None:
    text = issued()
    first = text.split("~")[1]
    assert fault_of(text.replace(first, f"{first}~{first}"), binding=None) == "disclosure"


def test_a_digest_that_stands_twice_is_refused() -> None:
    one = Disclosure.make("a", 1)
    digest = one.digest("sha-256")
    assert fault_of(signed_by_hand({"_sd": [digest, digest]}, one.text), binding=None) == "disclosure"
    assert fault_of(signed_by_hand({"_sd": [digest], "b": {"_sd": [digest]}}), binding=None) == "disclosure"
    within = Disclosure.make("b", {"_sd": [digest]})
    both = {"_sd": [digest, within.digest("sha-256")]}
    assert fault_of(signed_by_hand(both, one.text, within.text), binding=None) == "disclosure"


def test_a_disclosure_that_takes_the_place_of_a_claim_is_refused() -> None:
    one = Disclosure.make("name", "KHÁC")
    assert fault_of(
        signed_by_hand({"name": "CHÂU", "_sd": [one.digest("sha-256")]}, one.text), binding=None
    ) == ("disclosure")


@pytest.mark.parametrize("name", ["_sd", "..."])
def test_a_disclosure_may_not_name_a_control_member(name: str) -> None:
    text = b64(json.dumps(["salt", name, 1]).encode())
    assert fault_of(signed_by_hand({}, text), binding=None) == "disclosure"


@pytest.mark.parametrize("parts", [["salt"], ["s", "n", 1, 2], {"a": 1}, [1, "n", 1], ["s", 1, 1]])
def test_a_disclosure_of_another_shape_is_refused(parts: Any) -> None:
    assert fault_of(signed_by_hand({}, b64(json.dumps(parts).encode())), binding=None) == "disclosure"


def test_a_disclosure_of_the_other_kind_is_refused() -> None:
    element, member = Disclosure.make(None, 1), Disclosure.make("a", 1)
    assert fault_of(signed_by_hand({"_sd": [element.digest("sha-256")]}, element.text), binding=None) == (
        "disclosure"
    )
    array = {"list": [{"...": member.digest("sha-256")}]}
    assert fault_of(signed_by_hand(array, member.text), binding=None) == "disclosure"


@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": "x"},
        {"_sd": [1]},
        {"list": [{"...": 1}]},
        {"list": [{"...": "x", "more": 1}]},
        {"a": {"...": "x"}},
        {"a": {"_sd_alg": "sha-256"}},
    ],
)
def test_control_members_out_of_place_are_refused(payload: dict[str, Any]) -> None:
    assert fault_of(signed_by_hand(payload), binding=None) == "disclosure"


def test_an_unknown_hash_is_refused() -> None:
    one = Disclosure.make("a", 1)
    assert fault_of(signed_by_hand({"_sd_alg": "md5", "_sd": []}, one.text), binding=None) == "algorithm"


@pytest.mark.parametrize("name", ["iss", "exp", "cnf", "status"])
def test_what_the_verifier_judges_by_is_never_hidden(name: str) -> None:
    one = Disclosure.make(name, {"jwk": HOLDER.as_dict(private=False)} if name == "cnf" else NOW + 9)
    assert fault_of(signed_by_hand({"_sd": [one.digest("sha-256")]}, one.text), binding=None) == "claims"
    with pytest.raises(SdJwtError):
        sd_jwt.issue({name: 1}, ISSUER, disclosable=[(name,)])


def test_a_token_without_a_signature_is_refused() -> None:
    header, payload, _ = issued().split("~")[0].split(".")
    none = b64(json.dumps({"alg": "none", "typ": "dc+sd-jwt"}).encode())
    assert fault_of(f"{none}.{payload}.~", binding=None) in {"algorithm", "malformed"}
    assert fault_of(f"{header}.{payload}.{b64(bytes(64))}~", binding=None) == "signature"


def test_a_public_key_is_no_shared_secret() -> None:
    signed = f"{b64(HS256)}.{b64(PAYLOAD)}"
    mac = hmac.digest(ISSUER.as_pem(private=False), signed.encode(), "sha256")
    assert fault_of(f"{signed}.{b64(mac)}~", binding=None) == "algorithm"


def test_another_s_signature_is_refused() -> None:
    assert fault_of(issued(), binding=None, key=OTHER) == "signature"


def test_a_credential_has_its_time() -> None:
    assert fault_of(issued(), binding=None, now=NOW + 7200) == "expired"
    assert fault_of(signed_by_hand({"nbf": NOW + 600}), binding=None) == "not_yet"
    assert fault_of(signed_by_hand({"exp": "tomorrow"}), binding=None) == "claims"


def test_a_presentation_without_binding_is_refused_where_one_is_asked() -> None:
    assert fault_of(sd_jwt.present(issued(), [("name",)])) == "binding"


def test_a_binding_that_nobody_asked_for_is_refused() -> None:
    assert fault_of(shown(("name",)), binding=None) == "binding"


def test_a_replayed_presentation_is_refused() -> None:
    assert fault_of(shown(("name",)), binding=Binding("another", ASKED.audience)) == "replay"
    assert fault_of(shown(("name",)), binding=Binding(ASKED.nonce, "https://other.example")) == "audience"


def test_a_stolen_credential_cannot_be_shown_with_one_s_own_key() -> None:
    assert fault_of(shown(("name",), key=OTHER)) == "signature"


def test_a_binding_is_for_these_disclosures_only() -> None:
    text = shown(("name",))
    bound = text.rsplit("~", maxsplit=1)[1]
    more = sd_jwt.present(issued(), [("name",), ("born",)])
    assert fault_of(more + bound) == "binding"


@pytest.mark.parametrize("at", [NOW - 3600, NOW + 3600])
def test_a_binding_is_made_now(at: int) -> None:
    assert fault_of(shown(("name",), at=at)) == "expired"


def test_a_binding_of_another_type_is_refused() -> None:
    part = sd_jwt.present(issued(), [])
    payload = {"iat": NOW, "aud": ASKED.audience, "nonce": ASKED.nonce, "sd_hash": ""}
    assert fault_of(part + sd_jwt.sign(payload, HOLDER, {"typ": "JWT"})) == "binding"


def test_a_credential_without_a_holder_cannot_be_bound() -> None:
    part = sd_jwt.present(issued(holder=None), [])
    bound = sd_jwt.bind(part, HOLDER, nonce=ASKED.nonce, audience=ASKED.audience, at=NOW)
    assert fault_of(bound) == "binding"


@pytest.mark.parametrize("text", ["", "~", "a.b.c~", "a.b~", "é.é.é~", "....~~~", "eyJ9.e30.AA~"])
def test_nonsense_is_malformed(text: str) -> None:
    assert fault_of(text, binding=None) == "malformed"


def test_json_that_names_a_member_twice_is_refused() -> None:
    for text in (b'{"a":1,"a":2}', b"NaN", b'"\\ud800"', b"\xff", b"[" * 100_000):
        with pytest.raises(SdJwtError):
            parse_json(text)


@pytest.mark.parametrize(
    "jwk", [None, {}, {"kty": "oct", "k": "AA"}, HOLDER.as_dict(private=True), {"kty": "EC"}]
)
def test_only_public_keys_of_known_kinds_are_keys(jwk: Any) -> None:
    with pytest.raises(SdJwtError):
        sd_jwt.import_key(jwk)


def test_claims_read_in_two_languages() -> None:
    claim = sd_jwt.ClaimMetadata(("name",), {"vi": "Họ tên", "en": "Name"})
    told = sd_jwt.type_metadata("https://xa.example/loai", {"vi": "Giấy khai sinh"}, [claim])
    assert told["vct"] == "https://xa.example/loai"
    assert told["name"] == "Giấy khai sinh"
    assert told["claims"][0]["path"] == ["name"]
    assert told["claims"][0]["sd"] == "allowed"
