"""Filling in: nothing typed is lost, mistakes are said at the field, others' applications do not exist."""

from __future__ import annotations

import datetime as dt
import html
import unicodedata
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core import clock
from motcua.core.cases.models import Case, Draft
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Read
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services
from motcua.core.services.changes import Change, Kind
from motcua.systems.portal.tests.conftest import SignedIn, account_of, forget
from motcua.systems.portal.tests.test_the_first_journey import NAME, begin, body, fill_birth

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


def page(draft: Draft, name: str) -> str:
    return f"/don/{draft.uuid}/trang/{name}/"


def again(draft: Draft) -> Draft:
    with acting(SYSTEM):
        return Draft.objects.get(pk=draft.pk)


def test_a_mistake_is_said_at_its_field_and_what_was_typed_stays(mother: Client) -> None:
    draft = begin(mother)
    answer = mother.post(page(draft, "child"), {"child.name": "Châu 123"})
    assert answer.status_code == 422
    text = html.unescape(body(answer))
    assert 'value="CHÂU 123"' in text or 'value="Châu 123"' in text
    assert "Lỗi:" in text
    assert "#q-child-name" in text


def test_the_language_changes_without_losing_what_was_typed(mother: Client) -> None:
    draft = begin(mother)
    where = page(draft, "child")
    shown = body(mother.get(where))
    assert 'form="fill-in" name="_language" value="en"' in shown
    assert "?lang=en" not in shown
    answer = mother.post(where, {"child.name": "Châu 123", "_language": "en", "_correct": "child.born"})
    assert (answer.status_code, answer["Location"]) == (303, f"{where}?lang=en&correct=child.born")
    english = body(mother.get(answer["Location"]))
    assert "Save and continue" in english
    assert "CHÂU 123" in html.unescape(english).upper()
    assert 'name="child.born-day"' in english
    back = mother.post(f"{where}?lang=en", {"child.name": "Châu 123", "_language": "vi"})
    assert "Lưu và tiếp tục" in body(mother.get(back["Location"]))


def test_found_facts_are_shown_with_their_source_and_can_be_put_right(mother: Client) -> None:
    draft = begin(mother)
    shown = body(mother.get(page(draft, "child")))
    assert "Lấy từ Giấy chứng sinh điện tử" in shown
    assert "?correct=child.born" in shown
    correcting = body(mother.get(page(draft, "child") + "?correct=child.born"))
    assert 'name="child.born-day"' in correcting
    mother.post(
        page(draft, "child"),
        {"child.name": NAME, "_correct": "child.born", "child.born-day": "14", "child.born-month": "11",
         "child.born-year": "2026"},
    )  # fmt: skip
    assert again(draft).answers["child"]["born"] == "2026-11-14"


def test_beginning_again_finds_the_draft_that_was_begun(mother: Client) -> None:
    draft = begin(mother)
    mother.post(page(draft, "child"), {"child.name": NAME})
    assert begin(mother).pk == draft.pk
    assert again(draft).answers["child"]["name"] == NAME.upper()
    assert str(draft.uuid) in body(mother.get("/ho-so/"))
    assert "Điền tiếp" in body(mother.get("/thu-tuc/khai-sinh/"))


def test_somebody_elses_draft_and_case_do_not_exist(mother: Client, signed_in: SignedIn) -> None:
    draft = fill_birth(mother)
    stranger = signed_in("mai")
    for path in ("", "xem-lai/", "trang/child/", "bo/", "noi-nhan/"):
        assert stranger.get(f"/don/{draft.uuid}/{path}").status_code == 404
    assert stranger.post(page(draft, "child"), {"child.name": "Khác"}).status_code == 404
    assert stranger.post(f"/don/{draft.uuid}/xem-lai/").status_code == 404
    where = mother.post(f"/don/{draft.uuid}/xem-lai/")["Location"].split("/")[2]
    for path in (
        "",
        "da-nop/",
        "lich.ics",
        "noi-dung/",
        "nop-tien/",
        "bo-sung/",
        "rut/",
        "danh-gia/",
        "khieu-nai/",
    ):
        assert stranger.get(f"/ho-so/{where}/{path}").status_code == 404
    assert stranger.get(f"/ho-so/{uuid.uuid4()}/").status_code == 404


