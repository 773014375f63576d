"""`motcua govstack`: which systems may hand in applications and do steps through the GovStack face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from motcua.cli.waking import wake

if TYPE_CHECKING:
    from motcua.systems.govstack.models import Caller


@click.group()
def govstack() -> None:
    """Systems that call through the GovStack face. Whoever is not named here may do nothing."""
    wake()


@govstack.command()
@click.argument("identifier", metavar="INSTANCE/CLASS/MEMBER/SUBSYSTEM")
@click.option("--service", "services", multiple=True, metavar="CODE", help="May hand in applications for it.")
@click.option("--register", "registers", multiple=True, metavar="SLUG", help="May draft its next schema.")
@click.option("--level", type=click.IntRange(0, 2), default=0, help="How surely it identifies applicants.")
@click.option("--officer", default="", metavar="CODE", help="The officer who answers for the steps it does.")
@click.option("--agency", default="", metavar="CODE", help="Where that officer works.")
@click.option("--statistics", is_flag=True, help="May have figures.")
@click.option("--events", is_flag=True, help="May tell and hear events, as its system may in the exchange.")
@click.option("--legal-basis", required=True, help="By which law or agreement.")
def grant(
    identifier: str,
    services: tuple[str, ...],
    registers: tuple[str, ...],
    level: int,
    officer: str,
    agency: str,
    statistics: bool,
    events: bool,
    legal_basis: str,
) -> None:
    """Let a system do this; what it was granted before is replaced."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.govstack import callers

    with acting(SYSTEM):
        row = callers.grant(
            identifier,
            services=services,
            registers=registers,
            level=level,
            officer=officer,
            agency=agency,
            statistics=statistics,
            events=events,
            legal_basis=legal_basis,
        )
    click.echo(f"{row.identifier}: {_told(row, officer, agency)}")


@govstack.command("list")
def list_() -> None:
    """Who may do what."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.govstack.models import Caller

    with acting(SYSTEM):
        rows = Caller.objects.filter(ended_at=None).select_related("account", "agency").order_by("identifier")
        for row in rows:
            officer = row.account.username if row.account else ""
            agency = row.agency.code if row.agency else ""
            told = _told(row, officer, agency)
            click.echo(f"{row.identifier}: {told}; {row.legal_basis}")


@govstack.command()
@click.argument("identifier", metavar="INSTANCE/CLASS/MEMBER/SUBSYSTEM")
def end(identifier: str) -> None:
    """Let it do nothing any more, at once."""
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.govstack import callers

    with acting(SYSTEM):
        callers.end(identifier)
    click.echo(f"{identifier}: nothing any more")


def _told(row: Caller, officer: str, agency: str) -> str:
    parts = [f"hands in {', '.join(row.services)}" if row.services else "hands in nothing"]
    if row.registers:
        parts.append(f"drafts schemas of {', '.join(row.registers)}")
    if officer:
        parts.append(f"does steps for {officer} at {agency}")
    if row.statistics:
        parts.append("has figures")
    if row.events:
        parts.append("tells and hears events")
    return ", ".join(parts)
