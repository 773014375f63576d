"""The reference implementation (PyPI sd-jwt) reads what we issue, and we read what it issues."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from motcua.engines import sd_jwt

NOW = 1_790_000_000
ISSUER, HOLDER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
NONCE, AUDIENCE = "n-0S6", "https://xa.example/ban"


def theirs(key: ECKey, *, private: bool = False) -> JWK:
    return JWK.from_json(json.dumps(key.as_dict(private=private)))


def test_the_reference_verifies_what_we_issue_present_and_bind() -> None:
    claims = {"iss": "https://xa.example", "vct": "x", "name": "MA THỊ SỬU", "born": "1949-10-12"} | {
        "place": {"commune": "05443", "province": "19"},
        "nationality": ["VN", "FR"],
    }
    hidden: list[sd_jwt.Path] = [
        ("name",), ("born",), ("place",), ("place", "commune"), ("nationality", None)
    ]  # fmt: skip
    holder = HOLDER.as_dict(private=False)
    text = sd_jwt.issue(claims, ISSUER, disclosable=hidden, holder=holder, decoys=2)
    part = sd_jwt.present(text, [("name",), ("place", "commune"), ("nationality", 0)])
    bound = sd_jwt.bind(part, HOLDER, nonce=NONCE, audience=AUDIENCE, at=NOW)
    judge = SDJWTVerifier(bound, lambda iss, header: theirs(ISSUER), AUDIENCE, NONCE)
    read = judge.get_verified_payload()
    assert read["name"] == "MA THỊ SỬU"
    assert read["place"] == claims["place"]
    assert read["nationality"] == ["VN"]
    assert "born" not in read


@pytest.mark.parametrize("decoys", [False, True])
def test_we_verify_what_the_reference_issues_and_binds(decoys: bool) -> None:
    claims: dict[Any, Any] = {
        "iss": "https://xa.example",
        "vct": "x",
        SDObj("name"): "MA THỊ SỬU",
        SDObj("place"): {SDObj("commune"): "05443", "province": "19"},
        "nationality": [SDObj("VN"), SDObj("FR")],
    }
    made = SDJWTIssuer(
        claims,
        theirs(ISSUER, private=True),
        theirs(HOLDER),
        add_decoy_claims=decoys,
        extra_header_parameters={"typ": "dc+sd-jwt"},
    )
    holder = SDJWTHolder(made.sd_jwt_issuance)
    asked = {"place": {"commune": True}, "nationality": [False, True]}
    holder.create_presentation(asked, NONCE, AUDIENCE, theirs(HOLDER, private=True))
    _, bound = sd_jwt.read_unverified(holder.sd_jwt_presentation.rsplit("~", 1)[1])
    proven = sd_jwt.verify(
        holder.sd_jwt_presentation,
        lambda header, payload: ISSUER,
        now=bound["iat"],
        binding=sd_jwt.Binding(NONCE, AUDIENCE),
    )
    assert proven.claims["place"] == {"commune": "05443", "province": "19"}
    assert proven.claims["nationality"] == ["FR"]
    assert "name" not in proven.claims
