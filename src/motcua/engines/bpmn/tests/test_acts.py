"""A case goes its way: tasks, services, decisions, scripts, messages, timers, errors."""

import json
from datetime import datetime

import pytest

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import draw, element
from motcua.engines.bpmn.tests.playing import NOON, Play

EXT = "<bpmn:extensionElements>{}</bpmn:extensionElements>"


def extended(kind: str, name: str, zeebe: str, inner: str = "", **attributes: str) -> str:
    return element(kind, name, EXT.format(zeebe) + inner, **attributes)


def test_a_case_goes_from_desk_to_signature() -> None:
    play = Play(draw("user receive; user sign", "start -> receive -> sign -> end"))
    assert play.waiting == ["receive"]
    assert play.do("receive").waiting == ["sign"]
    assert play.do("sign").ended == "completed"
    assert play.trail == ["start", "receive", "sign", "end"]
    assert play.of(bpmn.Ended) == [bpmn.Ended("completed")]


def test_a_task_says_who_what_and_by_when() -> None:
    task = extended(
        "user", "appraise",
        '<zeebe:formDefinition formId="khai-sinh"/>'
        '<zeebe:assignmentDefinition candidateGroups="=[duty, &quot;chair&quot;]" assignee="=who"/>'
        '<zeebe:ioMapping><zeebe:input source="=child.name" target="child.name"/></zeebe:ioMapping>',
        motcua__limit="0.5", motcua__unit="half_days", motcua__verb="appraise", motcua__agency="handling",
    )  # fmt: skip
    play = Play(
        draw(task, "start -> appraise -> end"), {"duty": "civil_status_officer", "child": {"name": "An"}}
    )
    [offer] = play.of(bpmn.TaskOffered)
    assert offer.role == "civil_status_officer"
    assert offer.candidate_groups == ("civil_status_officer", "chair")
    assert offer.form == "khai-sinh"
    assert offer.verb == "appraise"
    assert offer.assignee is None
    assert offer.own["agency"] == "handling"
    assert offer.time_limit.half_days == 1
    assert offer.inputs == {"child": {"name": "An"}}


def test_a_lane_is_the_role_of_its_tasks() -> None:
    lanes = (
        '<bpmn:laneSet id="l"><bpmn:lane id="l1" name="Chủ tịch"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        "</bpmn:lane></bpmn:laneSet>"
    )
    play = Play(draw("user a", "start -> a -> end", lanes=lanes))
    assert play.of(bpmn.TaskOffered)[0].role == "Chủ tịch"
    assert play.definition.roles == ("Chủ tịch",)


def test_the_first_true_condition_is_taken_else_the_default() -> None:
    drawn = draw(
        "user a; user b; user c; xor g",
        "start -> g; g -[=fee > 5]-> a; g -[=fee > 3]-> b; g -*-> c; a -> end; b -> end; c -> end",
    )
    assert Play(drawn, {"fee": 9}).waiting == ["a"]
    assert Play(drawn, {"fee": 4}).waiting == ["b"]
    assert Play(drawn, {"fee": 1}).waiting == ["c"]


def test_a_condition_on_missing_data_stops_and_can_be_retried() -> None:
    drawn = draw("user a; user b; xor g", "start -> g; g -[=fee > 5]-> a; g -*-> b; a -> end; b -> end")
    play = Play(drawn)
    [incident] = play.of(bpmn.Incident)
    assert (incident.element_id, play.waiting) == ("g", ["g"])
    assert "fee > 5" in incident.message
    assert "null" in incident.message
    assert play.retry("g", fee=9).waiting == ["a"]
    assert play.trail.count("g") == 1


def test_a_task_that_is_done_is_not_asked_again_when_its_way_on_was_unclear() -> None:
    play = Play(draw("user a; user b; user c", "start -> a; a -[=x]-> b -> end; a -[=not(x)]-> c -> end"))
    assert "“=x”" in play.do("a").of(bpmn.Incident)[0].message
    assert play.trail == ["start", "a"]
    assert play.retry("a", x=True).waiting == ["b"]


def test_no_way_out_of_a_gateway_is_an_incident() -> None:
    play = Play(draw("user a; xor g", "start -> g; g -[=x = 1]-> a; a -> end"), {"x": 2})
    assert "no default flow" in play.of(bpmn.Incident)[0].message


def test_parallel_branches_come_together() -> None:
    play = Play(draw("user a; user b; user c; and s; and j", "start -> s -> a -> j -> c -> end; s -> b -> j"))
    assert play.waiting == ["a", "b"]
    assert play.do("a").waiting == ["b"]
    assert play.do("b").waiting == ["c"]
    assert play.do("c").ended == "completed"


