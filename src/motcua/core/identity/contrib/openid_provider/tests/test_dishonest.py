"""A provider, or somebody between it and us, who is not honest; and one who changes its keys, or falls silent."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from motcua.core.identity.contrib.openid_provider import description, provider
from motcua.core.identity.contrib.openid_provider.sources import register_all
from motcua.core.identity.models import Session
from motcua.core.identity.sources import registry
from motcua.core.identity.testing import sign_in
from motcua.core.identity.trust import BACK_CHANNEL_LOGOUT, hash_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply

pytestmark = pytest.mark.django_db
LAN_ANH, DUC = "019195001234", "019093005678"
KEY, ISSUER, US = "dishonest", "https://sso.example.vn", "motcua"
LEVEL_2 = "urn:vn:eid:level:2"


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], key: Any) -> str:
    registered = jws.JWSRegistry(algorithms=[str(header["alg"])])
    return jws.serialize_compact(dict(header), json.dumps(claims).encode(), key, registry=registered)


class Provider:
    """Stands in for the network: what the outside would answer, with a switch for each fault."""

    def __init__(self) -> None:
        self.key: Any = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.alg = "ES256"
        self.change: Callable[[dict[str, Any]], None] = lambda claims: None
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.silent = False
        self.asked: list[str] = []
        self.nonce = ""
        self.document = {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks", "end_session_endpoint": f"{ISSUER}/leave",
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def ask(self, url: str, *, form: Any = None, headers: Any = None) -> Reply:
        self.asked.append(url)
        if self.silent:
            raise Silent(ISSUER, "time-out")
        answers: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": lambda: self.document,
            "/jwks": lambda: {"keys": [self.key.as_dict(private=False)]},
            "/token": lambda: {"access_token": "a" * 32, "id_token": self.id_token()},
        }
        said = answers[urlsplit(url).path]()
        return Reply(200, {}, json.dumps(said).encode())

    def claims(self) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER, "aud": US, "sub": "s-1", "nonce": self.nonce, "iat": now, "exp": now + 300, "sid": "sit-1",
            "auth_time": now, "acr": LEVEL_2, "number": LAN_ANH, "at_hash": hash_of("a" * 32, self.alg),
        }  # fmt: skip
        self.change(claims)
        return claims

    def id_token(self) -> str:
        claims = self.claims()
        return (
            self.forge(claims)
            if self.forge
            else compact({"alg": self.alg, "kid": self.key.kid}, claims, self.key)
        )

    def logout_token(self, **changed: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": US, "iat": now, "exp": now + 120, "jti": "j-1", "sid": "sit-1",
            "events": {BACK_CHANNEL_LOGOUT: {}}, **changed,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return compact({"alg": self.alg, "kid": self.key.kid, "typ": "logout+jwt"}, kept, self.key)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    cache.clear()
    made = Provider()
    monkeypatch.setattr(anywhere, "ask", made.ask)
    (tmp_path / "secret").write_text("very secret", "utf-8")
    (tmp_path / "sources.yaml").write_text(
        f"""
sources:
  {KEY}: {{issuer: {ISSUER}, client_id: {US}, authentication: client_secret_basic, secret_file: secret,
    levels: {{"{LEVEL_2}": 2}}, claims: {{number: number}}, max_age: 600}}
""",
        "utf-8",
    )
    register_all(tmp_path / "sources.yaml")
    yield made
    registry._plugins.pop(KEY)


def answered(client: Client, other: Provider, **query: str) -> Any:
    """Go there, and come back with the provider's answer."""
    asked = parse_qs(urlsplit(client.get(f"/dang-nhap/qua/{KEY}/").headers["Location"]).query)
    other.nonce = asked["nonce"][0]
    answer = {"code": "c-1", "state": asked["state"][0], "iss": ISSUER, **query}
    return client.get(
        f"/dang-nhap/qua/{KEY}/tro-ve/", {name: value for name, value in answer.items() if value}
    )


def is_in(client: Client) -> bool:
    return bool(client.get("/tai-khoan/").status_code == 200)


def test_an_honest_answer_signs_the_person_in(client: Client, other: Provider) -> None:
    assert answered(client, other).status_code == 302
    assert is_in(client)


