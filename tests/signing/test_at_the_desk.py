"""An officer signs with their own token: page, agent and token together, and everything that can go wrong."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.test import Client

from motcua.agent.desk import Desk, NotSigned
from motcua.agent.loopback import Loopback
from motcua.agent.pin_window import PinWindow
from motcua.agent.site import Site, SiteError
from motcua.core import clock
from motcua.core.documents import actions, asking, certificates, queries
from motcua.core.documents.models import Document, Key
from motcua.core.documents.testing import TEMPLATE
from motcua.core.errors import Conflict
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.engines import pades
from motcua.engines.pki import KeyKind, KeyStoreError, SignatureAlgorithm
from motcua.engines.pki.pkcs11 import Pkcs11KeyStore, Token, TokenLocked, WrongPin
from motcua.engines.pki.requests import public_key_of, request_for
from motcua.systems.authority import devices
from motcua.systems.authority.csc.tokens import hashed
from motcua.systems.authority.models import DevicePairing
from tests.signing.conftest import LABEL, PIN

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)
ALGORITHMS = {KeyKind.P256: SignatureAlgorithm.ECDSA_SHA256}


@pytest.fixture
def token(softhsm: str) -> Token:
    return Token(softhsm, label=LABEL)


@pytest.fixture
def chair(as_system: None) -> Actor:
    return actor_of(Account.objects.select_related("officer").get(username="h55.237.chair"), level=2)


@pytest.fixture
def move() -> Iterator[Callable[[dt.datetime | None], None]]:
    yield clock.move_sandbox_to
    clock.move_sandbox_to(None)


def enrol(token: Token, officer_id: int, agency_id: int, kind: KeyKind = KeyKind.P256) -> Key:
    """A key made on the token, asked for, approved, and its certificate put on the token."""
    key_id = f"key {next(_numbers)} {kind}".encode()
    algorithm = ALGORITHMS.get(kind, SignatureAlgorithm.RSA_SHA256)
    public = token.generate(PIN, "chữ ký", key_id, kind)
    request = request_for(public, "x", algorithm, lambda data: token.sign(PIN, key_id, data, algorithm))
    assert public_key_of(request) == public
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = x509.load_der_x509_csr(request).public_bytes(Encoding.PEM).decode()
    wish = asking.Wish("person", agency_id, "cấp thiết bị", officer_id=officer_id, store="agent", request=pem)
    key = asking.approve(SYSTEM, asking.ask(SYSTEM, wish).pk)
    (issued,) = x509.load_pem_x509_certificates(key.certificate_pem.encode())
    assert token.key_id_of(PIN, issued) == key_id
    token.install(PIN, "chữ ký", key_id, issued)
    return key


def draft() -> Document:
    return actions.draft(
        SYSTEM,
        kind="result",
        title="Giấy khai sinh",
        template=TEMPLATE,
        data={"name": "TRẦN NGỌC MINH CHÂU"},
        agency_id=Agency.objects.get(code="H55.237").pk,
        number=f"{next(_numbers)}/2026",
    )


def through(client: Client) -> httpx.MockTransport:
    """The agent's calls, answered by the site of this test."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in request.headers.items()
            if name in ("authorization", "origin")
        }
        got = client.post(request.url.path, request.content, content_type="application/json", **headers)
        return httpx.Response(got.status_code, content=got.content)

    return httpx.MockTransport(answer)


def a_round(chair: Actor, *papers: Document, monkeypatch: pytest.MonkeyPatch) -> tuple[DevicePairing, str]:
    """A round over documents whose case is not part of this test: steps are ended by a stand-in."""
    made = [actions.prepare_with_own_key(chair, paper.pk) for paper in papers]
    monkeypatch.setattr(devices, "_end_step", lambda actor, task: None)
    code = f"ABCD{next(_numbers):04d}".translate(str.maketrans("01", "XY"))
    assert None not in (chair.account_id, chair.officer_id, chair.agency_id)
    pairing = DevicePairing.objects.create(
        code_hash=hashed(code),
        account_id=chair.account_id or 0,
        officer_id=chair.officer_id or 0,
        agency_id=chair.agency_id or 0,
        documents=[one.document_id for one in made],
        tasks={str(one.document_id): "" for one in made},
        expires_at=clock.now() + devices.LASTS,
    )
    return pairing, code


