"""Acts: each with its reason, each harmless when pressed twice, none for other agencies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client

from motcua.core.cases import actions
from motcua.core.cases.models import Case, Code, DecisionRun, Task
from motcua.core.documents.models import Document
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.systems.onestop.acts import ACTS
from motcua.systems.onestop.tests.conftest import Desk, account, again, apply_for, citizen, work

Move = Callable[[dt.datetime], None]


def open_step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def address(case: Case, slug: str = "") -> str:
    return f"/mot-cua/ho-so/{case.uuid}/" + (f"{slug}/" if slug else "")


def receive(office: Desk, case: Case) -> None:
    assert office.clerk.post(address(case, "tiep-nhan"), {}).status_code == 303
    work()


def test_another_communes_case_does_not_exist(office: Desk, birth: Case) -> None:
    stranger = office.stranger
    with acting(SYSTEM):
        task = open_step(birth, "receive")
    for path in (
        address(birth),
        address(birth, "tu-choi"),
        address(birth, "bien-lai"),
        f"/mot-cua/viec/{task.uuid}/",
    ):
        assert stranger.get(path).status_code == 404, path
    for act in ACTS:
        assert stranger.post(address(birth, act.slug), {"reason": "x"}).status_code == 404, act.slug
    assert address(birth) not in stranger.get("/mot-cua/tim/", {"q": birth.number}).content.decode()
    assert address(birth) in office.clerk.get("/mot-cua/tim/", {"q": birth.number}).content.decode()
    assert again(birth).business_status_id == Code.NEW


def test_documents_of_another_commune_do_not_exist(office: Desk, birth: Case) -> None:
    receive(office, birth)
    with acting(SYSTEM):
        slip = Document.objects.get(case_id=birth.pk, slip_no="01")
    assert office.clerk.get(f"/mot-cua/van-ban/{slip.uuid}/").content.startswith(b"%PDF")
    assert office.stranger.get(f"/mot-cua/van-ban/{slip.uuid}/").status_code == 404


def test_a_citizen_has_no_desk(office: Desk, birth: Case) -> None:
    assert Client().get("/mot-cua/").status_code == 302


def test_receiving_twice_receives_once(office: Desk, birth: Case) -> None:
    clerk = office.clerk
    assert clerk.post(address(birth, "tiep-nhan"), {}).status_code == 303
    second = clerk.post(address(birth, "tiep-nhan"), {}, follow=True)
    assert second.status_code == 200
    assert "đã được làm" in second.content.decode()
    work()
    with acting(SYSTEM):
        assert Event.objects.filter(case_id=birth.pk, kind="task.receive").count() == 1
        assert Document.objects.filter(case_id=birth.pk, slip_no="01").count() == 1


def test_a_refusal_needs_its_reason_and_keeps_what_was_typed(office: Desk, birth: Case) -> None:
    clerk = office.clerk
    page = clerk.post(
        address(birth, "tu-choi-tiep-nhan"), {"reason": "  ", "legal_basis": "Luật Hộ tịch Điều 16"}
    )
    assert page.status_code == 400
    text = page.content.decode()
    assert "Nhập lý do." in text
    assert "Luật Hộ tịch Điều 16" in text
    assert 'href="#reason"' in text
    assert again(birth).business_status_id == Code.NEW
    done = clerk.post(address(birth, "tu-choi-tiep-nhan"), {"reason": "Đã đăng ký ở nơi khác"})
    assert done.status_code == 303
    assert again(birth).business_status_id == Code.NOT_RECEIVED


def test_a_step_against_somebody_needs_its_reason(office: Desk, birth: Case) -> None:
    receive(office, birth)
    task = open_step(birth, "appraise")
    page = office.registrar.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "refuse", "reason": ""})
    assert page.status_code == 400
    assert "Nhập lý do." in page.content.decode()
    assert open_step(birth, "appraise").pk == task.pk
    assert office.registrar.post(f"/mot-cua/viec/{task.uuid}/", {"reason": "x"}).status_code == 400


def test_what_is_missing_is_asked_for_in_full_and_brought_to_the_counter(office: Desk, pension: Case) -> None:
    receive(office, pension)
    clerk = office.clerk
    nothing = clerk.post(address(pension, "yeu-cau-bo-sung"), {"items": " ", "reason": "Ảnh mờ"})
    assert nothing.status_code == 400
    assert "Ảnh mờ" in nothing.content.decode()
    asked = clerk.post(
        address(pension, "yeu-cau-bo-sung"),
        {"items": "Thẻ căn cước mặt sau\nSố tài khoản", "reason": "Ảnh mờ"},
    )
    assert asked.status_code == 303
    case = again(pension)
    assert case.business_status_id == Code.SUPPLEMENT
    assert case.due_at is None
    page = clerk.get(address(pension)).content.decode()
    assert "Thẻ căn cước mặt sau" in page
    assert "tạm dừng tính thời hạn" in page
    brought = clerk.post(address(pension, "nhan-bo-sung"), {"note": "Số tài khoản 0123"})
    assert brought.status_code == 303
    assert again(pension).business_status_id == Code.IN_PROCESS
    assert clerk.post(address(pension, "nhan-bo-sung"), {"note": "lần nữa"}).status_code == 303


def test_an_apology_takes_a_working_day_and_comes_once(office: Desk, pension: Case, friday: Move) -> None:
    receive(office, pension)
    social = office.social
    words = {"reason": "Đang chờ xác minh", "new_due-day": "5", "new_due-month": "12", "new_due-year": "2026"}
    saturday = social.post(address(pension, "xin-loi"), words)
    assert saturday.status_code == 400
    assert "ngày làm việc" in saturday.content.decode()
    assert 'value="2026"' in saturday.content.decode()
    assert social.post(address(pension, "xin-loi"), {**words, "new_due-day": "tư"}).status_code == 400
    assert social.post(address(pension, "xin-loi"), {**words, "new_due-day": "10"}).status_code == 303
    assert again(pension).extended_to is not None
    second = social.post(address(pension, "xin-loi"), {**words, "new_due-day": "14"}, follow=True)
    assert "đã được làm" in second.content.decode()


def test_a_stopped_case_goes_on(office: Desk, pension: Case) -> None:
    receive(office, pension)
    social = office.social
    assert social.post(address(pension, "dung"), {"reason": "Tranh chấp"}).status_code == 400
    assert (
        social.post(address(pension, "dung"), {"reason": "Tranh chấp", "legal_basis": "Điều 19"}).status_code
        == 303
    )
    assert again(pension).business_status_id == Code.STOPPED
    assert social.post(address(pension, "tiep-tuc"), {"reason": "Đã xong"}).status_code == 303
    assert again(pension).business_status_id == Code.IN_PROCESS


def test_a_hand_over_waits_until_it_is_acknowledged(office: Desk, pension: Case) -> None:
    receive(office, pension)
    with acting(SYSTEM):
        other = Agency.objects.get(pk=office.neighbour.pk)
    nowhere = office.social.post(
        address(pension, "chuyen"), {"to_agency": "0", "reason": "Chuyển nơi cư trú"}
    )
    assert nowhere.status_code == 400
    sent = office.social.post(
        address(pension, "chuyen"), {"to_agency": str(other.pk), "reason": "Chuyển nơi cư trú"}
    )
    assert sent.status_code == 303
    taker = office.browser(f"{other.code}.social-officer".lower())
    home = taker.get("/mot-cua/").content.decode()
    assert pension.number in home
    assert again(pension).handling_agency_id == office.committee.pk
    assert taker.post(address(pension, "nhan-ban-giao"), {}).status_code == 303
    assert again(pension).handling_agency_id == other.pk
    assert pension.number not in taker.get("/mot-cua/").content.decode()


def test_a_proposal_shows_why_and_is_replayed(office: Desk, pension: Case) -> None:
    receive(office, pension)
    social = office.social
    page = social.get(address(pension)).content.decode()
    assert "Vì sao?" in page
    assert "Hệ thống đề xuất" in page
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=pension)
    assert social.post(address(pension, f"quyet-dinh/{run.uuid}/chay-lai"), {}).status_code == 303
    with acting(SYSTEM):
        run.refresh_from_db()
    assert run.replayed_same is True
    assert office.stranger.post(address(pension, f"quyet-dinh/{run.uuid}/chay-lai"), {}).status_code == 404


def test_departing_from_a_proposal_takes_a_reason(office: Desk, pension: Case) -> None:
    receive(office, pension)
    task = open_step(pension, "decide")
    social = office.social
    silent = social.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "depart", "reason": ""})
    assert silent.status_code == 400
    said = social.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "depart", "reason": "Đã hưởng chế độ khác"})
    assert said.status_code == 303
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=pension)
    assert run.adopted is False
    assert social.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "adopt"}).status_code == 303
    with acting(SYSTEM):
        assert DecisionRun.objects.get(case=pension).adopted is False


def test_a_step_is_taken_and_given_back(office: Desk, birth: Case) -> None:
    receive(office, birth)
    task, registrar = open_step(birth, "appraise"), office.registrar
    assert registrar.post(f"/mot-cua/viec/{task.uuid}/nhan/").status_code == 303
    assert open_step(birth, "appraise").assignee_officer_id is not None
    assert "của ông/bà" in registrar.get("/mot-cua/viec/").content.decode()
    assert registrar.post(f"/mot-cua/viec/{task.uuid}/tra-lai/").status_code == 303
    assert registrar.post(f"/mot-cua/viec/{task.uuid}/tra-lai/").status_code == 303
    assert open_step(birth, "appraise").assignee_officer_id is None


def test_an_issued_result_is_withdrawn_by_who_signs(office: Desk, birth: Case) -> None:
    receive(office, birth)
    office.registrar.post(f"/mot-cua/viec/{open_step(birth, 'appraise').uuid}/", {"outcome": "accept"})
    work()
    chair = office.chair
    chair.post("/mot-cua/ky/", {"all": "1"})
    work()
    with acting(SYSTEM):
        result = Document.objects.get(case_id=birth.pk, kind="result")
    path = f"/mot-cua/van-ban/{result.uuid}/thu-hoi/"
    assert chair.post(path, {"reason": ""}).status_code == 400
    assert office.registrar.post(path, {"reason": "Sai"}).status_code == 303
    with acting(SYSTEM):
        assert Document.objects.get(pk=result.pk).state == "issued"
    assert chair.post(path, {"reason": "Cấp sai họ tên"}).status_code == 303
    with acting(SYSTEM):
        assert Document.objects.get(pk=result.pk).state == "withdrawn"


def test_a_marriage_elsewhere_is_asked_about_there(office: Desk) -> None:
    """The verification goes to the commune of the other province, with its own step and deadline."""
    case = apply_for("mai", "khai-sinh", {"child": {"name": "NGUYỄN HOÀNG NAM"}, "copies": 0})
    receive(office, case)
    office.registrar.post(f"/mot-cua/viec/{open_step(case, 'appraise').uuid}/", {"outcome": "accept"})
    work()
    task = open_step(case, "verify")
    assert task.agency_id is not None
    with acting(SYSTEM):
        asked = Agency.objects.get(pk=task.agency_id)
    assert asked.province_code == "24"
    assert "Đang chờ:" in office.registrar.get(address(case)).content.decode()
    waiting = office.registrar.get("/mot-cua/cho-noi-khac/").content.decode()
    assert case.number in waiting
    assert asked.name in waiting
    there = office.browser(f"{asked.code}.civil-status-officer".lower())
    assert case.number in there.get("/mot-cua/viec/").content.decode()
    assert there.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "not_confirmed"}).status_code == 400
    answered = there.post(
        f"/mot-cua/viec/{task.uuid}/", {"outcome": "confirmed", "reason": "Khớp sổ năm 2020"}
    )
    assert answered.status_code == 303
    assert open_step(case, "appraise").element_id == "conclude"


def test_an_entry_found_in_the_paper_book_is_copied_field_by_field(office: Desk) -> None:
    case = apply_for("suu", "trich-luc-ho-tich", {"whose": "mine", "copies": 1})
    office.clerk.post(address(case, "thu-tien"))
    work()
    task, registrar = open_step(case, "decide"), office.registrar
    entry = {
        "outcome": "found", "entry_number": "12", "entry_year": "1949", "registered_on-day": "1",
        "registered_on-month": "11", "registered_on-year": "1949", "person_name": "Ma Thị Sửu",
        "person_born-day": "12", "person_born-month": "10", "person_born-year": "1949", "person_sex": "Nữ",
    }  # fmt: skip
    path = f"/mot-cua/viec/{task.uuid}/"
    for wrong in (
        {"entry_number": "mười"},
        {"registered_on-year": "1940"},
        {"person_name": ""},
        {"person_sex": ""},
    ):
        page = registrar.post(path, {**entry, **wrong})
        assert page.status_code == 400, wrong
        assert 'value="1949"' in page.content.decode()
    assert registrar.post(path, entry).status_code == 303
    work()
    assert again(case).data["facts"]["entry"]["person"]["name"] == "MA THỊ SỬU"
    assert open_step(case, "sign").role == "chair"


@pytest.mark.parametrize("slug", [act.slug for act in ACTS])
def test_an_act_that_is_not_possible_leads_back_to_the_case(office: Desk, birth: Case, slug: str) -> None:
    with acting(citizen("lan_anh")) as mother:
        actions.withdraw(mother, birth.uuid, "Khai nhầm")
    answer = office.clerk.post(address(birth, slug), {"reason": "x", "legal_basis": "y", "items": "z"})
    assert answer.status_code == 303
    assert again(birth).business_status_id == Code.WITHDRAWN


def test_the_case_page_speaks_english(office: Desk, pension: Case) -> None:
    receive(office, pension)
    page = office.social.get(address(pension) + "?lang=en").content.decode()
    for words in (
        "To be done",
        "Where the case is",
        "The system proposes",
        "The legal clock",
        "Refuse the application",
    ):
        assert words in page, words


def test_an_objection_is_considered_by_the_chair_with_a_reason(office: Desk, birth: Case) -> None:
    office.clerk.post(address(birth, "tu-choi-tiep-nhan"), {"reason": "Chưa đủ căn cứ"})
    work()
    with acting(citizen("lan_anh")) as mother:
        objection = actions.object_to(mother, birth.uuid, "Tôi đã nộp đủ giấy tờ")
    chair = office.chair
    assert objection.number in chair.get("/mot-cua/viec/").content.decode()
    assert "Tôi đã nộp đủ giấy tờ" in chair.get(address(objection)).content.decode()
    task = open_step(objection, "objection")
    path = f"/mot-cua/viec/{task.uuid}/"
    assert "Tôi đã nộp đủ giấy tờ" in chair.get(path).content.decode()
    assert chair.post(path, {"outcome": "upheld", "reason": " "}).status_code == 400
    assert chair.post(path, {"outcome": "upheld", "reason": "Hồ sơ đủ, tiếp nhận lại"}).status_code == 303
    assert again(objection).business_status_id == Code.RETURNED


def test_every_act_has_a_page_in_both_languages(office: Desk, pension: Case) -> None:
    receive(office, pension)
    seen = []
    for browser in (office.social, office.clerk):
        page = browser.get(address(pension)).content.decode()
        for act in ACTS:
            if f'href="{address(pension, act.slug)}"' not in page:
                continue
            seen.append(act.slug)
            for lang in ("vi", "en"):
                form = browser.get(address(pension, act.slug) + f"?lang={lang}")
                assert form.status_code == 200
                assert act.title.text(lang) in form.content.decode()
    assert {"yeu-cau-bo-sung", "chuyen", "xin-loi", "dung", "tu-choi"} <= set(seen)


def test_an_officer_may_ask_another_commune_before_registering(office: Desk, birth: Case) -> None:
    receive(office, birth)
    task, registrar = open_step(birth, "appraise"), office.registrar
    path = f"/mot-cua/viec/{task.uuid}/"
    unclear = registrar.post(path, {"outcome": "accept", "verify": "true", "unit": "Phường"})
    assert unclear.status_code == 400
    assert 'href="#unit"' in unclear.content.decode()
    with acting(SYSTEM):
        unit = Agency.objects.get(pk=office.neighbour.pk).unit_code
    assert registrar.post(path, {"outcome": "accept", "verify": "true", "unit": unit}).status_code == 303
    assert open_step(birth, "verify").agency_id == office.neighbour.pk


def test_an_act_passes_the_forgery_check_from_its_own_page_only(office: Desk, birth: Case) -> None:
    careful = Client(enforce_csrf_checks=True)
    sign_in(careful, account(f"{office.desk.code}.one-stop-clerk".lower()))
    path = address(birth, "tiep-nhan")
    assert careful.post(path, {}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', careful.get(path).content.decode())
    assert token is not None
    assert careful.post(path, {"csrfmiddlewaretoken": token[1]}).status_code == 303