def test_submitting_twice_or_from_two_tabs_makes_one_case(mother: Client) -> None:
    draft = fill_birth(mother)
    first = mother.post(f"/don/{draft.uuid}/xem-lai/")
    second = mother.post(f"/don/{draft.uuid}/xem-lai/")
    assert first["Location"] == second["Location"]
    assert mother.get(f"/don/{draft.uuid}/xem-lai/")["Location"] == first["Location"]
    assert mother.get(page(draft, "child"))["Location"] == first["Location"]
    with acting(SYSTEM):
        assert Case.objects.filter(service_code="1.001193").count() == 1


def test_an_unfinished_application_is_not_submitted_and_says_what_is_missing(mother: Client) -> None:
    draft = begin(mother)
    answer = mother.post(f"/don/{draft.uuid}/xem-lai/")
    assert answer.status_code == 422
    assert f'href="{page(draft, "child")}"' in body(answer)
    assert "Lỗi:" in body(answer)
    assert again(draft).submitted_case_id is None


def test_names_in_parts_are_stored_as_one_and_hostile_text_is_only_text(mother: Client) -> None:
    draft = begin(mother)
    mother.post(page(draft, "child"), {"child.name": unicodedata.normalize("NFD", NAME)})
    assert again(draft).answers["child"]["name"] == unicodedata.normalize("NFC", NAME.upper())
    hostile = "<script>alert(1)</script>\"{{7*7}}'--"
    answer = mother.post(page(draft, "child"), {"child.name": hostile})
    assert answer.status_code == 422
    assert "<script>alert" not in body(answer)
    assert "{{7*7}}" in html.unescape(body(answer))
    assert "<script>alert" not in body(mother.get("/tim/", {"q": hostile}))
    assert mother.get("/tim/", {"q": "\0khai"}).status_code == 200
    broken = mother.get("/tim/?q=%F0%9F%91%B6%FF%C3")
    assert broken.status_code == 200
    assert "Chưa tìm thấy" in body(broken)


def test_a_text_that_is_too_long_is_kept_and_refused(mother: Client) -> None:
    draft = begin(mother)
    answer = mother.post(page(draft, "child"), {"child.name": "Châu " * 200})
    assert answer.status_code == 422
    assert "100" in body(answer)
    assert mother.get("/tim/", {"q": "x" * 5000}).status_code == 200


@pytest.fixture
def no_notice(signed_in: SignedIn) -> Client:
    """A mother of whose child no hospital has written: the birth notice is a paper to give."""
    return signed_in("huong")


def paper_page(client: Client) -> tuple[Draft, str]:
    draft = begin(client)
    return draft, f"/don/{draft.uuid}/giay-to/birth_notice/"


def test_a_paper_is_taken_by_its_content_and_can_be_taken_out_again(no_notice: Client) -> None:
    draft, where = paper_page(no_notice)
    wrong = no_notice.post(
        where, {"form": "birth_notice", "file": SimpleUploadedFile("giay.pdf", b"MZ\x90 not a pdf")}
    )
    assert wrong.status_code == 422
    assert "không phải PDF, JPG hoặc PNG" in body(wrong)
    assert no_notice.post(where, {"form": "birth_notice"}).status_code == 422
    good = no_notice.post(
        where, {"form": "birth_notice", "more": "1", "file": SimpleUploadedFile("giay.pdf", PDF)}
    )
    assert "giay.pdf" in body(good)
    (kept,) = again(draft).files["birth_notice"]
    assert no_notice.get(f"/tep/{kept}/").content == PDF
    gone = no_notice.post(where, {"form": "birth_notice", "remove": kept})
    assert again(draft).files["birth_notice"] == []
    assert "giay.pdf" not in body(gone)


