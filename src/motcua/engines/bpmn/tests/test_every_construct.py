"""Each construct of BPMN that is run, by its name: what happens at it."""

import json

import pytest

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import draw, element, inside
from motcua.engines.bpmn.tests.playing import NOON, Play

AROUND = (
    '<bpmn:message id="m" name="letter"/><bpmn:signal id="s" name="storm"/><bpmn:error id="e" errorCode="NO"/>'
    '<bpmn:escalation id="x" escalationCode="LATE"/>'
)
TOLD = {
    "message": 'messageRef="m"',
    "signal": 'signalRef="s"',
    "error": 'errorRef="e"',
    "escalation": 'escalationRef="x"',
}
HOUR = "<bpmn:timeDuration>PT1H</bpmn:timeDuration>"


def event(tag: str, name: str, kind: str, **attributes: str) -> str:
    definition = f"<bpmn:{kind}EventDefinition {TOLD.get(kind, '')}>{HOUR if kind == 'timer' else ''}"
    return element(tag, name, f"{definition}</bpmn:{kind}EventDefinition>", **attributes)


def extended(kind: str, name: str, zeebe: str, inner: str = "", **attributes: str) -> str:
    return element(
        kind, name, f"<bpmn:extensionElements>{zeebe}</bpmn:extensionElements>{inner}", **attributes
    )


def happen(play: Play, kind: str) -> None:
    """Let come what was waited for."""
    if kind == "timer":
        play.later(hours=1)
    elif kind == "message":
        assert play.message("letter", word="hello")
    else:
        assert play.signal("storm", word="hello")


def asked(play: Play) -> list[str]:
    return [token.element for token in play.state.tokens if token.wait is bpmn.Wait.PERSON]


# start events


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
def test_a_case_begins_at_the_start_event_that_is_named(kind: str) -> None:
    source = draw(
        f"user a; user b; {event('startEvent', 'other', kind)}",
        "start -> a -> end; other -> b -> end",
        AROUND,
    )
    assert Play(source).waiting == ["a"]
    assert Play(source, {"word": "hello"}, at="other").waiting == ["b"]
    with pytest.raises(bpmn.BpmnError, match="no start event “nix”"):
        Play(source, at="nix")


def test_a_none_start_and_a_none_end_are_all_a_process_needs() -> None:
    assert Play(draw("", "start -> end")).ended == "completed"


# intermediate and end events


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
def test_an_intermediate_event_waits_for_what_it_says(kind: str) -> None:
    play = Play(
        draw(f"{event('intermediateCatchEvent', 'w', kind)}; user a", "start -> w -> a -> end", AROUND)
    )
    assert play.waiting == ["w"]
    happen(play, kind)
    assert play.waiting == ["a"]
    assert play.data == ({} if kind == "timer" else {"word": "hello"})


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_message_is_thrown_and_the_case_goes_on(tag: str) -> None:
    ways = "start -> t" if tag == "endEvent" else "start -> t -> end"
    play = Play(draw(event(tag, "t", "message"), ways, AROUND))
    assert play.of(bpmn.MessageThrown) == [bpmn.MessageThrown("letter", {}, "t")]
    assert play.ended == "completed"


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_signal_is_thrown_and_heard_in_the_same_case(tag: str) -> None:
    ways = "start -> g -> w -> a -> end; g -> b -> t" + ("" if tag == "endEvent" else " -> end")
    hears = event("intermediateCatchEvent", "w", "signal")
    play = Play(draw(f"{event(tag, 't', 'signal')}; {hears}; user a; user b; and g", ways, AROUND)).do("b")
    assert play.of(bpmn.SignalThrown) == [bpmn.SignalThrown("storm")]
    assert play.waiting == ["a"]


@pytest.mark.parametrize(("stops", "left"), [("true", ["c"]), ("false", ["a", "c"])])
def test_an_escalation_end_is_caught_at_the_border_interrupting_or_not(stops: str, left: list[str]) -> None:
    thrown = event("endEvent", "t", "escalation")
    body = inside(f"start i; end o; user a; user b; and g; {thrown}", "i -> g -> a -> o; g -> b -> t", "s")
    caught = event("boundaryEvent", "caught", "escalation", attachedToRef="sub", cancelActivity=stops)
    drawn = draw(
        f"{element('subProcess', 'sub', body)}; {caught}; user c",
        "start -> sub -> end; caught -> c -> end",
        AROUND,
    )
    assert asked(Play(drawn).do("b")) == left


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    assert Play(draw(event("endEvent", "t", "escalation"), "start -> t", AROUND)).ended == "completed"


