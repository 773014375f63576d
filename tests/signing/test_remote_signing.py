"""The remote signing API, driven by pyHanko's client over HTTP and by our own; its locks tried one by one."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from typing import Any

import aiohttp
import httpcore
import pytest
import typst
from allauth.mfa.totp.internal.auth import TOTP
from asn1crypto import tsp
from cryptography import x509
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client as Browser
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from motcua.core import bearers, clock
from motcua.core.documents import certificates, revocation, signing_keys, trust
from motcua.core.documents.contrib.remote.client import Client, Refused
from motcua.core.documents.models import Key
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.outbound import client as outbound
from motcua.core.outbound import wire
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply
from motcua.engines import pades

USER = "h55.237.chair"
ECDSA = "1.2.840.10045.4.3.2"


@pytest.fixture(autouse=True)
def codes_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code is accepted once in half a minute; these tests would wait for the next one each time."""
    monkeypatch.setattr(TOTP, "_mark_code_used", lambda self, code: True)


def own_key() -> Key:
    account = Account.objects.get(username=USER)
    agency = organisations.duties(account.officer_id or 0)[0].agency_id
    return signing_keys.officer_key(account.officer_id or 0, agency)


class Asked(CSCAuthorizationManager):
    """Asks for leave with the officer's one-time code, bound to the digests."""

    def __init__(self, session: aiohttp.ClientSession, *about: Any) -> None:
        super().__init__(*about)
        self.session = session

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        url = self.csc_session_info.endpoint_url("credentials/authorize")  # type: ignore[no-untyped-call]
        body = self.format_csc_auth_request(otp=demo_code(USER), hash_b64s=hash_b64s)
        async with self.session.post(
            url, headers=self.auth_headers, json=body, raise_for_status=True
        ) as answer:
            return self.parse_csc_auth_response(await answer.json())


