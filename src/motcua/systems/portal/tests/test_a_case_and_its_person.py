"""After submitting: what the case tells, asks and gives; what the person may do with it; who looked at their data."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases import actions
from motcua.core.cases.models import Case, Code, Task
from motcua.core.cases.tests import people
from motcua.core.identity.models import Account, Mandate, Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.payments import actions as payments
from motcua.core.payments.contrib import sandbox_bank
from motcua.core.payments.models import Attempt
from motcua.systems.portal.models import Offer
from motcua.systems.portal.tests.conftest import SignedIn, work
from motcua.systems.portal.tests.test_the_first_journey import begin, body, fill_birth


def born(client: Client) -> Case:
    draft = fill_birth(client)
    assert client.post(f"/don/{draft.uuid}/xem-lai/").status_code == 303
    work()
    return newest()


def newest() -> Case:
    with acting(SYSTEM):
        return Case.objects.latest("id")


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def step(case: Case, verb: str) -> uuid.UUID:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb).uuid


def finish(case: Case) -> None:
    """The ward does its part, to the returned certificate."""
    ward = people.ward()
    clerk, registrar = (
        people.officer(ward.desk, "one_stop"),
        people.officer(ward.committee, "civil_status_officer"),
    )
    chair = people.officer(ward.committee, "chair")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    with acting(registrar):
        actions.complete_task(registrar, step(case, "appraise"), "accept")
    work()
    with acting(chair):
        actions.sign_results(chair, [step(case, "sign")])
    work()


def extract(client: Client) -> Case:
    """An extract ordered for oneself, two copies."""
    draft = begin(client, "trich-luc-ho-tich")
    client.post(f"/don/{draft.uuid}/trang/whose/", {"whose": "mine"})
    with acting(SYSTEM):
        draft.refresh_from_db()
    where = client.post(f"/don/{draft.uuid}/trang/copies/", {"copies": "2", "purpose": "Nhập học"})
    assert where["Location"].endswith("/xem-lai/"), body(client.get(where["Location"]))
    assert client.post(f"/don/{draft.uuid}/xem-lai/").status_code == 303
    return newest()


def test_the_calendar_file_holds_the_deadline(mother: Client) -> None:
    case = born(mother)
    answer = mother.get(f"/ho-so/{case.uuid}/lich.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    text = body(answer)
    assert "DTSTART:20261120T100000Z" in text
    assert case.number in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_the_result_stands_on_the_case_and_in_the_vault_and_can_be_rated(
    mother: Client, signed_in: SignedIn
) -> None:
    case = born(mother)
    finish(case)
    told = body(mother.get(f"/ho-so/{case.uuid}/"))
    assert "Đã trả kết quả" in told
    assert "/kiem-tra/" in told
    document = re.search(r"/van-ban/([0-9a-f-]{36})/", told)
    assert document is not None
    assert mother.get(document.group(0)).content.startswith(b"%PDF")
    assert signed_in("mai").get(document.group(0)).status_code == 404
    vault = body(mother.get("/giay-to/"))
    item = re.search(r"/giay-to/([0-9a-f-]{36})/tai/", vault)
    assert item is not None
    assert mother.get(item.group(0)).content.startswith(b"%PDF")
    assert signed_in("mai").get(item.group(0)).status_code == 404
    assert mother.post(f"/ho-so/{case.uuid}/danh-gia/", {"stars": "9"}).status_code == 422
    assert mother.post(f"/ho-so/{case.uuid}/danh-gia/", {"stars": "5", "comment": "Nhanh"}).status_code == 303
    with acting(SYSTEM):
        assert again(case).rating.stars == 5
    assert "5 trên 5 sao" in body(mother.get(f"/ho-so/{case.uuid}/"))


def ask_for_more(case: Case) -> None:
    """The desk asks for a better picture."""
    clerk = people.officer(people.ward().desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
        actions.ask_supplement(clerk, case.uuid, ["Ảnh giấy chứng sinh rõ hơn"], "Ảnh bị mờ")
    work()


def test_what_is_missing_is_asked_on_top_and_answered(mother: Client) -> None:
    case = born(mother)
    ask_for_more(case)
    assert "Ông/bà cần bổ sung hồ sơ" in body(mother.get(f"/ho-so/{case.uuid}/"))
    where = f"/ho-so/{case.uuid}/bo-sung/"
    assert "Ảnh giấy chứng sinh rõ hơn" in body(mother.get(where))
    assert mother.post(where, {"item-0": ""}).status_code == 422
    long = mother.post(where, {"item-0": "x" * 5000})
    assert long.status_code == 422
    assert "x" * 5000 in body(long)
    assert mother.post(where, {"item-0": "Bệnh viện đã gửi lại bản điện tử"}).status_code == 303
    assert again(case).business_status_id != Code.SUPPLEMENT
    assert mother.get(where).status_code == 303


def test_withdrawing_asks_for_a_reason(mother: Client) -> None:
    case = born(mother)
    where = f"/ho-so/{case.uuid}/rut/"
    answer = mother.post(where, {"reason": " "})
    assert answer.status_code == 422
    assert "Nhập lý do" in body(answer)
    assert mother.post(where, {"reason": "Nộp nhầm"}).status_code == 303
    assert again(case).business_status_id == Code.WITHDRAWN
    assert mother.post(where, {"reason": "Nộp nhầm"}).status_code == 303


@pytest.mark.parametrize(
    ("act", "field"), [("rut", "reason"), ("danh-gia", "comment"), ("bo-sung", "item-0")]
)
def test_broken_bytes_are_said_at_the_field_and_change_nothing(mother: Client, act: str, field: str) -> None:
    case = born(mother)
    if act == "danh-gia":
        finish(case)
    if act == "bo-sung":
        ask_for_more(case)
    answer = mother.post(f"/ho-so/{case.uuid}/{act}/", {field: "Nộp nhầm \ufffd", "stars": "5"})
    assert answer.status_code == 422
    assert "U+FFFD" in body(answer)
    assert f'href="#{field}"' in body(answer)
    assert "Nộp nhầm" in body(answer)


def test_a_refusal_names_its_ground_and_can_be_objected_to(mother: Client) -> None:
    case = born(mother)
    clerk = people.officer(people.ward().desk, "one_stop")
    with acting(clerk):
        actions.refuse_receipt(clerk, case.uuid, "Trẻ đã được khai sinh ở nơi khác", "Luật Hộ tịch Điều 16")
    work()
    told = body(mother.get(f"/ho-so/{case.uuid}/"))
    assert "Trẻ đã được khai sinh ở nơi khác" in told
    assert "Luật Hộ tịch Điều 16" in told
    assert "90 ngày" in told
    where = f"/ho-so/{case.uuid}/khieu-nai/"
    key = str(uuid.uuid4())
    assert mother.post(where, {"grounds": "", "key": key}).status_code == 422
    first = mother.post(where, {"grounds": "Con tôi chưa được khai sinh ở đâu", "key": key})
    assert first.status_code == 303, body(first)
    assert (
        mother.post(where, {"grounds": "Con tôi chưa được khai sinh ở đâu", "key": key})["Location"]
        == first["Location"]
    )
    with acting(SYSTEM):
        assert Case.objects.filter(decided_case=case).count() == 1


def test_a_fee_is_paid_by_qr_and_the_page_sees_the_money_come(mother: Client) -> None:
    case = extract(mother)
    assert case.business_status_id == Code.PAYMENT
    pay = f"/ho-so/{case.uuid}/nop-tien/"
    shown = body(mother.get(pay))
    assert "16.000" in shown
    assert "281/2016/TT-BTC" in shown
    assert mother.post(pay).status_code == 303
    assert mother.post(pay).status_code == 303
    with acting(SYSTEM):
        attempt = Attempt.objects.get(reference=str(case.uuid))
    waiting = mother.get(f"{pay}cho/")
    assert "<svg" in body(waiting)
    assert attempt.code in body(waiting)
    assert '<noscript><meta http-equiv="refresh" content="20">' in body(waiting)
    assert "http-equiv" not in body(mother.get(f"{pay}cho/?dung=1"))
    part = body(mother.get(f"{pay}cho/", HTTP_HX_REQUEST="true"))
    assert "<html" not in part
    with acting(SYSTEM):
        payments.receive_notice("sandbox_bank", *sandbox_bank.notice(sandbox_bank.decide(attempt, "success")))
    settled = mother.get(f"{pay}cho/")
    assert "Đã nhận đủ tiền" in body(settled)
    assert "http-equiv" not in body(settled)
    work()
    told = body(mother.get(f"/ho-so/{case.uuid}/"))
    assert "Biên lai" in told
    assert again(case).financial_state == "paid"


def test_a_refused_payment_may_be_tried_again(mother: Client) -> None:
    case = extract(mother)
    pay = f"/ho-so/{case.uuid}/nop-tien/"
    mother.post(pay)
    with acting(SYSTEM):
        attempt = Attempt.objects.get(reference=str(case.uuid))
        entry = sandbox_bank.decide(attempt, "failed", reason="Tài khoản không đủ tiền")
        payments.receive_notice("sandbox_bank", *sandbox_bank.notice(entry))
    shown = body(mother.get(f"{pay}cho/"))
    assert "Tài khoản không đủ tiền" in shown
    assert "Nộp lại" in shown
    assert mother.post(pay).status_code == 303
    with acting(SYSTEM):
        assert Attempt.objects.filter(reference=str(case.uuid)).count() == 2


def test_while_the_bank_is_late_no_second_transfer_is_offered(mother: Client) -> None:
    pay = f"/ho-so/{extract(mother).uuid}/nop-tien/"
    mother.post(pay)
    assert "đừng chuyển lần nữa" in body(mother.get(f"{pay}cho/"))
    with acting(SYSTEM):
        attempt = Attempt.objects.latest("id")
        payments.receive_notice(
            "sandbox_bank", *sandbox_bank.notice(sandbox_bank.decide(attempt, "submitted"))
        )
    shown = body(mother.get(f"{pay}cho/"))
    assert "Ngân hàng đang xử lý" in shown
    assert "đừng chuyển lần nữa" in shown
    assert "Nội dung chuyển khoản" not in shown
    assert f"/ngan-hang/{attempt.uuid}/" not in shown


def test_people_see_their_data_and_who_looked(mother: Client, signed_in: SignedIn) -> None:
    begin(mother)
    assert "08/03/1995" in body(mother.get("/co-so-du-lieu/cua-toi/"))
    shown = body(mother.get("/ai-da-xem/"))
    assert "Đăng ký khai sinh (1.001193)" in shown
    assert "Xem thông tin của chính mình" in shown
    others = body(signed_in("bay").get("/ai-da-xem/"))
    assert "Đăng ký khai sinh" not in others


def test_messages_are_read_once_opened(mother: Client, signed_in: SignedIn) -> None:
    case = born(mother)
    listed = body(mother.get("/tin/"))
    assert "Chưa đọc" in listed
    link = re.search(r"/tin/[0-9a-f-]{36}/", listed)
    assert link is not None
    assert case.number in body(mother.get(link.group(0)))
    assert signed_in("mai").get(link.group(0)).status_code == 404
    assert "Chưa đọc" not in body(mother.get("/tin/"))


def test_contact_details_are_checked_and_kept(mother: Client) -> None:
    where = "/thong-tin-lien-he/"
    wrong = mother.post(where, {"phone": "12ab", "email": "", "language": "vi"})
    assert wrong.status_code == 422
    assert "12ab" in body(wrong)
    assert mother.post(where, {"phone": "", "email": "khong-phai", "language": "vi"}).status_code == 422
    good = mother.post(where, {"phone": "0912 345 678", "email": "lan.anh@vidu.vn", "language": "en"})
    assert good.status_code == 303
    with acting(SYSTEM):
        account = Account.objects.select_related("party").get(username="019195001234")
    assert account.language == "en"
    assert account.party is not None
    assert account.party.email == "lan.anh@vidu.vn"
    assert "Contact details" in body(mother.get(where))


def test_one_acts_for_another_and_ends_it(mother: Client, signed_in: SignedIn) -> None:
    old = signed_in("suu")
    with acting(SYSTEM):
        me, other = (Party.objects.get(personal_number=number) for number in ("019195001234", "019149000123"))
        mandate = Mandate.objects.create(
            principal=other,
            representative=me,
            kind="proxy",
            evidence="Giấy ủy quyền",
            valid_from=dt.date(2026, 1, 1),
        )
    assert mother.get("/tai-khoan/thay-mat/").headers["Location"] == "/lam-thay/"  # where the page stood once
    assert "MA THỊ SỬU" in body(mother.get("/lam-thay/"))
    assert mother.post("/lam-thay/", {"mandate": str(uuid.uuid4())}).status_code == 404
    assert mother.post("/lam-thay/", {"mandate": str(mandate.uuid)}).status_code == 303
    draft = begin(mother, "tro-cap-huu-tri-xa-hoi")
    assert draft.principal_id == other.pk
    assert "đang làm thay" in body(mother.get(f"/don/{draft.uuid}/"))
    assert "12/10/1949" in body(mother.get("/co-so-du-lieu/cua-toi/"))
    assert old.post(f"/lam-thay/{mandate.uuid}/thoi/").status_code == 303
    assert mother.get(f"/don/{draft.uuid}/").headers["Location"] == "/tai-khoan/thay-mat/da-het/"
    mother.post("/tai-khoan/thay-mat/da-het/")
    assert mother.get(f"/don/{draft.uuid}/").status_code == 404
    assert signed_in("bay").post(f"/lam-thay/{mandate.uuid}/thoi/").status_code == 404


def test_the_state_comes_to_a_grandmother_of_75(signed_in: SignedIn) -> None:
    grandmother = signed_in("suu")
    home = body(grandmother.get("/"))
    assert "Nhà nước chuẩn bị sẵn cho ông/bà" in home
    assert "Từ đủ 75 tuổi" in home
    with acting(SYSTEM):
        offer = Offer.objects.get(party__personal_number="019149000123")
    assert offer.rule
    with acting(SYSTEM):
        assert Event.objects.filter(kind="offer.offered", subject_id=offer.pk).count() == 1
    assert "Từ đủ 75 tuổi" in body(grandmother.get(f"/chuan-bi-san/{offer.uuid}/"))
    assert signed_in("teo").get(f"/chuan-bi-san/{offer.uuid}/").status_code == 404
    taken = grandmother.post(f"/chuan-bi-san/{offer.uuid}/", {"answer": "accept"})
    assert taken["Location"].startswith("/don/")
    assert "Nhà nước chuẩn bị sẵn cho ông/bà" not in body(grandmother.get("/"))


def test_a_rule_that_fails_keeps_nobody_from_the_first_page(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a rule that cannot be worked out")

    monkeypatch.setattr("motcua.systems.portal.actions._reasons", broken)
    answer = signed_in("suu").get("/")
    assert answer.status_code == 200
    assert "Nhà nước chuẩn bị sẵn" not in body(answer)


def test_a_birth_notice_prepares_the_registration_until_it_is_made(mother: Client) -> None:
    home = body(mother.get("/"))
    assert "Nhà nước chuẩn bị sẵn cho ông/bà" in home
    assert "Giấy chứng sinh điện tử đã có trong hệ thống." in home
    born(mother)
    assert "Nhà nước chuẩn bị sẵn cho ông/bà" not in body(mother.get("/"))


def test_who_draws_a_pension_is_offered_none_and_who_declines_is_left_alone(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nhà nước chuẩn bị sẵn" not in body(signed_in("teo").get("/"))
    grandmother = signed_in("suu")
    grandmother.get("/")
    with acting(SYSTEM):
        offer = Offer.objects.get(party__personal_number="019149000123")
    assert grandmother.post(f"/chuan-bi-san/{offer.uuid}/", {"answer": "decline"}).status_code == 303
    tomorrow = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert "Nhà nước chuẩn bị sẵn" not in body(grandmother.get("/"))


def test_every_page_answers_in_english(mother: Client) -> None:
    case = born(mother)
    mother.get("/?lang=en")
    for path in (
        "/", "/tim/?q=birth", "/thu-tuc/", "/viec/co-con-nho/", "/viec/hon-nhan/", "/thu-tuc/khai-sinh/", "/ho-so/",
        f"/ho-so/{case.uuid}/", f"/ho-so/{case.uuid}/da-nop/", f"/ho-so/{case.uuid}/noi-dung/",
        f"/ho-so/{case.uuid}/rut/", f"/ho-so/{case.uuid}/nop-tien/", "/giay-to/", "/tin/", "/ai-da-xem/",
        "/lam-thay/", "/thong-tin-lien-he/",
    ):  # fmt: skip
        answer = mother.get(path)
        assert answer.status_code == 200, path
        assert 'lang="en"' in body(answer), path