def test_a_terminate_end_ends_all_and_an_error_end_says_its_code() -> None:
    ways = "start -> g -> a -> end; g -> b -> t"
    assert (
        Play(draw(f"user a; user b; and g; {event('endEvent', 't', 'terminate')}", ways)).do("b").ended
        == "terminated"
    )
    play = Play(draw(f"user a; user b; and g; {event('endEvent', 't', 'error')}", ways, AROUND)).do("b")
    assert play.of(bpmn.Ended) == [bpmn.Ended("error", "NO")]


# boundary events


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
def test_an_interrupting_boundary_event_ends_its_task(kind: str) -> None:
    caught = event("boundaryEvent", "caught", kind, attachedToRef="a")
    play = Play(draw(f"user a; user b; {caught}", "start -> a -> end; caught -> b -> end", AROUND))
    happen(play, kind)
    assert asked(play) == ["b"]
    assert len(play.of(bpmn.TaskWithdrawn)) == 1
    assert play.do("b").ended == "completed"


@pytest.mark.parametrize(("kind", "times"), [("message", 2), ("timer", 1), ("signal", 2)])
def test_a_boundary_event_that_does_not_interrupt_comes_as_often_as_it_is_told(kind: str, times: int) -> None:
    caught = event("boundaryEvent", "caught", kind, attachedToRef="a", cancelActivity="false")
    play = Play(draw(f"user a; user b; {caught}", "start -> a -> end; caught -> b -> end", AROUND))
    for _ in range(times):
        happen(play, kind)
    assert asked(play) == ["a", *["b"] * times]
    assert [token for token in play.do("a").state.tokens if token.host] == []


@pytest.mark.parametrize("kind", ["message", "timer", "signal", "error"])
def test_a_boundary_event_on_a_called_process_ends_all_of_it(kind: str) -> None:
    body = inside(f"start i; user a; {event('endEvent', 'o', 'error')}", "i -> a -> o", "q")
    call = extended("callActivity", "call", '<zeebe:calledElement processId="q"/>')
    caught = event("boundaryEvent", "caught", kind, attachedToRef="call")
    around = f'<bpmn:process id="q">{body}</bpmn:process>{AROUND}'
    play = Play(draw(f"{call}; {caught}; user b", "start -> call -> end; caught -> b -> end", around))
    if kind == "error":
        play.do("a")
    else:
        happen(play, kind)
    assert asked(play) == ["b"]
    assert play.state.scopes == ()


# tasks


@pytest.mark.parametrize("kind", ["task", "manualTask"])
def test_a_manual_task_and_one_without_type_are_passed(kind: str) -> None:
    assert Play(draw(element(kind, "t"), "start -> t -> end")).trail == ["start", "t", "end"]


@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "scriptTask", "businessRuleTask"])
def test_a_task_with_a_worker_waits_for_its_answer(kind: str) -> None:
    task = extended(kind, "t", '<zeebe:taskDefinition type="=kind + &quot;.send&quot;" retries="3"/>')
    play = Play(draw(task, "start -> t -> end"), {"kind": "sms"})
    assert play.of(bpmn.ServiceRequested)[0].type == "sms.send"
    assert play.do("t", sent=True).data == {"kind": "sms", "sent": True}
    assert play.ended == "completed"


