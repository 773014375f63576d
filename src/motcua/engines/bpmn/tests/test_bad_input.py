"""Files that somebody broke, or built to do harm: a BpmnError that says where, soon, and nothing else ever."""

import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines import bpmn
from motcua.engines.bpmn.expressions import storable
from motcua.engines.bpmn.tests.drawing import HEAD, draw, element, inside
from motcua.engines.bpmn.tests.fuzz import try_out
from motcua.engines.bpmn.tests.playing import NOON, Play
from motcua.engines.bpmn.tests.spoiling import spoil

ROOT = Path(__file__).parents[5]
SHIPPED = sorted([*ROOT.glob("services/*/process.bpmn"), *ROOT.glob("tests/processes/*.bpmn")])
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE d [{}]>'
SMALL = draw("user a", "start -> a -> end")


@pytest.fixture(autouse=True)
def soon_and_small() -> Iterator[None]:
    """Each of these files is answered within seconds and without much memory."""
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - begun < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000


CATCHES_ERROR = "<bpmn:errorEventDefinition/>"
HEARS_NOTHING = '<bpmn:signalEventDefinition signalRef="nix"/>'
LEAKY = inside("start i; end o; and k; and m", "i -> k -> m -> o; k -> a")


def refused(source: bytes) -> bpmn.BpmnError:
    report = bpmn.check(source)
    assert not report.ok
    with pytest.raises(bpmn.BpmnError) as caught:
        bpmn.load(source)
    assert len(str(caught.value)) < 1_000
    return caught.value


def after_declaration(source: bytes) -> str:
    return source.decode().split("?>", 1)[1]


def test_there_are_files_to_break() -> None:
    assert len(SHIPPED) >= 6
    assert {try_out(path.read_bytes()) for path in SHIPPED} <= {"completed", "terminated", "waits"}


@pytest.mark.parametrize(
    "source", [b"", b"\0\xff" * 50, b"%PDF-1.7", b'{"a": 1}', SMALL.decode().encode("utf-16")[:80]]
)
def test_what_is_not_xml_is_refused(source: bytes) -> None:
    assert "no well-formed XML" in refused(source).message


def test_an_entity_bomb_is_refused_unread() -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    source = DOCTYPE.format(entities) + after_declaration(SMALL).replace('name="a"', 'name="&a11;"')
    refused(source.encode())


def test_an_external_entity_is_never_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    source = DOCTYPE.format(f'<!ENTITY s SYSTEM "{secret.as_uri()}">') + after_declaration(SMALL).replace(
        "</bpmn:userTask>", "<bpmn:documentation>&s;</bpmn:documentation></bpmn:userTask>"
    )
    fault = refused(source.encode())
    assert "DOCTYPE" in fault.message
    assert "secret words" not in json.dumps(bpmn.check(source.encode()).to_json())


def test_ten_megabytes_are_refused_by_their_size() -> None:
    assert "at most 4,000,000" in refused(SMALL + b" " * 10_000_000).message


@pytest.mark.parametrize("depth", [120, 10_000])
def test_nested_sub_processes_are_refused_at_a_depth(depth: int) -> None:
    opened = "".join(f'<bpmn:subProcess id="s{number}">\n' for number in range(depth))
    source = (
        f'{HEAD}<bpmn:process id="p">{opened}{"</bpmn:subProcess>" * depth}</bpmn:process></bpmn:definitions>'
    )
    fault = refused(source.encode())
    assert fault.line


def nested(depth: int) -> bytes:
    drawn = "user innermost"
    flows = "s_start -> innermost -> s_end"
    for number in range(depth):
        body = inside(
            f"start s{number}_start; end s{number}_end; {drawn}", _between(number, drawn), f"s{number}"
        )
        drawn = element("subProcess", f"s{number}", body)
    assert flows
    return draw(drawn, f"start -> s{depth - 1} -> end")


def _between(number: int, drawn: str) -> str:
    return f"s{number}_start -> {'innermost' if number == 0 else f's{number - 1}'} -> s{number}_end"


def test_sub_processes_as_deep_as_are_read_are_also_run() -> None:
    play = Play(nested(80))
    assert play.waiting[-1] == "innermost"
    assert play.do("innermost").ended == "completed"
    assert Play(nested(80)).cancel().ended == "cancelled"


CALL = (
    '<bpmn:callActivity id="{0}"><bpmn:extensionElements><zeebe:calledElement processId="{1}"/>'
    "</bpmn:extensionElements></bpmn:callActivity>"
)


