"""`motcua authority`: what the certification authorities hold, and the ceremonies of the root."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from cryptography import x509

from motcua.cli.waking import wake

FILE = click.Path(path_type=Path)
THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
BY = click.option(
    "--by", "keepers", multiple=True, help="Who holds the ceremony; twice, for it takes two persons."
)
FIRST = click.option(
    "--passphrase",
    prompt="Passphrase of the root, first half",
    hide_input=True,
    help="Asked for when absent.",
)
SECOND = click.option(
    "--second",
    prompt="Second half, typed by the other keeper (Enter for none)",
    hide_input=True,
    default="",
    show_default=False,
    help="Asked for when absent.",
)


@click.group()
def authority() -> None:
    """The certification authorities of this installation."""


@authority.command()
def show() -> int:
    """The authorities, until when they last, where the root's key is, and what waits for it."""
    wake()
    from motcua.core.documents import revocation, succession, trust
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    house = trust.house()
    with acting(SYSTEM):
        for name, root in house.roots.items():
            if name in house.withdrawn:
                click.echo(
                    f"{name:<11} WITHDRAWN: not believed from {house.withdrawn[name].since:%d/%m/%Y %H:%M} on"
                )
                continue
            online = trust.key_of(name) in house.keys.key_ids()
            where = "on this machine: take it offline" if online else "offline"
            click.echo(f"{name:<11} until {root.not_valid_after_utc:%d/%m/%Y}  key {where}")
            click.echo(f"            its list holds until {revocation.root_list_ends(name):%d/%m/%Y}")
        gone = {one.name: one.at for one in house.revoked()}
        for name, one in house.authorities.items():
            revoked = f"  revoked {gone[name]:%d/%m/%Y}" if name in gone else ""
            click.echo(f"{name:<11} until {one.certificate.not_valid_after_utc:%d/%m/%Y}{revoked}")
        for duty in succession.duties():
            click.echo(f"by {duty.by:%d/%m/%Y}: {duty.words.en}")
    return 0


@authority.command()
@click.argument("name")
@click.option("--reason", required=True, help="What happened, in a sentence.")
@click.option(
    "--code",
    type=click.Choice(["ca_compromise", "superseded", "cessation_of_operation", "unspecified"]),
    default="ca_compromise",
    show_default=True,
)
@click.option("--since", default="", help="When the key was lost, as 2026-11-21T14:30+07:00; default: now.")
@BY
@click.option("--yes", is_flag=True, help="Do not ask whether to do it.")
def revoke(name: str, reason: str, code: str, since: str, keepers: tuple[str, ...], yes: bool) -> int:
    """Revoke the authority NAME, or withdraw the root of that name: nothing that it certified since is believed.

    For when the page cannot be used; there two persons do the same.
    """
    wake()
    from motcua.core.documents import disowning, reissuing, trust
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    two = " & ".join(_two(keepers))
    at = _moment(since)
    if not yes and not click.confirm(f"Revoke {name}? It cannot be undone."):
        return 1
    with acting(SYSTEM):
        asked = disowning.ask(SYSTEM, name, code, f"{reason} ({two})", at)
        disowning.approve(SYSTEM, asked.pk)
        lacking = len(reissuing.bereft())
        house = trust.house()
    click.echo(f"{name} is revoked, by {two}.")
    if not house.standing_roots:
        click.echo(f"No root is left: `motcua authority order FILE` asks for {house.root_name}.")
    click.echo(f"{lacking} certificates are lacking: `motcua authority anew`.")
    return 0


@authority.command()
@click.option("--issue", is_flag=True, help="Issue all that were asked for; takes two persons.")
@BY
def anew(issue: bool, keepers: tuple[str, ...]) -> int:
    """Who lost a certificate with its authority and still lacks one; with --issue those asked for are issued."""
    wake()
    from motcua.core.documents import reissuing
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        if issue:
            _issue_anew(" & ".join(_two(keepers)))
        rows = reissuing.bereft()
    for row in rows:
        click.echo(
            f"{row.lack:<8} {row.key.subject} ({row.key.purpose}, {row.key.store}, {int(row.key.serial):x})"
        )
    click.echo(f"{len(rows)} certificates are lacking.")
    return 1 if rows else 0


def _issue_anew(two: str) -> None:
    """Batch after batch, until nothing more can be issued."""
    from dataclasses import replace

    from motcua.core.documents import reissuing
    from motcua.core.ledger.actor import SYSTEM

    actor, told = replace(SYSTEM, label=f"{SYSTEM.label}: {two}"), None
    while told is None or (told.issued and told.left):
        told = reissuing.issue_anew(actor)
        click.echo(f"{told.issued} issued, {told.left} wait.")
    for asked, wrong in told.failed:
        click.echo(f"NOT ISSUED  {asked.subject}: {wrong}", err=True)


@authority.command("take-root-offline")
@click.argument("file", type=FILE)
@click.password_option(
    "--passphrase", prompt="Passphrase that seals the root, first half", help="Asked for when absent."
)
@click.option(
    "--second",
    prompt="Second half, typed by the other keeper (Enter for none)",
    hide_input=True,
    confirmation_prompt=True,
    default="",
    show_default=False,
    help="Asked for when absent.",
)
def take_root_offline(file: Path, passphrase: str, second: str) -> int:
    """Write the root's key, sealed, to FILE (a removable medium), read it back, and remove it from this machine."""
    wake()
    from motcua.core.documents import ceremony
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        ceremony.take_offline(file, ceremony.kept_by_two(passphrase, second))
    click.echo(
        f"The root's key is in {file} only. Keep two copies in two places, "
        "and each half of the passphrase with another person."
    )
    return 0


