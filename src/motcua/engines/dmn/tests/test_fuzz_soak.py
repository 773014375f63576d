"""Atheris, guided by coverage, over texts and files: nothing but the promised errors, each within seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from motcua.engines.dmn.table import HIT_POLICIES
from motcua.engines.dmn.tests.test_deciding import SIMPLE, table
from motcua.engines.feel.library import LIBRARY

FUZZING = Path(__file__).with_name("fuzzing.py")
CATALOGUE = Path(__file__).parents[5] / "services"
TEXTS = (
    *(f"{name}(a, d, 1)" for name in sorted(LIBRARY)),
    "for i in 1..3, j in [i] return if i > 1 then partial[-1] else null",
    "some x in x-y satisfies x instance of list<context<a: number>>",
    "{f: function(n: number) if n < 2 then n else f(n - 1), r: f(n: 5)}.r ** -2.5e1",
    '@"2026-03-29T01:30:00@Europe/Paris" - @"PT1H" in (< m, ]d..@"2027-01-01"[, not(null))',
    'replace("\\U01F40Eab", "[a-z-[b]]+?(b)\\\\1*", "$0\\\\$") // end',
    "x-y[item.item = 2 and ? between 1 and 10][-1].item",
)


@pytest.mark.soak
@pytest.mark.parametrize("target", ["feel", "dmn"])
def test_nothing_but_the_promised_errors(target: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is built for Linux on x86_64 only")
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    if target == "feel":
        contents = [text.encode() for text in TEXTS]
    else:
        contents = [file.read_bytes() for file in sorted(CATALOGUE.glob("*/decisions/*.dmn"))]
        contents += [table(SIMPLE, policy=policy).encode() for policy in HIT_POLICIES]
    assert contents
    for number, content in enumerate(contents):
        (seeds / str(number)).write_bytes(content)
    run = subprocess.run(
        [
            *(sys.executable, str(FUZZING), target, str(seeds)),
            *("-max_total_time=60", "-timeout=90", "-rss_limit_mb=2000"),
            *(f"-max_len={400 if target == 'feel' else 20_000}", f"-artifact_prefix={tmp_path}/"),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert "no interesting inputs" not in run.stderr, "the engines were not instrumented"
