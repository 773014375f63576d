"""`motcua bpmn`: look through process files."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from motcua.engines.bpmn import Level, check

_STYLE = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "dim"}


@click.group()
def bpmn() -> None:
    """Processes drawn in BPMN 2.0."""


@bpmn.command("check")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="Answer for machines.")
def check_files(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what of each FILE is run, what is not and why. Exit 1 when a file cannot be run."""
    reports = {str(path): check(path.read_bytes()) for path in files}
    if as_json:
        click.echo(
            json.dumps(
                {name: report.to_json() for name, report in reports.items()}, ensure_ascii=False, indent=2
            )
        )
    else:
        console = Console(highlight=False, soft_wrap=True)
        for name, report in reports.items():
            console.print(f"[bold]{escape(name)}[/bold]: {'runs' if report.ok else 'cannot be run'}")
            for line in report.runs:
                console.print(f"  {escape(line)}")
            for finding in report.findings:
                place = f"line {finding.line}: " if finding.line else ""
                who = f"{finding.element_id}: " if finding.element_id else ""
                style = _STYLE[finding.level]
                console.print(f"  [{style}]{finding.level}[/{style}] {escape(place + who + finding.message)}")
    if not all(report.ok for report in reports.values()):
        raise SystemExit(1)