def test_a_user_task_says_its_priority_and_dates() -> None:
    task = extended(
        "user", "a",
        '<zeebe:userTask/><zeebe:formDefinition externalReference="https://forms"/>'
        '<zeebe:priorityDefinition priority="80"/>'
        '<zeebe:taskSchedule dueDate="=due" followUpDate="2026-12-01T08:00:00+07:00"/>'
        '<zeebe:assignmentDefinition assignee="lan" candidateGroups="one_stop, chair" candidateUsers="a,b"/>',
    )  # fmt: skip
    source = draw(task, "start -> a -> end")
    [offer] = Play(source, {"due": "2026-12-02T08:00:00+07:00"}).of(bpmn.TaskOffered)
    assert (offer.priority, offer.due, offer.follow_up) == (
        80,
        "2026-12-02T08:00:00+07:00",
        "2026-12-01T08:00:00+07:00",
    )
    assert (offer.assignee, offer.candidate_groups, offer.candidate_users) == (
        "lan",
        ("one_stop", "chair"),
        ("a", "b"),
    )
    assert (offer.form, offer.role) == ("https://forms", "one_stop")
    assert "expected a date" in Play(source, {"due": "soon"}).of(bpmn.Incident)[0].message
    with pytest.raises(bpmn.BpmnError, match=r"“high” is no whole number from 0 to 100.*element a, line"):
        bpmn.load(source.replace(b'priority="80"', b'priority="high"'))


def test_what_the_modeler_writes_besides_is_read_without_a_word() -> None:
    task = extended(
        "user",
        "a",
        '<zeebe:userTask/><zeebe:properties><zeebe:property name="n" value="v"/></zeebe:properties>',
    )
    tag = '<bpmn:extensionElements><zeebe:versionTag value="2026.1"/></bpmn:extensionElements>'
    source = draw(task, "start -> a -> end").replace(b"</bpmn:process>", f"{tag}</bpmn:process>".encode())
    assert bpmn.check(source).findings == []


def test_input_and_output_mappings_keep_a_sub_process_to_itself() -> None:
    mapping = (
        '<zeebe:ioMapping><zeebe:input source="=n + 1" target="n"/><zeebe:output source="=n * 10" target="result.n"/>'
        "</zeebe:ioMapping>"
    )
    body = inside("start i; end o; user a", "i -> a -> o", "s")
    sub = extended("subProcess", "sub", mapping, body)
    play = Play(draw(f"{sub}; user b", "start -> sub -> b -> end"), {"n": 1}).do("a", n=5, other=7)
    assert play.data == {"n": 1, "other": 7, "result": {"n": 50}}


# messages


def test_a_message_is_taken_once_by_one_of_two_that_wait() -> None:
    both = [element("receiveTask", name, messageRef="m") for name in ("one", "two")]
    play = Play(draw(f"{both[0]}; {both[1]}; and g", "start -> g -> one -> end; g -> two -> end", AROUND))
    assert play.message("letter")
    assert play.waiting == ["two"]
    assert play.message("letter")
    assert not play.message("letter")
    assert play.ended == "completed"


def test_a_correlation_key_is_computed_when_the_waiting_begins() -> None:
    message = (
        '<bpmn:message id="m" name="letter"><bpmn:extensionElements><zeebe:subscription correlationKey="=case.number"/>'
        "</bpmn:extensionElements></bpmn:message>"
    )
    source = draw('<bpmn:receiveTask id="r" messageRef="m"/>', "start -> r -> end", message)
    play = Play(source, {"case": {"number": "H55-7"}})
    assert play.of(bpmn.MessageAwaited)[0].key == "H55-7"
    assert not play.message("letter", "H55-8")
    assert play.message("letter", "H55-7")
    assert "is null" in Play(source).of(bpmn.Incident)[0].message


def test_a_message_cannot_write_what_is_the_interpreters_own() -> None:
    play = Play(draw('<bpmn:receiveTask id="r" messageRef="m"/>; user a', "start -> r -> a -> end", AROUND))
    step = bpmn.message(
        play.definition, play.state, {}, "letter", "", {"$local": {"0": 1}, "x": 1}, NOON, play.env
    )
    assert step is not None
    assert step.data == {"x": 1}


# multi-instance

