"""`motcua gateway enrol`: from nothing to a gateway that takes part."""

from __future__ import annotations

import time
from pathlib import Path

import click

from motcua.gateway.configuration import ConfigurationError
from motcua.gateway.control_plane import Refused, check_site
from motcua.gateway.enrolling import Enroller, Waiting
from motcua.gateway.enrolment import Enrolment, EnrolmentError
from motcua.gateway.settings import SettingError, gateway_folder
from motcua.gateway.upkeep import Away

FAULT = 1
_ASK_AGAIN_S = 5
_PUBLISHED_WITHIN_S = 90


@click.command()
@click.argument("site")
@click.option("--code", required=True, help="This gateway's code, as gw-hue.")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="HOST:PORT",
    help="Where other gateways reach it; repeatable.",
)
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the member's key; without it the key is asked for.",
)
@click.option(
    "--fingerprint", default="", help="SHA-256 of the control plane's key as its operator told you."
)
@click.option("--wait", "wait_s", default=0, metavar="SECONDS", help="So long for the approval.")
def enrol(
    site: str, code: str, addresses: tuple[str, ...], key_file: Path | None, fingerprint: str, wait_s: int
) -> int:
    """Take part in the exchange whose control plane is at SITE. Repeat it until the gateway is enrolled."""
    place = gateway_folder()
    try:
        site = check_site(site)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        key = key_file.read_text("ascii").strip() if key_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--key-file {key_file}: no key can be read from it ({error})") from error
    if not key and not (place / "enrolment.json").is_file():
        key = click.prompt("The member's key", hide_input=True).strip()
    enroller = Enroller(place, site, code, addresses, key, click.echo)
    try:
        enroller.trust_control_plane(lambda found: _is_right(found, fingerprint))
        enrolment = _approved(enroller, time.monotonic() + wait_s)
        marks = enroller.certify(enrolment)
        _published(enroller, enrolment, marks)
    except Waiting as waiting:
        click.echo(f"{waiting}. Run the same command again then, or give it --wait.")
        return FAULT
    except (EnrolmentError, Refused, Away, ConfigurationError, SettingError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        return FAULT
    click.echo(f"the gateway {code} of {enrolment.member} is enrolled; start it with: motcua gateway")
    return 0


def _is_right(found: str, told: str) -> bool:
    if told:
        return found == told.replace(":", "").replace(" ", "").lower()
    click.echo(f"The control plane's key has the SHA-256\n  {found}")
    return click.confirm(
        "Is this what its operator told you by another way (telephone, letter)?", default=False
    )


def _approved(enroller: Enroller, until: float) -> Enrolment:
    while True:
        try:
            return enroller.take_part()
        except Waiting as waiting:
            if time.monotonic() >= until:
                raise
            click.echo(f"{waiting}; asked again each {_ASK_AGAIN_S} s")
            time.sleep(_ASK_AGAIN_S)


def _published(enroller: Enroller, enrolment: Enrolment, marks: list[str]) -> None:
    until = time.monotonic() + _PUBLISHED_WITHIN_S
    while not enroller.is_listed(enrolment, marks):
        if time.monotonic() > until:
            raise EnrolmentError(
                "the configuration does not list this gateway yet: does the control plane's worker run? Then repeat"
            )
        time.sleep(1)
