"""`motcua partner`: systems that hand in applications by the signed API."""

from __future__ import annotations

from typing import TextIO

import click

from motcua.cli.waking import wake

KEY = click.option(
    "--key",
    required=True,
    type=click.File(encoding="utf-8"),
    help="Its public key, P-256: a JWK or PEM file.",
)


@click.group()
def partner() -> None:
    """Systems that hand in applications by the signed API: enrol, list, change a key, end."""
    wake()


@partner.command()
@click.argument("code")
@click.option("--name", required=True, help="What the system is called.")
@KEY
@click.option(
    "--service", "services", multiple=True, metavar="CODE", help="Only for this service; repeat it."
)
@click.option("--channel", default="", help="Plug-in by which it is told of progress.")
@click.option("--legal-basis", required=True, help="By which law or agreement.")
def enrol(
    code: str, name: str, key: TextIO, services: tuple[str, ...], channel: str, legal_basis: str
) -> None:
    """Let a system hand in."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.intake import partners

    with acting(SYSTEM):
        row = partners.enrol(
            code=code,
            name=name,
            key=key.read(),
            services=services,
            channel=channel,
            legal_basis=legal_basis,
        )
    click.echo(f"{row.code}: hands in {', '.join(row.service_codes) or 'every service'}")


@partner.command("list")
def list_() -> None:
    """Who hands in what."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.intake.models import Partner

    with acting(SYSTEM):
        for row in Partner.objects.order_by("code"):
            state = "" if row.active else " (ended)"
            what = ", ".join(row.service_codes) or "every service"
            click.echo(f"{row.code}{state}: {row.name}; {what}; {row.legal_basis}")


@partner.command("key")
@click.argument("code")
@KEY
def change_key(code: str, key: TextIO) -> None:
    """Take another public key of a system; requests signed by the one before are refused."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.intake import partners

    with acting(SYSTEM):
        partners.change_key(code, key.read())
    click.echo(f"{code}: another key")


@partner.command()
@click.argument("code")
def end(code: str) -> None:
    """Let a system hand in nothing any more; what it handed in goes on."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.intake import partners

    with acting(SYSTEM):
        partners.end(code)
    click.echo(f"{code}: hands in nothing any more")