EACH = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="{}"><bpmn:extensionElements><zeebe:loopCharacteristics'
    ' inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=item * 2"/>'
    "</bpmn:extensionElements>{}</bpmn:multiInstanceLoopCharacteristics>"
)


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_sub_process_is_done_for_each_item(sequential: str) -> None:
    body = inside("start i; end o; user a", "i -> a -> o", "s")
    sub = element("subProcess", "sub", body + EACH.format(sequential, ""))
    play = Play(draw(sub, "start -> sub -> end"), {"items": [1, 2, 3]})
    assert len(asked(play)) == (1 if sequential == "true" else 3)
    for _ in range(3):
        play.do("a")
    assert play.ended == "completed"
    assert play.data == {"items": [1, 2, 3], "out": [2, 4, 6]}


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_process_is_called_for_each_item_until_enough_is_done(sequential: str) -> None:
    enough = "<bpmn:completionCondition>=numberOfCompletedInstances >= 2</bpmn:completionCondition>"
    around = f'<bpmn:process id="q">{inside("start i; end o; user a", "i -> a -> o", "q")}</bpmn:process>'
    call = extended(
        "callActivity", "call", '<zeebe:calledElement processId="q"/>', EACH.format(sequential, enough)
    )
    play = Play(draw(call, "start -> call -> end", around), {"items": [1, 2, 3]}).do("a").do("a")
    assert play.ended == "completed"
    assert play.data["out"] == [2, 4, None]


def test_a_cardinality_says_how_often() -> None:
    marker = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=n</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    assert asked(Play(draw(element("user", "a", marker), "start -> a -> end"), {"n": 3})) == ["a", "a", "a"]


def test_a_receive_task_for_each_item_takes_a_message_each() -> None:
    task = element("receiveTask", "r", EACH.format("false", ""), messageRef="m")
    play = Play(draw(task, "start -> r -> end", AROUND), {"items": [1, 2]})
    assert play.message("letter")
    assert play.ended is None
    assert play.message("letter")
    assert play.ended == "completed"


# compensation


def undoable(name: str) -> str:
    """A service with a compensation handler that is a user task."""
    return (
        f"service {name}; {event('boundaryEvent', f'b_{name}', 'compensate', attachedToRef=name)}; "
        f"{element('user', f'undo_{name}', isForCompensation='true')}; "
        f'<bpmn:association id="as_{name}" sourceRef="b_{name}" targetRef="undo_{name}"/>'
    )


def test_a_compensation_end_undoes_the_latest_first_and_then_ends() -> None:
    stop = event("endEvent", "stop", "compensate")
    play = (
        Play(draw(f"{undoable('one')}; {undoable('two')}; {stop}", "start -> one -> two -> stop"))
        .do("one")
        .do("two")
    )
    assert asked(play) == ["undo_two"]
    assert asked(play.do("undo_two")) == ["undo_one"]
    assert play.do("undo_one").ended == "completed"
    assert play.trail[-3:] == ["undo_two", "undo_one", "stop"]


def test_only_the_activity_that_is_named_is_undone() -> None:
    throw = element("intermediateThrowEvent", "t", '<bpmn:compensateEventDefinition activityRef="one"/>')
    play = Play(
        draw(
            f"{undoable('one')}; {undoable('two')}; {throw}; user last",
            "start -> one -> two -> t -> last -> end",
        )
    )
    assert asked(play.do("one").do("two")) == ["undo_one"]
    assert asked(play.do("undo_one")) == ["last"]


def test_what_was_never_done_is_never_undone() -> None:
    throw = event("intermediateThrowEvent", "t", "compensate")
    play = Play(
        draw(f"{undoable('one')}; {throw}; xor g", "start -> g; g -[=false]-> one -> end; g -*-> t -> end")
    )
    assert play.ended == "completed"


def test_what_a_finished_sub_process_did_is_undone_from_outside() -> None:
    body = inside(f"start i; end o; {undoable('one')}", "i -> one -> o", "s")
    throw = event("intermediateThrowEvent", "t", "compensate")
    play = Play(draw(f"{element('subProcess', 'sub', body)}; {throw}", "start -> sub -> t -> end")).do("one")
    assert asked(play) == ["undo_one"]
    assert play.do("undo_one").ended == "completed"


# event sub-processes


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
@pytest.mark.parametrize("stops", ["true", "false"])
def test_an_event_sub_process_begins_with_its_event(kind: str, stops: str) -> None:
    start = event("startEvent", "h_start", kind, isInterrupting=stops)
    body = inside(f"{start}; end h_end; user note", "h_start -> note -> h_end", "h")
    play = Play(
        draw(
            f"user a; {element('subProcess', 'h', body, triggeredByEvent='true')}",
            "start -> a -> end",
            AROUND,
        )
    )
    happen(play, kind)
    assert asked(play) == (["note"] if stops == "true" else ["a", "note"])
    for name in asked(play):
        play.do(name)
    assert play.ended == "completed"


