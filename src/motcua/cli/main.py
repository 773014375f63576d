"""The `motcua` command: a table of sub-commands, each imported when it is called and not before."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

GOOD, FAULT, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


class Command(NamedTuple):
    """Where a sub-command is found, as `module:attribute`, and what it does in a few words."""

    target: str
    does: str


COMMANDS = {
    "demo": Command("motcua.cli.demo:demo", "play a day of the state, then serve"),
    "serve": Command("motcua.cli.serve:serve", "run database, worker and site"),
    "worker": Command("motcua.cli.worker:worker", "do background work"),
    "migrate": Command("motcua.cli.database:migrate", "bring the database to this version"),
    "install": Command("motcua.cli.install:install", "a province's agencies and the first two officers"),
    "check": Command("motcua.cli.check:check", "is this installation fit for the public?"),
    "backup": Command("motcua.cli.backup:backup", "write database, files and keys into one archive"),
    "restore": Command("motcua.cli.backup:restore", "read such an archive into an empty home"),
    "keys": Command("motcua.cli.keys:keys", "the keys of personal data: list, rotate, erase"),
    "service": Command("motcua.cli.service:service", "service packs: new, test, import, export, publish"),
    "case": Command("motcua.cli.case:case", "running cases: move to a new version, back, replay"),
    "dmn": Command("motcua.cli.dmn:dmn", "run decision cases"),
    "bpmn": Command("motcua.cli.bpmn:bpmn", "say what of a process is executed"),
    "gateway": Command(
        "motcua.cli.gateway:gateway", "the exchange gateway: enrol, run, verify its log, export"
    ),
    "partner": Command(
        "motcua.cli.partner:partner", "systems that hand in applications: enrol, list, key, end"
    ),
    "govstack": Command(
        "motcua.cli.govstack:govstack", "systems that call through the GovStack face: grant, list, end"
    ),
    "agent": Command("motcua.cli.agent:agent", "sign at the desk with a token of one's own"),
    "authority": Command(
        "motcua.cli.authority:authority", "ceremonies of the root, and what the authorities hold"
    ),
    "trust": Command("motcua.cli.trust:trust", "whom checks trust: authorities, signed lists"),
    "verify": Command("motcua.cli.verify:verify", "check a signed document"),
    "edxml": Command("motcua.cli.edxml:edxml", "official documents: read, write, check"),
    "log": Command("motcua.cli.log:log", "the public log: verify, witness, export"),
    "bench": Command("motcua.cli.bench:bench", "time what matters"),
}

EXPECTED = {
    "motcua.config.home": "HomeError",
    "motcua.config.postgres.errors": "PostgresError",
    "motcua.core.errors": "UserError",
}
"""Exceptions whose message is all that a person needs, by the module that defines them."""


class LazyGroup(click.Group):
    """A group that lists its commands from the table and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = COMMANDS.get(cmd_name)
        if known is None:
            return None
        module, _, attribute = known.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.does) for name, command in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="motcua", prog_name="motcua", message="%(prog)s %(version)s")
def motcua() -> None:
    """One door: the platform on which a state runs its digital services."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 good, 1 a fault in the input, 2 used wrongly."""
    try:
        outcome: Any = motcua.main(args=arguments, prog_name="motcua", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if not is_expected(error):
            raise
        click.echo(f"Error: {error}", err=True)
        return FAULT
    return outcome if isinstance(outcome, int) else GOOD


def is_expected(error: Exception) -> bool:
    """Whether the error speaks for itself, so that a traceback would only hide what it says."""
    return any(
        isinstance(error, getattr(sys.modules[module], name))
        for module, name in EXPECTED.items()
        if module in sys.modules
    )


def run() -> None:
    """Entry point of the installed script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
