"""`motcua bench NAME`: a bench as ratios and CPU times, all measured in one run."""

import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from motcua.config.home import checkout

Figures = Mapping[str, float | int | str]
ROUNDS = 5


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One flat object of named figures.")
def bench(name: str, as_json: bool) -> None:
    """Time what matters. NAME is one of the benches, or `all` for the table of every one."""
    root = checkout()
    if root is None:
        raise click.ClickException("The benches are part of the source tree: run this in a checkout.")
    sys.path.insert(0, str(root))
    names = known(root)
    if name != "all" and name not in names:
        raise click.UsageError(f"There is no bench {name!r}. Known: {', '.join(names) or 'none'}, all.")
    results = {each: measure(each) for each in (names if name == "all" else [name])}
    if as_json:
        click.echo(json.dumps(results if name == "all" else results[name], ensure_ascii=False))
    else:
        _show(results)


def known(root: Path) -> list[str]:
    """The names of the benches: the modules of `benchmarks/` that are not helpers."""
    found = pkgutil.iter_modules([str(root / "benchmarks")])
    return sorted(each.name for each in found if not each.name.startswith("_"))


def measure(name: str) -> Figures:
    """Run one bench, and the yardstick before and after it."""
    run: Callable[[], Figures] = importlib.import_module(f"benchmarks.{name}").run
    before = yardstick_ms()
    figures = dict(run())
    figures["yardstick_ms"] = round(min(before, yardstick_ms()), 3)
    return figures


def yardstick_ms() -> float:
    """CPU milliseconds of a fixed pure-Python loop, the best of five; 10 ms on the reference machine."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        value = 1
        for step in range(208_000):
            value = (value * 31 + step) % 1_000_003
        best = min(best, (time.process_time() - begun) * 1000)
    return best


def _show(results: Mapping[str, Figures]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("bench", "figure", "value", title="Measured on this machine, each bench in one run")
    table.columns[2].justify = "right"
    for name, figures in results.items():
        for figure, value in figures.items():
            table.add_row(name, figure, f"{value:.3g}" if isinstance(value, float) else str(value))
            name = ""
        table.add_section()
    Console().print(table)