def _later(claims: dict[str, Any], **changed: Any) -> None:
    claims.update({name: value for name, value in changed.items() if value is not None})
    for name in [name for name, value in changed.items() if value is None]:
        del claims[name]


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.example"},
    "for another": {"aud": "bank"},
    "for us and another": {"aud": [US, "bank"]},
    "by order of another": {"azp": "bank"},
    "expired": {"iat": NOW - 800, "exp": NOW - 400},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": NOW + 86400, "exp": NOW + 90000},
    "made long ago": {"iat": NOW - 90000, "exp": NOW + 90000},
    "an access token of another": {"at_hash": "AAAA"},
    "proved too long ago": {"auth_time": NOW - 4000},
    "never proved": {"auth_time": None},
    "of a level we do not know": {"acr": "urn:evil:level:9"},
    "of no level": {"acr": None},
    "of nobody": {"number": None},
    "without a subject": {"sub": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_false_token_signs_nobody_in(client: Client, other: Provider, lie: str) -> None:
    other.change = lambda claims: _later(claims, **LIES[lie])
    assert answered(client, other).status_code == 400
    assert not is_in(client)


def by_shared_secret(claims: dict[str, Any], secret: bytes) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "one"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = hmac.digest(secret, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def test_the_public_key_is_no_shared_secret(client: Client, other: Provider) -> None:
    """Algorithm confusion: HS256 keyed by the published RSA key (RFC 8725 section 2.1)."""
    other.key = RSAKey.generate_key(2048, {"kid": "one"})
    pem = other.key.as_pem(private=False)
    other.forge = lambda claims: by_shared_secret(claims, pem)
    assert answered(client, other).status_code == 400
    assert not is_in(client)


def test_a_token_that_nobody_signed_is_not_believed(client: Client, other: Provider) -> None:
    def unsigned(claims: dict[str, Any]) -> str:
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."

    other.forge = unsigned
    assert answered(client, other).status_code == 400
    assert not is_in(client)


def test_a_key_brought_along_in_the_token_is_not_trusted(client: Client, other: Provider) -> None:
    own = ECKey.generate_key("P-256", {"kid": "one"})
    header = {"alg": "ES256", "kid": "one", "jwk": own.as_dict(private=False)}
    other.forge = lambda claims: compact(header, claims, own)
    assert answered(client, other).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(
    "query",
    [{"iss": "https://evil.example"}, {"iss": ""}, {"state": "s"}, {"code": "", "error": "server_error"}],
)
def test_an_answer_of_another_provider_is_not_heard(
    client: Client, other: Provider, query: dict[str, str]
) -> None:
    """Mix-up (RFC 9700 section 4.4): a provider that says who answers must say so each time (RFC 9207)."""
    asked = len(other.asked)
    assert answered(client, other, **query).status_code == 400
    assert f"{ISSUER}/token" not in other.asked[asked:]
    assert not is_in(client)


def test_an_answer_is_heard_once(client: Client, other: Provider) -> None:
    first = answered(client, other)
    assert first.status_code == 302
    again = client.get(f"/dang-nhap/qua/{KEY}/tro-ve/", {"code": "c-1", "state": "x", "iss": ISSUER})
    assert again.status_code == 400


def test_a_new_key_is_fetched_when_a_token_is_signed_by_it(
    client: Client, other: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(client, other)
    other.key = ECKey.generate_key("P-256", {"kid": "two"})
    monkeypatch.setattr(provider, "KEYS_AGAIN_AFTER", -1.0)
    assert answered(Client(), other).status_code == 302


def test_tokens_signed_by_unknown_keys_do_not_make_us_ask_without_end(
    client: Client, other: Provider
) -> None:
    answered(client, other)
    stranger = ECKey.generate_key("P-256", {"kid": "nobody"})
    other.forge = lambda claims: compact({"alg": "ES256", "kid": "nobody"}, claims, stranger)
    before = other.asked.count(f"{ISSUER}/jwks")
    for _ in range(5):
        assert answered(Client(), other).status_code == 400
    assert other.asked.count(f"{ISSUER}/jwks") == before


def test_a_silent_provider_is_said_with_the_other_ways_and_again_on_the_sign_in_page(
    client: Client, other: Provider
) -> None:
    other.silent = True
    page = client.get(f"/dang-nhap/qua/{KEY}/")
    assert page.status_code == 503
    assert "/dang-nhap/?next=" in page.content.decode()
    assert "đang không trả lời" in client.get("/dang-nhap/").content.decode()
    other.silent = False
    client.get(f"/dang-nhap/qua/{KEY}/")
    assert "đang không trả lời" not in client.get("/dang-nhap/").content.decode()


def test_a_provider_that_calls_itself_otherwise_is_not_believed(client: Client, other: Provider) -> None:
    other.document["issuer"] = "https://evil.example"
    assert client.get(f"/dang-nhap/qua/{KEY}/").status_code == 503


# Signed out there


def tell(client: Client, token: str) -> Any:
    return client.post(f"/dang-nhap/qua/{KEY}/dang-xuat-tu-xa/", {"logout_token": token})


def test_signing_out_there_ends_the_session_here_and_no_other(client: Client, other: Provider) -> None:
    answered(client, other)
    bystander = Client()
    sign_in(bystander, DUC)
    told = tell(Client(), other.logout_token())
    assert (told.status_code, told.headers["Cache-Control"].count("no-store")) == (200, 1)
    assert not is_in(client)
    assert is_in(bystander)


def test_a_logout_token_by_subject_ends_all_of_that_subject(client: Client, other: Provider) -> None:
    answered(client, other)
    assert tell(Client(), other.logout_token(sid=None, sub="s-1")).status_code == 200
    assert not is_in(client)


def test_a_logout_token_is_heard_once(client: Client, other: Provider) -> None:
    token = other.logout_token()
    assert tell(Client(), token).status_code == 200
    answered(client, other)
    assert tell(Client(), token).json()["error_description"] == "heard before"
    assert is_in(client)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "bank"}, {"iss": "https://evil.example"}, {"nonce": "n"}, {"events": {}}, {"events": None},
        {"sid": None}, {"jti": None}, {"exp": NOW - 400}, {"iat": None},
    ],
)  # fmt: skip
def test_a_false_logout_token_ends_nothing(client: Client, other: Provider, changed: dict[str, Any]) -> None:
    answered(client, other)
    assert tell(Client(), other.logout_token(**changed)).status_code == 400
    assert is_in(client)


