"""What a file's owner is told of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from motcua.cli.bpmn import bpmn as command
from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import HEAD, draw, element


def told(source: bytes) -> list[tuple[str, str | None, str]]:
    return [
        (finding.level.value, finding.element_id, finding.message) for finding in bpmn.check(source).findings
    ]


def test_a_sound_process_runs_and_nothing_is_found() -> None:
    report = bpmn.check(draw("user a; user b; xor g", "start -> g; g -[=x]-> a -> end; g -*-> b -> end"))
    assert report.findings == []
    assert report.ok
    assert "2 × userTask: a, b" in report.runs


@pytest.mark.parametrize(
    ("source", "element_id", "words"),
    [
        (draw("user a; user b", "start -> a -> end; b -> end"), "b", "No way leads here"),
        (draw("user a", "start -> a"), "a", "Dead end"),
        (draw("user a; xor g", "start -> a -> g; g -[=x]-> end"), "g", "No default flow"),
        (
            draw("user a; xor g", "start -> g -> a -> end; g -[=x]-> end"),
            "g",
            "no condition and is no default",
        ),
        (
            draw("user a; user b; xor g; and j", "start -> g; g -[=x]-> a -> j -> end; g -*-> b -> j"),
            "j",
            "never complete",
        ),
        (
            draw(
                "user a; user b; and s; xor g; and j",
                "start -> s -> a -> j -> end; s -> g; g -[=x]-> b -> j; g -*-> end",
            ),
            "j",
            "can get stuck",
        ),
        (draw("user a; xor g", "start -> g -> a -> g"), "a", "no end is ever reached"),
    ],
)
def test_where_a_case_could_get_lost_is_a_warning(source: bytes, element_id: str, words: str) -> None:
    assert any(
        level == "warning" and who == element_id and words in message for level, who, message in told(source)
    )
    assert bpmn.check(source).ok


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ('<bpmn:transaction id="t"/>', "transactions are not run"),
        ('<bpmn:adHocSubProcess id="t"/>', "ad-hoc sub-processes"),
        ('<bpmn:complexGateway id="t"/>', "complex gateways"),
        ('<bpmn:robotTask id="t"/>', "is not known"),
        ('<bpmn:serviceTask id="t"/>', "needs a zeebe:taskDefinition"),
        ('<bpmn:scriptTask id="t" scriptFormat="js"><bpmn:script>1</bpmn:script></bpmn:scriptTask>', "FEEL expression"),
        ('<bpmn:businessRuleTask id="t"/>', "zeebe:calledDecision"),
        ('<bpmn:callActivity id="t"/>', "zeebe:calledElement"),
        ('<bpmn:receiveTask id="t"/>', "needs a message"),
        ('<bpmn:receiveTask id="t" messageRef="nix"/>', "“nix” is not in the file"),
        ('<bpmn:task id="t"><bpmn:standardLoopCharacteristics/></bpmn:task>', "Standard loops"),
        ('<bpmn:task id="t"><bpmn:multiInstanceLoopCharacteristics/></bpmn:task>', "input collection"),
        (element("intermediateCatchEvent", "t", "<bpmn:conditionalEventDefinition/>"), "conditional"),
        (element("intermediateCatchEvent", "t", "<bpmn:timerEventDefinition/>"), "exactly one"),
        (
            '<bpmn:intermediateCatchEvent id="t"><bpmn:timerEventDefinition><bpmn:timeDuration>three days'
            "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
            "“three days”",
        ),
        (element("user", "t", motcua__limit="3"), "go together"),
        (element("user", "t", motcua__limit="3", motcua__unit="moons"), "“moons” is no unit"),
    ],
)  # fmt: skip
def test_what_is_not_run_is_refused_by_element_and_line(inner: str, words: str) -> None:
    source = draw(inner, "start -> t -> end")
    errors = [finding for finding in bpmn.check(source).findings if words in finding.message]
    assert errors, told(source)
    assert {finding.element_id for finding in errors} == {"t"}
    line = source.decode().splitlines()[(errors[0].line or 0) - 1]
    assert inner[:12] in line
    with pytest.raises(bpmn.BpmnError):
        bpmn.load(source)


def test_a_faulty_condition_is_refused_where_it_stands() -> None:
    with pytest.raises(bpmn.BpmnError, match=r"no FEEL expression.*element f1, line"):
        bpmn.load(draw("xor g", "start -> g; g -[=fee >]-> end"))
    with pytest.raises(bpmn.BpmnError, match="begins with “=”"):
        bpmn.load(draw("xor g", "start -> g; g -[fee > 3]-> end"))


def test_settings_without_effect_are_told() -> None:
    setting = "<bpmn:extensionElements><zeebe:linkedResources/></bpmn:extensionElements>"
    found = told(draw(element("user", "a", setting), "start -> a -> end"))
    assert found == [("warning", "a", "zeebe:linkedResources has no effect here.")]


@pytest.mark.parametrize("kind", ["task", "execution"])
def test_listeners_are_refused_and_it_is_said_what_to_draw_instead(kind: str) -> None:
    listener = (
        f'<zeebe:{kind}Listeners><zeebe:{kind}Listener eventType="start" type="x"/></zeebe:{kind}Listeners>'
    )
    drawn = draw(
        element("user", "a", f"<bpmn:extensionElements>{listener}</bpmn:extensionElements>"),
        "start -> a -> end",
    )
    [(level, who, message)] = told(drawn)
    assert (level, who) == ("error", "a")
    assert "draw what" in message


@pytest.mark.parametrize(
    ("drawn", "join", "words"),
    [
        (
            draw("user a; user b; xor g; and j", "start -> g; g -[=x]-> a -> j; g -*-> b -> j; j -> end"),
            "j",
            "never complete",
        ),
        (
            draw(
                'user a; <bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition>'
                "<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>; and j",
                "start -> a -> j -> end; late -> j",
            ),
            "j",
            "never complete",
        ),
        (
            draw(
                "and s; user a; user b; or j; or k",
                "start -> s -> a -> j; s -> b -> k; j -> k -> j; k -> end",
            ),
            "j",
            "wait for one another",
        ),
    ],
    ids=["behind an exclusive split", "behind a boundary event", "inclusive joins on a loop"],
)
def test_a_join_that_waits_in_vain_is_told(drawn: bytes, join: str, words: str) -> None:
    assert any(who == join and words in message for _, who, message in told(drawn)), told(drawn)


def test_an_inclusive_join_on_a_loop_that_goes_on_is_sound() -> None:
    drawn = draw("or j; user a; xor g", "start -> j -> a -> g; g -[=again]-> j; g -*-> end")
    assert told(drawn) == []


def test_a_process_that_calls_itself_is_told() -> None:
    call = (
        '<bpmn:callActivity id="c"><bpmn:extensionElements><zeebe:calledElement processId="{}"/>'
        "</bpmn:extensionElements></bpmn:callActivity>"
    )
    assert told(draw(call.format("p"), "start -> c -> end")) == [
        ("warning", "c", "The process “p” calls itself by way of “p”: see that it comes to an end.")
    ]
    assert told(draw(call.format("q"), "start -> c -> end")) == [
        ("note", "c", "The called process “q” is in another file.")
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "no well-formed XML"),
        (b"\x89PNG\r\n", "no well-formed XML"),
        (b"<html/>", "expected “definitions”"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + draw("", "start -> end").split(b"\n", 1)[1], "DOCTYPE"),
        (b" " * 5_000_000, "at most"),
        (HEAD.encode() + b"<bpmn:a>" * 150 + b"</bpmn:a>" * 150 + b"</bpmn:definitions>", "deeper than"),
        (HEAD.encode() + b"</bpmn:definitions>", "no process"),
    ],
)
def test_what_is_no_process_file_is_refused_in_plain_words(source: bytes, words: str) -> None:
    [finding] = bpmn.check(source).findings
    assert words in finding.message
    with pytest.raises(bpmn.BpmnError, match=words):
        bpmn.load(source)


def test_an_entity_bomb_costs_nothing() -> None:
    bomb = '<!DOCTYPE l [<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    source = f'{bomb}]><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&a11;</bpmn:definitions>'
    assert not bpmn.check(source.encode()).ok


@given(st.integers(0, 3000), st.binary(max_size=6))
def test_a_damaged_file_is_a_finding_and_never_a_crash(at: int, noise: bytes) -> None:
    whole = draw("user a; xor g; service s", "start -> g; g -[=x > 1]-> a -> end; g -*-> s -> end")
    bpmn.check(whole[: at % len(whole)] + noise + whole[at % len(whole) :])
    bpmn.check(whole[: at % len(whole)])


def test_the_command_says_it_to_people_and_machines(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.bpmn", tmp_path / "bad.bpmn"
    good.write_bytes(draw("user a", "start -> a -> end"))
    bad.write_bytes(draw("service x", "start -> x -> end").replace(b"zeebe:taskDefinition", b"zeebe:none"))
    run = CliRunner().invoke
    assert run(command, ["check", str(good)]).exit_code == 0
    spoken = run(command, ["check", str(good), str(bad)])
    assert spoken.exit_code == 1
    assert "cannot be run" in spoken.output
    answer = json.loads(run(command, ["check", "--json", str(bad)]).output)
    assert answer[str(bad)]["findings"][0]["element_id"] == "x"
    assert run(command, ["check", str(tmp_path / "none.bpmn")]).exit_code == 2
