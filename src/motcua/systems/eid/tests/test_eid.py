"""Signing in by the sandbox eID, as a person does and as somebody dishonest would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey

from motcua.core.identity import relying_party
from motcua.core.identity.models import Account, Evidence, EvidenceKind, Party, Session
from motcua.core.jobs import defer, run_all
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event, Read
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import Record
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.eid import holders, provider, sandbox
from motcua.systems.eid.models import Authorization

pytestmark = pytest.mark.django_db
LAN_ANH, KHANH, WITHOUT_EID = "019195001234", "019201006789", "019049000456"
PASSCODE = "142857"
START = "/dang-nhap/qua/vneid/"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    cache.clear()
    sandbox.forget()
    yield
    sandbox.forget()


@pytest.fixture
def stranger() -> str:
    """The number of somebody of age in the population register, whom the demonstration does not know."""
    with acting(SYSTEM):
        known = set(
            Party.objects.filter(personal_number__isnull=False).values_list("personal_number", flat=True)
        )
        rows = Record.objects.filter(
            register_id="population", superseded_at=None, **{"data__born:year__lt": 1990}
        )
        return next(
            str(row.key)
            for row in rows.order_by("id")
            if row.key not in known and not row.facts.get("dead_on")
        )


def arrive(client: Client, wanted: str = "/tai-khoan/") -> Any:
    """From our sign-in page to the eID's."""
    leaving = client.get(START, {"next": wanted})
    assert leaving.status_code == 302
    return client.get(leaving.headers["Location"], follow=True)


def prove(client: Client, number: str, passcode: str = PASSCODE) -> Any:
    return client.post("/vneid/dang-nhap/", {"number": number, "passcode": passcode})


def agree(client: Client) -> str:
    """The address that the eID sends the browser back to."""
    return str(client.post("/vneid/dong-y/").headers["Location"])


def sign_in_by_eid(client: Client, number: str, wanted: str = "/tai-khoan/") -> Any:
    arrive(client, wanted)
    prove(client, number)
    return client.get(agree(client))


def test_a_person_never_seen_before_is_signed_in_and_has_an_account(client: Client, stranger: str) -> None:
    back = sign_in_by_eid(client, stranger)
    assert back.headers["Location"] == "/tai-khoan/"
    assert stranger in client.get("/tai-khoan/").content.decode()
    with acting(SYSTEM):
        account = Account.objects.select_related("party").get(username=stranger)
        assert not account.has_usable_password()
        assert account.party is not None
        assert account.party.level == 2
        assert account.party.born is not None
        assert Session.objects.get(account=account).level == 2
        kinds = set(
            Event.objects.filter(subject_type="account", subject_id=account.pk).values_list("kind", flat=True)
        )
    assert {"account.opened", "account.eid_linked", "account.signed_in"} <= kinds