def desk(token: Token, *pins: str) -> tuple[Desk, list[str]]:
    typed, said = iter(pins), list[str]()

    def ask(sentence: str) -> str | None:
        said.append(sentence)
        return next(typed, None)

    return Desk(token, ask, said.append), said


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_result_bears_the_tokens_signature_and_the_seal(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch, kind: KeyKind
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0, kind)
    first, second = draft(), draft()
    _, code = a_round(chair, first, second, monkeypatch=monkeypatch)
    agent, said = desk(token, PIN)
    outcomes = agent.sign(Site("http://site.test", transport=through(client)), code)
    assert [one.fault for one in outcomes] == ["", ""]
    assert any("Giấy khai sinh" in line for line in said)
    for paper in (first, second):
        paper.refresh_from_db()
        report = queries.verify_bytes(queries.content(actions.issue(paper, [])))
        assert report.verdict == "valid"
        person, seal = report.signatures
        assert (person.signer, seal.organisation) == (chair.label, paper.agency.name)
        assert person.level is pades.Level.B_LT


def test_the_pin_goes_nowhere(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    sent: list[bytes] = []
    inner = through(client)

    def listen(request: httpx.Request) -> httpx.Response:
        sent.append(request.content + str(request.headers).encode())
        return inner.handler(request)  # type: ignore[return-value]

    agent, _ = desk(token, PIN)
    agent.sign(Site("http://site.test", transport=httpx.MockTransport(listen)), code)
    assert len(sent) == 2
    assert not any(PIN.encode() in each for each in sent)


def test_a_pin_that_is_held_is_asked_once_for_two_rounds_and_again_after_a_word(
    token: Token,
    chair: Actor,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    once, said = desk(token, PIN)
    agent = replace(once, window=PinWindow(300, 5))
    site = Site("http://site.test", transport=through(client))
    for _ in range(2):
        _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
        assert [one.fault for one in agent.sign(site, code)] == [""]
    assert any("còn được giữ 5 phút, 3 chữ ký" in one for one in said)
    agent.window.forget()
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    with pytest.raises(NotSigned, match="thôi không ký"):
        agent.sign(site, code)
    out = capfd.readouterr()
    assert PIN not in "".join(said) + out.out + out.err


def test_a_wrong_pin_is_asked_again_and_three_stop_before_the_device_locks(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    paper = draft()
    pairing, code = a_round(chair, paper, monkeypatch=monkeypatch)
    agent, said = desk(token, "0000", "0000", "0000", PIN)
    with pytest.raises(NotSigned, match="Sai mã PIN 3 lần"):
        agent.sign(Site("http://site.test", transport=through(client)), code)
    assert "không đúng" in said[-1]
    pairing.refresh_from_db()
    assert "Sai mã PIN" in pairing.faults[str(paper.pk)]
    paper.refresh_from_db()
    assert paper.state == "draft"


@pytest.mark.parametrize(
    ("fault", "words"),
    [(TokenLocked("x"), "bị khóa"), (WrongPin("x", last_try=True), "CHỈ CÒN MỘT LẦN THỬ")],
)
def test_a_locked_device_and_the_last_try_are_said(
    token: Token,
    chair: Actor,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    words: str,
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)

    def refuse(*_: object, **__: object) -> list[bytes]:
        raise fault

    monkeypatch.setattr(Token, "sign_all", refuse)
    agent, said = desk(token, PIN, "")
    with pytest.raises(NotSigned) as told:
        agent.sign(Site("http://site.test", transport=through(client)), code)
    assert words in " ".join([*said, str(told.value)])


def test_no_device_is_said(
    softhsm: str, token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    agent, _ = desk(Token(softhsm, label="rút ra rồi"), PIN)
    with pytest.raises(NotSigned, match="Chưa thấy thiết bị"):
        agent.sign(Site("http://site.test", transport=through(client)), code)


def test_another_persons_device_signs_nothing(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    others = [one for one in token.certificates() if str(one.certificate.serial_number) != key.serial]
    monkeypatch.setattr(Token, "certificates", lambda self: others)
    agent, said = desk(token, PIN)
    with pytest.raises(NotSigned, match="không phải chứng thư"):
        agent.sign(Site("http://site.test", transport=through(client)), code)
    assert said == []


@pytest.mark.parametrize("end", ["suspend", "revoke"])
def test_a_certificate_that_ended_while_the_pin_was_typed_signs_nothing(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    key = enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    paper = draft()
    _, code = a_round(chair, paper, monkeypatch=monkeypatch)

    def ask(_: str) -> str:
        with acting(SYSTEM):
            getattr(certificates, end)(SYSTEM, key.key_id, "mất thiết bị")
        return PIN

    agent = Desk(token, ask, lambda _: None)
    (outcome,) = agent.sign(Site("http://site.test", transport=through(client)), code)
    assert "hết hiệu lực, bị tạm dừng hoặc thu hồi" in outcome.fault
    paper.refresh_from_db()
    assert paper.state == "draft"


def test_a_code_works_once_and_not_for_ever(
    token: Token,
    chair: Actor,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    move: Callable[[dt.datetime | None], None],
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    site = Site("http://site.test", transport=through(client))
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    site.open_round(f" {code[:4].lower()}-{code[4:]} ")
    with pytest.raises(SiteError, match="đã dùng"):
        site.open_round(code)
    _, other = a_round(chair, draft(), monkeypatch=monkeypatch)
    move(clock.now() + dt.timedelta(minutes=16))
    with pytest.raises(SiteError, match="15 phút"):
        site.open_round(other)


def test_the_same_answer_twice_changes_nothing_and_a_late_one_is_not_taken(
    token: Token,
    chair: Actor,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    move: Callable[[dt.datetime | None], None],
) -> None:
    key = enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    paper, late = draft(), draft()
    waiting = actions.prepare_with_own_key(chair, paper.pk)
    held = token.certificate_with_serial(int(key.serial))
    assert held
    made = token.sign(PIN, held.key_id, bytes(waiting.to_sign), SignatureAlgorithm.ECDSA_SHA256)
    digest = actions.complete(chair, paper.pk, made).digest
    assert actions.complete(chair, paper.pk, made).digest == digest
    waiting = actions.prepare_with_own_key(chair, late.pk)
    made = token.sign(PIN, held.key_id, bytes(waiting.to_sign), SignatureAlgorithm.ECDSA_SHA256)
    move(clock.now() + dt.timedelta(minutes=21))
    with pytest.raises(Conflict, match="waited too long"):
        actions.complete(chair, late.pk, made)


def test_signatures_for_documents_of_another_round_are_refused(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(token, chair.officer_id or 0, chair.agency_id or 0)
    _, code = a_round(chair, draft(), monkeypatch=monkeypatch)
    site = Site("http://site.test", transport=through(client))
    round_ = site.open_round(code)
    (outcome,) = site.hand_in(round_, {str(draft().pk): b"x"})
    assert "không thuộc lần ký này" in outcome.fault
    (outcome,) = site.hand_in(round_, {round_.documents[0].id: b"x" * 70})
    assert "Chữ ký không dùng được" in outcome.fault


def test_the_agents_door_opens_for_the_site_only(
    token: Token, chair: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, _ = desk(token, PIN)
    server = Loopback(agent, ["https://dichvucong.example.gov.vn"], port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        here = f"http://127.0.0.1:{server.server_port}"
        good = {"Origin": "https://dichvucong.example.gov.vn"}
        hello = httpx.get(here, headers=good)
        assert hello.json()["agent"] == "motcua"
        assert hello.headers["Access-Control-Allow-Origin"] == good["Origin"]
        for headers in ({"Origin": "https://evil.example"}, {}, good | {"Host": "evil.example"}):
            refused = httpx.post(f"{here}/sign", json={"code": "x"}, headers=headers)
            assert refused.status_code == 403
            assert "Access-Control-Allow-Origin" not in refused.headers
        assert httpx.post(f"{here}/sign", content=b"{", headers=good).status_code == 400
    finally:
        server.shutdown()
        server.server_close()


def test_the_security_module_of_the_house_makes_keys_and_seals(
    softhsm: str, as_system: None, settings: Any, tmp_path: Any
) -> None:
    settings.MOTCUA_PKCS11_MODULE, settings.MOTCUA_PKCS11_TOKEN = softhsm, LABEL
    pin = tmp_path / "pin"
    pin.write_text(PIN)
    settings.MOTCUA_PKCS11_PIN_FILE = str(pin)
    ward = Agency.objects.get(code="H55.237")
    asked = asking.ask(SYSTEM, asking.Wish("seal", ward.pk, "vào thiết bị", store="pkcs11"))
    key = asking.approve(SYSTEM, asked.pk)
    assert isinstance(key, Key)
    slip = actions.seal_slip(SYSTEM, draft())
    report = queries.verify_bytes(queries.content(slip))
    assert report.verdict == "valid"
    assert slip.signatures.get().key == key
    with pytest.raises(KeyStoreError, match="never overwritten"):
        Pkcs11KeyStore(Token(softhsm, label=LABEL), PIN).create(key.key_id)


def test_json_that_is_none_is_told_so(client: Client) -> None:
    for door in ("ghep", "ky", "loi"):
        answer = client.post(f"/chung-thu/may-ky/{door}", b"\xff", content_type="application/json")
        assert answer.status_code in (403, 404)
        assert json.loads(answer.content)["detail"]
