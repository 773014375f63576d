"""`motcua trust`: whom this installation trusts besides its own authority. Needs no database."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click
from cryptography import x509

from motcua.cli.trust_documents import documents
from motcua.config import home
from motcua.core.documents.checking import Holder, TrustBundle, following
from motcua.core.documents.checking.bundle import BundleError, fingerprint
from motcua.core.documents.checking.following import fetch
from motcua.core.documents.checking.keeping import Lists
from motcua.engines.pki.reading import read_certificate
from motcua.engines.trust_lists import TrustListError, shipped_trust_list

HOLDERS = click.Choice([one.name.lower() for one in Holder])


@click.group()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Trust folder; default: this installation's own.",
)
@click.pass_context
def trust(context: click.Context, folder: Path | None) -> None:
    """Trust lists: authorities of the state, public ones, signed lists of others."""
    context.obj = Lists(folder or home.home() / "trust")


trust.add_command(documents)


@trust.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object: certificates, lists, missing.")
@click.pass_obj
def show(lists: Lists, as_json: bool) -> None:
    """The certificates and lists that are trusted, and the services that still lack a certificate."""
    table = lists.entries()
    rows = [
        {
            "service": one["service"],
            "subject": (own := x509.load_pem_x509_certificate(one["pem"].encode())).subject.rfc4514_string(),
            "fingerprint": fingerprint(own),
            "until": own.not_valid_after_utc.date().isoformat(),
            "holders": one.get("holders", ""),
        }
        for one in table["certificates"]
    ]
    named = {one["service"] for one in rows}
    missing = [service.name for service in shipped_trust_list().services if service.name not in named]
    faults: tuple[str, ...] = ()
    with suppress(BundleError):  # a folder without our own root still has its lists
        faults = TrustBundle.read(lists.folder.parent).listed.faults
    followed = [{"file": f"{one.name}.xml"} | asdict(one) for one in following.states(lists)]
    if as_json:
        told = {"certificates": rows, "lists": followed, "missing": missing, "faults": list(faults)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['fingerprint'][:16]}  {row['service']}: {row['subject']}, until {row['until']}")
    for one in followed:
        checked = f", good on {str(one['good_at'])[:10]}" if one["good_at"] else ", not refreshed yet"
        click.echo(f"{one['file']}  from {one['source']}{checked}")
        if one["fault"]:
            click.echo(f"  NOT RENEWED  {one['fault']}")
    for name in missing:
        click.echo(f"(no certificate)  {name}")
    for fault in faults:
        click.echo(f"NOT USED  {fault}")


@trust.command()
@click.argument("service")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fingerprint", "said", required=True, help="SHA-256, as the authority told it by another way."
)
@click.option("--holders", type=HOLDERS, help="Of what kind those are to whom it issues certificates.")
@click.pass_obj
def add(lists: Lists, service: str, file: Path, said: str, holders: str | None) -> int:
    """Trust the authority's certificate in FILE for SERVICE, a name of `motcua trust list`."""
    try:
        own = lists.add(service, _certificate(file), said, Holder[holders.upper()] if holders else None)
    except TrustListError as wrong:
        return _refuse(wrong)
    click.echo(f"{own[:16]} is trusted for {service}.")
    return 0


@trust.command()
@click.argument("entry")
@click.pass_obj
def remove(lists: Lists, entry: str) -> int:
    """Trust ENTRY, a fingerprint or its beginning, or a list's file name, no longer."""
    try:
        lists.remove(entry)
    except TrustListError as wrong:
        return _refuse(wrong)
    click.echo(f"{entry} is trusted no longer.")
    return 0


@trust.command()
@click.argument("name")
@click.argument("source")
@click.option(
    "--signer",
    "signers",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificate of who signs the list; again for each.",
)
@click.pass_obj
def follow(lists: Lists, name: str, source: str, signers: tuple[Path, ...]) -> int:
    """Rely on the signed list (ETSI TS 119 612) at SOURCE, a file or an https address, under NAME."""
    if not name.replace("-", "").isalnum():
        raise click.UsageError("NAME has letters, digits and dashes only")
    try:
        services = lists.follow(fetch(source), name, source, [_certificate(one) for one in signers])
    except TrustListError as wrong:
        return _refuse(wrong)
    click.echo(f"{name}: {services} services.")
    return 0


@trust.command()
@click.pass_obj
def refresh(lists: Lists) -> int:
    """Fetch every signed list anew. One that does not hold, or is older, is told, and the former one stays."""
    outcome = 0
    for one in following.refresh(lists, dt.datetime.now(dt.UTC)):
        if one.fault:
            outcome = _refuse(one.fault)
        else:
            click.echo(f"{one.name}: {one.services} services, until {one.until[:10] or 'further notice'}.")
    return outcome


@trust.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_obj
def crl(lists: Lists, files: tuple[Path, ...]) -> int:
    """Keep revocation lists of the authorities that are trusted, so that their signers can be judged."""
    try:
        for file in files:
            click.echo(f"{file} is kept as {lists.keep_revocations(file.read_bytes()).name}.")
    except TrustListError as wrong:
        return _refuse(wrong)
    return 0


def _certificate(file: Path) -> x509.Certificate:
    try:
        return read_certificate(file.read_bytes())
    except ValueError as wrong:
        raise TrustListError(f"{file} is no certificate: {wrong}") from wrong


def _refuse(wrong: object) -> int:
    click.echo(f"Error: {wrong}", err=True)
    return 1
