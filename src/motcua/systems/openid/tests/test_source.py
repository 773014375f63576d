"""The house relying on its own provider: portal and desk at an address of their own, the accounts at another."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from motcua.core import jobs
from motcua.core.identity import actions, mandates, papers, relying_party, source_views, sources
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.models import Account, Evidence, Party, Session
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting, enter
from motcua.systems.openid import house, source
from motcua.systems.openid.models import AuthorizationRequest, Consent, Grant
from motcua.systems.openid.models import Client as Application
from motcua.systems.openid.tests.conftest import LAN_ANH

PROVIDER, FACE = "http://127.0.0.1:8000", "http://cong.tinh.vn"
CLERK, DUC = "h55.237.00.one-stop-clerk", "019093005678"


class Traveller:
    """One person's browser: a jar of cookies for each address, and redirects followed between them."""

    def __init__(self) -> None:
        self.at = {place: Client(HTTP_HOST=urlsplit(place).netloc) for place in (PROVIDER, FACE)}
        self.pages: list[str] = []

    def sign_in_at_the_provider(self, username: str, **more: Any) -> None:
        with acting(SYSTEM):
            sign_in(self.at[PROVIDER], username, **more)

    def go(self, url: str, answer: Any = None) -> Any:
        """Follow redirects from `url` to the first page; `pages` holds every address that was asked."""
        place = next(one for one in (PROVIDER, FACE) if url.startswith(one))
        answer = answer or self.at[place].get(url.removeprefix(place))
        self.pages.append(url)
        enter(SYSTEM)
        while answer.status_code in (302, 303):
            location = answer.headers["Location"]
            url = location if location.startswith("http") else f"{place}{location}"
            place = next(one for one in (PROVIDER, FACE) if url.startswith(one))
            answer = self.at[place].get(url.removeprefix(place))
            self.pages.append(url)
        enter(SYSTEM)  # who looks afterwards is the test
        return answer

    @property
    def page(self) -> str:
        return self.pages[-1]

    def session(self, place: str) -> Session | None:
        key = self.at[place].cookies.get("phien")
        with acting(SYSTEM):
            return Session.objects.filter(session_key=key.value).first() if key and key.value else None


