"""Running cases of a service that ships go to its new version: looked at, moved, finished there, and brought back."""

from __future__ import annotations

import datetime as dt

import pytest

from motcua.core.cases import actions, moving
from motcua.core.cases.actions import moving as moves
from motcua.core.cases.models import Case, Code, Move, MovedCase, Task
from motcua.core.cases.moving import Outlook, Places
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import SERVICES, birth_answers, work
from motcua.core.cases.tests.test_decisions_and_money import do, submitted
from motcua.core.cases.tests.test_the_way_of_a_case import again, step
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services
from motcua.core.services.models import ServiceVersion

BIRTH = "1.001193"
MAPPING = Places({"appraise": "examine"}, {"child.name": "child.full_name"})
LOOK_OVER = """    <bpmn:userTask id="look_over" name="Soát bản thảo" motcua:verb="verify" motcua:agency="handling">
      <bpmn:extensionElements>
        <zeebe:userTask />
        <zeebe:assignmentDefinition candidateGroups="civil_status_officer" />
      </bpmn:extensionElements>
      <bpmn:incoming>f_draft</bpmn:incoming>
      <bpmn:outgoing>f_looked</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f_looked" sourceRef="look_over" targetRef="sign" />
    <bpmn:userTask id="sign\""""


def next_year() -> dict[str, str]:
    """Birth registration as it may become: the appraisal is a step of another name, a second officer looks the draft
    over, the child's name has another path, and the law gives a day more."""
    folder = SERVICES / "khai-sinh"
    files = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and (path.parent.name != "cases" or path.name == "world.yaml")
    }
    process = files["process.bpmn"].replace('"appraise"', '"examine"')
    process = process.replace('verb="examine"', 'verb="appraise"').replace("Thẩm tra, đối chiếu", "Thẩm định")
    process = process.replace('sourceRef="draft" targetRef="sign"', 'sourceRef="draft" targetRef="look_over"')
    before, _, rest = process.partition('    <bpmn:userTask id="sign"')
    rest = rest.replace("<bpmn:incoming>f_draft<", "<bpmn:incoming>f_looked<", 1)
    files["process.bpmn"] = before + LOOK_OVER + rest
    files["form.json"] = files["form.json"].replace('"key": "child.name"', '"key": "child.full_name"')
    service = files["service.yaml"].replace("child.name'", "child.full_name'")
    service = service.replace("in_force_from: 2025-07-01", "in_force_from: 2026-11-20")
    files["service.yaml"] = service.replace("  - days: 0\n", "  - days: 1\n")
    files["result.typ"] = files["result.typ"].replace("given.child.name", "given.child.full_name")
    return files


@pytest.fixture
def newer(office: people.Ward) -> ServiceVersion:
    with acting(SYSTEM):
        return services.publish(SYSTEM, services.import_pack(SYSTEM, next_year()))


def birth(office: people.Ward, until: str, child: str) -> Case:
    """A birth that waits at a step of the version now in force."""
    case = submitted(people.citizen("lan_anh"), "khai-sinh", birth_answers(child))
    if until == "receive":
        return case
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    if until == "sign":
        do(case, "appraise", people.officer(office.committee, "civil_status_officer"), "accept")
    return case


@pytest.fixture
def three(office: people.Ward) -> list[Case]:
    return [birth(office, until, f"TRẦN AN {until.upper()}") for until in ("receive", "appraise", "sign")]


def looked(to: ServiceVersion, mapping: Places = MAPPING) -> list[Outlook]:
    with acting(SYSTEM):
        return list(moving.preview(to, mapping))


def move_all(to: ServiceVersion, mapping: Places = MAPPING, **more: bool) -> Move:
    with acting(SYSTEM):
        move = moves.begin_move(to, mapping, **more)
        for _, case_uuid in moves.waiting(move):
            moves.move_case(move, case_uuid)
        moves.finish_move(move)
    return move


def back_all(move: Move) -> list[MovedCase]:
    with acting(SYSTEM):
        return [moves.move_back(move, case_uuid) for _, case_uuid in moves.moved_cases(move)]