def test_an_inclusive_join_waits_for_the_branches_that_were_taken() -> None:
    drawn = draw(
        "user a; user b; user c; user d; or s; or j",
        "start -> s; s -[=x > 1]-> a -> j; s -[=x > 2]-> b -> j; s -*-> c -> j; j -> d -> end",
    )
    play = Play(drawn, {"x": 2})
    assert play.waiting == ["a"]
    assert play.do("a").waiting == ["d"]
    play = Play(drawn, {"x": 3})
    assert play.waiting == ["a", "b"]
    assert play.do("b").waiting == ["a"]
    assert play.do("a").waiting == ["d"]
    assert Play(drawn, {"x": 0}).waiting == ["c"]


def test_an_inclusive_join_waits_for_what_is_still_far_upstream() -> None:
    play = Play(
        draw(
            "user a; user b; user c; user d; and s; or j",
            "start -> s -> a -> j -> d -> end; s -> b -> c -> j",
        )
    )
    assert play.do("a").waiting == ["b"]
    assert play.do("b").waiting == ["c"]
    assert play.do("c").waiting == ["d"]


def test_a_service_is_asked_and_its_answer_taken() -> None:
    service = extended(
        "service", "open_entry",
        '<zeebe:taskDefinition type="civil_status.open_entry"/><zeebe:taskHeaders>'
        '<zeebe:header key="book" value="births"/></zeebe:taskHeaders><zeebe:ioMapping>'
        '<zeebe:input source="=child.name" target="name"/><zeebe:output source="=number" target="entry.number"/>'
        "</zeebe:ioMapping>",
        motcua__asynchronous="true",
    )  # fmt: skip
    play = Play(
        draw(f"{service}; user a", "start -> open_entry -> a -> end"),
        {"child": {"name": "An"}, "entry": {"year": 2026}},
    )
    [request] = play.of(bpmn.ServiceRequested)
    assert (request.type, request.inputs, request.headers) == (
        "civil_status.open_entry",
        {"name": "An"},
        {"book": "births"},
    )
    assert request.asynchronous
    play.do("open_entry", number=7, secret="not mapped")
    assert play.data == {"child": {"name": "An"}, "entry": {"year": 2026, "number": 7}}
    assert play.waiting == ["a"]


def test_scripts_and_decisions_run_at_once() -> None:
    script = extended("scriptTask", "sum", '<zeebe:script expression="=a + b" resultVariable="total"/>')
    rule = extended(
        "businessRuleTask", "rule", '<zeebe:calledDecision decisionId="Fee" resultVariable="fee"/>'
    )
    play = Play(
        draw(f"{script}; {rule}; user u", "start -> sum -> rule -> u -> end"),
        {"a": 1, "b": 2},
        decisions={"Fee": lambda facts: {"amount": facts["total"] * 1000}},
    )
    assert play.data == {"a": 1, "b": 2, "total": 3, "fee": {"amount": 3000}}


def test_a_decision_that_fails_goes_where_the_process_catches_it() -> None:
    def no_answer(facts: object) -> object:
        raise bpmn.BpmnFaultError("NO_RULE", "no rule fits")

    rule = extended(
        "businessRuleTask", "rule", '<zeebe:calledDecision decisionId="Fee" resultVariable="fee"/>'
    )
    caught = element("boundaryEvent", "b", '<bpmn:errorEventDefinition errorRef="e"/>', attachedToRef="rule")
    error = '<bpmn:error id="e" errorCode="NO_RULE"/>'
    drawn = draw(f"{rule}; {caught}; user by_hand", "start -> rule -> end; b -> by_hand -> end", error)
    assert Play(drawn, decisions={"Fee": no_answer}).waiting == ["by_hand"]
    play = Play(draw(rule, "start -> rule -> end"), decisions={"Fee": no_answer})
    assert "NO_RULE" in play.of(bpmn.Incident)[0].message
    assert "no decision “Fee”" in Play(draw(rule, "start -> rule -> end")).of(bpmn.Incident)[0].message


MESSAGE = (
    '<bpmn:message id="m" name="answer"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=number"/></bpmn:extensionElements></bpmn:message>'
)


def test_a_message_is_taken_once_by_its_key() -> None:
    play = Play(
        draw('<bpmn:receiveTask id="r" messageRef="m"/>', "start -> r -> end", MESSAGE), {"number": 12}
    )
    [awaited] = play.of(bpmn.MessageAwaited)
    assert (awaited.name, awaited.key) == ("answer", "12")
    assert not play.message("answer", 13)
    assert not play.message("question", 12)
    assert play.message("answer", 12, verdict="yes")
    assert play.ended == "completed"
    assert play.data == {"number": 12, "verdict": "yes"}
    assert play.of(bpmn.MessageReleased) == [bpmn.MessageReleased(awaited.token_id)]
    assert not play.message("answer", 12)


