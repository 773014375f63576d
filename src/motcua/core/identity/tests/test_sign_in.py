"""Signing in: password, second factor, lock-out, where one lands afterwards."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from motcua.core.identity.accounts import lock
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.models import Account, Session
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting

pytestmark = pytest.mark.django_db
LAN_ANH, DUC = "019195001234", "019093005678"
CHAIR, CLERK = "h55.237.chair", "h55.237.00.one-stop-clerk"


@pytest.fixture(autouse=True)
def _nobody_was_wrong_before() -> None:
    cache.clear()


def enter_password(client: Client, username: str, password: str = PASSWORD, wanted: str = "") -> Any:
    return client.post("/dang-nhap/", {"login": username, "password": password, "next": wanted})


def enter_code(client: Client, code: str) -> Any:
    return client.post("/dang-nhap/buoc-hai/", {"code": code})


def events_of(username: str) -> list[str]:
    account = Account.objects.get(username=username)
    rows = Event.objects.filter(subject_type="account", subject_id=account.pk)
    return list(rows.order_by("id").values_list("kind", flat=True))


def forget_second_factor(username: str) -> None:
    Authenticator.objects.filter(user__username=username).delete()


def test_a_citizen_signs_in_with_password_and_code(client: Client) -> None:
    first = enter_password(client, LAN_ANH, wanted="/tai-khoan/")
    assert first.headers["Location"] == "/dang-nhap/buoc-hai/"
    assert client.get("/tai-khoan/").status_code == 302
    second = enter_code(client, demo_code(LAN_ANH))
    assert second.headers["Location"] == "/tai-khoan/"
    assert "NGUYỄN THỊ LAN ANH" in client.get("/tai-khoan/").content.decode()
    assert Session.objects.get(account__username=LAN_ANH).level == 2
    assert events_of(LAN_ANH)[-1] == "account.signed_in"


def test_signing_in_changes_the_session_key(client: Client) -> None:
    enter_password(client, LAN_ANH)
    before = client.cookies["phien"].value
    enter_code(client, demo_code(LAN_ANH))
    assert client.cookies["phien"].value != before


def test_a_password_alone_is_worth_level_1_at_most(client: Client) -> None:
    forget_second_factor(LAN_ANH)
    enter_password(client, LAN_ANH)
    assert Session.objects.get(account__username=LAN_ANH).level == 1


def test_a_wrong_password_and_an_unknown_number_are_told_alike(client: Client) -> None:
    wrong = enter_password(client, LAN_ANH, "not this one")
    unknown = enter_password(client, "019195999999", "not this one")
    for page in (wrong, unknown):
        assert "không khớp" in page.content.decode()
        assert "Số định danh (hoặc mã cán bộ) và mật khẩu không khớp" in page.content.decode()
    assert wrong.content.decode().count("không khớp") == unknown.content.decode().count("không khớp")
    assert LAN_ANH in wrong.content.decode()


def test_five_wrong_passwords_lock_sign_in_for_a_while_even_for_the_right_one(client: Client) -> None:
    for _ in range(5):
        enter_password(client, LAN_ANH, "not this one")
    page = enter_password(client, LAN_ANH).content.decode()
    assert "khóa 5 phút" in page
    kinds = events_of(LAN_ANH)
    assert kinds.count("account.sign_in_failed") == 5
    assert "account.locked_for_minutes" in kinds


@pytest.mark.parametrize(
    ("officer", "desk"),
    [
        (CLERK, "/mot-cua/"),
        (CHAIR, "/mot-cua/"),
        ("h55.01.service-editor", "/bien-tap/"),
        ("h55.01.service-approver", "/bien-tap/"),
    ],
)
def test_an_officer_who_wanted_nothing_in_particular_lands_at_the_desk(
    client: Client, officer: str, desk: str
) -> None:
    assert sign_in_with_both(client, officer).headers["Location"] == desk
    assert client.get(desk).status_code == 200
    assert f'href="{desk}">' in client.get("/thu-tuc/").content.decode()
    assert "Desk" in client.get("/thu-tuc/?lang=en").content.decode()


def test_an_officer_on_the_way_somewhere_gets_there_and_a_citizen_begins_at_home(client: Client) -> None:
    assert sign_in_with_both(client, CLERK, "/tai-khoan/").headers["Location"] == "/tai-khoan/"
    other = Client()
    assert sign_in_with_both(other, LAN_ANH).headers["Location"] == "/"
    assert "Bàn làm việc" not in other.get("/").content.decode()


def test_a_code_opens_the_door_once(client: Client) -> None:
    code = demo_code(LAN_ANH)
    enter_password(client, LAN_ANH)
    assert enter_code(client, code).status_code == 302
    again = Client()
    enter_password(again, LAN_ANH)
    page = enter_code(again, code)
    assert "đã dùng rồi" in page.content.decode()
    assert again.get("/tai-khoan/").status_code == 302


def test_a_wrong_code_is_told_at_the_field(client: Client) -> None:
    enter_password(client, LAN_ANH)
    page = enter_code(client, "abc").content.decode()
    assert 'id="id_code-error"' in page
    assert "govuk-error-summary" in page


def test_the_owner_sees_that_somebody_knew_the_password_but_not_the_code(client: Client) -> None:
    enter_password(client, LAN_ANH)
    enter_code(client, "000000x")
    assert events_of(LAN_ANH)[-1] == "account.code_failed"
    enter_code(client, demo_code(LAN_ANH))
    assert "Đúng mật khẩu, sai mã bước hai" in client.get("/tai-khoan/phien/").content.decode()


def test_guessing_codes_is_stopped_after_five(client: Client) -> None:
    enter_password(client, LAN_ANH)
    for guess in range(5):
        enter_code(client, f"{guess:06}x")
    assert "khóa 5 phút" in enter_code(client, demo_code(LAN_ANH)).content.decode()


def test_a_recovery_code_stands_in_for_a_lost_phone(client: Client) -> None:
    sign_in_with_both(client, DUC)
    client.post("/tai-khoan/xac-thuc/ma-du-phong/tao/")
    codes = Authenticator.objects.get(user__username=DUC, type="recovery_codes").wrap().get_unused_codes()
    other = Client()
    enter_password(other, DUC)
    assert enter_code(other, codes[0]).status_code == 302
    third = Client()
    enter_password(third, DUC)
    assert enter_code(third, codes[0]).status_code == 200


def sign_in_with_both(client: Client, username: str, wanted: str = "") -> Any:
    enter_password(client, username, wanted=wanted)
    return enter_code(client, demo_code(username))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site_after_sign_in(client: Client, elsewhere: str) -> None:
    assert "evil" not in sign_in_with_both(client, LAN_ANH, elsewhere).headers["Location"]
    assert client.get("/dang-nhap/", {"next": elsewhere}).headers["Location"] == "/"


def test_a_locked_account_opens_for_nobody_and_its_sessions_end(client: Client) -> None:
    account = sign_in(client, LAN_ANH)
    with acting(SYSTEM):
        lock(SYSTEM, account, "mất điện thoại")
    assert client.get("/tai-khoan/").status_code == 302
    enter_password(client, LAN_ANH)
    assert enter_code(client, demo_code(LAN_ANH)).headers["Location"].startswith("/dang-nhap/")


def test_an_officer_without_a_second_factor_sets_one_up_before_anything_else(client: Client) -> None:
    forget_second_factor(CLERK)
    enter_password(client, CLERK)
    assert Session.objects.get(account__username=CLERK).level == 0
    led = client.post("/tai-khoan/co-quan/", {"agency": "1"})
    assert led.headers["Location"].startswith("/tai-khoan/xac-thuc/ung-dung/bat/")
    page = client.get("/tai-khoan/xac-thuc/ung-dung/bat/", {"next": "/tai-khoan/phien/"}).content.decode()
    assert "Cán bộ luôn đăng nhập bằng hai bước" in page
    secret = page.partition("<code>")[2].partition("</code>")[0]
    done = client.post("/tai-khoan/xac-thuc/ung-dung/bat/", {"code": code_of(secret)})
    assert done.headers["Location"] == "/tai-khoan/xac-thuc/ma-du-phong/"
    assert "<code>" in client.get("/tai-khoan/xac-thuc/ma-du-phong/").content.decode()
    assert Session.objects.get(account__username=CLERK).level == 2
    assert client.get("/tai-khoan/xac-thuc/xong/").headers["Location"] == "/tai-khoan/phien/"


def code_of(secret: str) -> str:
    import time

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_an_officer_never_gives_up_the_last_second_factor(client: Client) -> None:
    sign_in_with_both(client, CHAIR)
    page = client.get("/tai-khoan/xac-thuc/ung-dung/go/").content.decode()
    assert "Cán bộ luôn đăng nhập bằng hai bước" in page
    client.post("/tai-khoan/xac-thuc/ung-dung/go/")
    assert Authenticator.objects.filter(user__username=CHAIR, type="totp").exists()


def test_a_citizen_may_remove_it(client: Client) -> None:
    sign_in_with_both(client, DUC)
    client.post("/tai-khoan/xac-thuc/ung-dung/go/")
    assert not Authenticator.objects.filter(user__username=DUC).exists()
    assert "account.second_factor_removed" in events_of(DUC)


def test_secrets_of_second_factors_rest_encrypted() -> None:
    from motcua.core.identity.demo import demo_secret

    stored = Authenticator.objects.get(user__username=LAN_ANH, type="totp").data["secret"]
    assert demo_secret(LAN_ANH) not in stored


def test_neither_logs_nor_ledger_hold_what_was_typed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    enter_password(client, "MyPassword!InTheWrongBox", "hunter2-hunter2")
    enter_password(client, LAN_ANH, "hunter2-hunter2")
    written = caplog.text + "".join(str(data) for data in Event.objects.values_list("data", flat=True))
    assert "hunter2" not in written
    assert "InTheWrongBox" not in written


def test_what_of_allauth_we_do_not_use_has_no_address(client: Client) -> None:
    for name in ("account_signup", "account_email", "account_reset_password", "account_request_login_code"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/accounts/signup/").status_code == 404


def test_sign_in_reads_in_english(client: Client) -> None:
    page = client.get("/dang-nhap/", headers={"Accept-Language": "en"}).content.decode()
    assert "Personal number, or officer code" in page
    wrong = client.post("/dang-nhap/", {"login": LAN_ANH, "password": "x"}, headers={"Accept-Language": "en"})
    assert "do not match" in wrong.content.decode()
