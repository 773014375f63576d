"""`motcua edxml axis`: the document axis of this installation: members, their keys and addresses, our connections."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from motcua.cli.waking import wake

if TYPE_CHECKING:
    from motcua.systems.dispatch.models import AxisMember, Connection

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.group()
def axis() -> None:
    """The document axis of this installation: who is on it, and the axes that we are on."""


@axis.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object: members, connections, held.")
def list_all(as_json: bool) -> None:
    """Members of our axis, our connections, and how many messages are held."""
    wake()
    from motcua.systems.dispatch import hosting

    members, connections, held = hosting.members(), hosting.connections(), hosting.held()
    if as_json:
        told = {
            "members": [_member_row(each) for each in members],
            "connections": [_connection_row(each) for each in connections],
            "held": [str(each.uuid) for each in held],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    console = Console()
    table = Table("member", "name", "agencies", "state", title="On our axis")
    for each in members:
        row = _member_row(each)
        table.add_row(each.system_id, each.name, "\n".join(row["agencies"]), str(row["state"]))
    console.print(table)
    table = Table("axis", "form", "address", "agencies", "last trouble", title="Our connections")
    for one in connections:
        table.add_row(one.name, one.form, one.endpoint, " ".join(one.organ_ids), one.last_fault)
    console.print(table)
    if held:
        console.print(
            f"{len(held)} held for a doubt about their signature: decide under /van-ban/ket-noi-truc/"
        )


@axis.command()
@click.argument("system_id")
@click.option("--name", required=True, help="What the system is called.")
@click.option(
    "--agency", "agencies", multiple=True, required=True, metavar="ID=NAME", help="May be repeated."
)
@click.option("--contact", default="", help="Who answers for it.")
@click.option(
    "--from", "networks", multiple=True, metavar="NETWORK", help="Calls from here only; may be repeated."
)
@click.option(
    "--out", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the invitation here."
)
def admit(
    system_id: str,
    name: str,
    agencies: tuple[str, ...],
    contact: str,
    networks: tuple[str, ...],
    out: Path | None,
) -> None:
    """Let the system SYSTEM_ID onto our axis. Prints its invitation, secret and all, this once."""
    wake()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    pairs = [_pair(each) for each in agencies]
    with _plainly():
        member, secret = admitting.admit(SYSTEM, system_id, name, pairs, contact=contact, networks=networks)
    _hand_out(member, secret, out)


@axis.command()
@click.argument("invitation", type=_FILE)
@click.option("--within", "networks", multiple=True, metavar="NETWORK", help="Private network of the axis.")
def connect(invitation: Path, networks: tuple[str, ...]) -> None:
    """Connect our agencies to the axis whose INVITATION (a file, or -) we were given, and ask it who is there."""
    wake()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import connecting

    text = sys.stdin.read() if str(invitation) == "-" else invitation.read_text("utf-8")
    with _plainly():
        made = connecting.accept(SYSTEM, connecting.read_invitation(text), networks=networks)
        click.echo(f"connected to {made.name}; it is asked every minute for {', '.join(made.organ_ids)}")
        click.echo(f"it answers: {connecting.try_out(SYSTEM, made.uuid)} agencies are on it")


@axis.command()
@click.argument("system_id")
@click.option("--reason", required=True)
def suspend(system_id: str, reason: str) -> None:
    """Keep SYSTEM_ID out; what is sent to it is answered "receiver locked"."""
    member = _known(system_id)
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    with _plainly():
        admitting.suspend(SYSTEM, member.uuid, reason)
    click.echo(f"{system_id} is suspended")


@axis.command()
@click.argument("system_id")
def resume(system_id: str) -> None:
    """Let SYSTEM_ID in again."""
    member = _known(system_id)
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    with _plainly():
        admitting.resume(SYSTEM, member.uuid)
    click.echo(f"{system_id} takes part again")


@axis.command("secret")
@click.argument("system_id")
@click.option("--at-once", is_flag=True, help="End the former secret now; else it is good for seven days.")
@click.option(
    "--out", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the invitation here."
)
def change_secret(system_id: str, at_once: bool, out: Path | None) -> None:
    """Give SYSTEM_ID a new secret, in a new invitation."""
    member = _known(system_id)
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    with _plainly():
        secret = admitting.change_secret(SYSTEM, member.uuid, at_once=at_once)
    _hand_out(member, secret, out)


@axis.command()
@click.argument("system_id")
@click.argument("networks", nargs=-1)
def addresses(system_id: str, networks: tuple[str, ...]) -> None:
    """Take calls of SYSTEM_ID from these NETWORKS only; from anywhere when none is named."""
    member = _known(system_id)
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    with _plainly():
        changed = admitting.change_networks(SYSTEM, member.uuid, networks)
    click.echo(f"{system_id} may call from {', '.join(changed.networks) or 'anywhere'}")


@axis.command()
@click.argument("organ_id")
@click.argument("files", nargs=-1, type=_FILE)
def certificates(organ_id: str, files: tuple[Path, ...]) -> None:
    """Hold whatever ORGAN_ID signs with other certificates than those in FILES (PEM); none: bind it to none."""
    wake()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.systems.dispatch.actions import admitting

    with _plainly():
        pem = "\n".join(each.read_text("ascii", errors="replace") for each in files)
        agency = admitting.register_certificates(SYSTEM, organ_id, pem)
    click.echo(f"{agency.organ_id} signs with {agency.certificates_pem.count('BEGIN CERTIFICATE') or 'any'}")


def _known(system_id: str) -> AxisMember:
    wake()
    from motcua.systems.dispatch import hosting

    found = {each.system_id: each for each in hosting.members()}
    if system_id not in found:
        raise click.ClickException(
            f"no member {system_id!r}; there are: {', '.join(sorted(found)) or 'none'}"
        )
    return found[system_id]


@contextmanager
def _plainly() -> Iterator[None]:
    """A refusal is told in a line, exit 1."""
    from motcua.core.errors import UserError

    try:
        yield
    except UserError as fault:
        raise click.ClickException(fault.text("en")) from fault


def _hand_out(member: AxisMember, secret: str, out: Path | None) -> None:
    from motcua.systems.dispatch.actions import admitting

    text = json.dumps(admitting.invitation(member, secret), ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    out.touch(mode=0o600)
    out.write_text(text + "\n", encoding="utf-8")
    click.echo(f"{out} holds the invitation with the secret: hand it over by a private way, then delete it")


def _pair(text: str) -> tuple[str, str]:
    organ_id, _, name = text.partition("=")
    if not name.strip():
        raise click.UsageError(f"--agency {text!r}: write ID=NAME, such as H05.12='UBND phường Kinh Bắc'")
    return organ_id.strip(), name.strip()


def _member_row(member: AxisMember) -> dict[str, list[str] | str]:
    return {
        "system_id": member.system_id,
        "name": member.name,
        "agencies": [f"{each.organ_id} {each.name}" for each in member.agencies.all()],
        "networks": list(member.networks),
        "state": "suspended" if member.locked_at else "in",
    }


def _connection_row(connection: Connection) -> dict[str, object]:
    return {
        "name": connection.name,
        "form": connection.form,
        "endpoint": connection.endpoint,
        "agencies": list(connection.organ_ids),
        "active": connection.active,
        "failures": connection.failures,
        "last_fault": connection.last_fault,
    }