def test_messages_are_thrown_with_what_they_carry() -> None:
    drawn = draw(
        '<bpmn:intermediateThrowEvent id="t"><bpmn:extensionElements><zeebe:ioMapping>'
        '<zeebe:input source="=n" target="number"/></zeebe:ioMapping></bpmn:extensionElements>'
        '<bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateThrowEvent>; '
        '<bpmn:sendTask id="s" messageRef="m"/>',
        "start -> t -> s -> end",
        '<bpmn:message id="m" name="told"/>',
    )
    play = Play(drawn, {"n": 5})
    assert play.of(bpmn.MessageThrown) == [
        bpmn.MessageThrown("told", {"number": 5}, "t"),
        bpmn.MessageThrown("told", {}, "s"),
    ]


def timer(name: str, kind: str, what: str, **attributes: str) -> str:
    return element(kind, name, f"<bpmn:timerEventDefinition>{what}</bpmn:timerEventDefinition>", **attributes)


THREE_DAYS = "<bpmn:timeDuration>PT72H</bpmn:timeDuration>"


def test_a_reminder_comes_while_the_task_goes_on() -> None:
    reminder = timer("late", "boundaryEvent", THREE_DAYS, attachedToRef="a", cancelActivity="false")
    play = Play(draw(f"user a; user remind; {reminder}", "start -> a -> end; late -> remind -> end"))
    [due] = play.of(bpmn.TimerSet)
    assert (due.due - NOON).total_seconds() == 72 * 3600
    assert play.later(hours=71).waiting == ["a"]
    assert play.later(hours=1).waiting == ["a", "remind"]
    assert play.later(hours=100).waiting == ["a", "remind"]
    assert play.do("remind").ended is None
    assert play.do("a").ended == "completed"


def test_a_deadline_withdraws_the_task() -> None:
    limit = timer("late", "boundaryEvent", THREE_DAYS, attachedToRef="a")
    play = Play(draw(f"user a; user b; {limit}", "start -> a -> end; late -> b -> end"))
    token = play.of(bpmn.TaskOffered)[0].token_id
    play.later(hours=73)
    assert play.waiting == ["b"]
    assert play.of(bpmn.TaskWithdrawn) == [bpmn.TaskWithdrawn(token)]
    with pytest.raises(bpmn.NotWaitingError, match="done or withdrawn"):
        bpmn.complete(play.definition, play.state, play.data, token, {}, play.now, play.env)


def test_a_task_done_in_time_clears_its_timer() -> None:
    limit = timer("late", "boundaryEvent", THREE_DAYS, attachedToRef="a")
    play = Play(draw(f"user a; user b; {limit}", "start -> a -> b -> end; late -> b"))
    set_timer = play.of(bpmn.TimerSet)[0].token_id
    assert play.do("a").of(bpmn.TimerCleared) == [bpmn.TimerCleared(set_timer)]
    assert play.later(hours=73).waiting == ["b"]


def test_a_working_clock_skips_the_weekend() -> None:
    wait = element(
        "intermediateCatchEvent", "w",
        '<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration></bpmn:timerEventDefinition>',
        motcua__clock="working",
    )  # fmt: skip
    play = Play(draw(wait, "start -> w -> end"))
    [due] = play.of(bpmn.TimerSet)
    assert due.working
    assert f"{due.due:%Y-%m-%d %H:%M}" == "2026-11-23 17:00"


def test_a_cycle_repeats_as_often_as_it_says() -> None:
    cycle = "<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>"
    again = timer("again", "boundaryEvent", cycle, attachedToRef="a", cancelActivity="false")
    play = Play(draw(f"user a; task note; {again}", "start -> a -> end; again -> note -> end"))
    play.later(minutes=150)
    assert play.trail.count("note") == 2
    play.later(hours=10)
    assert play.trail.count("note") == 3
    assert play.do("a").ended == "completed"


def test_the_first_event_wins_the_race() -> None:
    drawn = draw(
        '<bpmn:intermediateCatchEvent id="answered">'
        '<bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>; '
        f"{timer('silent', 'intermediateCatchEvent', THREE_DAYS)}; race g; user go_on; user remind",
        "start -> g -> answered -> go_on -> end; g -> silent -> remind -> end",
        MESSAGE,
    )
    play = Play(drawn, {"number": 1})
    assert play.waiting == ["g"]
    assert play.message("answer", 1)
    assert play.waiting == ["go_on"]
    assert len(play.of(bpmn.TimerCleared)) == 1
    assert Play(drawn, {"number": 1}).later(hours=72).waiting == ["remind"]


