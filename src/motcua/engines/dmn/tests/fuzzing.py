"""Runs atheris over the readers and evaluators of FEEL and DMN: `python fuzzing.py TARGET SEEDS -max_total_time=60`.

A program of its own, run by its path: atheris instruments what it imports, so that nothing may be imported before,
and ends by leaving the process. TARGET is `feel` (a text, compiled and evaluated as an expression and as tests) or
`dmn` (a file, loaded, decided and analysed). What is not the error that the engine promises, or could not be
evaluated, stops the run.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["motcua.engines.feel", "motcua.engines.dmn"]):
    from motcua.engines import dmn, feel

DATA = {
    "a": 1,
    "b c": "text",
    "x-y": [1, None, {"item": 2}],
    "d": dt.date(2026, 1, 31),
    "m": dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
}
PREFIX = b'<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="n" name="n">'


def read_feel(data: bytes) -> None:
    """Any bytes as an expression and as unary tests."""
    text = data.decode("utf-8", "replace")
    for compile_text in (feel.compile, feel.compile_unary_tests):
        try:
            expression = compile_text(text)
        except feel.FeelSyntaxError:
            continue
        outcome = expression.explain({**DATA, "?": 5})
        feel.to_json(outcome.value)
        _must_be_foreseen(outcome.warnings)


def read_dmn(data: bytes) -> None:
    """Any bytes as a file, and as what stands inside the definitions of one."""
    for source in (data, PREFIX + data + b"</definitions>"):
        try:
            model = dmn.load(source)
        except dmn.DmnError:
            continue
        for decision in model.decisions:
            outcome = model.decide(decision.id, DATA)
            outcome.to_json()
            _must_be_foreseen(outcome.messages)
        dmn.analyse(model)


def _must_be_foreseen(messages: list[str]) -> None:
    unforeseen = [message for message in messages if "could not be evaluated" in message]
    if unforeseen:
        raise AssertionError(unforeseen[0])


TARGETS: dict[str, Callable[[bytes], None]] = {"feel": read_feel, "dmn": read_dmn}


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