def test_an_id_token_signs_nobody_out(client: Client, other: Provider) -> None:
    answered(client, other)
    assert tell(Client(), other.id_token()).status_code == 400
    assert is_in(client)


def test_only_digests_of_who_signed_in_where_are_stored(client: Client, other: Provider) -> None:
    answered(client, other)
    with acting(SYSTEM):
        row = Session.objects.get(session_key=client.cookies["phien"].value)
    assert len(row.eid_subject) == len(row.eid_session) == 64
    assert "s-1" not in row.eid_subject


# The file, and the addresses


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("sources: []", "begin with"),
        ("sources: {a b: {}}", "letters, digits"),
        ("sources: {a: {issuer: x, client_id: y}}", "issuer"),
        ("sources: {a: {issuer: 'https://x', client_id: y, kind: z}}", "kind is not known"),
        ("sources: {a: {issuer: 'https://x', client_id: y, authentication: none}}", "authentication"),
        ("sources: {a: {issuer: 'https://x', client_id: y}}", "key_file"),
        ("sources: {a: {issuer: 'https://x', client_id: y, key_file: k, algorithms: [HS256]}}", "HS256"),
        ("sources: {a: {issuer: 'https://x', client_id: y, key_file: k, levels: {a: 3}}}", "levels"),
        ("sources: {", "cannot be read"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused_by_name(tmp_path: Path, said: str, named: str) -> None:
    (tmp_path / "f.yaml").write_text(said, "utf-8")
    with pytest.raises(description.Misdescribed, match=named):
        description.read(tmp_path / "f.yaml")


@pytest.mark.parametrize(
    "url",
    [
        "http://sso.example.vn/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/",
        "https://a:b@sso.example.vn/", "file:///etc/passwd", "https://localhost/", "https://0.0.0.0/", "https://:0/",
    ],
)  # fmt: skip
def test_no_private_or_unsafe_address_is_asked(settings: Any, url: str) -> None:
    settings.MOTCUA_SANDBOX = False
    with pytest.raises(Silent):
        anywhere.ask(url)
