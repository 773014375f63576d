"""motcua dmn: run test cases laid out as the DMN compatibility kit."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from motcua.engines.dmn import DmnError
from motcua.engines.dmn.kit import KitCase, Verdict, read_cases, run_cases


@click.group("dmn", help="Decisions in DMN files.")
def dmn() -> None:
    """The group `motcua dmn`."""


@dmn.command("test")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def test_directory(directory: Path, as_json: bool) -> None:
    """Run the test cases under DIRECTORY: files *-test-*.xml beside their *.dmn.

    A case passes when each of its results is as expected.
    """
    files = sorted(directory.rglob("*-test-*.xml"))
    if not files:
        raise click.UsageError(f"there is no *-test-*.xml under {directory}")
    verdicts: list[tuple[Path, Verdict]] = []
    cases: dict[tuple[Path, int], bool] = {}
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        for file in progress.track(files, description="Deciding"):
            verdicts.extend((file.relative_to(directory), verdict) for verdict in _run_file(file))
    for file, verdict in verdicts:
        cases[file, verdict.number] = cases.get((file, verdict.number), True) and verdict.passed
    failed = [(file, verdict) for file, verdict in verdicts if not verdict.passed]
    passed = sum(cases.values())
    if as_json:
        click.echo(json.dumps(_report(passed, len(cases) - passed, failed), ensure_ascii=False))
    else:
        _print(failed)
        click.echo(f"{passed} passed, {len(cases) - passed} failed")
    raise SystemExit(1 if failed else 0)


def _run_file(file: Path) -> list[Verdict]:
    try:
        cases = read_cases(file.read_bytes())
    except DmnError as error:
        return [Verdict("", "", False, "test cases", "an unreadable file", [str(error)])]
    model = _model_beside(file, cases)
    if model is None:
        return [Verdict(c.case, c.node, False, "", "no .dmn file beside it", [], c.number) for c in cases]
    return list(run_cases(cases, model.read_bytes(), _Neighbours(file.parent)))


def _model_beside(file: Path, cases: list[KitCase]) -> Path | None:
    """The model a test names, else the one that shares the test's name, else the only one."""
    named = file.parent / cases[0].model_name if cases and cases[0].model_name else None
    if named and named.is_file():
        return named
    alike = file.parent / (file.name.rsplit("-test-", 1)[0] + ".dmn")
    if alike.is_file():
        return alike
    models = sorted(file.parent.glob("*.dmn"))
    return models[0] if len(models) == 1 else None


class _Neighbours:
    """Imported models out of the same directory, by location or by namespace."""

    def __init__(self, directory: Path) -> None:
        self.contents = {path.name: path.read_bytes() for path in sorted(directory.glob("*.dmn"))}

    def __call__(self, namespace: str, location: str | None) -> bytes | None:
        wanted = f'namespace="{namespace}"'.encode()
        by_location = self.contents.get(Path(location).name) if location else None
        if by_location is not None:
            return by_location
        candidates = (c for c in self.contents.values() if _is_namespace_of(c, namespace, wanted))
        return next(candidates, None)


def _is_namespace_of(content: bytes, namespace: str, wanted: bytes) -> bool:
    """Whether the definitions element, not an import, carries the namespace."""
    start = content.find(b"definitions")
    end = content.find(b">", start)
    header = content[start:end]
    return wanted in header or f"namespace='{namespace}'".encode() in header


def _report(passed: int, missed: int, failed: list[tuple[Path, Verdict]]) -> dict[str, object]:
    return {
        "passed": passed,
        "failed": missed,
        "failures": [
            {
                "file": str(file),
                "case": v.case,
                "node": v.node,
                "expected": v.expected,
                "got": v.got,
                "messages": v.messages,
            }
            for file, v in failed
        ],
    }


def _print(failed: list[tuple[Path, Verdict]]) -> None:
    for file, verdict in failed:
        click.echo(
            f"{file} case {verdict.case} node {verdict.node}: expected {verdict.expected}, got {verdict.got}"
        )
        for message in verdict.messages[:3]:
            click.echo(f"    {message}")
