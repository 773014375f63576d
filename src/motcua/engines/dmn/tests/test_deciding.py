"""Deciding with a model: values, fired rules, messages."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from motcua.engines import dmn

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="test" name="test">'


def model(body: str, **options: object) -> dmn.Model:
    return dmn.load(f"{HEAD}{body}</definitions>".encode(), **options)  # type: ignore[arg-type]


def table(
    rules: list[tuple[str, str, str]], *, policy: str = "UNIQUE", more: str = "", output: str = ""
) -> str:
    """A decision Fee over the inputs age (a number) and kind; each rule is two tests and an output."""
    rows = "".join(
        f'<rule id="r{i}"><inputEntry><text>{a.replace("<", "&lt;")}</text></inputEntry>'
        f"<inputEntry><text>{b}</text></inputEntry><outputEntry><text>{c}</text></outputEntry>"
        f"<annotationEntry><text>because {i}</text></annotationEntry></rule>"
        for i, (a, b, c) in enumerate(rules, 1)
    )
    return f"""
    <inputData id="age" name="age"><variable name="age" typeRef="number"/></inputData>
    <inputData id="kind" name="kind"><variable name="kind" typeRef="string"/></inputData>
    <decision id="fee" name="Fee"><variable name="Fee"/>
      <informationRequirement><requiredInput href="#age"/></informationRequirement>
      <informationRequirement><requiredInput href="#kind"/></informationRequirement>
      <decisionTable id="t" hitPolicy="{policy}" {more}>
        <input><inputExpression typeRef="number"><text>age</text></inputExpression></input>
        <input><inputExpression typeRef="string"><text>kind</text></inputExpression></input>
        <output name="fee">{output}</output><annotation name="reason"/>{rows}
      </decisionTable></decision>"""


SIMPLE = [("< 18", "-", "0"), (">= 18", '"copy"', "8000"), (">= 18", 'not("copy")', "5000")]


def test_a_rule_that_fires_is_told_with_what_it_tested() -> None:
    outcome = model(table(SIMPLE)).decide("Fee", {"age": 20, "kind": "copy"})
    assert outcome.value == Decimal(8000)
    assert outcome.fired == [
        dmn.FiredRule(
            "Fee",
            "t",
            2,
            "r2",
            {"reason": "because 2"},
            [("age", Decimal(20), ">= 18"), ("kind", "copy", '"copy"')],
        )
    ]


def test_an_outcome_can_be_stored_as_json() -> None:
    outcome = model(table(SIMPLE)).decide("Fee", {"age": 20, "kind": "copy"})
    stored = json.loads(json.dumps(outcome.to_json()))
    assert stored["value"] == 8000
    assert stored["decisions"] == {"Fee": 8000}
    assert stored["fired"][0]["inputs"][0] == ["age", 20, ">= 18"]


def test_missing_and_wrong_inputs_are_named() -> None:
    messages = model(table(SIMPLE)).decide("Fee", {"age": "twenty"}).messages
    assert "the input kind is missing" in messages
    assert "the input age: 'twenty' is not of type number" in messages


@pytest.mark.parametrize(
    ("policy", "more", "value"),
    [
        ("FIRST", "", Decimal(3)),
        ("RULE ORDER", "", [Decimal(3), Decimal(1), Decimal(2)]),
        ("OUTPUT ORDER", "", [Decimal(1), Decimal(2), Decimal(3)]),
        ("PRIORITY", "", Decimal(1)),
        ("COLLECT", "", [Decimal(3), Decimal(1), Decimal(2)]),
        ("COLLECT", 'aggregation="SUM"', Decimal(6)),
        ("COLLECT", 'aggregation="MIN"', Decimal(1)),
        ("COLLECT", 'aggregation="MAX"', Decimal(3)),
        ("COLLECT", 'aggregation="COUNT"', Decimal(3)),
        ("UNIQUE", "", None),
        ("ANY", "", None),
    ],
)
def test_each_hit_policy_chooses_its_own_way(policy: str, more: str, value: object) -> None:
    rules = [("> 1", "-", "3"), ("> 2", "-", "1"), ("> 3", "-", "2")]
    output = "<outputValues><text>1, 2, 3</text></outputValues>"
    decided = model(table(rules, policy=policy, more=more, output=output)).decide(
        "Fee", {"age": 9, "kind": ""}
    )
    assert decided.value == value


def test_the_default_output_answers_when_no_rule_does() -> None:
    output = "<defaultOutputEntry><text>7</text></defaultOutputEntry>"
    decided = model(table(SIMPLE[:1], output=output)).decide("Fee", {"age": 30, "kind": "copy"})
    assert decided.value == Decimal(7)


def test_cells_that_depend_on_other_inputs_are_asked() -> None:
    rules = [("string length(kind)", "-", '"as long"'), ("? > string length(kind)", "-", '"more"')]
    decide = model(table(rules)).decide
    assert decide("Fee", {"age": 4, "kind": "copy"}).value == "as long"
    assert decide("Fee", {"age": 5, "kind": "copy"}).value == "more"


def test_a_moment_can_be_replayed() -> None:
    found = model(
        '<decision id="d" name="d"><variable name="d"/><literalExpression><text>today()</text></literalExpression>'
        "</decision>"
    )
    assert found.decide("d", {}, clock=lambda: dt.datetime(2026, 5, 4, tzinfo=dt.UTC)).value == dt.date(
        2026, 5, 4
    )


def test_a_service_is_called_as_a_function() -> None:
    found = model(
        """<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>
        <decision id="twice" name="twice"><variable name="twice"/>
          <informationRequirement><requiredInput href="#n"/></informationRequirement>
          <literalExpression><text>n * 2</text></literalExpression></decision>
        <decisionService id="s" name="doubling"><variable name="doubling"/>
          <outputDecision href="#twice"/><inputData href="#n"/></decisionService>
        <decision id="all" name="all"><variable name="all"/>
          <knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
          <literalExpression><text>for i in 1..3 return doubling(i)</text></literalExpression></decision>"""
    )
    assert found.decide("all", {}).value == [Decimal(2), Decimal(4), Decimal(6)]
    assert found.decide("doubling", {"n": 21}).value == Decimal(42)


def test_a_constraint_of_a_type_refuses_a_value() -> None:
    found = model(
        """<itemDefinition name="tLevel"><typeRef>string</typeRef>
          <allowedValues><text>"heavy", "severe"</text></allowedValues></itemDefinition>
        <inputData id="l" name="l"><variable name="l" typeRef="tLevel"/></inputData>
        <decision id="d" name="d"><variable name="d"/>
          <informationRequirement><requiredInput href="#l"/></informationRequirement>
          <literalExpression><text>l</text></literalExpression></decision>"""
    )
    assert found.inputs[0].allowed == '"heavy", "severe"'
    assert found.decide("d", {"l": "heavy"}).value == "heavy"
    refused = found.decide("d", {"l": "light"})
    assert refused.value is None
    assert refused.messages == ['the input l: \'light\' is not allowed; tLevel is "heavy", "severe"']


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (b"no xml", "not well-formed"),
        (b"<a/>", "not the definitions"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><definitions/>', "DTD"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><definitions/>', "DTD"),
        (
            (
                HEAD
                + '<import namespace="x" name="x" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
                "</definitions>"
            ).encode(),
            "was not found",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_plain_words(source: bytes, part: str) -> None:
    with pytest.raises(dmn.DmnError, match=part):
        dmn.load(source)


def test_decisions_that_need_each_other_are_refused() -> None:
    def decision(name: str, needs: str) -> str:
        return (
            f'<decision id="{name}" name="{name}"><variable name="{name}"/><informationRequirement>'
            f'<requiredDecision href="#{needs}"/></informationRequirement></decision>'
        )

    with pytest.raises(dmn.DmnError, match="a → b → a"):
        model(decision("a", "b") + decision("b", "a"))


def test_text_that_is_not_feel_is_a_problem_with_its_place() -> None:
    found = model(table([("< 18", "-", "1 +")]))
    assert found.problems[0].element == "r1"
    assert found.decide("Fee", {"age": 1, "kind": ""}).value is None
