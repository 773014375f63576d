"""The legal clock, and every way in which a case may stand still or end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from motcua.core.cases import actions, counting, deadlines, queries
from motcua.core.cases.models import Case, Code, IndicatorDay, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, work
from motcua.core.documents.models import Document
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting

Move = Callable[[dt.datetime], None]


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return people.FRIDAY_MORNING.replace(day=day, hour=hour, minute=minute)


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def slips(case: Case) -> list[str]:
    with acting(SYSTEM):
        return sorted(Document.objects.filter(case_id=case.pk, kind="slip").values_list("slip_no", flat=True))


@pytest.fixture
def pension(office: people.Ward) -> Case:
    """A social pension, ten working days, received on Friday morning."""
    elder = people.citizen("suu")
    application = apply_for(
        elder, "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    with acting(elder):
        made = actions.submit(elder, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def receive(office: people.Ward, case: Case) -> Actor:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    return clerk


def test_received_on_friday_at_15_20_is_due_on_monday(office: people.Ward, friday: Move) -> None:
    friday(at(20, 15, 20))
    mother = people.citizen("lan_anh")
    with acting(mother):
        made = actions.submit(mother, apply_for(mother, "khai-sinh", birth_answers()), new_uuid())
        case = Case.objects.get(uuid=made.case_uuid)
    assert case.due_at is not None
    assert case.due_at.astimezone(people.FRIDAY_MORNING.tzinfo).date() == dt.date(2026, 11, 23)


def test_the_clock_stands_still_while_papers_are_awaited(
    office: people.Ward, pension: Case, friday: Move
) -> None:
    clerk = receive(office, pension)
    first = again(pension).due_at
    assert first is not None
    with acting(clerk):
        actions.ask_supplement(
            clerk, pension.uuid, ["Bản chụp thẻ căn cước mặt sau"], "Ảnh mờ, không đọc được"
        )
    assert again(pension).business_status_id == Code.SUPPLEMENT
    assert again(pension).due_at is None
    friday(at(25, 9))
    elder = people.citizen("suu")
    with acting(elder):
        assert queries.my_cases(elder)[0].waits_for_you
        actions.answer_supplement(elder, pension.uuid, {"note": "Đã bổ sung"})
    case = again(pension)
    assert case.business_status_id == Code.IN_PROCESS
    assert case.due_at is not None
    assert case.due_at > first
    with acting(SYSTEM):
        assert deadlines.recompute(case) == case.due_at
    work()
    assert slips(pension) == ["01", "02"]


def test_what_a_case_took_is_counted_in_office_hours_while_its_clock_ran(
    office: people.Ward, pension: Case, friday: Move
) -> None:
    clerk, elder = receive(office, pension), people.citizen("suu")
    friday(at(20, 10))
    with acting(clerk):
        actions.ask_supplement(clerk, pension.uuid, ["Giấy tờ A"], "Thiếu")
    friday(at(25, 9))
    with acting(elder):
        actions.answer_supplement(elder, pension.uuid, {"note": "Đã bổ sung"})
    friday(at(25, 10))
    officer = people.officer(office.committee, "social_officer")
    with acting(officer):
        actions.refuse(officer, pension.uuid, "Không đủ điều kiện", "Nghị định 176/2025/NĐ-CP")
    with acting(SYSTEM):
        counting.count_days(at(20, 0).date(), at(25, 0).date())
        assert IndicatorDay.objects.get(day=at(25, 0).date()).minutes == 2 * 60


def test_more_is_asked_for_once(office: people.Ward, pension: Case, friday: Move) -> None:
    clerk = receive(office, pension)
    with acting(clerk):
        actions.ask_supplement(clerk, pension.uuid, ["Giấy tờ A"], "Thiếu")
    elder = people.citizen("suu")
    with acting(elder):
        actions.answer_supplement(elder, pension.uuid, {}, {"a": [str(new_uuid())]})
    with acting(clerk):
        with pytest.raises(Conflict, match="once"):
            actions.ask_supplement(clerk, pension.uuid, ["Giấy tờ B"], "Thiếu nữa")
        again_asked = actions.ask_supplement(
            clerk, pension.uuid, ["Giấy tờ B"], "Xác minh có điểm mới", again_because="verification"
        )
    assert again_asked.again_because == "verification"


def test_after_three_working_days_nothing_more_may_be_asked(
    office: people.Ward, pension: Case, friday: Move
) -> None:
    clerk = receive(office, pension)
    friday(at(27, 9))
    with acting(clerk), pytest.raises(UserError, match="working days"):
        actions.ask_supplement(clerk, pension.uuid, ["Giấy tờ"], "Thiếu")


def test_an_apology_is_allowed_once_and_a_day_before(
    office: people.Ward, pension: Case, friday: Move
) -> None:
    receive(office, pension)
    work()
    officer = people.officer(office.committee, "social_officer")
    due = again(pension).due_at
    assert due is not None
    later = due + dt.timedelta(days=4)
    later += dt.timedelta(days=(7 - later.weekday()) % 7 if later.weekday() > 4 else 0)
    friday(due - dt.timedelta(hours=20))
    with acting(officer), pytest.raises(Conflict, match="one day before"):
        actions.extend(officer, pension.uuid, later, "Đang chờ xác minh")
    friday(due - dt.timedelta(days=2))
    with acting(officer):
        actions.extend(officer, pension.uuid, later, "Đang chờ xác minh")
        assert again(pension).due_at == later
        with pytest.raises(Conflict, match="once"):
            actions.extend(officer, pension.uuid, later + dt.timedelta(days=7), "Nữa")
    work()
    assert "04" in slips(pension)
    with acting(SYSTEM):
        assert deadlines.recompute(again(pension)) == later


def test_a_refusal_at_the_desk_says_why_and_ends_the_case(office: people.Ward, born: Case) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        with pytest.raises(UserError):
            actions.refuse_receipt(clerk, born.uuid, "  ")
        actions.refuse_receipt(clerk, born.uuid, "Đã đăng ký ở nơi khác")
        with pytest.raises(NotAllowed):
            actions.receive(clerk, born.uuid)
    work()
    assert again(born).business_status_id == Code.NOT_RECEIVED
    assert slips(born) == ["03"]


def test_the_applicant_may_withdraw_and_open_steps_are_taken_back(office: people.Ward, born: Case) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        actions.withdraw(mother, born.uuid, "Khai nhầm")
    case = again(born)
    assert case.business_status_id == Code.WITHDRAWN
    with acting(SYSTEM):
        assert not Task.objects.filter(case=case, state="open").exists()
    with acting(mother), pytest.raises(NotAllowed):
        actions.withdraw(mother, born.uuid, "Lần nữa")


def test_a_stopped_case_stands_still_until_it_is_resumed(
    office: people.Ward, pension: Case, friday: Move
) -> None:
    receive(office, pension)
    work()
    officer = people.officer(office.committee, "social_officer")
    with acting(officer):
        actions.stop(
            officer, pension.uuid, "Người nộp đang bị tranh chấp hộ khẩu", "Nghị định 118/2025 Điều 19"
        )
        assert again(pension).due_at is None
        friday(at(24, 9))
        actions.resume(officer, pension.uuid, "Đã giải quyết xong tranh chấp")
    assert again(pension).due_at is not None
    work()
    assert "05" in slips(pension)


def test_a_hand_over_counts_when_it_is_acknowledged(office: people.Ward, pension: Case) -> None:
    receive(office, pension)
    work()
    officer = people.officer(office.committee, "social_officer")
    other = people.ward("05455").committee
    taker = people.officer(other, "social_officer")
    with acting(officer):
        actions.transfer(officer, pension.uuid, other.pk, "Người nộp đã chuyển nơi cư trú")
    assert again(pension).handling_agency_id == office.committee.pk
    with acting(taker):
        actions.acknowledge_transfer(taker, pension.uuid)
    case = again(pension)
    assert case.handling_agency_id == other.pk
    with acting(SYSTEM):
        assert [
            reference.agency_id for reference in case.references.filter(kind="handling").order_by("id")
        ] == [
            office.committee.pk,
            other.pk,
        ]
        assert Task.objects.get(case=case, state="open").agency_id == other.pk
    work()
    assert "06" in slips(pension)


def test_a_decision_is_rated_and_objected_to_once(office: people.Ward, born: Case) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.refuse_receipt(clerk, born.uuid, "Chưa đủ căn cứ")
    mother = people.citizen("lan_anh")
    with acting(mother):
        objection = actions.object_to(mother, born.uuid, "Tôi đã nộp đủ")
        assert actions.object_to(mother, born.uuid, "Tôi đã nộp đủ").pk == objection.pk
        with pytest.raises(NotAllowed):
            actions.rate(mother, born.uuid, 5)
    assert objection.decided_case_id == born.pk
    assert objection.number != born.number
    chair = people.officer(office.committee, "chair")
    with acting(chair):
        (row,) = queries.work_list(chair, office.committee.pk, "chair")
        assert row.verb == "objection"
        actions.complete_task(chair, row.task_uuid, "upheld", reason="Hồ sơ đủ, tiếp nhận lại")
    assert again(objection).business_status_id == Code.RETURNED
