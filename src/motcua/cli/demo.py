"""`motcua demo`: a fresh installation, one day of the state played over HTTP, then the site to try oneself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from motcua.cli.ports import free_port, is_free
from motcua.cli.supervisor import Supervisor

PORT = 8000


@click.command()
@click.option("--no-serve", is_flag=True, help="Stop everything after the cases.")
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port of the site (default {PORT}).")
def demo(no_serve: bool, port: int | None) -> None:
    """Prepare a demonstration, play real cases from sign-in to verified results, then serve the site."""
    chosen = _choose_port(port, no_serve)
    os.environ["MOTCUA_SANDBOX"] = "1"
    os.environ["MOTCUA_SITE"] = f"http://127.0.0.1:{chosen}"
    console = Console(highlight=False)
    house = Supervisor(port=chosen, say=console.print)
    try:
        console.print("[bold]Một cửa[/bold]: chuẩn bị · preparing …")
        _prepare(house, console)
        results = _play(house, console)
        _verify(results, console)
        if no_serve:
            return
        _tell_accounts(house.address, console)
        house.run()
    finally:
        house.stop()


def _choose_port(port: int | None, no_serve: bool) -> int:
    """The port asked for; without a wish 8000, or any free one when nothing is going to be served afterwards."""
    if port is None and no_serve and not is_free("127.0.0.1", PORT):
        return free_port("127.0.0.1")
    return port or PORT


def _prepare(house: Supervisor, console: Console) -> None:
    house.start()
    from motcua.cli.waking import wake

    wake()
    from motcua.config import world

    world.furnish(lambda what: console.print(f"  · {what}"))
    house.wait_until_served()


def _play(house: Supervisor, console: Console) -> list[Path]:
    from motcua.cli.demonstration.day import Day
    from motcua.cli.demonstration.stage import LiveStage

    stage = LiveStage(house)
    try:
        return Day(stage, console.print).play()
    finally:
        stage.end()


def _verify(results: list[Path], console: Console) -> None:
    """Let the command, and poppler's pdfsig where it is installed, judge the last results."""
    command = [sys.executable, "-m", "motcua.cli.main", "verify", *map(str, results)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    console.print(said.stdout.strip())
    if said.returncode:
        raise click.ClickException("A result could not be verified; the reasons are above.")
    if shutil.which("pdfsig"):
        for file in results:
            found = subprocess.run(
                ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
            ).stdout
            valid = found.count("Signature is Valid")
            console.print(f"  pdfsig: {valid} valid signature(s) in {file.name}")
            if not valid or "Digest Mismatch" in found:
                raise click.ClickException(f"pdfsig does not accept {file}: {found}")
    console.print("[bold green]verified[/bold green]")


def _tell_accounts(address: str, console: Console) -> None:
    from motcua.cli.demonstration import accounts

    for line in accounts.lines(address):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"Mở · open [bold]{address}[/bold] (Ctrl-C dừng · stops)")
