"""`motcua authority`: what the certification authorities hold, and the ceremonies of the root."""

from __future__ import annotations

from pathlib import Path

import click

from motcua.cli.waking import wake


@click.group()
def authority() -> None:
    """The certification authorities of this installation."""


@authority.command()
def show() -> int:
    """The authorities, until when they last, and where the root's key is."""
    wake()
    from motcua.core.documents import revocation, trust
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    house = trust.house()
    where = "on this machine: take it offline" if house.root_is_online else "offline"
    click.echo(f"root      until {house.root.certificate.not_valid_after_utc:%d/%m/%Y}  key {where}")
    with acting(SYSTEM):
        click.echo(f"          its list holds until {revocation.root_list_ends():%d/%m/%Y}")
    for name, one in house.authorities.items():
        click.echo(f"{name:<9} until {one.certificate.not_valid_after_utc:%d/%m/%Y}")
    return 0


@authority.command("take-root-offline")
@click.argument("file", type=click.Path(path_type=Path))
@click.password_option("--passphrase", prompt="Passphrase that seals the root", help="Asked for when absent.")
def take_root_offline(file: Path, passphrase: str) -> int:
    """Write the root's key, sealed, to FILE (a removable medium), read it back, and remove it from this machine."""
    wake()
    from motcua.core.documents import ceremony
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        ceremony.take_offline(file, passphrase)
    click.echo(
        f"The root's key is in {file} only. Keep two copies in two places, and the passphrase elsewhere."
    )
    return 0


@authority.command("renew-root")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase", prompt="Passphrase of the root", hide_input=True, help="Asked for when absent.")
def renew_root(file: Path, passphrase: str) -> int:
    """With the sealed key in FILE: sign the root's list for another year, its responder, and missing branches."""
    wake()
    from motcua.core.documents import ceremony, revocation
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        opened = ceremony.renew(file, passphrase)
        click.echo(f"The root's list holds until {revocation.root_list_ends():%d/%m/%Y}.")
    if opened:
        click.echo(f"Opened: {', '.join(opened)}.")
    return 0
