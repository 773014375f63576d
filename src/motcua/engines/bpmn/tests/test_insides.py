"""Activities with an inside: sub-processes, calls, several instances, event sub-processes, compensation."""

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import draw, element, inside
from motcua.engines.bpmn.tests.playing import Play

E, LATE, ITEMS = 'errorRef="e"', 'escalationRef="x"', 'inputCollection="=items"'
ERROR = '<bpmn:error id="e" errorCode="NO"/>'


def sub(name: str, elements: str, flows: str, extra: str = "", **attributes: str) -> str:
    drawn = inside(f"start {name}_start; end {name}_end; {elements}", flows, prefix=f"{name}_")
    return element("subProcess", name, extra + drawn, **attributes)


def event(kind: str, name: str, definition: str, inner: str = "", **attributes: str) -> str:
    return element(kind, name, f"<bpmn:{definition}EventDefinition {inner}/>", **attributes)


def several(kind: str, name: str, settings: str, marker: str = "", done: str = "") -> str:
    worker = f'<bpmn:extensionElements><zeebe:taskDefinition type="{name}"/></bpmn:extensionElements>'
    return element(
        kind,
        name,
        (worker if kind == "service" else "")
        + f"<bpmn:multiInstanceLoopCharacteristics {marker}><bpmn:extensionElements>"
        f"<zeebe:loopCharacteristics {settings}/></bpmn:extensionElements>{done}"
        "</bpmn:multiInstanceLoopCharacteristics>",
    )


def test_a_sub_process_is_left_when_all_in_it_is_done() -> None:
    inner = sub("s", "user a; user b; and g", "s_start -> g -> a -> s_end; g -> b -> s_end")
    play = Play(draw(f"{inner}; user c", "start -> s -> c -> end"))
    assert play.waiting == ["s", "a", "b"]
    assert play.do("a").do("b").waiting == ["c"]


def test_an_error_inside_is_caught_outside_and_ends_the_inside() -> None:
    inner = sub("s", f"user a; user b; and g; {event('endEvent', 'x', 'error', E)}",
                "s_start -> g -> a -> s_end; g -> b -> x")  # fmt: skip
    caught = event("boundaryEvent", "no", "error", 'errorRef="e"', attachedToRef="s")
    play = Play(draw(f"{inner}; {caught}; user c", "start -> s -> end; no -> c -> end", ERROR)).do("b")
    assert play.waiting == ["c"]
    assert len(play.of(bpmn.TaskWithdrawn)) == 1


def test_an_error_is_caught_by_its_own_sub_process_only() -> None:
    def guarded(name: str) -> str:
        thrown = event("endEvent", f"{name}_x", "error", E)
        inner = sub(name, f"user {name}_a; {thrown}", f"{name}_start -> {name}_a -> {name}_x")
        return f"{inner}; {event('boundaryEvent', f'{name}_no', 'error', E, attachedToRef=name)}; user {name}_mend"

    ways = "start -> g -> s -> end; g -> t -> end; s_no -> s_mend -> end; t_no -> t_mend -> end"
    play = Play(draw(f"{guarded('s')}; {guarded('t')}; and g", ways, ERROR)).do("s_a")
    assert play.waiting == ["t", "t_a", "s_mend"]


def test_an_escalation_need_not_interrupt() -> None:
    inner = sub(
        "s",
        f"user a; {event('intermediateThrowEvent', 't', 'escalation', LATE)}",
        "s_start -> t -> a -> s_end",
    )
    caught = event(
        "boundaryEvent", "told", "escalation", 'escalationRef="x"', attachedToRef="s", cancelActivity="false"
    )
    around = '<bpmn:escalation id="x" escalationCode="LATE"/>'
    play = Play(draw(f"{inner}; {caught}; user c", "start -> s -> end; told -> c -> end", around))
    assert play.waiting == ["s", "a", "c"]
    assert play.do("a").waiting == ["c"]


def test_terminating_inside_ends_the_inside_only() -> None:
    inner = sub(
        "s",
        f"user a; {event('endEvent', 'x', 'terminate')}; and g; user b",
        "s_start -> g -> a -> s_end; g -> b -> x",
    )
    play = Play(draw(f"{inner}; user c", "start -> s -> c -> end")).do("b")
    assert play.waiting == ["c"]