def test_the_consent_page_names_what_is_told_to_whom(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    page = client.get("/vneid/dong-y/").content.decode()
    for told in ("Tỉnh Thái Nguyên", LAN_ANH, "NGUYỄN THỊ LAN ANH", "Mức 2"):
        assert told in page


def test_the_person_sees_that_the_eid_read_their_data(client: Client) -> None:
    sign_in_by_eid(client, LAN_ANH)
    with acting(SYSTEM):
        purposes = set(
            Read.objects.filter(people__contains=[blind(PERSON, LAN_ANH)]).values_list("purpose", flat=True)
        )
    assert "Đăng nhập bằng định danh điện tử" in purposes


def test_a_second_sign_in_finds_the_same_account_and_evidence(client: Client, stranger: str) -> None:
    sign_in_by_eid(client, stranger)
    sign_in_by_eid(Client(), stranger)
    with acting(SYSTEM):
        assert Account.objects.filter(username=stranger).count() == 1
        assert Evidence.objects.filter(party__personal_number=stranger, kind=EvidenceKind.EID).count() == 1


def test_an_eid_of_level_1_gives_a_session_of_level_1(client: Client) -> None:
    sign_in_by_eid(client, KHANH)
    assert Session.objects.get(account__username=KHANH).level == 1


def test_the_eid_page_says_that_it_is_not_the_real_one(client: Client) -> None:
    page = arrive(client).content.decode()
    assert "không phải VNeID thật" in page


def test_who_cancels_is_back_at_sign_in_and_is_told_that_nothing_was_sent(client: Client) -> None:
    arrive(client)
    back = client.post("/vneid/huy/").headers["Location"]
    page = client.get(back, follow=True)
    assert page.redirect_chain[-1][0].startswith("/dang-nhap/?next=")
    assert "Không có gì được gửi đi" in page.content.decode()
    assert client.get("/tai-khoan/").status_code == 302


def test_five_wrong_passcodes_lock_the_number_even_for_the_right_one(client: Client) -> None:
    arrive(client)
    assert "Còn 4 lần thử" in prove(client, LAN_ANH, "000000").content.decode()
    for _ in range(4):
        locked = prove(client, LAN_ANH, "000000")
    assert "bị khóa đến" in locked.content.decode()
    assert "bị khóa đến" in prove(client, LAN_ANH).content.decode()
    arrive(other := Client())
    assert prove(other, KHANH).status_code == 303


def test_who_has_no_eid_is_told_the_same_as_who_is_wrong(client: Client) -> None:
    arrive(client)
    assert "không khớp" in prove(client, WITHOUT_EID).content.decode()


def test_when_the_eid_is_down_we_say_so_and_name_the_other_ways(client: Client) -> None:
    sandbox.behave("down")
    page = client.get(START, {"next": "/tai-khoan/"})
    assert page.status_code == 503
    assert "không trả lời" in page.content.decode()
    assert "/dang-nhap/?next=/tai-khoan/" in page.content.decode()


def test_an_outage_between_consent_and_return_signs_nobody_in(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    back = agree(client)
    sandbox.behave("down")
    assert client.get(back).status_code == 503
    assert client.get("/tai-khoan/").status_code == 302


def test_an_eid_slower_than_we_wait_counts_as_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("motcua.systems.eid.sandbox.time.sleep", slept.append)
    sandbox.behave("slow", delay_seconds=30)
    assert client.get(START).status_code == 503
    assert slept == [sandbox.PATIENCE]
    sandbox.behave("slow", delay_seconds=1)
    assert client.get(START).status_code == 302


def test_a_replayed_answer_signs_nobody_in(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    back = agree(client)
    assert client.get(back).status_code == 302
    client.post("/dang-xuat/")
    assert client.get(back).status_code == 400
    assert client.get("/tai-khoan/").status_code == 302


def test_a_code_caught_by_another_browser_is_worth_nothing(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    code = parse_qs(urlsplit(agree(client)).query)["code"][0]
    thief = Client()
    leaving = thief.get(START)
    state = parse_qs(urlsplit(leaving.headers["Location"]).query)["state"][0]
    stolen = thief.get("/dang-nhap/qua/vneid/tro-ve/", {"code": code, "state": state})
    assert stolen.status_code == 400
    assert thief.get("/tai-khoan/").status_code == 302


def test_the_token_endpoint_gives_nothing_twice(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    asked = client.session[relying_party.ASKED]
    code = parse_qs(urlsplit(agree(client)).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": "motcua",
        "client_secret": provider.client_secret(),
        "code": code,
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": asked["verifier"],
    }
    assert client.post("/vneid/token", form | {"client_secret": "guessed"}).json() == {
        "error": "invalid_client"
    }
    assert "id_token" in client.post("/vneid/token", form).json()
    assert client.post("/vneid/token", form).json() == {"error": "invalid_grant"}


def test_another_state_is_not_believed(client: Client) -> None:
    arrive(client)
    prove(client, LAN_ANH)
    back = agree(client)
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = client.get(back.replace(state, "x" * len(state)))
    assert answer.status_code == 400
    assert client.get(back).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"acr": "urn:made:up"},
    ],
)
def test_a_word_not_meant_for_this_question_is_not_believed(
    client: Client, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    key = provider._key()

    def altered(asked: Authorization, holder: holders.Holder) -> str:
        claims = jwt.decode(_genuine(asked, holder), key, algorithms=["ES256"]).claims | change
        return jwt.encode({"alg": "ES256", "kid": str(key.kid)}, claims, key)

    _genuine = provider._id_token
    monkeypatch.setattr(provider, "_id_token", altered)
    assert sign_in_by_eid(client, LAN_ANH).status_code == 400
    assert client.get("/tai-khoan/").status_code == 302


def test_a_word_signed_by_another_key_is_not_believed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = provider._key()
    forger = ECKey.generate_key("P-256", {"kid": str(real.kid)})

    def forged(asked: Authorization, holder: holders.Holder) -> str:
        claims = jwt.decode(_genuine(asked, holder), real, algorithms=["ES256"]).claims
        return jwt.encode({"alg": "ES256", "kid": str(real.kid)}, claims, forger)

    _genuine = provider._id_token
    monkeypatch.setattr(provider, "_id_token", forged)
    assert sign_in_by_eid(client, LAN_ANH).status_code == 400


def test_a_request_that_took_too_long_lapses(client: Client) -> None:
    arrive(client)
    with acting(SYSTEM):
        asked = Authorization.objects.get()
        asked.asked_at -= provider.REQUEST_LIVES * 2
        asked.save()
    page = prove(client, LAN_ANH)
    assert page.status_code == 400
    assert "quá giờ" in page.content.decode()


def test_a_redirect_to_elsewhere_is_never_followed(client: Client) -> None:
    query = client.get(START).headers["Location"]
    page = client.get(query.replace("redirect_uri=http", "redirect_uri=https%3A%2F%2Fevil.example%2F%3Fhttp"))
    assert page.status_code == 400
    assert "redirect_uri" in page.content.decode()


def test_outside_a_sandbox_there_is_no_sandbox_eid(client: Client, settings: Any) -> None:
    settings.MOTCUA_SANDBOX = False
    assert client.get("/vneid/jwks.json").status_code == 404


def test_the_provider_describes_itself(client: Client) -> None:
    said = client.get("/vneid/.well-known/openid-configuration").json()
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert "d" not in client.get("/vneid/jwks.json").json()["keys"][0]


def test_requests_of_the_day_before_yesterday_are_forgotten(client: Client) -> None:
    arrive(client)
    arrive(Client())
    with acting(SYSTEM):
        old = Authorization.objects.earliest("id")
        old.asked_at -= dt.timedelta(days=2)
        old.save()
    defer("eid.forget_requests")
    run_all()
    assert Authorization.objects.count() == 1


def test_an_organisation_signs_in_as_itself_and_has_no_level(client: Client) -> None:
    with acting(SYSTEM):
        code = Record.objects.filter(register_id="enterprises", superseded_at=None).first().key  # type: ignore[union-attr]
    arrive(client)
    prove(client, code)
    page = client.get("/vneid/dong-y/").content.decode()
    assert "Tổ chức không chia mức" in page
    assert client.get(agree(client)).status_code == 302
    with acting(SYSTEM):
        party = Party.objects.get(personal_number=code)
        assert (party.kind, party.level) == ("organisation", 0)
        assert Session.objects.get(session_key=client.cookies["phien"].value).level == 2
    assert client.get("/ho-so/").status_code == 200
    assert client.get("/tai-khoan/").status_code == 200
    assert client.get("/").status_code == 200


def test_nobody_signs_in_as_a_company_that_is_none(client: Client) -> None:
    arrive(client)
    assert prove(client, "0100109107").status_code == 200