async def sign_by_pyhanko(base: str, token: str, credential: str, pages: list[bytes]) -> list[bytes]:
    async with aiohttp.ClientSession() as session:
        info = CSCServiceSessionInfo(base, credential, oauth_token=token)
        found = await fetch_certs_in_csc_credential(session, info)
        signer = CSCSigner(session, Asked(session, info, found), batch_size=len(pages))
        meta = PdfSignatureMetadata(field_name="Ky", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")

        async def one(page: bytes) -> bytes:
            out = await PdfSigner(meta, signer).async_sign_pdf(IncrementalPdfFileWriter(BytesIO(page)))
            return bytes(out.getvalue())

        return list(await asyncio.gather(*(one(page) for page in pages)))


def in_its_own_loop(signing: Coroutine[Any, Any, list[bytes]]) -> list[bytes]:
    """Run in a thread: a browser of another test may keep this one's loop running."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, signing).result()


def test_pyhanko_signs_a_batch_at_our_service_and_the_documents_verify(world: str) -> None:
    with acting(SYSTEM):
        credential = own_key().key_id
    base = f"{world}/chung-thu"
    ours = Client(base, "")
    ours.login(USER, PASSWORD)
    token = ours._token
    assert ours.credentials() == [credential]
    pages = [typst.compile(f"= Văn bản số {n}".encode(), format="pdf") for n in (1, 2, 3)]
    signed = in_its_own_loop(sign_by_pyhanko(base, token, credential, pages))
    with acting(SYSTEM):
        house = trust.house()
        ocsps = [
            answer
            for each in (signing_keys.certificate_of(own_key()), *house.intermediates)
            if (answer := revocation.answer_about(each))
        ]
        for page in signed:
            verdict = pades.verify(
                page,
                [house.root.certificate],
                now=clock.now(),
                certificates=house.intermediates,
                ocsps=ocsps,
                crls=house.revocation_lists(),
            )
            assert verdict.valid, verdict
            assert verdict.signatures[0].position == "Chủ tịch"
        kinds = Event.objects.filter(subject_type="key", kind__startswith="certificate.").order_by("id")
        assert list(kinds.values_list("kind", flat=True))[-2:] == [
            "certificate.authorized",
            "certificate.signed_remotely",
        ]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_our_own_client_signs_by_either_version(world: str, version: str) -> None:
    with acting(SYSTEM):
        key = own_key()
    ours = Client(f"{world}/chung-thu/csc/{version}", "")
    ours.login(USER, PASSWORD)
    credential = ours.credential(key.key_id)
    digests = [sha256(b"one").digest(), sha256(b"two").digest()]
    made = ours.sign(credential, digests, otp=demo_code(USER))
    public = credential.certificates[0].public_key()
    for data, signature in zip((b"one", b"two"), made, strict=True):
        public.verify(signature, data, x509_ecdsa())  # type: ignore[union-attr,call-arg]
    with pytest.raises(Refused, match="OTP is invalid"):
        ours.sign(credential, digests, otp="000000")


def x509_ecdsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    return ec.ECDSA(SHA256())


def test_a_service_that_is_away_or_babbles_is_told_apart_from_one_that_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any) -> Reply:
        raise httpcore.ConnectTimeout("no answer")

    for body in (None, b"<html>", b"[]", b'{"cert": {}}'):
        outbound.forget()
        said = away if body is None else lambda *_, body=body: Reply(200, {}, body)
        monkeypatch.setattr(wire, "_send", said)
        with pytest.raises(Silent):
            Client("https://sign.example", "t").credential("k")


def post_json(client: Browser, method: str, authorization: str) -> Any:
    door = f"/chung-thu/csc/v1/{method}"
    return client.post(door, "{}", content_type="application/json", HTTP_AUTHORIZATION=authorization)


Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def call(db: None, client: Browser) -> Iterator[Call]:
    """`call("credentials/list", {…})` as the chair: status and answer."""
    cache.clear()
    with acting(SYSTEM):
        own_key()
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        login = post_json(client, "auth/login", f"Basic {basic}")
        token = login.json()["access_token"]

        def ask(
            method: str, body: dict[str, Any], *, version: str = "v1", bearer: str = token
        ) -> tuple[int, dict[str, Any]]:
            answer = client.post(
                f"/chung-thu/csc/{version}/{method}",
                json.dumps(body),
                content_type="application/json",
                HTTP_AUTHORIZATION=f"Bearer {bearer}",
            )
            return answer.status_code, json.loads(answer.content) if answer.content else {}

        yield ask
    cache.clear()


@pytest.fixture
def move() -> Iterator[Callable[[dt.datetime | None], None]]:
    yield clock.move_sandbox_to
    clock.move_sandbox_to(None)


def text_of(data: bytes) -> str:
    return base64.b64encode(sha256(data).digest()).decode()


def leave(call: Call, *hashes: str) -> dict[str, Any]:
    body = {"credentialID": own_key().key_id, "numSignatures": len(hashes), "hash": list(hashes)}
    status, said = call("credentials/authorize", body | {"OTP": demo_code(USER)})
    assert status == 200, said
    return said


def sign(call: Call, sad: str, *hashes: str, algorithm: str = ECDSA) -> tuple[int, dict[str, Any]]:
    body = {"credentialID": own_key().key_id, "SAD": sad, "hash": list(hashes), "signAlgo": algorithm}
    return call("signatures/signHash", body)


def test_leave_is_for_these_digests_and_for_each_once(call: Call) -> None:
    one, two, other = text_of(b"1"), text_of(b"2"), text_of(b"3")
    sad = leave(call, one, two)["SAD"]
    status, said = sign(call, sad, other)
    assert (status, said["error"]) == (400, "invalid_request")
    assert "not authorized" in said["error_description"]
    assert sign(call, sad, one)[0] == 200
    assert sign(call, sad, one)[0] == 400
    assert sign(call, sad, two)[0] == 200


def test_leave_ends_after_five_minutes(call: Call, move: Callable[[dt.datetime | None], None]) -> None:
    sad = leave(call, text_of(b"1"))["SAD"]
    move(clock.now() + dt.timedelta(minutes=6))
    status, said = sign(call, sad, text_of(b"1"))
    assert status == 400
    assert said["error_description"] == "SAD expired"


def test_an_extended_leave_replaces_the_former(call: Call) -> None:
    one, two = text_of(b"1"), text_of(b"2")
    first = leave(call, one, two)["SAD"]
    sign(call, first, one)
    body = {"credentialID": own_key().key_id, "SAD": first}
    status, said = call("credentials/extendTransaction", body | {"hash": [one]})
    assert status == 400
    status, said = call("credentials/extendTransaction", body | {"hash": [two]})
    assert status == 200
    assert sign(call, first, two)[0] == 400
    assert sign(call, said["SAD"], two)[0] == 200


def test_five_wrong_codes_shut_the_door_even_for_the_right_one(call: Call) -> None:
    body = {"credentialID": own_key().key_id, "numSignatures": 1, "hash": [text_of(b"1")]}
    for _ in range(5):
        assert call("credentials/authorize", body | {"OTP": "000000"})[1]["error"] == "invalid_otp"
    status, said = call("credentials/authorize", body | {"OTP": demo_code(USER)})
    assert (status, said["error"]) == (400, "otp_locked")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hash": []}, "array parameter hash"),
        ({"hash": ["AAAA"]}, "Base64 hash"),
        ({"hash": "x"}, "array parameter hash"),
        ({"numSignatures": 2}, "numSignatures"),
        ({"credentialID": "another"}, "credentialID"),
        ({"credentialID": 7}, "credentialID"),
        ({"OTP": ""}, "OTP"),
        ({"hashAlgo": "1.3.14.3.2.26"}, "hashAlgo"),
    ],
)
def test_what_is_wrong_is_named(call: Call, change: dict[str, Any], says: str) -> None:
    body = {"credentialID": own_key().key_id, "numSignatures": 1, "hash": [text_of(b"1")]}
    status, said = call("credentials/authorize", body | {"OTP": demo_code(USER)} | change)
    assert status == 400
    assert said["error"] == "invalid_request"
    assert says in said["error_description"]


def test_a_key_signs_only_with_its_own_algorithm(call: Call) -> None:
    one = text_of(b"1")
    sad = leave(call, one)["SAD"]
    status, said = sign(call, sad, one, algorithm="1.2.840.113549.1.1.11")
    assert status == 400
    assert "signAlgo" in said["error_description"]
    assert sign(call, sad, one)[0] == 200


@pytest.mark.parametrize("end", ["suspend", "revoke"])
def test_a_certificate_that_ended_opens_nothing(call: Call, end: str) -> None:
    sad, key = leave(call, text_of(b"1"))["SAD"], own_key()
    getattr(certificates, end)(SYSTEM, key.key_id, "mất thiết bị")
    body = {"credentialID": key.key_id, "SAD": sad, "hash": [text_of(b"1")], "signAlgo": ECDSA}
    assert call("signatures/signHash", body)[0] == 400
    said = call("credentials/info", {"credentialID": key.key_id})[1]
    assert said["key"]["status"] == "disabled"
    assert said["cert"]["status"] == {"suspend": "suspended", "revoke": "revoked"}[end]


def test_without_a_good_token_nothing_is_told(call: Call, client: Browser) -> None:
    assert call("credentials/list", {}, bearer="mcs_x")[0] == 401
    assert post_json(client, "credentials/list", "").status_code == 401
    assert call("auth/revoke", {})[0] == 204
    status, said = call("credentials/list", {})
    assert (status, said["error"]) == (401, "invalid_token")


def test_another_issuers_token_is_taken_when_it_is_registered(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.objects.get(username=USER).pk
    scopes = {"foreign": frozenset({"credential"}), "narrow": frozenset({"profile"})}

    def resolver(_: HttpRequest, token: str) -> bearers.Bearer | None:
        return bearers.Bearer(account, scopes[token]) if token in scopes else None

    monkeypatch.setattr(bearers, "_resolvers", dict(bearers._resolvers))
    assert call("credentials/list", {}, bearer="foreign")[0] == 401
    bearers.register(resolver)
    assert call("credentials/list", {}, bearer="foreign")[1]["credentialIDs"] == [own_key().key_id]
    assert call("credentials/list", {}, bearer="narrow")[0] == 403


def test_passwords_are_not_guessed_for_long(db: None, client: Browser) -> None:
    cache.clear()
    wrong = base64.b64encode(f"{USER}:nope".encode()).decode()
    told = [post_json(client, "auth/login", f"Basic {wrong}").status_code for _ in range(6)]
    assert told == [401] * 5 + [429]
    cache.clear()


def test_the_service_says_what_it_can(call: Call) -> None:
    first, second = call("info", {})[1], call("info", {"lang": "en"}, version="v2")[1]
    assert first["specs"] == "1.0.4.0"
    assert second["specs"].startswith("2.0")
    assert "signatures/signHash" in first["methods"]
    detail = call("credentials/info", {"credentialID": own_key().key_id, "certInfo": True})[1]
    assert (detail["SCAL"], detail["authMode"], detail["OTP"]["type"]) == ("2", "explicit", "offline")
    assert detail["key"]["algo"] == [ECDSA]
    assert "Chủ tịch" in detail["cert"]["subjectDN"]
    assert call("credentials/nonsense", {})[0] == 404


def test_a_code_is_sent_only_where_there_is_no_authenticator(call: Call) -> None:
    status, said = call("credentials/sendOTP", {"credentialID": own_key().key_id})
    assert status == 400
    assert "offline" in said["error_description"]
    from allauth.mfa.models import Authenticator

    from motcua.core.notifications.models import Message

    Authenticator.objects.filter(user__username=USER).delete()
    assert call("credentials/sendOTP", {"credentialID": own_key().key_id})[0] == 200
    sent = Message.objects.filter(kind="certificate.code").latest("id").body
    code = next(word.strip(",") for word in sent.split() if word.strip(",").isdigit())
    body = {"credentialID": own_key().key_id, "numSignatures": 1, "hash": [text_of(b"1")], "OTP": code}
    assert call("credentials/authorize", body)[0] == 200
    assert call("credentials/authorize", body)[1]["error"] == "invalid_otp"


def test_a_time_stamp_is_given_for_a_digest(call: Call) -> None:
    status, said = call("signatures/timestamp", {"hash": text_of(b"1"), "nonce": "1f"})
    assert status == 200
    token = tsp.ContentInfo.load(base64.b64decode(said["timestamp"]))
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["nonce"].native == 0x1F
    assert info["message_imprint"]["hashed_message"].native == sha256(b"1").digest()
    assert x509.load_der_x509_certificate(token["content"]["certificates"][0].chosen.dump())