ASK = inside("start q_start; end q_end; user ask", "q_start -> ask -> q_end", "q")
CALLED = f'<bpmn:process id="q">{ASK}</bpmn:process>'
CALL = (
    '<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="{}" {}/>{}'
    "</bpmn:extensionElements></bpmn:callActivity>"
)


def test_a_called_process_shares_its_variables_as_the_call_says() -> None:
    play = Play(draw(CALL.format("q", "", ""), "start -> call -> end", CALLED), {"n": 1})
    assert play.do("ask", answer="yes").data == {"n": 1, "answer": "yes"}
    mapped = (
        '<zeebe:ioMapping><zeebe:input source="=n + 1" target="m"/>'
        '<zeebe:output source="=answer" target="verdict"/></zeebe:ioMapping>'
    )
    play = Play(
        draw(CALL.format("q", 'propagateAllParentVariables="false"', mapped), "start -> call -> end", CALLED),
        {"n": 1},
    )
    assert play.data["$local"] == {"2": {"m": 2}}
    assert play.do("ask", answer="yes").data == {"n": 1, "verdict": "yes"}


def test_a_process_of_another_file_can_be_called() -> None:
    other = draw("user ask", "start -> ask -> end").replace(b'id="p"', b'id="q"')
    source = draw(CALL.format("q", "", ""), "start -> call -> end")
    play = Play(source, processes={"q": bpmn.load(other)})
    assert play.waiting == ["call", "ask"]
    assert play.do("ask").ended == "completed"
    assert "no process “q”" in Play(source).of(bpmn.Incident)[0].message


def test_each_item_is_asked_at_once_and_the_answers_are_gathered_in_order() -> None:
    settings = 'inputCollection="=offices" inputElement="office" outputCollection="opinions" outputElement="=opinion"'
    play = Play(
        draw(f"{several('user', 'ask', settings)}; user a", "start -> ask -> a -> end"),
        {"offices": ["x", "y"]},
    )
    assert len(play.of(bpmn.TaskOffered)) == 2
    first, second = (offer.token_id for offer in play.of(bpmn.TaskOffered))
    for token, answer in ((second, "no"), (first, "yes")):
        play._keep(
            bpmn.complete(
                play.definition, play.state, play.data, token, {"opinion": answer}, play.now, play.env
            )
        )
    assert play.data == {"offices": ["x", "y"], "opinions": ["yes", "no"]}
    assert play.waiting == ["a"]


def test_items_are_taken_one_after_the_other_until_enough() -> None:
    settings = 'inputCollection="=items" inputElement="item"'
    enough = "<bpmn:completionCondition>=numberOfCompletedInstances = 2</bpmn:completionCondition>"
    play = Play(
        draw(several("service", "try", settings, 'isSequential="true"', enough), "start -> try -> end"),
        {"items": [1, 2, 3]},
    )
    for _ in range(2):
        assert len(play.of(bpmn.ServiceRequested)) == 1
        request = play.of(bpmn.ServiceRequested)[0].token_id
        play._keep(bpmn.complete(play.definition, play.state, play.data, request, {}, play.now, play.env))
    assert play.ended == "completed"


def test_nothing_to_do_is_done() -> None:
    settings = 'inputCollection="=items"'
    assert Play(draw(several("user", "a", settings), "start -> a -> end"), {"items": []}).ended == "completed"
    assert (
        "no list"
        in Play(draw(several("user", "a", settings), "start -> a -> end"), {"items": 3})
        .of(bpmn.Incident)[0]
        .message
    )


def test_a_boundary_on_several_instances_ends_them_all() -> None:
    stop = event("boundaryEvent", "stop", "message", 'messageRef="m"', attachedToRef="ask")
    play = Play(
        draw(
            f"{several('user', 'ask', ITEMS)}; {stop}; user b",
            "start -> ask -> end; stop -> b -> end",
            '<bpmn:message id="m" name="stop"/>',
        ),
        {"items": [1, 2, 3]},
    )
    assert len(play.of(bpmn.MessageAwaited)) == 1
    assert play.message("stop")
    assert len(play.of(bpmn.TaskWithdrawn)) == 3
    assert play.waiting == ["b"]
    assert play.data == {"items": [1, 2, 3]}


