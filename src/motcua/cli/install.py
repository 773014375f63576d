"""`motcua install`: the first contents of an installation: map, agencies of a province, two officers."""

from __future__ import annotations

import click

from motcua.cli.waking import wake


@click.command()
@click.option("--province", required=True, metavar="UNIT", help="Code of the province's unit, e.g. 19.")
@click.option("--code", required=True, metavar="CODE", help="The province's national identifier, e.g. H55.")
@click.option("--place", default="", help="Address of the province's committee.")
@click.option("--staff-officer", required=True, metavar="CODE=NAME", help="Who keeps the staff.")
@click.option("--staff-approver", required=True, metavar="CODE=NAME", help="The second person, who agrees.")
@click.option("--decision", required=True, help="By which decision these two are appointed.")
def install(
    province: str, code: str, place: str, staff_officer: str, staff_approver: str, decision: str
) -> None:
    """Units old and new, the calendar, posts, ministries, and a province with its departments and communes.

    Two officers begin: one keeps the staff on the pages below /can-bo/, the other agrees to what gives power. Their
    codes for the first sign-in are printed once. Safe to repeat: what stands is left as it is.
    """
    wake()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.organisations import installing

    first, second = _person(staff_officer, "--staff-officer"), _person(staff_approver, "--staff-approver")
    with acting(SYSTEM):
        committee = installing.province(province, code, place=place)
        click.echo(f"{committee.name} ({committee.code}): {installing.how_many(committee)} agencies")
    from motcua.core.identity import officers

    with acting(SYSTEM):
        for (name_code, name), post in ((first, "staff_officer"), (second, "staff_approver")):
            officer, fresh = installing.first_officer(committee, name_code, name, post, decision)
            if not fresh:
                click.echo(f"{officer.name} ({officer.code}): {post}, as before")
                continue
            _, paper = officers.open_for(SYSTEM, officer, agency_id=committee.pk)
            click.echo(
                f"{officer.name} ({officer.code}): {post}. Code for the first sign-in, shown once: {paper}"
            )
    click.echo("Next: sign in at /dang-nhap/lan-dau/, then add officers at /can-bo/.")


def _person(said: str, option: str) -> tuple[str, str]:
    code, separator, name = said.partition("=")
    if not separator or not code.strip() or not name.strip():
        raise click.BadParameter(
            f"{said!r}: CODE=NAME is expected, as nv.001='Nông Thị Hoa'.", param_hint=option
        )
    return code.strip(), name.strip()
