"""`motcua service`: begin a pack, run its cases, take it in, give it out, put it in force."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from motcua.cli.waking import wake
from motcua.core.services.pack import Fault, Pack, PackError, dropped, load, warnings, zipped
from motcua.core.services.trial import CaseReport, Report, run_cases

PATHS = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH…"
)
LANG = click.option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    default="en",
    show_default=True,
    help="The language of messages.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def service() -> None:
    """Service packs: folders (or zips) that are public services. docs/service-packs.md explains the format."""


@service.command()
@click.argument("name")
@click.option("--english", default="", help="The English name; without it, the Vietnamese one.")
@click.option("--code", default="9.000001", show_default=True, help="The code of the procedure.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("services"),
    show_default=True,
)
def new(name: str, english: str, code: str, target: Path) -> int:
    """Begin a pack called NAME in a folder of its own; it passes its own cases from the start."""
    from motcua.core.services import scaffold

    try:
        slug = scaffold.slug_of(name)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    folder = target / slug
    if folder.exists():
        click.echo(f"{folder} is there already; choose another name or remove it.", err=True)
        return 1
    files = scaffold.files(name, english or name, code, dt.date.today())  # noqa: DTZ011 - no installation here
    try:
        load(files)
    except PackError as error:
        _tell(error.faults, "en")
        return 1
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    click.echo(f"{folder}: {len(files)} files. Change them, and run: motcua service test {folder}")
    return 0


@service.command()
@PATHS
@AS_JSON
@LANG
def test(paths: tuple[Path, ...], as_json: bool, lang: str) -> int:
    """Check packs and run their cases, without a database. Ends with 1 when one fails or a pack cannot be used."""
    reports: list[Report] = []
    refused: dict[str, tuple[Fault, ...]] = {}
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("packs", total=len(paths))
        for path in paths:
            progress.update(task, description=str(path))
            try:
                reports.append(run_cases(load(path)))
            except PackError as error:
                refused[str(path)] = error.faults
            progress.advance(task)
    if as_json:
        told = {
            "packs": [report.as_json() for report in reports],
            "refused": {path: [fault.as_json() for fault in faults] for path, faults in refused.items()},
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _show(reports, refused, lang)
    return 0 if not refused and all(report.passed for report in reports) else 1


@service.command("import")
@PATHS
@click.option("--publish", "also_publish", is_flag=True, help="Put the packs in force at once.")
@AS_JSON
def import_(paths: tuple[Path, ...], also_publish: bool, as_json: bool) -> int:
    """Take packs into this installation; what is wrong with one does not hold up the others."""
    wake()
    from motcua.core.errors import UserError
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.services import actions

    imported: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    left_out: list[str] = []
    doubtful: list[Fault] = []
    for path in paths:
        try:
            with acting(SYSTEM):
                version = actions.import_pack(SYSTEM, path)
                if also_publish:
                    version = actions.publish(SYSTEM, version)
        except PackError as error:
            refused.append({"path": str(path), "faults": [fault.as_json() for fault in error.faults]})
        except UserError as error:
            refused.append({"path": str(path), "faults": [{"en": error.text("en"), "vi": error.text("vi")}]})
        else:
            left_out += [f"{path}/{name}" for name in dropped(path)]
            doubtful += warnings(version.files)
            imported.append(
                {
                    "path": str(path), "code": version.service.code, "version": version.number,
                    "digest": version.digest, "state": version.state,
                }
            )  # fmt: skip
    if as_json:
        click.echo(
            json.dumps(
                {
                    "imported": imported,
                    "refused": refused,
                    "dropped_fields": left_out,
                    "warnings": [fault.as_json() for fault in doubtful],
                },
                ensure_ascii=False,
            )
        )
        return 1 if refused else 0
    for one in imported:
        click.echo(f"{one['code']} version {one['version']}: {one['state']}")
    for fault in doubtful:
        click.echo(f"warning: {fault.text('en')}", err=True)
    for name in left_out:
        click.echo(f"not part of a pack, left out: {name}")
    for bad in refused:
        for fault in bad["faults"]:
            click.echo(
                f"{bad['path']}: {fault.get('file', '')}:{fault.get('line', '')} {fault['en']}", err=True
            )
    return 1 if refused else 0


@service.command()
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(code: str, file: Path) -> int:
    """Write the service CODE (or the pack in the folder CODE) to FILE as one zip with a manifest of digests."""
    folder = Path(code)
    if folder.is_dir():
        try:
            pack = load(folder)
        except PackError as error:
            _tell(error.faults, "en")
            return 1
        file.write_bytes(zipped(pack.files, pack.code))
        return _written(file, pack)
    wake()
    from motcua.core import clock
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.services import actions, queries

    with acting(SYSTEM):
        pack = queries.current(code, clock.today())
        file.write_bytes(actions.export_zip(queries.version(pack.version_id or 0)))
    return _written(file, pack)


@service.command()
@click.argument("code")
@click.option(
    "--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="From which day; without it, the pack's own."
)
def publish(code: str, since: dt.datetime | None) -> int:
    """Put the newest version of the service CODE in force; running cases keep theirs."""
    wake()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.services import actions, queries

    with acting(SYSTEM):
        versions = queries.versions(code)
        if not versions:
            click.echo(f"There is no service {code}; take it in first: motcua service import PATH", err=True)
            return 1
        version = actions.publish(SYSTEM, versions[0], in_force_from=since.date() if since else None)
    click.echo(f"{code} version {version.number} is in force from {version.in_force_from:%d/%m/%Y}.")
    return 0


def _written(file: Path, pack: Pack) -> int:
    click.echo(f"{file}: {pack.code} {pack.name('vi')}, {len(pack.files)} files, digest {pack.digest}")
    return 0


def _show(reports: list[Report], refused: dict[str, tuple[Fault, ...]], lang: str) -> None:
    console = Console()
    for report in reports:
        table = Table(title=f"{report.code} {report.slug}", title_justify="left", expand=False)
        table.add_column("")
        table.add_column("case")
        table.add_column("checked")
        for case in report.cases:
            table.add_row(
                "[green]passed[/]" if case.passed else "[red]failed[/]",
                case.name.get(lang, case.file),
                ", ".join((*case.checked, *(f"[yellow]not checked: {what}[/]" for what in case.skipped))),
            )
        console.print(table)
        for case in report.cases:
            for line in _complaints(case):
                console.print(f"[red]{case.file}[/] {line}", markup=True, highlight=False, soft_wrap=True)
        if not report.cases:
            console.print(f"[red]{report.code} has no cases: write cases/*.yaml[/]")
    for path, faults in refused.items():
        click.echo(f"{path} cannot be used:", err=True)
        _tell(faults, lang)
    total = sum(len(report.cases) for report in reports)
    failed = sum(report.failures for report in reports)
    click.echo(f"{total - failed} passed, {failed} failed" + (f", {len(refused)} refused" if refused else ""))


def _complaints(case: CaseReport) -> list[str]:
    from rich.markup import escape

    told = [mismatch.text() for mismatch in case.mismatches]
    return [escape(line) for line in ([case.error] if case.error else []) + told]


def _tell(faults: tuple[Fault, ...], lang: str) -> None:
    for fault in faults:
        click.echo(f"  {fault.text(lang)}", err=True)
