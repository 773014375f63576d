"""From the question on the first page to one's own case, by form posts, as a mother does it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from motcua.core.cases.models import Case, Draft
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.queries import reads_of_case
from motcua.core.ledger.scope import acting

NAME = "Trần Ngọc Minh Châu"


def body(response: object) -> str:
    return str(response.content.decode())  # type: ignore[attr-defined]


def begin(client: Client, slug: str = "khai-sinh") -> Draft:
    """Go on from the start page; returns the draft."""
    response = client.post(f"/thu-tuc/{slug}/nop/")
    assert response.status_code == 303, body(response)
    with acting(SYSTEM):
        return Draft.objects.latest("id")


def fill_birth(client: Client) -> Draft:
    draft = begin(client)
    first = client.post(f"/don/{draft.uuid}/trang/child/", {"child.name": NAME})
    assert first["Location"] == f"/don/{draft.uuid}/trang/copies/", body(first)
    last = client.post(f"/don/{draft.uuid}/trang/copies/", {"copies": "0"})
    assert last["Location"] == f"/don/{draft.uuid}/xem-lai/"
    return draft


def test_a_mother_registers_a_birth_from_the_first_page_to_her_case(mother: Client) -> None:
    assert "Ông/bà cần làm gì?" in body(mother.get("/"))
    assert "Đăng ký khai sinh" in body(mother.get("/tim/", {"q": "khai sinh"}))
    assert "/thu-tuc/khai-sinh/nop/" in body(mother.get("/thu-tuc/khai-sinh/"))
    assert "Cơ sở dữ liệu quốc gia về dân cư" in body(mother.get("/thu-tuc/khai-sinh/nop/"))
    draft = fill_birth(mother)
    check = body(mother.get(f"/don/{draft.uuid}/xem-lai/"))
    assert "Nộp hồ sơ" in check
    assert "NGUYỄN THỊ LAN ANH" in check
    answer = mother.post(f"/don/{draft.uuid}/xem-lai/")
    assert answer.status_code == 303, body(answer)
    confirmation = body(mother.get(answer["Location"]))
    with acting(SYSTEM):
        case = Case.objects.latest("id")
    assert case.number in confirmation
    assert case.data["answers"]["child"]["name"] == NAME.upper()
    told = body(mother.get(f"/ho-so/{case.uuid}/"))
    assert case.number in told
    assert "Nộp hồ sơ" in told
    assert case.number in body(mother.get("/ho-so/"))


def test_the_looks_taken_while_filling_in_name_the_case_that_came_of_them(mother: Client) -> None:
    draft = fill_birth(mother)
    assert "hồ sơ <a" not in body(mother.get("/ai-da-xem/"))
    mother.post(f"/don/{draft.uuid}/xem-lai/")
    with acting(SYSTEM):
        case = Case.objects.latest("id")
        looks = reads_of_case(case.pk, case.idempotency_key)
    assert "population" in {look.register for look in looks}
    shown = body(mother.get("/ai-da-xem/"))
    assert f"/ho-so/{case.uuid}/" in shown
    assert case.number in shown


def test_the_sheet_says_a_limit_of_the_same_day_once(mother: Client) -> None:
    said = " ".join(re.sub(r"<[^>]+>", " ", body(mother.get("/thu-tuc/khai-sinh/"))).split())
    assert "Thời hạn Trong ngày Nhận sau 15 giờ" in said
    assert "Trong ngày. Trong ngày" not in said
    assert "Trong ngày; nhận sau 15 giờ" in said


def test_a_service_is_found_by_its_code_too(mother: Client) -> None:
    answer = mother.get("/thu-tuc/1.001193/")
    assert (answer.status_code, answer["Location"]) == (302, "/thu-tuc/khai-sinh/")
    assert mother.get("/thu-tuc/9.999999/").status_code == 404


@pytest.mark.parametrize(
    ("slug", "paper", "in_english"),
    [
        ("hon-nhan", "Giấy xác nhận tình trạng hôn nhân", "certificate of marital status"),
        ("nguoi-than-qua-doi", "Giấy báo tử", "death notice"),
    ],
)
def test_what_is_not_online_yet_is_helped_on_to_the_desk_with_its_papers(
    mother: Client, slug: str, paper: str, in_english: str
) -> None:
    shown = body(mother.get(f"/viec/{slug}/"))
    assert "Giấy tờ mang theo" in shown
    assert paper in shown
    assert 'href="/thu-tuc/"' in shown
    assert in_english in body(mother.get(f"/viec/{slug}/?lang=en"))


def test_what_registers_answer_is_listed_by_register(mother: Client) -> None:
    shown = body(mother.get("/thu-tuc/khai-sinh/nop/"))
    facts = re.findall(r'<ul class="govuk-list mc-facts">(.+?)</ul>', shown, re.S)
    assert sum(one.count("<li>") for one in facts) > 10
    assert "; " not in re.sub(r"<[^>]+>", "", facts[0])


def test_the_last_look_counts_what_was_asked_and_what_was_found(mother: Client) -> None:
    draft = fill_birth(mother)
    check = re.sub(r"<[^>]+>", "", body(mother.get(f"/don/{draft.uuid}/xem-lai/")))
    asked = re.search(r"(\d+) điều phải trả lời", check)
    found = re.search(r"(\d+) điều đã có sẵn", check)
    assert asked is not None
    assert found is not None
    assert int(asked.group(1)) <= 5
    assert int(found.group(1)) > 15
    assert "0 giấy tờ" in check
    assert "0 lần đi lại" in check
