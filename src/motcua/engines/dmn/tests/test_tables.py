"""Checking and editing decision tables."""

from collections import Counter
from decimal import Decimal
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines import dmn
from motcua.engines.dmn.tests.test_deciding import HEAD, SIMPLE, model, table


def kinds(rules: list[tuple[str, str, str]], **options: str) -> list[tuple[str, list[int]]]:
    return [(found.kind, found.rules) for found in dmn.analyse(model(table(rules, **options)))]


def test_a_complete_table_has_no_findings() -> None:
    assert kinds(SIMPLE) == []


def test_a_gap_comes_with_an_example_that_no_rule_takes() -> None:
    found = model(table([("< 18", "-", "0"), ("> 18", "-", "1")]))
    findings = dmn.analyse(found)
    assert [(f.kind, f.example["age"]) for f in findings] == [("gap", Decimal(18))]
    example = {key: value for key, value in findings[0].example.items() if value is not None}
    assert found.decide("Fee", {"kind": "", **example}).fired == []


def test_rules_that_contradict_each_other_are_named_with_an_example() -> None:
    findings = dmn.analyse(model(table([("<= 18", "-", "0"), (">= 18", "-", "1")])))
    assert [(f.kind, f.rules, f.example["age"]) for f in findings] == [("contradiction", [1, 2], Decimal(18))]


def test_rules_that_overlap_and_agree_are_told_apart_from_contradictions() -> None:
    assert kinds([("<= 18", "-", "0"), (">= 18", "-", "0")]) == [("overlap", [1, 2])]


def test_a_rule_behind_others_never_decides() -> None:
    assert ("unreachable", [3]) in kinds(
        [("< 18", "-", "0"), (">= 18", "-", "1"), ("20", "-", "2")], policy="FIRST"
    )


def test_a_test_that_nothing_meets_is_unreachable() -> None:
    assert ("unreachable", [1]) in kinds([("[20..10]", "-", "0"), ("-", "-", "1")], policy="FIRST")


BOUND = st.integers(0, 6)
CELL = st.one_of(
    st.just("-"),
    BOUND.map(lambda n: f"< {n}"),
    BOUND.map(lambda n: f">= {n}"),
    st.tuples(BOUND, BOUND).map(lambda p: f"[{min(p)}..{max(p)}]"),
)
KIND = st.sampled_from(["-", '"a"', '"b"', 'not("a")'])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, KIND, st.just("1")), min_size=1, max_size=6))
def test_a_table_without_gaps_decides_every_input(rules: list[tuple[str, str, str]]) -> None:
    """Trying values by hand finds an undecided one exactly where the analysis names a gap."""
    found = model(table(rules, policy="FIRST"))
    tried = [
        found.decide("Fee", {"age": Decimal(age) / 2, "kind": kind}).fired
        for age in range(-3, 15)
        for kind in ("a", "b", "c")
    ]
    assert any(f.kind == "gap" for f in dmn.analyse(found)) == (not all(tried))


FILE = (
    f"<?xml version='1.0' encoding='UTF-8'?>\n<!-- keep me -->\n{HEAD}{table(SIMPLE)}</definitions>\n"
).encode()


def test_a_table_is_shown_with_its_texts() -> None:
    view = dmn.tables(dmn.load(FILE))[0]
    assert (view.id, view.name, view.hit_policy) == ("t", "Fee", "UNIQUE")
    assert [column.name for column in view.columns] == ["age", "kind", "fee", "reason"]
    assert view.rules[1] == dmn.RuleView(2, "r2", [">= 18", '"copy"'], ["8000"], ["because 2"])


@pytest.mark.parametrize(
    ("column", "text"), [("age", "[18..60)"), ("kind", '"a < b & c"'), ("fee", "9000"), (4, "vì luật")]
)
def test_changing_a_cell_changes_nothing_else(column: str | int, text: str) -> None:
    changed = dmn.with_cell(FILE, "t", 2, column, text)
    before, after = dmn.tables(FILE)[0], dmn.tables(changed)[0]
    cells = [*after.rules[1].inputs, *after.rules[1].outputs, *after.rules[1].annotations]
    assert text in cells
    assert (after.rules[0], after.rules[2]) == (before.rules[0], before.rules[2])
    assert changed.startswith(FILE[:60])
    assert changed.endswith(FILE[-120:])


def test_a_changed_cell_decides() -> None:
    changed = dmn.load(dmn.with_cell(FILE, "t", 2, "fee", "9000"))
    assert changed.decide("Fee", {"age": 20, "kind": "copy"}).value == Decimal(9000)