@pytest.fixture
def person(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Traveller:
    settings.MOTCUA_SITE, settings.MOTCUA_FACES = PROVIDER, [FACE]
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setitem(sources.registry._plugins, source.KEY, source.Motcua())
    return Traveller()


def test_a_stranger_at_the_portal_signs_in_once_at_the_provider_and_is_back_where_they_were_going(
    person: Traveller,
) -> None:
    page = person.go(f"{FACE}/tai-khoan/")
    assert person.page.startswith(f"{PROVIDER}/dang-nhap/?next=")
    assert "motcua-house" not in page.content.decode()
    there = person.at[PROVIDER]
    wanted = parse_qs(urlsplit(person.page).query)["next"][0]
    answer = there.post("/dang-nhap/", {"login": DUC, "password": PASSWORD, "next": wanted})
    code = there.post(answer.headers["Location"], {"code": demo_code(DUC)})
    end = person.go(f"{PROVIDER}{code.headers['Location']}")
    assert person.page == f"{FACE}/tai-khoan/", "no page in between, no consent"
    assert end.status_code == 200
    assert DUC in end.content.decode()


def test_who_is_signed_in_at_the_provider_passes_through_by_one_redirect_there_and_one_back(
    person: Traveller,
) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    end = person.go(f"{FACE}/dang-nhap/?next=/tai-khoan/")
    assert end.status_code == 200
    ways = [urlsplit(url).path for url in person.pages]
    assert ways == ["/dang-nhap/", "/oidc/authorize", "/dang-nhap/qua/motcua/tro-ve/", "/tai-khoan/"]
    session = person.session(FACE)
    assert session is not None
    assert session.level == 2
    assert session.session_key != person.at[PROVIDER].cookies["phien"].value


def test_the_question_is_pushed_and_the_code_is_bound_to_its_verifier(person: Traveller) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/dang-nhap/")
    asked = next(urlsplit(url) for url in person.pages if "/oidc/authorize" in url)
    assert set(parse_qs(asked.query)) == {"client_id", "request_uri"}
    row = AuthorizationRequest.objects.get(client__client_id=house.CLIENT_ID)
    assert row.ask["code_challenge"]
    assert row.ask["redirect_uri"] == f"{FACE}/dang-nhap/qua/motcua/tro-ve/"
    assert not Consent.objects.filter(client__client_id=house.CLIENT_ID).exists()


def test_signing_in_to_ourselves_adds_no_evidence_about_the_person(person: Traveller) -> None:
    before = Evidence.objects.count()
    person.sign_in_at_the_provider(DUC, level=1)
    person.go(f"{FACE}/tai-khoan/")
    assert Evidence.objects.count() == before
    assert Account.objects.filter(username=DUC).count() == 1


def test_an_officer_works_at_the_desk_s_own_address_with_the_duties_held_here(person: Traveller) -> None:
    there = person.at[PROVIDER]
    person.go(f"{FACE}/mot-cua/")
    wanted = parse_qs(urlsplit(person.page).query)["next"][0]
    there.post("/dang-nhap/", {"login": CLERK, "password": PASSWORD, "next": wanted})
    after = there.post(f"/dang-nhap/buoc-hai/?next={wanted}", {"code": demo_code(CLERK)})
    end = person.go(f"{PROVIDER}{after.headers['Location']}")
    assert person.page == f"{FACE}/mot-cua/"
    assert end.status_code == 200


def test_an_officer_on_the_way_nowhere_lands_at_the_desk(person: Traveller) -> None:
    person.sign_in_at_the_provider(CLERK)
    session = person.at[PROVIDER].session
    shown(session, CLERK)
    person.go(f"{FACE}/dang-nhap/")
    assert person.page == f"{FACE}/mot-cua/"


def shown(session: Any, username: str) -> None:
    """The session's records, as after password and second factor."""
    account = Account.objects.get(username=username)
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": 1.0}]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()


def test_an_officer_without_a_second_factor_is_not_believed_by_the_desk(person: Traveller) -> None:
    """Only a provider that is broken says so: the flow asks for the second factor before it answers."""
    person.sign_in_at_the_provider(CLERK)
    assert person.go(f"{FACE}/mot-cua/").status_code == 400
    assert person.session(FACE) is None or person.session(FACE).account_id is None  # type: ignore[union-attr]


def test_a_service_of_level_2_has_the_provider_ask_for_more_and_no_circle_comes_of_a_refusal(
    person: Traveller,
) -> None:
    person.sign_in_at_the_provider(LAN_ANH, level=1)
    person.go(f"{FACE}/tai-khoan/")
    page = person.go(f"{FACE}/tai-khoan/nang-muc/?muc=2&next=/tai-khoan/")
    assert urlsplit(person.page).path.startswith("/oidc/tiep/")
    assert "mức 2" in page.content.decode()
    declined = person.at[PROVIDER].post(urlsplit(person.page).path, {"act": "keep_level"})
    person.go(person.page, declined)
    assert person.page == f"{FACE}/tai-khoan/"
    again = person.go(f"{FACE}/tai-khoan/nang-muc/?muc=2&next=/tai-khoan/")
    assert again.status_code == 200
    assert person.page.startswith(f"{FACE}/tai-khoan/nang-muc/"), "a page is shown the second time"
    assert "/dang-nhap/qua/motcua/?next=%2Ftai-khoan%2F&amp;muc=2" in again.content.decode()


def test_a_new_proof_is_asked_of_the_provider(person: Traveller) -> None:
    """`max_age=0`: the account proves itself again where it is kept."""
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/tai-khoan/")
    shown(person.at[PROVIDER].session, LAN_ANH)
    person.go(f"{FACE}/dang-nhap/qua/motcua/lai/?next=/tai-khoan/")
    assert person.page.startswith(f"{PROVIDER}/tai-khoan/xac-nhan/")


def test_an_officer_proves_it_again_by_the_second_factor(person: Traveller) -> None:
    """What the desk asks before a batch is signed; the password alone would not be it."""
    person.sign_in_at_the_provider(CLERK)
    shown(person.at[PROVIDER].session, CLERK)
    person.go(f"{FACE}/mot-cua/")
    person.go(f"{FACE}/dang-nhap/qua/motcua/lai/?next=/mot-cua/")
    assert person.page.startswith(f"{PROVIDER}/tai-khoan/xac-nhan/ma/")
    answer = person.at[PROVIDER].post(person.page.removeprefix(PROVIDER), {"code": demo_code(CLERK)})
    person.go(f"{PROVIDER}/", answer)
    assert person.page == f"{FACE}/mot-cua/"
    record = person.at[FACE].session["account_authentication_methods"][-1]
    assert record["strong"]
    assert record["at"] > 1.0


def test_a_session_passed_on_in_silence_is_no_fresh_proof(person: Traveller) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    session = person.at[PROVIDER].session
    shown(session, LAN_ANH)
    person.go(f"{FACE}/tai-khoan/")
    record = person.at[FACE].session["account_authentication_methods"][-1]
    assert record["at"] == 1.0, "it is as old as the provider says"


def test_keys_and_passwords_are_set_where_they_are_asked_for(person: Traveller) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/tai-khoan/")
    person.go(f"{FACE}/tai-khoan/xac-thuc/")
    assert person.page == f"{PROVIDER}/tai-khoan/xac-thuc/"


def test_asked_in_silence_nobody_sees_a_page(person: Traveller) -> None:
    end = person.go(f"{FACE}/dang-nhap/qua/motcua/?im-lang=1&next=/")
    assert (end.status_code, person.page) == (200, f"{FACE}/")
    asked = relying_party.ASKED
    assert asked not in person.at[FACE].session
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/dang-nhap/qua/motcua/?im-lang=1&next=/tai-khoan/")
    assert person.page == f"{FACE}/tai-khoan/"


def test_signing_out_at_the_portal_signs_out_everywhere(person: Traveller) -> None:
    other = Traveller()
    other.at[PROVIDER] = person.at[PROVIDER]  # a second face in the same browser
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/tai-khoan/")
    other.go(f"{FACE}/tai-khoan/")
    out = person.at[FACE].post("/dang-xuat/")
    page = person.go(f"{FACE}/", out)
    on = re.fullmatch(r"0; url=(.+)", page.headers["Refresh"])
    assert on is not None
    person.go(on[1])
    assert person.page == f"{FACE}/dang-xuat/da-roi/"
    assert person.at[PROVIDER].get("/tai-khoan/").status_code == 302
    jobs.run_all()
    assert other.at[FACE].get("/tai-khoan/").status_code == 302, "told by the provider"


def test_signing_out_at_the_provider_ends_the_portal_s_session(person: Traveller) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/tai-khoan/")
    person.at[PROVIDER].post("/dang-xuat/")
    jobs.run_all()
    assert person.at[FACE].get("/tai-khoan/").status_code == 302


def test_whom_one_acts_for_is_chosen_at_the_portal_and_not_carried_along(person: Traveller) -> None:
    with acting(SYSTEM):
        principal = Party.objects.get(personal_number=DUC)
        own = Party.objects.get(personal_number=LAN_ANH)
        mandate = mandates.give(
            SYSTEM, principal=principal, representative=own, kind="proxy", evidence="Hợp đồng ủy quyền"
        )
    person.sign_in_at_the_provider(LAN_ANH, mandate=mandate)
    end = person.go(f"{FACE}/tai-khoan/")
    assert LAN_ANH in end.content.decode()
    assert Grant.objects.get().mandate_id is None


def test_who_has_no_personal_number_comes_through_all_the_same(person: Traveller) -> None:
    """A foreigner: of our own provider the account itself is known, whatever it can tell in numbers."""
    paper = papers.Paper(
        "passport", "FRA", "19AB12345", dt.date(2035, 1, 31), "MARIE DUPONT", dt.date(1990, 2, 3), "Nữ", "FRA"
    )
    with acting(SYSTEM):
        marie = papers.party_of(SYSTEM, paper, kind="chip_read")
        account = actions.open_account(SYSTEM, marie, None)
    person.sign_in_at_the_provider(account.username)
    page = person.go(f"{FACE}/tai-khoan/")
    assert person.page == f"{FACE}/tai-khoan/"
    assert "MARIE DUPONT" in page.content.decode()


def test_going_back_to_the_answer_leads_on_and_signs_in_nobody_anew(person: Traveller) -> None:
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(f"{FACE}/dang-nhap/?next=/tai-khoan/")
    answer = next(url for url in person.pages if "tro-ve" in url)
    person.go(answer)
    assert person.page == f"{FACE}/tai-khoan/"
    assert Grant.objects.filter(client__client_id=house.CLIENT_ID).count() == 1
    person.at[FACE].post("/dang-xuat/")
    assert person.at[FACE].get(answer.removeprefix(FACE)).status_code == 400, (
        "signed out, it is worth nothing"
    )


def test_two_tabs_that_were_sent_away_both_come_back(person: Traveller) -> None:
    first = person.at[FACE].get("/dang-nhap/?next=/ho-so/").headers["Location"]
    second = person.at[FACE].get("/dang-nhap/?next=/tai-khoan/").headers["Location"]
    person.sign_in_at_the_provider(LAN_ANH)
    person.go(first)
    assert person.page == f"{FACE}/ho-so/"
    person.go(second)
    assert person.page == f"{FACE}/tai-khoan/"


def test_while_the_house_s_application_is_suspended_the_entry_in_need_is_offered(person: Traveller) -> None:
    with acting(SYSTEM):
        house.client()
        Application.objects.filter(client_id=house.CLIENT_ID).update(state="suspended")
    page = person.go(f"{FACE}/ho-so/")
    assert page.status_code == 503
    entry = "/dang-nhap/?tai-cho=1&amp;next=/ho-so/"
    assert entry in page.content.decode()
    local = person.at[FACE].get(entry.replace("&amp;", "&"))
    assert local.status_code == 200
    assert "Đăng nhập tại chỗ" in local.content.decode()
    assert person.at[FACE].post("/dang-nhap/", {"login": CLERK, "password": PASSWORD}).status_code == 302


def test_the_house_holds_no_key_so_its_codes_are_redeemed_nowhere_else(person: Traveller) -> None:
    with acting(SYSTEM):
        house.client()
    form = {"grant_type": "authorization_code", "code": "x", "client_id": house.CLIENT_ID}
    answer = Client().post(
        "/oidc/token", "&".join(f"{k}={v}" for k, v in form.items()),
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 401


def test_a_form_at_a_face_may_be_answered_by_the_way_to_the_provider_and_nowhere_else(
    person: Traveller,
) -> None:
    policy = person.at[FACE].get("/").headers["Content-Security-Policy"]
    assert f"form-action 'self' {FACE} {PROVIDER};" in policy


def test_at_the_provider_s_own_address_one_cookie_is_one_account_and_nobody_is_sent_round(
    person: Traveller,
) -> None:
    person.go(f"{PROVIDER}/ho-so/")
    assert person.page == f"{PROVIDER}/dang-nhap/?next=%2Fho-so%2F"
    assert person.at[PROVIDER].get("/dang-nhap/").status_code == 200


def test_the_provider_s_own_address_named_as_a_face_sends_nobody_in_circles(
    person: Traveller, settings: Any
) -> None:
    settings.MOTCUA_FACES = [PROVIDER, FACE]
    assert person.go(f"{PROVIDER}/dang-nhap/").status_code == 200
    assert person.page == f"{PROVIDER}/dang-nhap/"


def test_an_address_that_floods_the_front_door_waits_and_who_is_signed_in_does_not(
    person: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_views, "QUESTIONS", 2)
    answers = [Client(HTTP_HOST="cong.tinh.vn").get("/dang-nhap/").status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_ourselves_are_not_among_the_other_ways_to_sign_in(person: Traveller) -> None:
    assert source.KEY not in [offer.key for offer in sources.offered()]
    assert "qua/motcua" not in person.at[PROVIDER].get("/dang-nhap/").content.decode()
