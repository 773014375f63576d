"""A case that asked other agencies by a letter stands still until they have answered, and says so to everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from motcua.core.cases import actions, queries
from motcua.core.cases.actions import Heard
from motcua.core.cases.jobs import letter_overdue
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import work
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting

ASKED = {"H55.1": "Phường Quyết Thắng", "H55.2": "Phường Gia Sàng"}
TUESDAY = dt.datetime(2026, 11, 24, 17, 0, tzinfo=people.FRIDAY_MORNING.tzinfo)


@pytest.fixture
def registrar(office: people.Ward, born: Case) -> Actor:
    """The birth is received; the registrar is to appraise it, and two wards were asked about it first."""
    with acting(people.officer(office.desk, "one_stop")) as clerk:
        actions.receive(clerk, born.uuid)
    work()
    actions.await_answer(born.pk, "letter-1", "01/UBND-TP", ASKED, TUESDAY)
    return people.officer(office.committee, "civil_status_officer")


def appraise(registrar: Actor, born: Case) -> None:
    with acting(registrar):
        step = Task.objects.get(case=born, state="open", verb="appraise")
        actions.complete_task(registrar, step.uuid, "accept")


def work_items(born: Case) -> list[str]:
    with acting(SYSTEM):
        rows = Task.objects.filter(case=born, state="open", verb="letter").order_by("id")
        return [f"{one.name}: {one.data['message']}" for one in rows]


def test_no_step_is_taken_until_every_agency_has_answered(registrar: Actor, born: Case) -> None:
    with pytest.raises(
        Conflict, match="waits for Phường Quyết Thắng, Phường Gia Sàng to answer letter 01/UBND-TP, by 24/11"
    ):
        appraise(registrar, born)
    assert actions.hear(born.pk, "letter-1", "H55.1", Heard.ANSWERED, "12/UBND: Đúng")
    with pytest.raises(Conflict, match="waits for Phường Gia Sàng to answer"):
        appraise(registrar, born)
    assert not actions.hear(born.pk, "letter-1", "H55.2", Heard.ANSWERED, "7/UBND: Đúng")
    assert work_items(born) == ["Đọc văn bản trả lời, giải quyết tiếp: 12/UBND: Đúng"], (
        "one work item about one letter"
    )
    appraise(registrar, born)


def test_its_people_read_for_whom_it_waits_and_until_when(registrar: Actor, born: Case) -> None:
    with acting(people.citizen("lan_anh")) as mother:
        seen = queries.case_for(mother, born.uuid)
        line = next(one for one in queries.timeline(seen) if "01/UBND-TP" in one.text)
    assert (line.text, line.agency, line.until, line.state) == (
        "Chờ trả lời văn bản 01/UBND-TP", "Phường Quyết Thắng, Phường Gia Sàng", TUESDAY, "now"
    )  # fmt: skip


def test_a_returned_letter_becomes_work_with_its_reason_and_the_case_goes_on(
    registrar: Actor, born: Case
) -> None:
    for organ, name in ASKED.items():
        actions.hear(born.pk, "letter-1", organ, Heard.RETURNED, f"{name}: không thuộc thẩm quyền")
    assert work_items(born) == [
        "Văn bản bị trả lại: gửi lại, hoặc giải quyết tiếp: Phường Quyết Thắng: không thuộc thẩm quyền"
    ]
    appraise(registrar, born)


def test_a_replacement_is_waited_for_in_the_place_of_the_first(registrar: Actor, born: Case) -> None:
    actions.await_answer(born.pk, "letter-2", "02/UBND-TP", ASKED, None, instead_of="letter-1")
    with pytest.raises(Conflict, match=r"letter 02/UBND-TP\. It goes on"):
        appraise(registrar, born)
    assert not actions.hear(born.pk, "letter-1", "H55.1", Heard.ANSWERED, "late, to the former letter")
    for organ in ASKED:
        actions.hear(born.pk, "letter-2", organ, Heard.GIVEN_BACK, "")
    assert work_items(born) == [], "what was taken back is known to who took it back"
    appraise(registrar, born)


def test_the_officer_goes_on_without_and_says_why(registrar: Actor, born: Case) -> None:
    with pytest.raises(UserError) as wrong:
        actions.stop_waiting(registrar, born.pk, "letter-1", " ")
    assert wrong.value.field == "reason"
    actions.stop_waiting(registrar, born.pk, "letter-1", "Đã gọi điện xác minh")
    with pytest.raises(Conflict, match="no longer waits"):
        actions.stop_waiting(registrar, born.pk, "letter-1", "lần nữa")
    with acting(registrar):
        seen = queries.case_for_officer(registrar, born.uuid)
        told = {one.text: one.detail for one in queries.timeline(seen)}
    assert told["Giải quyết tiếp, không chờ văn bản trả lời"] == "01/UBND-TP: Đã gọi điện xác minh"
    appraise(registrar, born)


def test_a_day_that_passed_without_an_answer_becomes_work_once(
    registrar: Actor, born: Case, friday: Callable[[dt.datetime], None]
) -> None:
    with acting(SYSTEM):
        letter_overdue(str(born.uuid), "letter-1")
    assert work_items(born) == [], "it is Friday, and Tuesday was asked for"
    friday(TUESDAY + dt.timedelta(minutes=1))
    actions.hear(born.pk, "letter-1", "H55.1", Heard.ANSWERED, "12/UBND: Đúng")
    with acting(SYSTEM):
        letter_overdue(str(born.uuid), "letter-1")
        letter_overdue(str(born.uuid), "letter-1")
    assert work_items(born)[1:] == [
        "Quá hạn chưa trả lời: đôn đốc, báo lãnh đạo: 01/UBND-TP: Phường Gia Sàng"
    ]


def test_a_case_that_has_ended_waits_for_nothing(registrar: Actor, born: Case) -> None:
    with acting(people.citizen("lan_anh")) as mother:
        actions.withdraw(mother, born.uuid, "Nộp nhầm")
        assert queries.case_for(mother, born.uuid).awaited == ()
    assert not actions.hear(born.pk, "letter-1", "H55.1", Heard.ANSWERED, "12/UBND: Đúng")
    actions.await_answer(born.pk, "letter-3", "03/UBND-TP", ASKED, None)
    assert work_items(born) == []
