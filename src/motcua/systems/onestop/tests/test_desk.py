"""The desk's lists: today's numbers, the work list, signing many, money at the counter, incidents, the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import connection

from motcua.core.cases import standing
from motcua.core.cases.models import Case, Code, Task
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment, Delegation, Officer
from motcua.core.payments.models import Receipt, StatementLine
from motcua.core.registers.models import NumberRequest
from motcua.systems.onestop import queries
from motcua.systems.onestop.tests.conftest import FRIDAY_MORNING, Desk, account, again, apply_for, work

Move = Callable[[dt.datetime], None]
COPY = {"child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0}


def open_step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def ready_to_sign(office: Desk, case: Case) -> None:
    office.clerk.post(f"/mot-cua/ho-so/{case.uuid}/tiep-nhan/", {})
    work()
    office.registrar.post(f"/mot-cua/viec/{open_step(case, 'appraise').uuid}/", {"outcome": "accept"})
    work()


def test_todays_numbers_tell_what_is_due_and_what_is_late(office: Desk, birth: Case, friday: Move) -> None:
    from motcua.core.identity import queries as identity

    clerk = identity.actor_of(account(f"{office.desk.code}.one-stop-clerk".lower()), level=2)
    with acting(clerk):
        before = queries.numbers(clerk, office.desk.pk)
    assert (before.waiting, before.today, before.late) == (1, 1, 0)
    friday(FRIDAY_MORNING.replace(hour=23))
    with acting(clerk):
        after = queries.numbers(clerk, office.desk.pk)
    assert (after.today, after.late) == (0, 1)
    assert "quá hạn" in office.clerk.get("/mot-cua/").content.decode()


def test_the_work_list_is_narrowed_and_ordered(office: Desk, birth: Case, pension: Case) -> None:
    clerk = office.clerk
    everything = clerk.get("/mot-cua/viec/").content.decode()
    assert everything.index(birth.number) < everything.index(pension.number), "the more urgent stands first"
    births = clerk.get("/mot-cua/viec/?thu_tuc=1.001193").content.decode()
    assert birth.number in births
    assert pension.number not in births
    assert birth.number in clerk.get("/mot-cua/viec/?vai=one_stop&kenh=portal&han=today").content.decode()
    nothing = clerk.get("/mot-cua/viec/?kenh=post").content.decode()
    assert "Không có việc nào khớp bộ lọc" in nothing
    by_name = clerk.get("/mot-cua/viec/?sap_xep=-nguoi").content.decode()
    assert by_name.index("MA THỊ SỬU") < by_name.index("NGUYỄN THỊ LAN ANH"), (
        "sorted by given name, downwards"
    )
    assert 'aria-sort="descending"' in by_name
    assert birth.number in clerk.get("/mot-cua/viec/?sau=nonsense").content.decode()


def test_the_work_list_goes_on_where_the_page_ended(office: Desk, birth: Case, pension: Case) -> None:
    from motcua.core.identity import queries as identity

    clerk = identity.actor_of(account(f"{office.desk.code}.one-stop-clerk".lower()), level=2)
    with acting(clerk):
        first = queries.work(clerk, office.desk.pk, queries.Filters(), limit=1)
        second = queries.work(clerk, office.desk.pk, queries.Filters(), after=first.after, limit=1)
        last = queries.work(clerk, office.desk.pk, queries.Filters(), after=second.after, limit=1)
        narrowed = queries.work(clerk, office.desk.pk, queries.Filters(service="1.014027"), limit=1)
    assert [row.number for row in (*first.rows, *second.rows)] == [birth.number, pension.number]
    assert last.rows == []
    assert [row.number for row in narrowed.rows] == [pension.number]


def test_a_case_opened_from_the_list_marks_the_list(office: Desk, birth: Case) -> None:
    page = office.clerk.get(f"/mot-cua/ho-so/{birth.uuid}/").content.decode()
    assert page.count('aria-current="page"') == 1
    assert '<a class="mc-tool" href="/mot-cua/viec/" aria-current="page">' in page
    today = office.clerk.get("/mot-cua/").content.decode()
    assert '<a class="mc-tool" href="/mot-cua/" aria-current="page">' in today


def test_a_case_is_found_by_name_without_accents(office: Desk, birth: Case) -> None:
    page = office.clerk.get("/mot-cua/tim/", {"q": "nguyen thi lan anh"}).content.decode()
    assert birth.number in page
    assert "Không tìm thấy" in office.clerk.get("/mot-cua/tim/", {"q": "khong co ai"}).content.decode()


def test_several_results_are_signed_at_once_and_again_changes_nothing(office: Desk, birth: Case) -> None:
    other = apply_for("lan_anh", "khai-sinh", {"child": {"name": "TRẦN NGỌC MINH KHUÊ"}, "copies": 0})
    for case in (birth, other):
        ready_to_sign(office, case)
    chair = office.chair
    empty = chair.post("/mot-cua/ky/", {})
    assert empty.status_code == 400
    assert "Chọn ít nhất một văn bản" in empty.content.decode()
    tasks = [str(open_step(case, "sign").uuid) for case in (birth, other)]
    signed = chair.post("/mot-cua/ky/", {"task": tasks}, follow=True).content.decode()
    assert "Đã ký 2/2 văn bản" in signed
    twice = chair.post("/mot-cua/ky/", {"task": tasks}, follow=True)
    assert twice.status_code == 200
    assert "Đã ký 2/2 văn bản" in twice.content.decode()
    assert "Không có văn bản nào chờ ký" in chair.get("/mot-cua/ky/").content.decode()


def test_who_may_not_sign_is_told_why_line_by_line(office: Desk, birth: Case) -> None:
    ready_to_sign(office, birth)
    with acting(SYSTEM):
        Delegation.objects.filter(
            delegate__officer__code=f"{office.committee.code}.vice-chair".lower()
        ).delete()
    vice = office.browser(f"{office.committee.code}.vice-chair".lower())
    page = vice.post("/mot-cua/ky/", {"all": "1"}, follow=True).content.decode()
    assert "Đã ký 0/1 văn bản" in page
    assert "Không ký được" in page
    assert open_step(birth, "sign").state == "open"
    assert office.registrar.get("/mot-cua/ky/").status_code == 403


def test_money_is_taken_at_the_counter_once(office: Desk) -> None:
    case = apply_for("lan_anh", "trich-luc-ho-tich", {"whose": "mine", "copies": 1})
    clerk, path = office.clerk, f"/mot-cua/ho-so/{case.uuid}/"
    assert again(case).business_status_id == Code.PAYMENT
    page = clerk.get(f"{path}thu-tien/").content.decode()
    assert "Bằng chữ" in page
    assert "8.000 đ" in page
    assert clerk.post(f"{path}thu-tien/").status_code == 303
    assert clerk.post(f"{path}thu-tien/").status_code == 303
    with acting(SYSTEM):
        receipt = Receipt.objects.get(obligation__reference=str(case.uuid))
    assert receipt.method == "counter"
    assert receipt.number in clerk.get(f"{path}bien-lai/").content.decode()
    assert again(case).business_status_id != Code.PAYMENT
    assert office.social.get(f"{path}thu-tien/").status_code == 303, "only a cashier takes money"


def test_an_incident_is_seen_and_tried_again(office: Desk, birth: Case) -> None:
    office.clerk.post(f"/mot-cua/ho-so/{birth.uuid}/tiep-nhan/", {})
    work()
    with acting(SYSTEM):
        case = again(birth)
        task = standing.offer_work(
            case, "incident", "Sự cố cần xử lý", "Incident", message="Máy chủ dấu thời gian không trả lời"
        )
    page = office.registrar.get("/mot-cua/su-co/").content.decode()
    assert "Máy chủ dấu thời gian không trả lời" in page
    assert office.registrar.post(f"/mot-cua/viec/{task.uuid}/", {"outcome": "retry"}).status_code == 303
    assert "Không có sự cố nào." in office.registrar.get("/mot-cua/su-co/").content.decode()


def test_background_work_that_failed_is_seen_and_tried_again(office: Desk, birth: Case) -> None:
    office.clerk.post(f"/mot-cua/ho-so/{birth.uuid}/tiep-nhan/", {})
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'doing' where task_name = 'cases.write_slip' returning id"
        )
        (job,) = cursor.fetchone()
        cursor.execute("update procrastinate_jobs set status = 'failed' where id = %s", [job])
    path = f"/mot-cua/su-co/viec-nen/{job}/lam-lai/"
    assert "Lập và ký số phiếu" in office.clerk.get("/mot-cua/su-co/").content.decode()
    assert office.stranger.post(path).status_code == 404
    assert office.clerk.post(path).status_code == 303
    assert office.clerk.post(path).status_code == 303
    assert "Lập và ký số phiếu" not in office.clerk.get("/mot-cua/su-co/").content.decode()
    work()
    with acting(SYSTEM):
        assert Document.objects.filter(case_id=birth.pk, slip_no="01").exists()


def test_a_suspected_duplicate_is_settled_with_a_number_and_a_reason(office: Desk, birth: Case) -> None:
    with acting(SYSTEM):
        NumberRequest.objects.create(
            case_id=birth.pk, child={"name": "TRẦN NGỌC MINH CHÂU", "born": "2026-11-14", "sex": "Nữ"},
            state="suspected_duplicate", reason="Trùng ngày sinh, cùng mẹ", attempts=1,
        )  # fmt: skip
    registrar, path = office.registrar, f"/mot-cua/ho-so/{birth.uuid}/so-dinh-danh/"
    assert birth.number in registrar.get("/mot-cua/su-co/").content.decode()
    short = registrar.post(path, {"state": "issued", "number": "0193", "reason": "Không trùng"})
    assert short.status_code == 400
    assert 'value="0193"' in short.content.decode()
    assert registrar.post(path, {"state": "refused", "reason": ""}).status_code == 400
    assert registrar.post(path, {"state": "refused", "reason": "Đúng là trùng"}).status_code == 303
    with acting(SYSTEM):
        assert NumberRequest.objects.get(case_id=birth.pk).state == "refused"


def test_money_without_a_case_is_listed_for_the_cashier_only(office: Desk, birth: Case) -> None:
    with acting(SYSTEM):
        StatementLine.objects.create(
            provider="sandbox_bank",
            day=FRIDAY_MORNING.date(),
            bank_reference="FT1",
            code="MCXXXX",
            amount=8000,
        )
    assert "MCXXXX" in office.clerk.get("/mot-cua/su-co/").content.decode()
    assert "MCXXXX" not in office.registrar.get("/mot-cua/su-co/").content.decode()


def test_the_cashier_settles_money_that_fits_nothing(office: Desk, birth: Case) -> None:
    with acting(SYSTEM):
        line = StatementLine.objects.create(
            provider="sandbox_bank",
            day=FRIDAY_MORNING.date(),
            bank_reference="FT1",
            code="MCXXXX",
            amount=8000,
        )
    path, clerk = f"/mot-cua/su-co/tien/{line.pk}/", office.clerk
    assert path in clerk.get("/mot-cua/su-co/").content.decode()
    assert "FT1" in clerk.get(path).content.decode()
    assert clerk.get(f"{path}?lang=en").status_code == 200
    assert office.registrar.get(path).status_code == 403
    for wrong, field in (
        ({"note": "Đã hoàn tiền"}, "what"),
        ({"what": "match", "note": "Gõ nhầm"}, "code"),
        ({"what": "match", "code": "MCNOWHERE", "note": "Gõ nhầm"}, "code"),
        ({"what": "explain", "note": " "}, "note"),
    ):
        page = clerk.post(path, wrong)
        assert (page.status_code, f'href="#{field}"' in page.content.decode()) == (400, True), wrong
    assert clerk.post(path, {"what": "explain", "note": "Đã hoàn tiền"}).status_code == 303
    assert clerk.post(path, {"what": "explain", "note": "Đã hoàn tiền"}).status_code == 303
    assert path not in clerk.get("/mot-cua/su-co/").content.decode()


def test_the_sealed_receipt_is_linked_once_it_is_made(office: Desk) -> None:
    case = apply_for("duc", "trich-luc-ho-tich", {"whose": "mine", "copies": 2})
    office.clerk.post(f"/mot-cua/ho-so/{case.uuid}/thu-tien/")
    page = f"/mot-cua/ho-so/{case.uuid}/bien-lai/"
    assert "đang được lập và ký số" in office.clerk.get(page).content.decode()
    work()
    with acting(SYSTEM):
        receipt = Document.objects.get(case_id=case.pk, kind="receipt")
    for seen in (page, f"/mot-cua/ho-so/{case.uuid}/"):
        assert f"/mot-cua/van-ban/{receipt.uuid}/" in office.clerk.get(seen).content.decode(), seen
    assert office.clerk.get(f"/mot-cua/van-ban/{receipt.uuid}/").content.startswith(b"%PDF")


def test_the_register_of_a_period_is_printed(office: Desk, birth: Case) -> None:
    page = office.clerk.get("/mot-cua/so-theo-doi/?from=01/11/2026&to=30/11/2026").content.decode()
    assert "Mẫu số 07" in page
    assert birth.number in page
    assert (
        birth.number
        not in office.clerk.get("/mot-cua/so-theo-doi/?from=01/10/2026&to=31/10/2026").content.decode()
    )
    assert birth.number not in office.stranger.get("/mot-cua/so-theo-doi/").content.decode()
    backwards = office.clerk.get("/mot-cua/so-theo-doi/?from=30/11/2026&to=01/11/2026")
    assert backwards.status_code == 400
    assert office.clerk.get("/mot-cua/so-theo-doi/?from=hôm&to=nay").status_code == 400


def test_an_officer_with_two_posts_chooses_the_agency(office: Desk, birth: Case) -> None:
    code = f"{office.committee.code}.civil-status-officer".lower()
    with acting(SYSTEM):
        officer = Officer.objects.get(code=code)
        post = Appointment.objects.get(agency=office.desk)
        Appointment.objects.create(
            officer=officer,
            position=post.position,
            agency=office.desk,
            valid_from=dt.date(2026, 1, 1),
            source="thử",
        )
    registrar = office.browser(code)
    assert registrar.post("/mot-cua/co-quan/", {"agency": str(office.desk.pk)}).status_code == 303
    assert birth.number in registrar.get("/mot-cua/viec/").content.decode()
    assert registrar.post("/mot-cua/co-quan/", {"agency": str(office.committee.pk)}).status_code == 303
    assert birth.number not in registrar.get("/mot-cua/viec/").content.decode()
    assert registrar.post("/mot-cua/co-quan/", {"agency": str(office.neighbour.pk)}).status_code == 404