def test_without_a_mapping_each_case_says_what_stands_in_its_way(
    three: list[Case], newer: ServiceVersion
) -> None:
    receive, appraise, sign = looked(newer, Places())
    assert [one.verdict for one in (receive, appraise, sign)] == ["loses", "stops", "loses"]
    assert receive.lost == ("child.name",)
    assert "Thẩm tra, đối chiếu dữ liệu" in appraise.stops[0]["vi"]
    assert "appraise is not in the new version" in appraise.stops[0]["en"]
    assert receive.unanswered == ("child.full_name",)


def test_with_a_mapping_all_would_move_and_nothing_is_changed_by_looking(
    three: list[Case], newer: ServiceVersion
) -> None:
    before = [(again(case).process_state, again(case).data) for case in three]
    outlooks = looked(newer)
    assert [one.verdict for one in outlooks] == ["moves"] * 3
    assert outlooks[1].moved == (("appraise", "examine"),)
    assert [one.case.due_at for one in outlooks] != [one.due_at for one in outlooks]
    assert [(again(case).process_state, again(case).data) for case in three] == before


def test_moved_cases_are_finished_under_the_new_version(
    office: people.Ward, three: list[Case], newer: ServiceVersion
) -> None:
    registrar, chair = (people.officer(office.committee, duty) for duty in ("civil_status_officer", "chair"))
    case = three[1]
    kept = step(case, "appraise")
    with acting(registrar):
        actions.take(registrar, kept.uuid)
    former = again(case)
    move_all(newer)
    moved, task = again(case), step(case, "appraise")
    assert moved.service_version_id == newer.pk
    assert (task.uuid, task.element_id, task.assignee_officer_id) == (
        kept.uuid,
        "examine",
        registrar.officer_id,
    )
    assert task.name == "Thẩm định dữ liệu"
    assert moved.data["answers"]["child"]["full_name"] == "TRẦN AN APPRAISE"
    assert "name" not in moved.data["answers"]["child"]
    assert former.due_at is not None
    assert moved.due_at == former.due_at + dt.timedelta(days=3)  # a working day more: over the week-end
    assert moved.promised_at == former.promised_at
    with acting(registrar):
        actions.complete_task(registrar, task.uuid, "accept")
    work()
    assert step(case, "verify").element_id == "look_over"
    do(case, "verify", registrar, "confirmed")
    do(case, "sign", chair, "signed")
    assert again(case).business_status_id == Code.RETURNED
    do(three[2], "sign", chair, "signed")
    assert again(three[2]).business_status_id == Code.RETURNED
    with acting(SYSTEM):
        told = Event.objects.get(kind="case.moved", case_id=case.pk)
    assert (told.data["from"], told.data["to"]) == (1, 2)


def test_a_case_goes_back_as_it_was_and_ends_under_its_old_version(
    office: people.Ward, three: list[Case], newer: ServiceVersion
) -> None:
    before = [again(case) for case in three]
    kept = step(three[1], "appraise")
    move = move_all(newer)
    assert [row.state for row in back_all(move)] == ["back"] * 3
    for former in before:
        now = again(former)
        for name in ("service_version_id", "process_state", "data", "limit_amount", "limit_unit", "due_at"):
            assert getattr(now, name) == getattr(former, name), name
    task = step(three[1], "appraise")
    for name in ("uuid", "element_id", "name", "name_en", "data", "due_at", "sort_at", "role"):
        assert getattr(task, name) == getattr(kept, name), name
    do(three[1], "appraise", people.officer(office.committee, "civil_status_officer"), "accept")
    assert step(three[1], "sign").element_id == "sign"


def test_a_case_that_has_gone_further_stays_and_says_why(
    office: people.Ward, three: list[Case], newer: ServiceVersion
) -> None:
    move = move_all(newer)
    do(three[1], "appraise", people.officer(office.committee, "civil_status_officer"), "accept")
    first, second, third = back_all(move)
    assert [row.state for row in (first, second, third)] == ["back", "stayed", "back"]
    assert "gone further" in second.why["en"]
    assert again(three[1]).service_version_id == newer.pk