def test_errors_are_caught_by_code_before_any() -> None:
    drawn = draw(
        'service s; <bpmn:boundaryEvent id="any" attachedToRef="s"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>; '
        '<bpmn:boundaryEvent id="down" attachedToRef="s">'
        '<bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>; '
        "user a; user b",
        "start -> s -> end; any -> a -> end; down -> b -> end",
        '<bpmn:error id="e" errorCode="DOWN"/>',
    )
    assert Play(drawn).fail("s", "DOWN").waiting == ["b"]
    assert Play(drawn).fail("s", "ODD").waiting == ["a"]


def test_a_failure_that_nobody_catches_leaves_the_service_waiting() -> None:
    play = Play(draw("service s", "start -> s -> end")).fail("s", "DOWN", "no line")
    [incident] = play.of(bpmn.Incident)
    assert "no line" in incident.message
    assert play.waiting == ["s"]
    assert play.do("s").ended == "completed"


def test_an_error_end_ends_the_case_with_its_code() -> None:
    drawn = draw(
        '<bpmn:endEvent id="x"><bpmn:errorEventDefinition errorRef="e"/></bpmn:endEvent>; user a; and g',
        "start -> g -> a -> end; g -> x",
        '<bpmn:error id="e" errorCode="NO"/>',
    )
    play = Play(drawn)
    assert play.ended == "error"
    assert play.of(bpmn.Ended) == [bpmn.Ended("error", "NO")]
    assert play.state.tokens == ()


def test_a_terminate_end_withdraws_all_the_rest() -> None:
    drawn = draw(
        '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>; user a; user b; and g',
        "start -> g -> a -> end; g -> b -> stop",
    )
    play = Play(drawn).do("b")
    assert play.ended == "terminated"
    assert len(play.of(bpmn.TaskWithdrawn)) == 1


def test_cancelling_tells_everyone_who_waits() -> None:
    play = Play(draw("user a; service b; and g", "start -> g -> a -> end; g -> b -> end")).cancel()
    assert play.ended == "cancelled"
    assert [type(effect).__name__ for effect in play.step.effects] == [
        "TaskWithdrawn",
        "ServiceWithdrawn",
        "Ended",
    ]
    assert play.cancel().step.effects == ()


def test_a_loop_without_end_stops_with_an_incident() -> None:
    play = Play(draw("task a; xor g", "start -> g -> a -> g"))
    assert "loop without end" in play.of(bpmn.Incident)[0].message
    assert play.ended is None


def test_a_join_that_can_never_complete_is_told() -> None:
    play = Play(
        draw("user a; xor g; and j", "start -> g; g -[=x]-> a -> j -> end; g -*-> j"), {"x": True}
    ).do("a")
    [incident] = play.of(bpmn.Incident)
    assert (incident.element_id, play.ended) == ("j", None)


def test_the_callers_data_is_never_changed() -> None:
    data = {"a": {"b": 1}}
    script = extended(
        "scriptTask", "s",
        '<zeebe:script expression="=a.b + 1" resultVariable="c"/>'
        '<zeebe:ioMapping><zeebe:output source="=c" target="a.b"/></zeebe:ioMapping>',
    )  # fmt: skip
    play = Play(draw(script, "start -> s -> end"), data)
    assert play.data == {"a": {"b": 2}}
    assert data == {"a": {"b": 1}}


def test_a_state_is_small() -> None:
    limit = timer(
        "Event_0abcdef", "boundaryEvent", THREE_DAYS, attachedToRef="Activity_1abcdef", cancelActivity="false"
    )
    play = Play(
        draw(
            f"user Activity_1abcdef; user Activity_2abcdef; user Activity_3abcdef; and g; and j; {limit}",
            "start -> g -> Activity_1abcdef -> j -> end; g -> Activity_2abcdef -> j; "
            "g -> Activity_3abcdef -> j; Event_0abcdef -> end",
        )
    ).do("Activity_2abcdef")
    assert len(json.dumps(play.state.to_json())) < 250


def test_a_naive_time_is_refused() -> None:
    definition = bpmn.load(draw("user a", "start -> a -> end"))
    with pytest.raises(ValueError, match="no time zone"):
        bpmn.start(definition, {}, datetime(2026, 1, 1), bpmn.PlainEnvironment())  # noqa: DTZ001


def test_a_stored_state_of_something_else_is_refused() -> None:
    with pytest.raises(bpmn.BpmnError, match="no stored state"):
        bpmn.State.from_json({"t": [["?"]]})
