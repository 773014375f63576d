"""`motcua case`: move running cases to a new version of their service, bring them back, run what was stored again."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from motcua.cli.waking import wake

if TYPE_CHECKING:
    from motcua.core.cases.models import Move, MovedCase
    from motcua.core.cases.moving import Outlook, Places
    from motcua.core.services.models import ServiceVersion

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
STYLE = {
    "moves": "green",
    "loses": "yellow",
    "stops": "red",
    "moved": "green",
    "held": "red",
    "back": "green",
}
SHOWN = 200
"""Lines of a table; what is more is counted below it. --json gives them all."""


@click.group()
def case() -> None:
    """Running cases: move them to a new version, bring them back, run stored decisions and steps again."""


@case.command()
@click.argument("service_code", metavar="SERVICE")
@click.option("--to", "to_number", type=int, required=True, help="The number of the new version.")
@click.option("--from", "from_number", type=int, help="Only cases of this version; without it, of all older.")
@click.option(
    "--map", "pairs", multiple=True, metavar="OLD=NEW", help="A step (by id) or a question (by path) renamed."
)
@click.option(
    "--mapping",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same from a YAML file: elements: {old: new}, answers: {old: new}.",
)
@click.option("--preview", is_flag=True, help="Only say what would become of each case.")
@click.option("--allow-loss", is_flag=True, help="Move cases even where answers have no place any more.")
@AS_JSON
def move(
    service_code: str,
    to_number: int,
    from_number: int | None,
    pairs: tuple[str, ...],
    file: Path | None,
    preview: bool,
    allow_loss: bool,
    as_json: bool,
) -> int:
    """Move the running cases of SERVICE to another version.

    Each is one transaction; broken off, the same command goes on. Ends with 1 when a case is (or would be) held.
    """
    named = dict(_pair(text) for text in pairs)
    wake()
    from motcua.core.cases import moving
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        to = moving.version_of(service_code, to_number)
        mapping = _mapping(file, named, moving.leaving(to, from_number))
        if preview:
            return _preview(list(moving.preview(to, mapping, from_number)), to, allow_loss, as_json)
    return _move(to, mapping, from_number, allow_loss, as_json)


@case.command()
@click.argument("move_uuid", metavar="MOVE", type=click.UUID)
@AS_JSON
def back(move_uuid: uuid.UUID, as_json: bool) -> int:
    """Bring the cases of a MOVE back to where they were; one that has gone further stays, and says why."""
    wake()
    from motcua.core.cases.actions import moving
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        made = moving.move_of(move_uuid)
        moving.require_moved(made)
        cases = moving.moved_cases(made)
    rows = _one_by_one(cases, lambda one: moving.move_back(made, one), "back", as_json)
    with acting(SYSTEM):
        moving.finish_back(made)
    return _tell(made, rows, as_json)


@case.command()
@click.option("--service", "service_code", default="", metavar="CODE", help="Only this service.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on.")
@AS_JSON
def replay(service_code: str, since: dt.datetime | None, as_json: bool) -> int:
    """Run stored decisions and process steps again; ends with 1 when one comes out otherwise."""
    wake()
    from motcua.core.cases import replaying
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    day = since.date() if since else None
    with acting(SYSTEM), Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        line = progress.add_task("replay", total=replaying.count(service_code, day))
        report = replaying.replay_all(service_code, day, lambda done: progress.update(line, completed=done))
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
        return 0 if report.same else 1
    console = Console(highlight=False, soft_wrap=True)
    for one in report.different:
        where = f"case {one.case}, " if one.case else ""
        console.print(f"[red]{one.kind}[/red] {escape(where + one.which)} (version {one.version}) {one.at}")
        console.print(f"  stored:   {escape(_short(one.stored))}")
        console.print(f"  came out: {escape(_short(one.came_out))}")
    console.print(
        f"{report.decisions} decisions and {report.steps} steps of {report.versions} versions: "
        f"{len(report.different)} different"
    )
    return 0 if report.same else 1


def _pair(text: str) -> tuple[str, str]:
    before, sign, after = text.partition("=")
    if not (before and sign and after):
        raise click.BadParameter(f"{text!r} is no OLD=NEW", param_hint="--map")
    return before.strip(), after.strip()


def _mapping(file: Path | None, named: dict[str, str], olds: list[ServiceVersion]) -> Places:
    """The file's mapping, with what --map says over it."""
    import yaml

    from motcua.core.cases import moving

    told = moving.sort_out(named, olds)
    if file is None:
        return told
    try:
        read = yaml.safe_load(file.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise click.BadParameter(f"{file} is no YAML: {wrong}", param_hint="--mapping") from None
    parts = {name: read.get(name) or {} for name in ("elements", "answers")} if isinstance(read, dict) else {}
    extra = set(read) - set(parts) if parts else {"…"}
    texts = all(isinstance(each, dict) and _all_text(each) for each in parts.values())
    if extra or not texts:
        raise click.BadParameter(
            f"{file} must hold elements: {{old: new}} and answers: {{old: new}}, nothing else",
            param_hint="--mapping",
        )
    return moving.Places({**parts["elements"], **told.elements}, {**parts["answers"], **told.answers})


def _all_text(pairs: dict[Any, Any]) -> bool:
    return all(isinstance(one, str) for pair in pairs.items() for one in pair)


def _preview(outlooks: list[Outlook], to: ServiceVersion, allow_loss: bool, as_json: bool) -> int:
    counted = Counter(one.verdict for one in outlooks)
    held = counted["stops"] + (0 if allow_loss else counted["loses"])
    if as_json:
        told = {
            "to": to.number, "moves": counted["moves"], "stops": counted["stops"], "loses": counted["loses"],
            "cases": [one.as_json() for one in outlooks],
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False))
        return 1 if held else 0
    table = _table(f"{to.service.code}: to version {to.number}", "from", "stands at", "would", "")
    for one in outlooks[:SHOWN]:
        places = ", ".join(f"{name} ({element})" for element, name in one.stands)
        table.add_row(
            one.case.number, str(one.from_number), escape(places), f"[{STYLE[one.verdict]}]{_would(one)}[/]",
            escape(_remarks(one)),
        )  # fmt: skip
    Console().print(table)
    click.echo(
        f"{len(outlooks)} cases: {counted['moves']} move, {counted['loses']} would lose answers, "
        f"{counted['stops']} stop"
    )
    return 1 if held else 0


