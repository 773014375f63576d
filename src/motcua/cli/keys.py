"""`motcua keys`: the keys under which personal data lie in the database, changed while everything runs."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from motcua.cli.waking import wake


@click.group()
def keys() -> None:
    """The keys under which personal data lie in the database."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object for each key.")
def list_keys(as_json: bool) -> None:
    """Say which groups have keys, since when, and what is retired or erased."""
    wake()
    from motcua.core.sealing.models import DataKey

    rows = DataKey.objects.order_by("group", "made_at")
    if as_json:
        click.echo(json.dumps([_told(row) for row in rows], ensure_ascii=False))
        return
    table = Table("group", "key", "made", "state", "master key")
    for row in rows:
        table.add_row(row.group, row.pk, f"{row.made_at:%d/%m/%Y}", _state(row), row.master)
    Console().print(table)


@keys.command()
@click.option("--group", "groups", multiple=True, help="Only this group (may be repeated).")
def rotate(groups: tuple[str, ...]) -> None:
    """Seal everything under new keys. May be broken off: the next run goes on where this one stood.

    The old keys are kept for ten minutes, since processes that run still seal under them; a run after that seals
    anew what came meanwhile, and removes them.
    """
    wake()
    from django.utils import timezone

    from motcua.core.ledger.actions import emit
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.sealing import rotation

    with acting(SYSTEM):
        unfinished = rotation.unfinished()
        retired = 0 if unfinished else rotation.retire(list(groups) or None)
        emit("keys.rotated", SYSTEM, data={"retired": retired, "groups": sorted(groups)})
    if unfinished:
        click.echo("Going on with the rotation that was broken off.")
    with Console(stderr=True).status("sealing …") as status:
        changed = rotation.reseal(
            lambda table, rows: status.update(f"{table}: {rows} rows more"), scope=lambda: acting(SYSTEM)
        )
    with acting(SYSTEM):
        removed = rotation.drop_empty()
        rest_until = rotation.rest_until()
    click.echo(f"{retired} keys retired, {changed} rows sealed anew, {removed} empty keys removed.")
    if rest_until is not None:
        click.echo(
            f"Run this again after {timezone.localtime(rest_until):%H:%M} to remove the old keys: "
            "until then what runs may still seal under them."
        )


@keys.command("rotate-master")
def rotate_master() -> None:
    """Make a new master key and wrap every data key by it; then the earlier ones are removed.

    Where the installation keeps the secret elsewhere (MOTCUA_DATA_KEY_FILE), put the new key there as the first line
    before, and remove the others after.
    """
    wake()
    import os

    from motcua.core.ledger.actions import emit
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.sealing import master, rotation

    ours = "MOTCUA_DATA_KEY_FILE" not in os.environ
    if ours:
        master.add_newer()
    with acting(SYSTEM):
        changed = rotation.rewrap()
        emit("keys.master_rotated", SYSTEM, data={"master": master.newest(), "wrapped": changed})
    if ours:
        master.drop_older()
    click.echo(f"{changed} keys wrapped by master key {master.newest()}.")


@keys.command()
@click.argument("group")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(group: str, yes: bool) -> None:
    """Destroy the keys of GROUP: whatever they sealed is gone for good, in every copy of the database."""
    wake()
    from motcua.core.ledger.actions import emit
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.sealing import keyring, rotation

    if group == keyring.INDEX:
        raise click.UsageError(
            "The blind indexes' key is not a group of rows: without it nobody could sign in."
        )
    if not yes:
        click.confirm(f"Destroy all that lies under {group}? It cannot be undone", abort=True)
    with acting(SYSTEM):
        erased = rotation.erase(group)
        emit("keys.erased", SYSTEM, data={"group": group, "keys": erased})
    if not erased:
        raise click.ClickException(f"No key of a group {group!r}. `motcua keys list` names the groups.")
    click.echo(f"{erased} keys of {group} destroyed.")


def _state(row: object) -> str:
    return next((word for word in ("erased", "retired") if getattr(row, f"{word}_at")), "in use")


def _told(row: object) -> dict[str, str]:
    names = ("group", "pk", "made_at", "master")
    return {**{name.replace("pk", "key"): str(getattr(row, name)) for name in names}, "state": _state(row)}
