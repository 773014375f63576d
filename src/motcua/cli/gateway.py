"""`motcua gateway`: the exchange gateway's process, its log and the containers of its messages."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click

from motcua.cli.gateway_enrol import enrol
from motcua.config.home import folder
from motcua.gateway.configuration import ConfigurationError, configuration_schema
from motcua.gateway.segments import JournalError

FAULT = 1


@click.group(invoke_without_command=True)
@click.pass_context
def gateway(context: click.Context) -> int:
    """Run the exchange gateway of this installation; settings by environment, see docs/gateway.md."""
    if context.invoked_subcommand is not None:
        return 0
    from motcua.gateway.enrolment import EnrolmentError
    from motcua.gateway.process import Gateway, run
    from motcua.gateway.settings import SettingError, read_settings

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

    def told(started: Gateway) -> None:
        listening = ", ".join(f"{name} on port {port}" for name, port in started.ports.items())
        click.echo(f"gateway {started.settings.code}: {listening}")

    try:
        run(read_settings(), told)
    except (SettingError, ConfigurationError, EnrolmentError, JournalError) as error:
        click.echo(f"Error: {error}", err=True)
        return FAULT
    return 0


@gateway.command("verify-log")
@click.argument("place", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object of counts and faults.")
def verify_log_(place: Path | None, as_json: bool) -> int:
    """Check the message log at PLACE (default: this installation's): every link, every signature."""
    from motcua.gateway.reading import verify_log

    verdict = verify_log(place or folder("gateway") / "journal")
    told = {
        "segments": verdict.segments,
        "requests": verdict.requests,
        "answers": verdict.answers,
        "signatures": verdict.signatures,
        "stamped": verdict.stamped,
        "torn_bytes": verdict.torn,
        "last_link": verdict.last_link,
        "faults": verdict.faults,
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for name, value in told.items():
            if name != "faults":
                click.echo(f"{name}: {value}")
        for each in verdict.faults:
            click.echo(f"FAULT {each}", err=True)
        click.echo("the log is whole" if verdict.good else "the log is not what it was")
    return 0 if verdict.good else FAULT


@gateway.command()
@click.argument("query_id")
@click.option(
    "--log",
    "place",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The message log; by default this installation's.",
)
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write to."
)
def export(query_id: str, place: Path | None, to: Path) -> int:
    """Write each message of QUERY_ID (the header x-road-id) as an ASiC-E container that anybody can verify."""
    from motcua.gateway.reading import containers

    found = containers(place or folder("gateway") / "journal", query_id)
    if not found:
        click.echo(f"Error: the log holds no message of {query_id}", err=True)
        return FAULT
    to.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(found, 1):
        path = to / f"{number}-{''.join(c if c.isalnum() or c in '-._' else '_' for c in each.name)}"
        path.write_bytes(each.content)
        click.echo(f"{path}{'' if each.stamped else ' (without a time-stamp)'}")
    return 0


@gateway.command()
def schema() -> None:
    """The JSON Schema of the configuration that the control plane publishes."""
    click.echo(json.dumps(configuration_schema(), ensure_ascii=False, indent=1))


gateway.add_command(enrol)