def test_processes_that_call_one_another_without_end_are_stopped() -> None:
    other = inside(f"start q_start; end q_end; {CALL.format('back', 'p')}", "q_start -> back -> q_end", "q")
    source = draw(CALL.format("c", "q"), "start -> c -> end", f'<bpmn:process id="q">{other}</bpmn:process>')
    assert {finding.element_id for finding in bpmn.check(source).findings} == {"c", "back"}
    with pytest.raises(bpmn.EndlessError, match=r"calls itself without end.*element"):
        Play(source)


def test_a_process_of_another_file_that_calls_back_is_stopped_too() -> None:
    here = draw(CALL.format("c", "q"), "start -> c -> end")
    there = draw(CALL.format("c", "p"), "start -> c -> end").replace(
        b'<bpmn:process id="p"', b'<bpmn:process id="q"'
    )
    with pytest.raises(bpmn.EndlessError):
        Play(here, processes={"q": bpmn.load(there), "p": bpmn.load(here)})


def test_data_that_holds_itself_is_refused() -> None:
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    play = Play(SMALL)
    before = play.state
    token = play.state.tokens[0].id
    step = bpmn.complete(play.definition, before, play.data, token, {"ring": [1]}, NOON, play.env)
    assert step.data == {"ring": [1]}
    with pytest.raises(bpmn.BpmnError, match="holds itself"):
        bpmn.complete(play.definition, before, play.data, token, ring, NOON, play.env)
    assert play.do("a").ended == "completed"
    with pytest.raises(bpmn.BpmnError, match="nested deeper"):
        storable(ring)


def test_a_loop_without_end_that_multiplies_is_refused_and_the_state_unharmed() -> None:
    drawn = draw("user a; xor m; and g; task t", "start -> a -> m -> g; g -> t -> m; g -> m; g -> end")
    play = Play(drawn)
    before = play.state.to_json(), dict(play.data)
    with pytest.raises(bpmn.EndlessError, match="loop without end"):
        play.do("a")
    assert (play.state.to_json(), play.data) == before
    assert play.cancel().ended == "cancelled"


def test_instances_of_instances_are_bounded() -> None:
    each = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=many"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    drawn = f"start s_start; end s_end; {element('user', 'a', each)}"
    inner = element("subProcess", "s", inside(drawn, "s_start -> a -> s_end", "s") + each)
    with pytest.raises(bpmn.EndlessError):
        Play(draw(inner, "start -> s -> end"), {"many": list(range(900))})
    play = Play(draw(inner, "start -> s -> end"), {"many": list(range(1_001))})
    assert "more than 1000 items" in play.of(bpmn.Incident)[0].message


def script(name: str, feel: str) -> str:
    body = f'<bpmn:extensionElements><zeebe:script expression="{feel}" resultVariable="x"/></bpmn:extensionElements>'
    return element("scriptTask", name, body)


def test_a_script_that_doubles_its_data_for_ever_is_an_incident() -> None:
    play = Play(draw(f"{script('double', '=x + x')}; xor g", "start -> g -> double -> g"), {"x": "ab"})
    assert "grows beyond" in play.of(bpmn.Incident)[0].message
    assert len(json.dumps(play.data)) < 2_000_000
    play = Play(draw(f"{script('pair', '=[x, x]')}; xor g", "start -> g -> pair -> g"), {"x": 1})
    assert "grows beyond" in play.of(bpmn.Incident)[0].message


@pytest.mark.parametrize(
    "feel",
    [
        "=for i in 1..1000000000 return i",
        "=count(for i in 1..10000, j in 1..10000 return i)",
        "=10 ** 10 ** 10",
        "={a: function(n) a(n + 1), b: a(1)}.b",
        "=" + "(" * 1_000 + "1" + ")" * 1_000,
    ],
)
def test_a_script_that_explodes_gives_an_answer_or_a_refusal_soon(feel: str) -> None:
    begun = time.process_time()
    assert try_out(draw(script("s", feel), "start -> s -> end")) in ("completed", "waits", "refused")
    assert time.process_time() - begun < 5


def test_names_and_ids_of_a_megabyte_are_refused_in_few_words() -> None:
    long = "đ" * 1_000_000
    fault = refused(draw(f'<bpmn:userTask id="a" name="{long}"/>', "start -> a -> end"))
    assert "longer than 1000 characters" in fault.message
    assert (fault.element_id, bool(fault.line)) == ("a", True)
    fault = refused(draw(f'<bpmn:userTask id="{long}"/>', "start -> end"))
    assert "longer than 200 characters" in fault.message
    fault = refused(draw("user a; xor g", f"start -> g; g -[={'x' * 100_000} >]-> a -> end"))
    assert "no FEEL expression" in fault.message


