"""Credentials of issuers outside: whom the file names counts, for its types and its days, while its list says so."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.cache import cache
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.outbound import client as outbound
from motcua.engines import sd_jwt
from motcua.systems.wallet import issuers, kinds, statuses
from motcua.systems.wallet.asking import Judged, judge, kinds_of_question, types_for
from motcua.systems.wallet.issuers import WrongIssuers
from motcua.systems.wallet.keys import client_id

pytestmark = pytest.mark.django_db
PID = "urn:example:pid:1"
OVER_18: sd_jwt.Path = ("age_equal_or_over", "18")
NONCE, PLACE = "cau-hoi-nay", 7


class Country:
    """A small state abroad with a server of its own: its keys, a status list, and citizens to issue to."""

    def __init__(self) -> None:
        self.key, self.holder = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
        self.header: dict[str, Any] = {"kid": "khoa-1"}
        self.statuses = sd_jwt.StatusList(64)
        self.asked: list[str] = []
        self.pages: dict[str, str] = {}
        country = self

        class Desk(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                country.asked.append(self.path)
                body = country.answer(self.path)
                self.send_response(200 if body else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/pid"
        self.list_address = f"{self.address}/list"
        self.down = False

    def answer(self, path: str) -> str:
        if self.down:
            return ""
        if path == "/.well-known/jwt-vc-issuer/pid":
            keys = {"keys": [{**self.key.as_dict(private=False), "kid": "khoa-1"}]}
            return json.dumps({"issuer": self.address, "jwks": keys})
        at = int(clock.now().timestamp())
        return sd_jwt.status_token(
            self.statuses, self.key, uri=self.list_address, at=at, ttl=60, exp=at + 3600, header=self.header
        )

    def line(self, **more: Any) -> dict[str, Any]:
        """What the file says of it."""
        claims = [{"path": list(OVER_18), "title": {"vi": "Đủ 18 tuổi", "en": "18 or older"}}]
        return {
            "issuer": self.address,
            "name": {"vi": "Nước bạn", "en": "A neighbour"},
            "source": "Hiệp định thử",
            "valid_from": dt.date(2020, 1, 1),
            "types": [
                {"vct": PID, "title": {"vi": "Thẻ định danh", "en": "Identity card"}, "claims": claims}
            ],
            **more,
        }

    def presentation(
        self, *, nonce: str = NONCE, audience: str = "", key: ECKey | None = None, **more: Any
    ) -> str:
        """A citizen of theirs proves to be of age."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.address,
            "vct": PID,
            "iat": now,
            "exp": now + 3600,
            "status": sd_jwt.reference(self.list_address, PLACE),
            "age_equal_or_over": {"18": True},
            **more,
        }
        holder = {
            name: value
            for name, value in self.holder.as_dict(private=False).items()
            if name in "kty crv x y".split()
        }
        text = sd_jwt.issue(
            claims, self.key, disclosable=[OVER_18], holder=holder, header=self.header, decoys=0
        )
        part = sd_jwt.present(text, [OVER_18])
        return sd_jwt.bind(part, key or self.holder, nonce=nonce, audience=audience or client_id(), at=now)

    def judged(self, **more: Any) -> Judged:
        return judge(self.presentation(**more), sd_jwt.Binding(NONCE, client_id()))


@pytest.fixture
def country() -> Iterator[Country]:
    cache.clear()
    made = Country()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()
    cache.clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "issuers.yaml"
    monkeypatch.setenv(issuers.SETTING, str(path))
    return path


def say(file: Path, *lines: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump({"issuers": list(lines)}, allow_unicode=True), encoding="utf-8")
    issuers._read.cache_clear()


@pytest.fixture
def trusted(country: Country, file: Path) -> Country:
    say(file, country.line())
    return country


def refused(country: Country, **more: Any) -> str:
    with pytest.raises(sd_jwt.SdJwtError) as wrong:
        country.judged(**more)
    return wrong.value.code


def test_a_credential_from_abroad_proves_what_was_asked(trusted: Country) -> None:
    found = trusted.judged()
    assert (found.vct, found.issuer) == (PID, "Nước bạn")
    assert found.claims["age_equal_or_over"] == {"18": True}
    assert kinds.title_of(found.type).en == "Identity card"
    assert [(fact.title, fact.value) for fact in kinds.facts(found.type, found.claims, "vi")] == [
        ("Đủ 18 tuổi", True)
    ]


def test_the_question_names_types_from_abroad_that_can_answer_it(trusted: Country, file: Path) -> None:
    assert PID in types_for(kinds_of_question()["over_18"])
    assert PID not in types_for(kinds_of_question()["commune"])
    say(file, trusted.line(valid_until=dt.date(2020, 12, 31)))
    assert PID not in types_for(kinds_of_question()["over_18"])


