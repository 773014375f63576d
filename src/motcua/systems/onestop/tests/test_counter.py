"""The counter: people without an account are helped, recognised by evidence, and counted as assisted."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core.cases.models import Case, Code, Draft
from motcua.core.documents.models import Document
from motcua.core.identity.models import Account, Evidence, Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event, Read
from motcua.core.ledger.scope import acting
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.onestop.models import Visit
from motcua.systems.onestop.tests.conftest import Desk, person, work

CARD = "{number}|019123456|NGUYỄN THỊ LAN ANH|08031995|Nữ|Số 12, đường Hoàng Văn Thụ|25042021"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def begin(clerk: Client, name: str) -> Visit:
    """Recognise the demo person of that name by their card."""
    number = person(name)["number"]
    answer = clerk.post(
        "/mot-cua/quay/nguoi-nop/", {"number": number, "evidence": "card_seen", "phone": "0912000111"}
    )
    assert answer.status_code == 303
    with acting(SYSTEM):
        return Visit.objects.get(party__personal_number=number, ended_at=None)


def choose(clerk: Client, visit: Visit, code: str) -> str:
    answer = clerk.post(f"/mot-cua/quay/{visit.uuid}/thu-tuc/", {"service": code})
    assert answer.status_code == 303
    return f"/mot-cua/quay/{visit.uuid}/"


def fill_pension(clerk: Client, path: str) -> None:
    pages = re.findall(rf'href="{path}trang/([^/]+)/"', clerk.get(path).content.decode())
    assert pages
    for page in pages:
        posted = {"payment.method": "cash", "declared": "true"}
        assert clerk.post(f"{path}trang/{page}/", posted).status_code == 303, page


def test_a_person_is_found_by_card_and_the_look_is_logged(office: Desk) -> None:
    mother = person("lan_anh")
    page = office.clerk.post("/mot-cua/quay/", {"who": CARD.format(number=mother["number"])})
    assert page.status_code == 200
    assert mother["name"] in page.content.decode()
    with acting(SYSTEM):
        look = Read.objects.filter(people__contains=[blind(PERSON, mother["number"])]).latest("id")
    assert "bộ phận một cửa" in look.purpose
    assert look.officer_id is not None


def test_a_person_is_found_by_name_without_accents(office: Desk) -> None:
    assert "MA THỊ SỬU" in office.clerk.post("/mot-cua/quay/", {"who": "ma thi suu"}).content.decode()


def test_broken_bytes_at_the_counter_are_said_at_the_field(office: Desk) -> None:
    page = office.clerk.post("/mot-cua/quay/", {"who": "Lan Anh \ufffd"})
    assert page.status_code == 400
    assert "U+FFFD" in page.content.decode()
    assert 'href="#who"' in page.content.decode()


def test_a_stranger_whose_name_is_no_text_is_asked_again(office: Desk) -> None:
    page = office.clerk.post(
        "/mot-cua/quay/chua-co-so/", {"name": "Lò \ufffd", "unit": "05443", "evidence": "declared"}
    )
    assert page.status_code == 400
    assert "U+FFFD" in page.content.decode()


@pytest.mark.parametrize("who", ["", "999", "a|b", "019195009999", "Không Có Ai Tên Thế"])
def test_whoever_is_not_found_is_told_how_to_go_on(office: Desk, who: str) -> None:
    page = office.clerk.post("/mot-cua/quay/", {"who": who})
    assert page.status_code == 400
    assert 'href="#who"' in page.content.decode()


def test_evidence_has_to_be_named(office: Desk) -> None:
    number = person("suu")["number"]
    page = office.clerk.post("/mot-cua/quay/nguoi-nop/", {"number": number, "evidence": "", "phone": "0912"})
    assert page.status_code == 400
    assert 'value="0912"' in page.content.decode()
    with acting(SYSTEM):
        assert not Visit.objects.exists()


def test_the_counter_makes_an_assisted_case_and_no_account(office: Desk) -> None:
    clerk = office.clerk
    with acting(SYSTEM):
        accounts = Account.objects.count()
    visit = begin(clerk, "suu")
    path = choose(clerk, visit, "1.014027")
    fill_pension(clerk, path)
    check = clerk.get(f"{path}kiem-tra/")
    assert "MA THỊ SỬU" in check.content.decode()
    assert clerk.post(f"{path}kiem-tra/").status_code == 303
    with acting(SYSTEM):
        visit.refresh_from_db()
        case = Case.objects.get(applicant_id=visit.party_id)
        assert case.uuid == visit.case_uuid
        event = Event.objects.get(case_id=case.pk, kind="case.submitted")
        officer = case.assisting_officer_id
    assert case.channel == "counter"
    assert case.assisted
    assert officer == visit.officer_id
    assert case.submitter_id == case.applicant_id == visit.party_id
    assert case.receiving_agency_id == office.desk.pk
    assert case.business_status_id == Code.IN_PROCESS
    assert (event.officer_id, event.principal_id) == (officer, visit.party_id)
    with acting(SYSTEM):
        assert Account.objects.count() == accounts
        assert Evidence.objects.filter(party_id=visit.party_id, kind="card_seen").count() == 1
        assert Party.objects.get(pk=visit.party_id).phone == "0912000111"

    looks = re.search(
        r"Lượt tra cứu cơ sở dữ liệu trong hồ sơ này \((\d+)\)",
        clerk.get(f"/mot-cua/ho-so/{case.uuid}/").content.decode(),
    )
    assert looks is not None
    assert int(looks[1]) > 0

    twice = clerk.post(f"{path}kiem-tra/")
    assert twice.status_code == 303
    with acting(SYSTEM):
        assert Case.objects.filter(applicant_id=visit.party_id).count() == 1
    assert case.number in clerk.get(f"{path}xong/").content.decode()
    work()
    with acting(SYSTEM):
        slip = Document.objects.get(case_id=case.pk, slip_no="01")
    assert f"/mot-cua/van-ban/{slip.uuid}/" in clerk.get(f"{path}xong/").content.decode()


def test_a_wrong_answer_is_said_at_its_field_and_kept(office: Desk) -> None:
    clerk = office.clerk
    path = choose(clerk, begin(clerk, "suu"), "1.014027")
    page = re.findall(rf'href="{path}trang/([^/]+)/"', clerk.get(path).content.decode())[-1]
    bad = {"payment.method": "account", "payment.bank": "Agribank", "payment.account_number": "850-02"}
    answer = clerk.post(f"{path}trang/{page}/", bad)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'value="850-02"' in text
    assert "Agribank" in text
    early = clerk.post(f"{path}kiem-tra/")
    assert early.status_code == 422
    assert f"{path}trang/{page}/?correct=" in early.content.decode()
    with acting(SYSTEM):
        assert not Case.objects.exists()


def test_a_birth_at_the_counter_finds_what_registers_know(office: Desk) -> None:
    clerk = office.clerk
    path = choose(clerk, begin(clerk, "lan_anh"), "1.001193")
    page = clerk.get(f"{path}trang/child/").content.decode()
    assert "Giấy chứng sinh điện tử" in page
    assert clerk.post(f"{path}trang/child/", {"child.name": "TRẦN NGỌC MINH CHÂU"}).status_code == 303
    with acting(SYSTEM):
        draft = Draft.objects.get()
    assert draft.channel == "counter"
    assert draft.answers["child"]["name"] == "TRẦN NGỌC MINH CHÂU"


def test_scans_are_kept_with_their_paper_and_wrong_files_are_refused(office: Desk) -> None:
    clerk = office.clerk
    path = choose(clerk, begin(clerk, "huong"), "1.001193")
    page = clerk.get(f"{path}giay-to/").content.decode()
    assert 'name="paper-birth_notice"' in page
    bad = clerk.post(f"{path}giay-to/", {"paper-birth_notice": SimpleUploadedFile("virus.exe", b"MZ....")})
    assert bad.status_code == 400
    assert "virus.exe" in bad.content.decode()
    good = clerk.post(f"{path}giay-to/", {"paper-birth_notice": SimpleUploadedFile("chung-sinh.pdf", PDF)})
    assert good.status_code == 303
    assert "chung-sinh.pdf" in clerk.get(f"{path}giay-to/").content.decode()
    with acting(SYSTEM):
        kept = Draft.objects.get().files["birth_notice"]
    assert clerk.post(f"{path}giay-to/", {"drop": kept}).status_code == 303
    with acting(SYSTEM):
        assert Draft.objects.get().files["birth_notice"] == []


def test_somebody_without_a_number_is_taken_by_evidence(office: Desk) -> None:
    clerk = office.clerk
    typed = {"name": "Anna Nowak", "born-day": "8", "born-month": "3", "born-year": "1990", "unit": "05443"}
    nothing = clerk.post("/mot-cua/quay/chua-co-so/", {**typed, "evidence": "card_seen", "reference": ""})
    assert nothing.status_code == 400
    assert "Anna Nowak" in nothing.content.decode()
    wrong_day = clerk.post(
        "/mot-cua/quay/chua-co-so/", {**typed, "born-day": "31", "born-month": "2", "evidence": "declared"}
    )
    assert 'href="#born"' in wrong_day.content.decode()
    done = clerk.post(
        "/mot-cua/quay/chua-co-so/", {**typed, "evidence": "card_seen", "reference": "Hộ chiếu ZE1"}
    )
    assert done.status_code == 303
    with acting(SYSTEM):
        party = Party.objects.get(name="Anna Nowak")
        assert party.personal_number is None
        assert Evidence.objects.get(party=party).reference == "Hộ chiếu ZE1"


def test_a_visit_is_its_officers_alone(office: Desk) -> None:
    visit = begin(office.clerk, "suu")
    with acting(SYSTEM):
        other = office.neighbour.code
    elsewhere = office.browser(f"{other}.00.one-stop-clerk".lower())
    assert elsewhere.get(f"/mot-cua/quay/{visit.uuid}/").status_code == 404
    assert office.registrar.get("/mot-cua/quay/").status_code == 403


def test_a_visit_may_end_without_an_application(office: Desk) -> None:
    clerk = office.clerk
    visit = begin(clerk, "suu")
    choose(clerk, visit, "1.014027")
    assert clerk.post(f"/mot-cua/quay/{visit.uuid}/ket-thuc/").status_code == 303
    assert clerk.post(f"/mot-cua/quay/{visit.uuid}/ket-thuc/").status_code == 303
    with acting(SYSTEM):
        assert not Draft.objects.exists()
    assert clerk.get(f"/mot-cua/quay/{visit.uuid}/", follow=True).status_code == 200


def test_the_counter_speaks_english(office: Desk) -> None:
    clerk = office.clerk
    path = choose(clerk, begin(clerk, "suu"), "1.014027")
    assert "Who is at the counter?" in clerk.get("/mot-cua/quay/?lang=en").content.decode()
    assert "Read back and submit" in clerk.get(f"{path}?lang=en").content.decode()