@pytest.mark.parametrize(
    ("source", "element_id", "words"),
    [
        (draw("user a; user a", "start -> a -> end"), "a", "used twice"),
        (draw("user a", "start -> a -> nowhere"), "f1", "“nowhere”"),
        (draw('<bpmn:userTask id="a" default="nix"/>', "start -> a -> end"), "a", "“nix” does not leave"),
        (draw(element("boundaryEvent", "b", CATCHES_ERROR, attachedToRef="nix"), "b -> end"), "b", "“nix”"),
        (
            draw(
                "user a; " + element("boundaryEvent", "b", CATCHES_ERROR, attachedToRef="end"),
                "start -> a -> end; b -> end",
            ),
            "b",
            "not attached to an activity",
        ),
        (
            draw(
                element("intermediateThrowEvent", "t", '<bpmn:compensateEventDefinition activityRef="nix"/>'),
                "start -> t -> end",
            ),
            "t",
            "compensates “nix”",
        ),
        (
            draw(element("intermediateCatchEvent", "c", HEARS_NOTHING), "start -> c -> end"),
            "c",
            "signal “nix” is not in the file",
        ),
        (draw("user a", "start -> a -> end; end -> a"), "end", "leaves this end event"),
        (draw("user a; race r", "start -> r -> a -> end"), "r", "“a” is none"),
        (
            draw('<other:userTask xmlns:other="https://example.org/bpmn" id="a"/>', "start -> end"),
            "p",
            "https://example.org/bpmn",
        ),
        (
            SMALL.replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"http://www.omg.org/spec/BPMN/20090000/MODEL"),
            None,
            "expected “definitions” of BPMN 2.0",
        ),
    ],
)  # fmt: skip
def test_what_points_nowhere_or_is_there_twice_is_refused_by_element_and_line(
    source: bytes, element_id: str | None, words: str
) -> None:
    fault = refused(source)
    assert words in fault.message
    assert fault.element_id == element_id
    assert fault.line


def test_a_lane_that_lists_what_is_not_there_is_told() -> None:
    lane = '<bpmn:laneSet id="l"><bpmn:lane id="l1"><bpmn:flowNodeRef>nix</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    [finding] = bpmn.check(draw("user a", "start -> a -> end", lanes=lane)).findings
    assert "“nix”" in finding.message


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "-".join(path.parts[-2:]))
def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole) - 30, 500):
        fault = refused(whole[:length])
        assert "no well-formed XML" in fault.message


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SHIPPED), st.integers(0, 2**32))
def test_a_spoiled_file_is_refused_or_runs(path: Path, seed: int) -> None:
    try_out(spoil(path.read_bytes(), seed, times=6))


@pytest.mark.parametrize(
    ("inner", "flows", "around"),
    [
        ("user a; user b; <bpmn:subProcess id='s'/>; and j", "start -> a -> j; a -> s -> j; j -> b -> end", ""),
        (element("boundaryEvent", "b", CATCHES_ERROR, attachedToRef="a") + "; user a", "start -> b -> a", ""),
        ("user a; " + element("subProcess", "s", LEAKY), "start -> s -> end", ""),
    ],
    ids=["a join beside an empty sub-process", "a flow into a boundary event", "a flow that leaves its sub-process"],
)  # fmt: skip
def test_what_once_was_found_by_spoiling_stays_mended(inner: str, flows: str, around: str) -> None:
    assert try_out(draw(inner, flows, around)) == "refused"


def test_a_timer_without_a_pause_is_refused_and_a_quick_one_bounded() -> None:
    def every(time: str) -> bytes:
        timer = (
            f"<bpmn:timerEventDefinition><bpmn:timeCycle>{time}</bpmn:timeCycle></bpmn:timerEventDefinition>"
        )
        again = element("boundaryEvent", "b", timer, attachedToRef="a", cancelActivity="false")
        return draw(f"user a; task t; {again}", "start -> a -> end; b -> t -> end")

    assert "without a pause" in refused(every("R/PT0S")).message
    computed = every('="R/PT" + string(n) + "S"')
    assert "without a pause" in Play(computed, {"n": 0}).of(bpmn.Incident)[0].message
    play = Play(computed, {"n": 1}).later(days=1)
    assert play.trail.count("t") == 1_000
    assert play.of(bpmn.TimerSet)[-1].due < play.now
    assert play.later(seconds=0).trail.count("t") == 2_000


@pytest.mark.soak
def test_atheris_finds_nothing_else(tmp_path: Path) -> None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("atheris is built for Linux on x86_64 only")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, path in enumerate(SHIPPED):
        (corpus / f"{number}.bpmn").write_bytes(path.read_bytes())
    limits = [
        "-runs=12000",
        "-max_total_time=60",
        "-timeout=30",
        "-rss_limit_mb=2000",
        "-max_len=40000",
        "-seed=7",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "motcua.engines.bpmn.tests.fuzz", str(corpus), *limits],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3_000:]
    assert "Done" in run.stderr
