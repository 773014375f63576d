"""What was decided and done can be run again, and what no longer comes out is told."""

from __future__ import annotations

import json

import pytest
from django.db import ProgrammingError

from motcua.core.cases import actions, jobs, replaying
from motcua.core.cases.models import Case, DecisionRun, ProcessStep
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import pay, work
from motcua.core.cases.tests.test_decisions_and_money import submitted
from motcua.core.cases.tests.test_the_way_of_a_case import step
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.sealing import rotation
from motcua.core.sealing.models import DataKey
from motcua.core.services.models import ServiceVersion


def appraised(office: people.Ward, case: Case) -> Case:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    registrar = people.officer(office.committee, "civil_status_officer")
    with acting(registrar):
        actions.complete_task(registrar, step(case, "appraise").uuid, "accept")
    work()
    return case


def replayed(code: str = "") -> replaying.Report:
    with acting(SYSTEM):
        return replaying.replay_all(code)


def steps_of(case: Case) -> list[ProcessStep]:
    with acting(SYSTEM):
        return list(ProcessStep.objects.filter(case=case).order_by("id"))


def test_every_step_of_a_case_comes_out_again(office: people.Ward, born: Case) -> None:
    appraised(office, born)
    taken = steps_of(born)
    assert [row.act[0] for row in taken] == ["start", *["complete"] * (len(taken) - 1)]
    assert len(taken) > 4
    report = replayed()
    assert report.steps == len(taken)
    assert report.different == []


def test_a_step_is_kept_in_few_bytes(office: people.Ward, born: Case) -> None:
    appraised(office, born)
    for row in steps_of(born):
        assert len(json.dumps(row.before)) < 500
        kept = [row.act, row.before, row.inputs, row.heard, row.outcome]
        assert len(json.dumps(kept, ensure_ascii=False).encode()) < 2500, row.act


def test_an_extract_decided_by_rule_comes_out_again(office: people.Ward) -> None:
    case = decided()
    report = replayed(case.service_code)
    assert (report.decisions, report.different) == (1, [])
    assert report.steps > 2


def decided() -> Case:
    case = submitted(people.citizen("duc"), "trich-luc-ho-tich", {"whose": "mine", "copies": 2})
    pay(case)
    work()
    return case


def test_a_tampered_step_is_told_with_what_was_stored_and_what_came_out(
    office: people.Ward, born: Case
) -> None:
    appraised(office, born)
    row = steps_of(born)[2]
    true = row.outcome
    with acting(SYSTEM):
        row.delete()
        row.pk, row.outcome = None, {**true, "effects": [["ended", "completed"]]}
        row.save(force_insert=True)
    (found,) = replayed().different
    assert (found.kind, found.case) == ("step", born.number)
    assert found.which.startswith("complete ")
    assert found.stored["effects"] == [["ended", "completed"]]
    assert found.came_out == true


def test_a_tampered_input_of_a_step_is_told(office: people.Ward, born: Case) -> None:
    appraised(office, born)
    row = next(one for one in steps_of(born) if len(one.act) == 3 and one.act[2].get("outcome") == "accept")
    with acting(SYSTEM):
        row.delete()
        row.pk, row.inputs = None, {**row.inputs, "verification": {"needed": True}}
        row.save(force_insert=True)
    (found,) = replayed().different
    assert found.which == f"complete {row.act[1]}"
    assert "verify" in str(found.came_out)


def test_a_tampered_decision_is_told(office: people.Ward) -> None:
    case = decided()
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=case)
        run.outcome = {**run.outcome, "value": "something else"}
        run.save()
    (found,) = replayed().different
    assert (found.kind, found.case, found.which) == ("decision", case.number, run.decision)
    assert found.stored["value"] == "something else"


def test_an_edited_version_is_noticed_and_so_is_one_that_was_unpublished(
    office: people.Ward, born: Case
) -> None:
    with acting(SYSTEM):
        version = ServiceVersion.objects.get(pk=born.service_version_id)
        version.state = "draft"
        version.save()
        files = dict(version.files)
        renamed = files["process.bpmn"].replace('"receive"', '"take_in"')
        files["process.bpmn"] = renamed.replace('verb="take_in"', 'verb="receive"')
        version.files = files
        version.save()
    found = {(one.kind, one.which): one for one in replayed().different}
    assert found["version", "state"].came_out == "draft"
    assert found["version", "files"].stored == version.digest
    assert found["step", "start"].came_out["effects"] == [["task", 1, "take_in", "one_stop"]]


def test_steps_are_never_changed(office: people.Ward, born: Case) -> None:
    with pytest.raises(ProgrammingError, match="never changed"), acting(SYSTEM):
        ProcessStep.objects.filter(case=born).update(definition="")
    with acting(people.officer(office.desk, "one_stop")):
        assert ProcessStep.objects.filter(case=born).update(definition="") == 0


def test_new_keys_change_nothing_of_what_steps_say(office: people.Ward, born: Case) -> None:
    said = [(step.act, step.inputs, step.outcome) for step in steps_of(born)]
    with acting(SYSTEM):
        keys = DataKey.objects.filter(group=born.sealing_group(), retired_at=None)
        assert keys.exists()
        rotation.retire([born.sealing_group()])
        rotation.reseal()
        assert rotation.reseal() == 0
    assert [(step.act, step.inputs, step.outcome) for step in steps_of(born)] == said


def test_each_night_the_steps_of_the_last_days_are_taken_again(office: people.Ward, born: Case) -> None:
    appraised(office, born)
    taken = steps_of(born)
    with acting(SYSTEM):
        assert jobs.replay_steps() == {"replayed": len(taken), "different": 0}
        taken[1].delete()
        taken[1].pk, taken[1].before = None, {"n": 7}
        taken[1].save(force_insert=True)
        assert jobs.replay_steps() == {"replayed": len(taken), "different": 1}
        event = Event.objects.get(kind="step.differs")
        assert (event.case_id, event.data["step"]) == (born.pk, "complete 1")
