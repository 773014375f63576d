"""The population register answers late, never, "duplicate", "refused" or not at all: the birth is registered once."""

from __future__ import annotations

import datetime as dt

import pytest

from motcua.core import clock
from motcua.core.cases.models import Case, Code, Task
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox
from tests.faults.conftest import Visitor, cases_of, filled_in
from tests.faults.desk import appraise, receive, sign, task
from tests.house import work
from tests.people import REGISTRAR, number


def registered(visitor: Visitor, child: str, mode: str) -> Case:
    """A birth on its way while the register is in that mood, up to the registrar's yes."""
    sandbox.behave(mode, for_child=child.upper(), delay_seconds=3600)
    mother = visitor(number("lan_anh"))
    filled_in(mother, child)
    mother.press("Nộp hồ sơ").must_say("Đã nộp hồ sơ")
    (case,) = cases_of(child)
    receive(visitor, case)
    appraise(visitor, case)
    return case


def results(case: Case) -> list[Document]:
    with acting(SYSTEM):
        return list(Document.objects.filter(case_id=case.pk, kind="result").order_by("id"))


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("mode", ["late", "never"])
def test_a_number_that_does_not_come_keeps_no_certificate_back(visitor: Visitor, mode: str) -> None:
    case = registered(visitor, f"Trần Chờ Số {'Một' if mode == 'late' else 'Hai'}", mode)
    sign(visitor, case)
    work()
    assert again(case).business_status_id == Code.RETURNED
    (paper,) = results(case)
    assert paper.state == "issued"
    mother = visitor(number("lan_anh")).open(f"/ho-so/{case.uuid}/")
    mother.must_say("Số định danh cá nhân đang chờ cấp").must_say("Giấy đã cấp vẫn có giá trị")


@pytest.mark.parametrize("mode", ["duplicate", "refuse"])
def test_a_doubt_becomes_an_officers_step_and_nothing_is_signed_before(visitor: Visitor, mode: str) -> None:
    case = registered(visitor, f"Trần Nghi Ngờ {'Một' if mode == 'duplicate' else 'Hai'}", mode)
    assert results(case) == []
    step = task(case, "decide")
    registrar = visitor(REGISTRAR).open(f"/mot-cua/viec/{step.uuid}/")
    registrar.press(
        "Ghi kết quả, chuyển bước sau", {"outcome": "proceed", "reason": "Đã đối chiếu, không trùng."}
    )
    work()
    sign(visitor, case)
    work()
    assert [paper.state for paper in results(case)] == ["issued"]


def test_a_register_that_is_down_is_asked_again_and_the_birth_goes_on(visitor: Visitor) -> None:
    child = "Trần Mất Điện"
    case = registered(visitor, child, "down")
    sandbox.behave("normal", for_child=child.upper())
    later = clock.now() + dt.timedelta(hours=2)
    clock.move_sandbox_to(later)
    try:
        make_due()
        work()
        with acting(SYSTEM):
            open_steps = list(Task.objects.filter(case=case, state="open").values_list("verb", flat=True))
        assert open_steps == ["sign"], open_steps
        sign(visitor, case)
        work()
    finally:
        clock.move_sandbox_to(None)
    assert [paper.state for paper in results(case)] == ["issued"]


def make_due() -> None:
    """Let the pauses between attempts pass."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
        )