def test_an_event_sub_process_interrupts_the_whole_case() -> None:
    start = event("startEvent", "h_start", "message", 'messageRef="m"')
    withdrawn = element(
        "subProcess",
        "h",
        inside(f"{start}; end h_end; user close", "h_start -> close -> h_end", "h"),
        triggeredByEvent="true",
    )
    play = Play(draw(f"user a; {withdrawn}", "start -> a -> end", '<bpmn:message id="m" name="withdraw"/>'))
    assert play.message("withdraw", why="moved away")
    assert play.data == {"why": "moved away"}
    assert play.waiting == ["close"]
    assert len(play.of(bpmn.TaskWithdrawn)) == 1
    assert play.do("close").ended == "completed"


def test_an_event_sub_process_beside_the_case_starts_as_often_as_it_is_told() -> None:
    start = event("startEvent", "h_start", "message", 'messageRef="m"', isInterrupting="false")
    beside = element(
        "subProcess",
        "h",
        inside(f"{start}; end h_end; user note", "h_start -> note -> h_end", "h"),
        triggeredByEvent="true",
    )
    play = Play(draw(f"user a; {beside}", "start -> a -> end", '<bpmn:message id="m" name="letter"/>'))
    assert play.message("letter")
    assert play.message("letter")
    assert play.waiting.count("note") == 2
    assert play.do("a").ended is None
    assert play.do("note").do("note").ended == "completed"


def test_an_event_sub_process_catches_an_error_but_not_its_own() -> None:
    start = event("startEvent", "h_start", "error")
    again = event("endEvent", "again", "error", 'errorRef="e"')
    handler = element(
        "subProcess",
        "h",
        inside(f"{start}; {again}; user mend", "h_start -> mend -> again", "h"),
        triggeredByEvent="true",
    )
    thrown = event("endEvent", "x", "error", 'errorRef="e"')
    play = Play(draw(f"user a; {thrown}; {handler}", "start -> a -> x", ERROR)).do("a")
    assert play.waiting == ["mend"]
    assert play.do("mend").ended == "error"


def test_compensation_undoes_what_was_done_latest_first() -> None:
    undo = "".join(
        event("boundaryEvent", f"b{n}", "compensate", attachedToRef=f"s{n}")
        + element("user", f"undo{n}", isForCompensation="true")
        + f'<bpmn:association id="as{n}" sourceRef="b{n}" targetRef="undo{n}"/>'
        for n in (1, 2, 3)
    )
    thrower = event("intermediateThrowEvent", "t", "compensate")
    play = Play(draw(f"service s1; service s2; user s3; {undo}; {thrower}; xor g; user last",
                     "start -> s1 -> s2 -> g; g -[=false]-> s3 -> t; g -*-> t -> last -> end"))  # fmt: skip
    play.do("s1").do("s2")
    assert play.waiting == ["t", "undo2"]
    assert play.do("undo2").waiting == ["t", "undo1"]
    assert play.do("undo1").waiting == ["last"]
    assert play.state.undoable == ()


def test_a_signal_is_heard_by_all_who_wait() -> None:
    hear = [event("intermediateCatchEvent", name, "signal", 'signalRef="x"') for name in ("h1", "h2")]
    tell = event("intermediateThrowEvent", "t", "signal", 'signalRef="x"')
    around = '<bpmn:signal id="x" name="storm"/>'
    drawn = draw(f"{hear[0]}; {hear[1]}; {tell}; user a; user b; user c; and g",
                 "start -> g -> h1 -> a -> end; g -> h2 -> b -> end; g -> c -> t -> end", around)  # fmt: skip
    play = Play(drawn)
    assert play.do("c").waiting == ["a", "b"]
    assert play.of(bpmn.SignalThrown) == [bpmn.SignalThrown("storm")]
    play = Play(drawn)
    assert not play.signal("calm")
    assert play.signal("storm")
    assert set(play.waiting) == {"a", "b", "c"}


def test_a_link_goes_on_elsewhere_on_the_page() -> None:
    away = event("intermediateThrowEvent", "off", "link", 'name="A"')
    here = event("intermediateCatchEvent", "on", "link", 'name="A"')
    assert Play(draw(f"{away}; {here}; user a", "start -> off; on -> a -> end")).waiting == ["a"]