@authority.command("renew-root")
@click.argument("file", type=THERE)
@FIRST
@SECOND
@BY
def renew_root(file: Path, passphrase: str, second: str, keepers: tuple[str, ...]) -> int:
    """With the sealed key in FILE, on this machine: all that is due, the root's list and its responder. For a key that
    never meets a network use `order`, `answer` and `accept`."""
    wake()
    from motcua.core.documents import ceremony, revocation
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        opened = ceremony.renew(file, ceremony.kept_by_two(passphrase, second), keepers)
        click.echo(f"The root's list holds until {revocation.root_list_ends():%d/%m/%Y}.")
    if opened:
        click.echo(f"Certified: {', '.join(opened)}.")
    return 0


@authority.command()
@click.argument("file", type=FILE)
@click.option("--root", default="", help="Which root; default: the one in force.")
@click.option("--no-next", is_flag=True, help="Leave the founding of the next root out.")
def order(file: Path, root: str, no_next: bool) -> int:
    """Write what the root has to do to FILE; nothing in it is secret."""
    wake()
    from motcua.core.documents import succession
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        asked = succession.order(root, found_next=not no_next)
    file.write_bytes(asked.to_json())
    for sentence in asked.sentences():
        click.echo(sentence)
    click.echo(f"{file}: carry it, with {asked.root}'s certificate, to the machine that holds the root.")
    return 0


@authority.command()
@click.argument("order_file", metavar="ORDER", type=THERE)
@click.argument("answer_file", metavar="ANSWER", type=FILE)
@click.option(
    "--certificate", type=THERE, help="The root's certificate (PEM); none where the order founds the root."
)
@click.option(
    "--key", required=True, type=FILE, help="The root's sealed key; where to seal it when it is founded."
)
@click.option("--next-key", type=FILE, help="Where the next root's key is sealed, when the order founds one.")
@FIRST
@SECOND
@BY
@click.option("--yes", is_flag=True, help="Do not ask whether to sign.")
def answer(
    order_file: Path,
    answer_file: Path,
    certificate: Path | None,
    key: Path,
    next_key: Path | None,
    passphrase: str,
    second: str,
    keepers: tuple[str, ...],
    yes: bool,
) -> int:
    """On the root's own machine: read ORDER, sign it, write ANSWER. Needs neither database nor network.

    The next root's key is sealed by the same two halves.
    """
    wake()
    from motcua.core.documents import ceremony
    from motcua.engines.pki.ceremonies import CeremonyError, Order, certificate_in, fingerprint_of

    try:
        asked = Order.from_json(order_file.read_bytes())
        roots = x509.load_pem_x509_certificates(certificate.read_bytes()) if certificate else []
    except (CeremonyError, ValueError) as wrong:
        return _refuse(wrong)
    own = next((one for one in roots if fingerprint_of(one) == asked.fingerprint), None)
    if own is None and not asked.title:
        return _refuse(
            f"--certificate: {certificate or 'none given'} is not the root that the order is for "
            f"({asked.fingerprint[:16]}…)"
        )
    for sentence in asked.sentences():
        click.echo(sentence)
    if not yes and not click.confirm("Sign this?"):
        return 1
    secret = ceremony.kept_by_two(passphrase, second)
    told = ceremony.answer_to(
        asked,
        own,
        (key, secret),
        by=keepers,
        now=dt.datetime.now(dt.UTC),
        next_sealed=(next_key, secret) if next_key else None,
    )
    answer_file.write_bytes(told.to_json())
    click.echo(f"{answer_file}: carry it back and take it in with `motcua authority accept`.")
    if told.certificate:
        click.echo(f"The root's key is sealed in {key}. Write down its fingerprint, each of you:")
        click.echo(_grouped(fingerprint_of(certificate_in(told.certificate))))
    return 0


@authority.command()
@click.argument("file", type=THERE)
@click.option(
    "--fingerprint", default="", help="Of a root that the ceremony founded, from the paper of its keepers."
)
def accept(file: Path, fingerprint: str) -> int:
    """Take in the root's answer in FILE; only what the root signed is believed."""
    wake()
    from motcua.core.documents import reissuing, succession
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.engines.pki.ceremonies import Answer, CeremonyError

    try:
        told = Answer.from_json(file.read_bytes())
    except CeremonyError as wrong:
        return _refuse(wrong)
    with acting(SYSTEM):
        fresh = succession.accept(SYSTEM, told, fingerprint)
        asked = reissuing.ask_anew()
    click.echo(f"Taken in: {', '.join(['the list', *fresh])}.")
    if asked:
        click.echo(
            f"{asked} certificates are asked for anew: a second person approves them (`motcua authority anew`)."
        )
    return 0


def _two(keepers: tuple[str, ...]) -> list[str]:
    names = list(dict.fromkeys(one.strip() for one in keepers if one.strip()))
    if len(names) < 2:
        raise click.UsageError("it takes two persons: --by NAME --by NAME")
    return names


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--since {text!r}: give it as 2026-11-21T14:30+07:00") from None
    if found.tzinfo is None:
        raise click.UsageError(f"--since {text!r} lacks its zone: 2026-11-21T14:30+07:00")
    return found


def _grouped(fingerprint: str) -> str:
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _refuse(wrong: object) -> int:
    click.echo(f"Error: {wrong}", err=True)
    return 1