def test_an_empty_cell_can_be_filled() -> None:
    empty = FILE.replace(b"<outputEntry><text>8000</text></outputEntry>", b"<outputEntry id='x>y'/>")
    assert dmn.tables(dmn.with_cell(empty, "t", 2, "fee", "1"))[0].rules[1].outputs == ["1"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("t", 2, "age", "< < 3"), "value is expected"),
        (("t", 9, "age", "1"), "no rule 9"),
        (("t", 1, "colour", "1"), "no column colour"),
        (("u", 1, "age", "1"), "no table u"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(arguments: tuple[str, int, str, str], part: str) -> None:
    with pytest.raises(dmn.DmnError, match=part):
        dmn.with_cell(FILE, *arguments)


def wide(rules: list[list[str]], policy: str = "UNIQUE") -> dmn.Model:
    """A table d over as many inputs as the rules have tests; the last text of each is its output."""
    names = [f"c{at}" for at in range(len(rules[0]) - 1)]
    data = "".join(f'<inputData id="{n}" name="{n}"><variable name="{n}"/></inputData>' for n in names)
    needs = "".join(
        f'<informationRequirement><requiredInput href="#{n}"/></informationRequirement>' for n in names
    )
    columns = "".join(f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in names)
    rows = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text>{text.replace('<', '&lt;')}</text></inputEntry>" for text in rule[:-1])
        + f"<outputEntry><text>{rule[-1]}</text></outputEntry></rule>"
        for rule in rules
    )
    return model(
        f'{data}<decision id="d" name="d"><variable name="d"/>{needs}'
        f'<decisionTable id="t" hitPolicy="{policy}">{columns}<output/>{rows}</decisionTable></decision>'
    )


def band(at: int) -> str:
    return "< 10" if at == 0 else ">= 90" if at == 9 else f"[{at * 10}..{at * 10 + 10})"


BANDS = [
    [band(a), band(b), band(c), "-", "-", "-", str(a)]
    for a in range(10)
    for b in range(10)
    for c in range(10)
]


def test_the_one_rule_missing_of_a_thousand_is_found() -> None:
    assert dmn.analyse(wide(BANDS)) == []
    found = dmn.analyse(wide([*BANDS[:777], *BANDS[778:]]))
    assert [(f.kind, f.example["c0"], f.example["c1"], f.example["c2"]) for f in found] == [
        ("gap", 70, 70, 70)
    ]


def test_a_thousand_rules_of_all_kinds_are_searched_and_few_findings_of_each_are_told() -> None:
    seeds = Random(2)
    rules = [
        [
            seeds.choice(
                [
                    "-",
                    f"< {seeds.randrange(99_999)}",
                    f"[{seeds.randrange(50_000)}..{seeds.randrange(50_000, 99_999)}]",
                ]
            )
            for _ in range(6)
        ]
        + [str(number)]
        for number in range(1_000)
    ]
    found = dmn.analyse(wide(rules))
    counts = Counter(finding.kind for finding in found)
    assert counts["contradiction"] == 15
    assert max(counts.values()) == 15
    assert all(finding.example for finding in found if finding.kind in ("gap", "contradiction"))


def test_a_table_too_large_to_be_searched_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motcua.engines.dmn.axes._MOST_BITS", 100)
    (found,) = dmn.analyse(wide(BANDS[:20]))
    assert found.kind == "limit"
    assert "was not analysed: c2 has 19 stretches" in found.message


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELL, KIND, st.sampled_from("12")), min_size=2, max_size=6))
def test_rules_that_match_together_are_found_by_trying_too(rules: list[tuple[str, str, str]]) -> None:
    """Two rules are named together exactly when some value that is tried meets both."""
    named = {tuple(f.rules) for f in dmn.analyse(model(table(rules))) if len(f.rules) == 2}
    every = model(table(rules, policy="RULE ORDER"))
    tried: set[tuple[int, ...]] = set()
    for age in range(-3, 15):
        for kind in ("a", "b", "c"):
            fired = [
                rule.rule_index for rule in every.decide("Fee", {"age": Decimal(age) / 2, "kind": kind}).fired
            ]
            tried |= set(combinations(fired, 2))
    assert named == tried


def test_an_input_that_no_value_fits_leaves_no_gap() -> None:
    text = table([("< 18", '"paper"', "0"), ("> 18", '"copy"', "1")], policy="ANY")
    wrong = text.replace('typeRef="string"><text>kind', 'typeRef="number"><text>kind')
    assert wrong != text
    found = {(each.kind, tuple(each.rules)) for each in dmn.analyse(model(wrong))}
    assert found == {("unreachable", (1,)), ("unreachable", (2,))}
