"""The pages between an application and a person, and what a person sees of it afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from motcua.core.identity.models import Account, Party, PartyKind
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.models import Event
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.systems.openid import jobs as own_jobs
from motcua.systems.openid import telling
from motcua.systems.openid.models import AuthorizationRequest, Consent, Grant, Spent, Subject
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import (
    BACK,
    Application,
    agree,
    answer_of,
    claims_of,
    optional,
    page_of,
    press,
)
from motcua.systems.openid.tests.conftest import LAN_ANH
from motcua.systems.openid.times import now


def test_a_stranger_signs_in_first_and_comes_back_to_the_same_request(
    app: Application, client: Client
) -> None:
    asked = app.ask(client)
    assert asked.headers["Location"].startswith("/dang-nhap/?next=%2Foidc%2Ftiep%2F")
    sign_in(client, LAN_ANH)
    where = asked.headers["Location"].partition("next=")[2].replace("%2F", "/")
    assert "code" in answer_of(agree(client, client.get(where)))


def test_the_consent_page_says_who_asks_what_for_which_purpose(person: Client) -> None:
    app = application.make("Sổ thuế", purposes={"personal_number": "Đối chiếu hồ sơ thuế"})
    page = page_of(person, app.ask(person, scope="openid profile personal_number")).content.decode()
    for told in ("Sổ thuế", "NGUYỄN THỊ LAN ANH", "Số định danh cá nhân", "Đối chiếu hồ sơ thuế", "thu hồi"):
        assert told in page


def test_the_consent_page_is_complete_in_english(app: Application, person: Client) -> None:
    person.cookies["ngon_ngu"] = "en"
    page = page_of(person, app.ask(person, scope="openid profile")).content.decode()
    assert "Let Sổ thuế know about you?" in page
    assert "Name, date of birth, sex" in page


def test_what_a_person_unticks_is_not_told(app: Application, person: Client) -> None:
    page = page_of(person, app.ask(person, scope="openid profile personal_number"))
    assert optional(page) == ["profile", "personal_number"]
    code = answer_of(press(person, page, "agree", scope=["profile"]))["code"]
    told = app.redeem(Client(), code).json()
    assert set(told["scope"].split()) == {"openid", "profile"}
    assert "personal_number" not in app.userinfo(Client(), told["access_token"]).json()


def test_after_a_form_the_browser_goes_on_by_a_page_since_the_content_policy_governs_redirects(
    app: Application, person: Client
) -> None:
    page = page_of(person, app.ask(person))
    passed = press(person, page, "agree")
    assert passed.status_code == 200
    assert passed.headers["Refresh"].startswith(f"0; url={BACK}?code=")
    assert passed.headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in passed.headers["Content-Security-Policy"]
    assert app.ask(person).status_code == 303, "with nothing to ask, there is no page in between"


def test_form_post_carries_the_answer_in_a_form_that_may_go_only_there(
    app: Application, person: Client
) -> None:
    page = agree(person, app.ask(person, response_mode="form_post"))
    html = page.content.decode()
    assert f'action="{BACK}"' in html
    assert 'name="code"' in html
    assert "csrfmiddlewaretoken" not in html.partition('id="pass-on"')[2].partition("</form>")[0]
    assert "form-action https://app.example.vn" in page.headers["Content-Security-Policy"]


def test_an_application_that_changes_its_purpose_asks_again(app: Application, person: Client) -> None:
    app.tokens(person, scope="openid email")
    app.client.metadata["purposes"] = {"email": "Gửi quảng cáo"}
    app.client.save()
    page = page_of(person, app.ask(person, scope="openid email"))
    assert "Gửi quảng cáo" in page.content.decode()


def test_two_sectors_know_a_person_by_two_names_and_we_can_tell_whose_they_are(
    app: Application, person: Client, account: Account
) -> None:
    same = application.make("Cùng nhà")
    far = application.make("Nhà khác", redirect_uris=["https://khac.example.vn/"])
    first = claims_of(app.tokens(person)["id_token"])["sub"]
    assert claims_of(same.tokens(person)["id_token"])["sub"] == first
    page = page_of(person, far.ask(person, redirect_uri="https://khac.example.vn/"))
    passed = press(person, page, "agree").headers["Refresh"]
    assert passed.startswith("0; url=https://khac.example.vn/?code=")
    other = Grant.objects.latest("id").sub
    assert other != first
    assert telling.holder_of_sub(first) == telling.holder_of_sub(other) == f"party:{account.party_id}"
    assert telling.holder_of_sub("nobody") is None
    assert Subject.objects.count() == 2


def test_select_account_lets_a_person_go_on_or_change(app: Application, person: Client) -> None:
    page = page_of(person, app.ask(person, prompt="select_account"))
    assert "Dùng tài khoản nào?" in page.content.decode()
    assert "code" in answer_of(agree(person, press(person, page, "same_account")))
    page = page_of(person, app.ask(person, prompt="select_account"))
    changed = press(person, page, "other_account")
    assert changed.headers["Location"].startswith("/dang-nhap/?next=")
    assert page_of(person, person.get("/tai-khoan/")).status_code == 302


def test_a_level_wished_for_is_offered_and_may_be_declined(app: Application, client: Client) -> None:
    sign_in(client, LAN_ANH, level=1)
    page = page_of(client, app.ask(client, acr_values="urn:vn:eid:level:2"))
    assert "mức 2" in page.content.decode()
    assert "/dang-nhap/qua/vneid/?next=" in page.content.decode()
    told = app.redeem(Client(), answer_of(agree(client, press(client, page, "keep_level")))["code"]).json()
    assert claims_of(told["id_token"])["acr"] == "urn:vn:eid:level:1"


def test_a_level_that_is_essential_cannot_be_declined(app: Application, client: Client) -> None:
    sign_in(client, LAN_ANH, level=1)
    wanted = '{"id_token": {"acr": {"essential": true, "values": ["urn:vn:eid:level:2"]}}}'
    page = page_of(client, app.ask(client, claims=wanted))
    assert 'value="keep_level"' not in page.content.decode()
    assert answer_of(press(client, page, "decline"))["error"] == "access_denied"
    error = answer_of(app.ask(client, claims=wanted, prompt="none"))["error"]
    assert error == "unmet_authentication_requirements"


def test_the_identity_level_and_the_authenticator_level_are_told_apart(
    app: Application, person: Client
) -> None:
    claims = claims_of(app.tokens(person)["id_token"])
    assert claims["acr"] == "urn:vn:eid:level:2"
    assert claims["aal"] == "urn:vn:eid:aal:1"
    page = page_of(person, app.ask(person, acr_values="urn:vn:eid:aal:2"))
    assert "xác thực thêm một bước" in page.content.decode()


@pytest.mark.parametrize(
    ("records", "aal", "amr"),
    [
        ([{"method": "password", "at": 5}], 1, ("pwd",)),
        (
            [{"method": "password", "at": 5}, {"method": "mfa", "type": "totp", "at": 9}],
            2,
            ("mfa", "otp", "pwd"),
        ),
        ([{"method": "mfa", "type": "webauthn", "at": 9}], 3, ("hwk", "mfa")),
        ([{"method": "eid", "level": 2, "at": 9}], 2, ("eid", "mfa")),
    ],
)
def test_what_ways_of_signing_in_are_worth(
    records: list[dict[str, object]], aal: int, amr: tuple[str, ...]
) -> None:
    found = telling.authentication_of(records, 1)
    assert (found.aal, found.amr) == (aal, amr)


def test_organisations_have_no_level(app: Application, person: Client, account: Account) -> None:
    assert account.party is not None
    Party.objects.filter(pk=account.party.pk).update(kind=PartyKind.ORGANISATION)
    assert "acr" not in claims_of(app.tokens(person)["id_token"])


def test_an_officer_signs_in_with_name_and_without_a_personal_number(
    app: Application, client: Client
) -> None:
    officer = Account.objects.exclude(officer=None).select_related("officer").first()
    assert officer is not None
    assert officer.officer is not None
    sign_in(client, officer)
    told = app.tokens(client, scope="openid profile personal_number")
    about = app.userinfo(Client(), told["access_token"]).json()
    assert about["name"] == officer.officer.name
    assert "personal_number" not in about


def test_userinfo_comes_signed_to_who_registered_for_it(person: Client) -> None:
    app = application.make(userinfo_signed_response_alg="ES256")
    answer = app.userinfo(Client(), app.tokens(person, scope="openid profile")["access_token"])
    assert answer.headers["Content-Type"] == "application/jwt"
    claims = claims_of(answer.content.decode())
    assert (claims["aud"], claims["name"]) == (app.id, "NGUYỄN THỊ LAN ANH")


# ---- what a person sees of it


def test_a_person_sees_the_applications_and_takes_one_purpose_back(
    app: Application, person: Client, account: Account
) -> None:
    empty = person.get("/oidc/ung-dung/").content.decode()
    assert "Chưa có ứng dụng nào" in empty
    told = app.tokens(person, scope="openid profile email")
    page = person.get("/oidc/ung-dung/").content.decode()
    for shown in ("Sổ thuế", "Địa chỉ thư điện tử", "Lịch sử đăng nhập (1)", "còn hiệu lực"):
        assert shown in page
    assert person.post(f"/oidc/ung-dung/{app.id}/thu-hoi/", {"scope": "email"}).status_code == 303
    assert app.userinfo(Client(), told["access_token"]).status_code == 401
    assert set(Consent.objects.filter(revoked_at=None).values_list("scope", flat=True)) == {
        "openid",
        "profile",
    }
    assert Event.objects.filter(kind="openid.consent_taken_back", account_id=account.pk).count() == 1


def test_a_person_takes_everything_back_and_is_asked_anew(app: Application, person: Client) -> None:
    told = app.tokens(person, scope="openid offline_access")
    assert "Thu hồi quyền của Sổ thuế?" in person.get(f"/oidc/ung-dung/{app.id}/").content.decode()
    person.post(f"/oidc/ung-dung/{app.id}/thu-hoi/")
    assert app.refresh(Client(), told["refresh_token"]).json()["error"] == "invalid_grant"
    assert answer_of(app.ask(person, prompt="none"))["error"] == "consent_required"


def test_others_applications_do_not_exist_for_a_person(app: Application, person: Client) -> None:
    assert person.get(f"/oidc/ung-dung/{app.id}/").status_code == 404
    assert person.post(f"/oidc/ung-dung/{app.id}/thu-hoi/").status_code == 404


def test_what_has_lapsed_is_forgotten_and_the_history_stays(app: Application, person: Client) -> None:
    app.tokens(person)
    app.ask(person, prompt="consent")
    long_ago = now() - dt.timedelta(days=3)
    AuthorizationRequest.objects.update(expires_at=long_ago)
    Spent.objects.update(expires_at=long_ago)
    Grant.objects.update(code_expires_at=long_ago)
    own_jobs.forget()
    assert (AuthorizationRequest.objects.count(), Spent.objects.count(), Grant.objects.count()) == (0, 0, 1)
    Grant.objects.update(made_at=now() - dt.timedelta(days=400))
    own_jobs.forget()
    assert Grant.objects.count() == 0


@pytest.mark.parametrize(
    "url", ["http://app.example.vn/x", "https://127.0.0.1/x", "https://[::1]/x", "https://u@a.vn/"]
)
def test_addresses_that_others_gave_us_lead_nowhere_inside(settings: Any, url: str) -> None:
    settings.MOTCUA_SANDBOX = False
    with pytest.raises(Silent):
        anywhere.check(url)
