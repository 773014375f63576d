"""A clerk looks what becomes of running cases, a second person says yes, and there is a way back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from motcua.core.cases.models import Case, Move
from motcua.core.cases.tests.conftest import friday, work  # noqa: F401 - a fixture
from motcua.core.cases.tests.conftest import office as office_of_the_ward
from motcua.core.cases.tests.test_moving import BIRTH, birth, next_year
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services
from motcua.core.services import queries
from motcua.systems.studio.tests.test_changing import said, text

PLAN = f"/bien-tap/{BIRTH}/chuyen-ho-so/"
MAP = "appraise = examine\nchild.name = child.full_name\n"
office = office_of_the_ward


@pytest.fixture
def waiting(office: object) -> Case:
    """A birth that waits to be appraised while a new version comes into force."""
    case = birth(office, "appraise", "TRẦN AN")  # type: ignore[arg-type]
    with acting(SYSTEM):
        services.publish(SYSTEM, services.import_pack(SYSTEM, next_year()))
    queries.forget()
    return case


def stands_under(case: Case) -> int:
    with acting(SYSTEM):
        return Case.objects.values_list("service_version__number", flat=True).get(pk=case.pk)


def test_the_service_leads_to_its_moves(editor: Client, waiting: Case) -> None:
    assert PLAN in editor.get(f"/bien-tap/{BIRTH}/").content.decode()
    assert "Chuyển hồ sơ sang phiên bản mới" in said(editor.get(PLAN))


def test_a_preview_says_of_each_case_what_would_become_of_it(editor: Client, waiting: Case) -> None:
    first = stands_under(waiting)
    page = said(editor.post(PLAN, {"act": "preview", "to": str(first + 1), "map": ""}))
    assert "1 hồ sơ đang giải quyết: 0 chuyển được, 0 mất câu trả lời, 1 phải dừng." in page
    assert "“Thẩm tra, đối chiếu dữ liệu” (appraise) không có trong phiên bản mới" in page
    assert waiting.number in page
    page = said(editor.post(PLAN, {"act": "preview", "to": str(first + 1), "map": MAP}))
    assert "1 chuyển được" in page
    assert stands_under(waiting) == first


def test_a_mapping_that_leads_nowhere_is_told_at_its_field(editor: Client, waiting: Case) -> None:
    for wrong, why in (("appraise", "chưa đúng"), ("apraise = x", "không có “apraise”")):
        answer = editor.post(PLAN, {"act": "preview", "to": "2", "map": wrong})
        assert answer.status_code == 400
        assert why in text(answer)
        assert f">{wrong}</textarea>" in answer.content.decode().replace("\n", "")


def test_a_second_person_approves_the_worker_moves_and_it_can_be_taken_back(
    editor: Client, approver: Client, waiting: Case
) -> None:
    first = stands_under(waiting)
    form = {
        "act": "propose",
        "to": str(first + 1),
        "map": MAP,
        "reason": "Luật Hộ tịch mới",
        "allow_loss": "no",
    }
    made = editor.post(PLAN, form)
    assert made.status_code == 303
    url = made["Location"]
    assert "không tự duyệt được" in said(editor.get(url))
    assert editor.post(url, {"act": "approve"}).status_code == 400
    page = approver.get(url)
    assert "Duyệt và chuyển" in said(page)
    assert "1 chuyển được" in said(page)
    assert approver.post(url, {"act": "approve"}).status_code == 303
    assert approver.post(url, {"act": "approve"}).status_code == 400
    work()
    assert stands_under(waiting) == first + 1
    assert re.search(r"Đã chuyển: 1", said(approver.get(url)))
    assert approver.post(url, {"act": "back"}).status_code == 303
    work()
    assert stands_under(waiting) == first
    assert "Đã chuyển lại: 1" in said(approver.get(url))


def test_a_move_is_refused_with_a_reason_and_nothing_happens(
    editor: Client, approver: Client, waiting: Case
) -> None:
    first = stands_under(waiting)
    form = {"act": "propose", "to": str(first + 1), "map": MAP, "reason": "Luật mới"}
    url = editor.post(PLAN, form)["Location"]
    assert approver.post(url, {"act": "refuse", "reason": ""}).status_code == 400
    assert approver.post(url, {"act": "refuse", "reason": "Chưa đến ngày"}).status_code == 303
    work()
    assert stands_under(waiting) == first
    with acting(SYSTEM):
        assert Move.objects.get().state == Move.State.REFUSED
