"""The measure of the machine, for benches that are run by themselves; `motcua bench` takes the same one."""

from __future__ import annotations

from motcua.cli.bench import yardstick_ms


def yardstick() -> float:
    """CPU milliseconds of a fixed loop of plain Python; 10 on the reference machine."""
    return yardstick_ms()


def run() -> dict[str, float]:
    """yardstick_ms alone."""
    return {"yardstick_ms": round(yardstick(), 2)}