def test_a_file_chosen_before_the_language_changes_is_kept(no_notice: Client) -> None:
    _draft, where = paper_page(no_notice)
    posted = {"form": "birth_notice", "_language": "en", "file": SimpleUploadedFile("giay.pdf", PDF)}
    answer = no_notice.post(where, posted)
    assert (answer.status_code, answer["Location"]) == (303, f"{where}?lang=en")
    assert "giay.pdf" in body(no_notice.get(answer["Location"]))
    empty = no_notice.post(where, {"form": "birth_notice", "_language": "xx"})
    assert empty.status_code != 303 or "lang=" not in empty["Location"]


def test_a_file_of_26_megabytes_is_refused_kindly(no_notice: Client) -> None:
    draft, where = paper_page(no_notice)
    large = SimpleUploadedFile("anh.pdf", PDF + b"\0" * (26 * 2**20))
    answer = no_notice.post(where, {"form": "birth_notice", "file": large})
    assert answer.status_code == 422
    assert "lớn hơn 25 MB" in body(answer)
    assert not again(draft).files.get("birth_notice")


def test_a_file_of_somebody_else_cannot_be_fetched(no_notice: Client, mother: Client) -> None:
    draft, where = paper_page(no_notice)
    no_notice.post(where, {"form": "birth_notice", "file": SimpleUploadedFile("giay.pdf", PDF)})
    (kept,) = again(draft).files["birth_notice"]
    assert mother.get(f"/tep/{kept}/").status_code == 404


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(mother: Client) -> None:
    draft = begin(mother)
    lost = Client(HTTP_ACCEPT_LANGUAGE="vi")
    answer = lost.post(page(draft, "child"), {"child.name": NAME})
    assert answer.status_code == 302
    assert "/dang-nhap/" in answer["Location"]
    assert again(draft).answers == {}
    lost.force_login(account_of("lan_anh"), backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = body(lost.get(page(draft, "child")))
    assert NAME.upper() in shown or NAME in shown
    assert "Phiên làm việc đã hết" in shown


def test_a_weak_sign_in_is_led_to_a_stronger_one(door: None) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    sign_in(client, account_of("lan_anh"), level=1)
    answer = client.post("/thu-tuc/khai-sinh/nop/")
    assert answer.status_code == 302
    assert "nang-muc" in answer["Location"]


def test_nobody_signed_out_begins_an_application(door: None) -> None:
    answer = Client().get("/thu-tuc/khai-sinh/nop/")
    assert answer.status_code == 302
    assert "next=%2Fthu-tuc%2Fkhai-sinh%2Fnop%2F" in answer["Location"]


def test_a_version_published_meanwhile_is_told_and_the_answers_stay(mother: Client) -> None:
    draft = fill_birth(mother)
    publish_another("1.001193")
    answer = mother.post(f"/don/{draft.uuid}/xem-lai/")
    shown = body(mother.get(answer["Location"])) if answer.status_code == 303 else body(answer)
    assert "vừa thay đổi" in shown
    assert again(draft).answers["child"]["name"] == NAME.upper()
    with acting(SYSTEM):
        assert not Case.objects.filter(service_code="1.001193").exists()
    mother.post(page(draft, "child"), {"child.name": NAME})
    mother.post(page(draft, "copies"), {"copies": "0"})
    assert mother.post(f"/don/{draft.uuid}/xem-lai/").status_code == 303
    with acting(SYSTEM):
        assert Case.objects.filter(service_code="1.001193").count() == 1


def publish_another(code: str) -> None:
    """Another version of the service comes into force today."""
    from motcua.core.ledger.actor import Actor, ActorKind

    with acting(SYSTEM):
        editor = Actor(
            ActorKind.OFFICER, "Biên tập", account_id=1, officer_id=1, groups=frozenset({"service_editor"})
        )
        approver = Actor(
            ActorKind.OFFICER, "Duyệt", account_id=2, officer_id=2, groups=frozenset({"service_approver"})
        )
        change = Change(Kind.TEXT, "texts/vi.yaml#child.name.hint", "Viết như trên giấy chứng sinh")
        version = services.propose_change(editor, code, [change], clock.today(), "Sửa lời nhắc")
        services.approve(approver, version)
    forget()


def test_a_silent_register_costs_questions_and_nothing_else(
    mother: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from motcua.core.cases import prefill
    from motcua.core.errors import Unavailable

    def silent(*_: object) -> None:
        raise Unavailable("không trả lời", "silent")

    monkeypatch.setitem(prefill.SOURCES, "health.birth_notice", silent)
    draft = begin(mother)
    shown = body(mother.get(f"/don/{draft.uuid}/"))
    assert "Có cơ sở dữ liệu chưa trả lời" in shown
    assert "/giay-to/birth_notice/" in shown


def test_another_desk_of_the_province_may_receive(mother: Client) -> None:
    draft = fill_birth(mother)
    found = body(mother.get(f"/don/{draft.uuid}/noi-nhan/", {"q": "gia sang"}))
    assert "Gia Sàng" in found
    code = found.split('name="desk" type="radio" value="')[1].split('"')[0]
    assert mother.post(f"/don/{draft.uuid}/noi-nhan/", {"desk": "H05.200.00"}).status_code == 422
    assert mother.post(f"/don/{draft.uuid}/noi-nhan/", {"desk": code}).status_code == 303
    assert "Gia Sàng" in body(mother.get(f"/don/{draft.uuid}/xem-lai/"))
    mother.post(f"/don/{draft.uuid}/xem-lai/")
    with acting(SYSTEM):
        case = Case.objects.latest("id")
        assert case.receiving_agency.code == code
        assert case.competent_agency.code == "H55.237"


def test_a_draft_can_be_thrown_away(mother: Client) -> None:
    draft = begin(mother)
    assert "Bỏ đơn này?" in body(mother.get(f"/don/{draft.uuid}/bo/"))
    assert mother.post(f"/don/{draft.uuid}/bo/").status_code == 303
    assert mother.get(f"/don/{draft.uuid}/").status_code == 404


def test_the_whole_journey_in_english(mother: Client) -> None:
    assert "What do you need?" in body(mother.get("/?lang=en"))
    draft = begin(mother)
    shown = body(mother.get(page(draft, "child")))
    assert "Save and continue" in shown
    wrong = body(mother.post(page(draft, "child"), {"child.name": ""}))
    assert "Error:" in wrong
    mother.post(page(draft, "child"), {"child.name": NAME})
    mother.post(page(draft, "copies"), {"copies": "0"})
    check = body(mother.get(f"/don/{draft.uuid}/xem-lai/"))
    assert "Check before you submit" in check
    answer = mother.post(f"/don/{draft.uuid}/xem-lai/")
    assert "What happens next" in body(mother.get(answer["Location"]))
    assert "Birth registration" in body(mother.get("/ho-so/"))


def test_registers_are_asked_again_only_for_a_reason(mother: Client) -> None:
    draft = begin(mother)
    asked = looks()
    mother.post(page(draft, "child"), {"child.name": NAME})
    assert again(draft).answers["child"]["name"] == NAME.upper()
    assert looks() == asked  # no register is asked by a child's name
    mother.post(page(draft, "parents"), {"mother.number": "019198004567", "_correct": "mother.number"})
    assert looks() > asked, again(draft).answers
    asked = looks()
    with acting(SYSTEM):
        Draft.objects.filter(pk=draft.pk).update(saved_at=clock.now() - dt.timedelta(days=1))
    mother.post(page(draft, "child"), {"child.name": f"{NAME} Anh"})
    assert looks() > asked  # a day later what was found may have changed


def test_a_register_that_was_silent_is_asked_at_the_next_answer(mother: Client) -> None:
    draft = begin(mother)
    with acting(SYSTEM):
        Draft.objects.filter(pk=draft.pk).update(down=["health.birth_notice"])
    mother.post(page(draft, "child"), {"child.name": NAME})
    assert again(draft).down == []


def looks() -> int:
    """How many looks into registers were noted."""
    with acting(SYSTEM):
        return Read.objects.count()
