"""Decisions: one table of 50 rules over four inputs, ours against zen-engine, on the same inputs.

Both tables take the first rule that matches; every answer is compared before anything is timed. Each side gets
its inputs as Python data and gives the answer back as Python data. The ratio is the median of five rounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import zen

from benchmarks.yardstick import yardstick
from motcua.engines import dmn

_ROUNDS = 5
_SECONDS_PER_TURN = 0.8
_REGIONS = ("north", "central", "south", "highlands", "delta")


def _rules() -> list[tuple[str, str, str, str, int]]:
    """Age band, income limit, region, disability, monthly benefit: 5 regions × 5 bands × 2."""
    rules = []
    for number, region in enumerate(_REGIONS):
        for band in range(5):
            low, high = 55 + band * 8, 63 + band * 8
            for disabled in (True, False):
                benefit = 300 + 50 * number + 40 * band + (250 if disabled else 0)
                rules.append(
                    (f"[{low}..{high})", f"<= {2000 - 100 * band}", region, str(disabled).lower(), benefit)
                )
    return rules


def _inputs() -> list[dict[str, Any]]:
    return [
        {
            "age": 50 + (seed * 7) % 52,
            "income": 800 + (seed * 137) % 1500,
            "region": _REGIONS[seed % 5],
            "disabled": seed % 3 == 0,
        }
        for seed in range(200)
    ]


def _our_model() -> dmn.Model:
    cells = "".join(
        f"""<rule id="r{number}"><inputEntry><text>{age}</text></inputEntry>
        <inputEntry><text>{income.replace("<", "&lt;")}</text></inputEntry>
        <inputEntry><text>"{region}"</text></inputEntry><inputEntry><text>{disabled}</text></inputEntry>
        <outputEntry><text>{benefit}</text></outputEntry></rule>"""
        for number, (age, income, region, disabled, benefit) in enumerate(_rules())
    )
    names = ("age", "income", "region", "disabled")
    data = "".join(f'<inputData id="{n}" name="{n}"><variable name="{n}"/></inputData>' for n in names)
    needs = "".join(
        f'<informationRequirement><requiredInput href="#{n}"/></informationRequirement>' for n in names
    )
    columns = "".join(f"<input><inputExpression><text>{n}</text></inputExpression></input>" for n in names)
    return dmn.load(
        f"""<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="bench" name="bench">{data}
        <decision id="benefit" name="benefit"><variable name="benefit"/>{needs}
        <decisionTable id="table" hitPolicy="FIRST">{columns}<output name="benefit"/>{cells}</decisionTable>
        </decision></definitions>""".encode()
    )


def _their_decision() -> Any:
    names = ("age", "income", "region", "disabled")
    rules = [
        {
            "_id": f"r{number}",
            "age": age,
            "income": income,
            "region": f'"{region}"',
            "disabled": disabled,
            "benefit": str(benefit),
        }
        for number, (age, income, region, disabled, benefit) in enumerate(_rules())
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in names],
        "outputs": [{"id": "benefit", "name": "benefit", "field": "benefit"}],
        "rules": rules,
    }
    place = {"x": 0, "y": 0}
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": "table",
                "position": place,
                "content": table,
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }
    return zen.ZenEngine().create_decision(json.dumps(graph))


def run() -> dict[str, float]:
    """ratio_to_zen, our decisions per second, yardstick_ms."""
    model, decision, inputs = _our_model(), _their_decision(), _inputs()
    for given in inputs:
        ours, theirs = model.decide("benefit", given).value, decision.evaluate(given)["result"].get("benefit")
        if (None if ours is None else float(ours)) != (None if theirs is None else float(theirs)):
            raise AssertionError(f"the answers differ for {given}: {ours} and {theirs}")
    ours_rates: list[float] = []
    ratios: list[float] = []
    for _ in range(_ROUNDS):
        ours_rate = _rate(lambda: [model.decide("benefit", given) for given in inputs], len(inputs))
        their_rate = _rate(lambda: [decision.evaluate(given) for given in inputs], len(inputs))
        ours_rates.append(ours_rate)
        ratios.append(ours_rate / their_rate)
    return {
        "ratio_to_zen": round(median(ratios), 2),
        "decisions_per_second": round(median(ours_rates)),
        "yardstick_ms": round(yardstick(), 2),
    }


def _rate(turn: Callable[[], object], count: int) -> float:
    """Decisions per second over a fixed stretch of time."""
    start = perf_counter()
    turns = 0
    while (spent := perf_counter() - start) < _SECONDS_PER_TURN:
        turn()
        turns += 1
    return turns * count / spent