@pytest.mark.parametrize("stops", ["true", "false"])
def test_an_event_sub_process_inside_a_sub_process_catches_its_escalation(stops: str) -> None:
    start = event("startEvent", "h_start", "escalation", isInterrupting=stops)
    handler = inside(f"{start}; end h_end; user note", "h_start -> note -> h_end", "h")
    throw = event("intermediateThrowEvent", "t", "escalation")
    handling = element("subProcess", "h", handler, triggeredByEvent="true")
    body = inside(f"start i; end o; user a; {throw}; {handling}", "i -> t -> a -> o", "s")
    play = Play(draw(f"{element('subProcess', 'sub', body)}; user b", "start -> sub -> b -> end", AROUND))
    assert asked(play) == (["note"] if stops == "true" else ["a", "note"])
    for name in asked(play):
        play.do(name)
    assert asked(play) == ["b"]


# lanes, working time, size


def test_the_innermost_lane_is_the_role_also_inside_a_sub_process() -> None:
    lanes = (
        '<bpmn:laneSet id="l"><bpmn:lane id="l1" name="Sở"><bpmn:childLaneSet id="c"><bpmn:lane id="l2" name="Phòng">'
        "<bpmn:flowNodeRef>sub</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    body = inside("start i; end o; user a", "i -> a -> o", "s")
    play = Play(draw(element("subProcess", "sub", body), "start -> sub -> end", lanes=lanes))
    assert play.of(bpmn.TaskOffered)[0].role == "Phòng"
    assert play.definition.roles == ("Phòng",)


@pytest.mark.parametrize(
    ("form", "text", "working", "due"),
    [
        ("timeDate", "2026-12-01T08:00:00+07:00", False, "2026-12-01T08:00:00+07:00"),
        ("timeDate", "=when", False, "2026-12-24T00:00:00+07:00"),
        ("timeDuration", "PT72H", False, "2026-11-19T02:00:00+00:00"),
        ("timeDuration", '="P" + string(3) + "D"', True, "2026-11-19T17:00:00+07:00"),
        ("timeCycle", "R3/PT4H", True, "2026-11-16T15:00:00+07:00"),
    ],
)
def test_a_timer_is_a_date_a_duration_or_a_cycle_on_its_clock(
    form: str, text: str, working: bool, due: str
) -> None:
    timer = f"<bpmn:timerEventDefinition><bpmn:{form}>{text}</bpmn:{form}></bpmn:timerEventDefinition>"
    clock = {"motcua__clock": "working"} if working else {}
    caught = element("boundaryEvent", "b", timer, attachedToRef="a", cancelActivity="false", **clock)
    play = Play(
        draw(f"user a; {caught}", "start -> a -> end; b -> end"), {"when": "2026-12-24T00:00:00+07:00"}
    )
    [is_set] = play.of(bpmn.TimerSet)
    assert is_set.due.isoformat() == due
    assert is_set.working is working


def test_a_state_stays_below_five_hundred_bytes_beside_its_data() -> None:
    body = inside("start i; end o; user a; user b; and g", "i -> g -> a -> o; g -> b -> o", "s")
    caught = event("boundaryEvent", "late", "timer", attachedToRef="sub", cancelActivity="false")
    each = EACH.format("false", "")
    drawn = draw(
        f"{element('subProcess', 'sub', body)}; {caught}; {element('user', 'ask', each)}; and f; and j; user c; "
        f"{undoable('done')}",
        "start -> done -> f -> sub -> j; f -> ask -> j; j -> end; late -> c -> end",
        AROUND,
    )
    play = Play(drawn, {"items": [1, 2, 3], "answers": "x" * 10_000}).do("done")
    assert len(play.state.tokens) == 8
    stored = json.dumps(play.state.to_json(), separators=(",", ":"))
    assert len(stored) < 500, stored
    assert bpmn.State.from_json(json.loads(stored)) == play.state
    assert NOON.isoformat()[:10] not in json.dumps(play.data)