def _would(outlook: Outlook) -> str:
    return {"moves": "move", "loses": "lose", "stops": "stop"}[outlook.verdict]


def _remarks(outlook: Outlook) -> str:
    said = [stop["en"] for stop in outlook.stops]
    if outlook.lost:
        said.append(f"loses {', '.join(outlook.lost)}")
    said += [f"falls away: {what}" for what in outlook.falls_away]
    if outlook.unanswered:
        said.append(f"never asked: {', '.join(outlook.unanswered)}")
    if outlook.due_at != outlook.case.due_at:
        said.append(f"due {_day(outlook.case.due_at)} → {_day(outlook.due_at)}")
    return "; ".join(said)


def _day(moment: dt.datetime | None) -> str:
    from django.utils import timezone

    return "no date" if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _move(
    to: ServiceVersion, mapping: Places, from_number: int | None, allow_loss: bool, as_json: bool
) -> int:
    from motcua.core.cases.actions import moving
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        made = moving.begin_move(to, mapping, from_number=from_number, allow_loss=allow_loss)
        cases = moving.waiting(made)
    rows = _one_by_one(cases, lambda one: moving.move_case(made, one), "move", as_json)
    with acting(SYSTEM):
        moving.finish_move(made)
    return _tell(made, rows, as_json)


def _one_by_one(
    cases: Iterable[tuple[int, uuid.UUID]],
    act: Callable[[uuid.UUID], MovedCase | None],
    what: str,
    as_json: bool,
) -> list[MovedCase]:
    """Do it to each case in a transaction of its own."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    rows: list[MovedCase] = []
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        for _, case_uuid in progress.track(list(cases), description=what):
            with acting(SYSTEM):
                row = act(case_uuid)
            if row is not None:
                rows.append(row)
    return rows


def _tell(made: Move, rows: list[MovedCase], as_json: bool) -> int:
    counted = Counter(row.state for row in rows)
    left = counted["held"] + counted["stayed"]
    if as_json:
        told = {
            "move": str(made.uuid), "to": made.to_version.number, **{str(k): n for k, n in counted.items()},
            "cases": [
                {"case": row.case.number, "state": row.state, "lost": row.lost, "why": row.why} for row in rows
            ],
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False))
        return 1 if left else 0
    table = _table(f"{made.service_code}: move {made.uuid}", "", "why")
    for row in rows[:SHOWN]:
        said = row.why.get("en", "") or (f"lost {', '.join(row.lost)}" if row.lost else "")
        table.add_row(row.case.number, f"[{STYLE.get(row.state, 'yellow')}]{row.state}[/]", escape(said))
    Console().print(table)
    click.echo(
        ", ".join(f"{number} {state}" for state, number in sorted(counted.items())) or "no running cases"
    )
    if counted["moved"]:
        click.echo(f"The way back: motcua case back {made.uuid}")
    return 1 if left else 0


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", expand=False)
    for column in ("case", *columns):
        table.add_column(column, overflow="fold")
    return table


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}…"