def test_what_would_stop_or_lose_answers_is_held_and_the_rest_moves(
    three: list[Case], newer: ServiceVersion
) -> None:
    move = move_all(newer, Places())
    with acting(SYSTEM):
        rows = {row.case_id: row for row in move.cases.all()}
    assert {row.state for row in rows.values()} == {"held"}
    assert "child.name" in rows[three[0].pk].why["en"]
    assert again(three[0]).service_version_id != newer.pk
    allowed = move_all(newer, Places(), allow_loss=True)
    with acting(SYSTEM):
        states = list(allowed.cases.order_by("case_id").values_list("state", "lost"))
    assert states == [("moved", ["child.name"]), ("held", ["child.name"]), ("moved", ["child.name"])]


def test_a_move_that_was_broken_off_goes_on(three: list[Case], newer: ServiceVersion) -> None:
    with acting(SYSTEM):
        begun = moves.begin_move(newer, MAPPING)
        moves.move_case(begun, three[0].uuid)
        with pytest.raises(Conflict):
            moves.begin_move(newer, Places())
    move = move_all(newer)
    assert move.pk == begun.pk
    with acting(SYSTEM):
        assert move.cases.filter(state="moved").count() == 3
        assert moves.move_case(move, three[0].uuid) is None


def test_a_timer_of_the_new_version_is_set_and_one_that_fell_away_comes_back(office: people.Ward) -> None:
    case = submitted(people.citizen("mai"), "khai-sinh", birth_answers("NGUYỄN BẢO"))
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    do(case, "appraise", people.officer(office.committee, "civil_status_officer"), "accept")
    assert step(case, "verify").element_id == "verify"
    former = again(case).process_state
    files = next_year()
    process = files["process.bpmn"].replace('"silence"', '"quiet"')
    files["process.bpmn"] = process.replace('"silence_timer"', '"quiet_timer"')
    with acting(SYSTEM):
        to = services.publish(SYSTEM, services.import_pack(SYSTEM, files))
    (outlook,) = looked(to)
    assert outlook.falls_away == ("the event silence",)
    move = move_all(to)
    waits = [token[1] for token in again(case).process_state["t"]]
    assert waits == ["verify", "quiet"]
    back_all(move)
    assert again(case).process_state == former


def test_a_second_person_says_yes_and_the_worker_moves_them(
    office: people.Ward, three: list[Case], newer: ServiceVersion
) -> None:
    editor, approver = clerk_of(office, 1, "service_editor"), clerk_of(office, 2, "service_approver")
    both = clerk_of(office, 1, "service_editor", "service_approver")
    with acting(editor):
        with pytest.raises(UserError):
            moves.propose_move(editor, newer, MAPPING, "  ")
        move = moves.propose_move(editor, newer, MAPPING, "Luật mới có hiệu lực")
    with acting(both), pytest.raises(NotAllowed):
        moves.approve_move(both, move.uuid)
    with acting(approver):
        moves.approve_move(approver, move.uuid)
        with pytest.raises(Conflict):
            moves.approve_move(approver, move.uuid)
    work()
    assert {again(case).service_version_id for case in three} == {newer.pk}
    assert reread(move).state == Move.State.DONE
    with acting(approver):
        moves.start_back(approver, move.uuid)
    work()
    assert newer.pk not in {again(case).service_version_id for case in three}
    assert reread(move).state == Move.State.BACK


def clerk_of(office: people.Ward, account: int, *duties: str) -> Actor:
    return Actor(
        ActorKind.OFFICER, f"Cán bộ {account}", account_id=account, officer_id=account,
        unit_ids=(office.committee.pk,), groups=frozenset(duties), level=2,
    )  # fmt: skip


def reread(move: Move) -> Move:
    with acting(SYSTEM):
        return Move.objects.get(pk=move.pk)


def test_names_that_lead_nowhere_are_refused(three: list[Case], newer: ServiceVersion) -> None:
    with acting(SYSTEM):
        olds = moving.leaving(newer)
        with pytest.raises(UserError, match="apraise"):
            moving.sort_out({"apraise": "examine"}, olds)
        with pytest.raises(UserError, match="exam1ne"):
            moving.check_mapping(Places({"appraise": "exam1ne"}), newer, olds)
        told = moving.sort_out({"appraise": "examine", "child.name": "child.full_name"}, olds)
        assert told == MAPPING
        with pytest.raises(UserError, match="7"):
            moving.version_of(BIRTH, 7)
        assert Task.objects.filter(state="open").count() == 3