def test_without_a_line_nobody_abroad_counts(country: Country, file: Path) -> None:
    say(file)
    assert refused(country) == "signature"
    assert country.asked == []


def test_an_issuer_counts_on_its_days_only(country: Country, file: Path) -> None:
    say(file, country.line(valid_until=dt.date(2020, 12, 31)))
    assert refused(country) == "signature"


def test_an_issuer_counts_for_its_types_only(trusted: Country) -> None:
    assert refused(trusted, vct="urn:example:driving-licence:1") == "claims"
    assert refused(trusted, vct=kinds.address_of("trich-luc-khai-sinh")) == "claims"


def test_who_borrows_the_name_of_a_trusted_issuer_is_found_out(trusted: Country) -> None:
    trusted.judged()
    trusted.key = ECKey.generate_key("P-256")
    assert refused(trusted) == "signature"


def test_what_was_made_for_others_or_by_others_is_refused(trusted: Country) -> None:
    assert refused(trusted, nonce="cau-hoi-khac") == "replay"
    assert refused(trusted, audience="https://noi-khac.example") == "audience"
    assert refused(trusted, key=ECKey.generate_key("P-256")) == "signature"
    assert refused(trusted, exp=int(clock.now().timestamp()) - 3600) == "expired"


def test_a_withdrawn_credential_ends_when_the_kept_list_does(
    trusted: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted.judged()
    trusted.statuses[PLACE] = sd_jwt.INVALID
    trusted.judged()
    assert trusted.asked.count("/pid/list") == 1, "the list was kept for its ttl"
    later = clock.now() + dt.timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert refused(trusted) == "status"


def test_a_list_that_cannot_be_had_proves_nothing(trusted: Country) -> None:
    trusted.judged()
    cache.clear()
    trusted.down = True
    assert refused(trusted) == "unreachable"
    trusted.down = False
    outbound.forget()
    trusted.judged()


def test_a_list_of_another_place_or_signer_is_refused(trusted: Country) -> None:
    assert refused(trusted, status=sd_jwt.reference(f"{trusted.list_address}/other", PLACE)) == "status"
    assert refused(trusted, status=sd_jwt.reference(trusted.list_address, 64)) == "status"
    assert refused(trusted, status={"status_list": {"idx": True, "uri": trusted.list_address}}) == "status"


def test_keys_that_say_another_issuer_are_not_taken(trusted: Country, file: Path) -> None:
    say(file, trusted.line(issuer=f"{trusted.address}/"))
    assert refused(trusted, iss=f"{trusted.address}/") == "signature"


class Authority:
    """An authority whose certificates an issuer signs under."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed("CA", self.key, ca=True)

    def certify(self, key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
        return self._signed("Issuer", key, ca=False, host=host)

    def _signed(self, name: str, key: Any, *, ca: bool, host: str = "") -> x509.Certificate:
        subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), clock.now()
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        mine = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(mine), critical=False
            )
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            made = made.add_extension(names, critical=False)
        return made.sign(self.key, hashes.SHA256())


def sign_by_certificate(country: Country, authority: Authority, host: str = "127.0.0.1") -> None:
    """From now on the country signs under a certificate of that authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = authority.certify(key, host)
    country.key = ECKey.import_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    country.header = {"x5c": [base64.b64encode(leaf.public_bytes(Encoding.DER)).decode()]}


def test_certificates_count_under_the_authority_that_the_file_names(country: Country, file: Path) -> None:
    authority = Authority()
    (file.parent / "root.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    say(file, country.line(certificates="root.pem"))
    sign_by_certificate(country, authority)
    assert country.judged().issuer == "Nước bạn"
    assert country.asked == ["/pid/list"], "its keys were not asked for"
    sign_by_certificate(country, authority, host="noi-khac.example")
    assert refused(country) == "signature"
    sign_by_certificate(country, Authority())
    assert refused(country) == "signature"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"issuer": "khong-phai-dia-chi"}, "issuers[0].issuer"),
        ({"valid_from": "hôm nay"}, "issuers[0]"),
        ({"types": []}, "issuers[0].types"),
        ({"types": [{"vct": PID}]}, "issuers[0].types[0]"),
        ({"name": "Nước bạn"}, "issuers[0]"),
        ({"certificates": "khong-co.pem"}, "issuers[0].certificates"),
        ({"keys": "metadata"}, "issuers[0]"),
    ],
)
def test_a_faulty_line_says_where(country: Country, file: Path, change: dict[str, Any], where: str) -> None:
    say(file, country.line(**change))
    with pytest.raises(WrongIssuers) as wrong:
        issuers.in_force()
    assert where in wrong.value.text("en")


def test_our_own_credentials_need_no_line_and_no_list_abroad(file: Path) -> None:
    say(file)
    with pytest.raises(sd_jwt.SdJwtError, match="names no place"):
        statuses.check({"iss": None})
