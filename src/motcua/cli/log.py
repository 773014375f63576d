"""`motcua log`: the transparency log, from inside (export, keys, witnesses) and from outside (verify, witness)."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from motcua.engines.merkle import verifier, witness

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
API = "v1/"
WAIT_SECONDS = 20
CONTINUES = "They continue what was seen before."


@click.group()
def log() -> None:
    """The public log: check it, witness it, export it."""


@log.command()
@click.argument("file", type=FILE)
@click.option("--key", help="The log's public key (base64), or a file with it; default: the oldest one told.")
@click.option("--head", type=FILE, help="A signed head known from elsewhere, or a witness's state file.")
def verify(file: Path, key: str | None, head: Path | None) -> None:
    """Check an export (JSON lines) or a proof (JSON). Exit 1 when it was edited, cut or reordered."""
    known = _head_of(_json(head)) if head else None
    trusted = Path(key).read_text(encoding="ascii").strip() if key and Path(key).is_file() else key
    try:
        with file.open(encoding="utf-8") as lines:
            if file.read_text(encoding="utf-8")[:200].lstrip().startswith('{"format"'):
                sth = verifier.check_export(lines, key=trusted, known=known)
                click.echo(f"{file}: {sth['tree_size']} entries, as signed by key {sth['key_id']}.")
                return
        found = verifier.check_proof(_json(file), key=trusted)
    except verifier.Fault as fault:
        raise click.ClickException(f"{file}: {fault}.") from None
    seen = ", ".join(found["witnesses"]) or "no witness yet"
    click.echo(f"{file}: entry {found['index']} of {found['size']}; seen by: {seen}.")


@log.command("witness")
@click.argument("url")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--name", default="", help="What the witness is called; default: the name of its state file.")
@click.option("--key", default="", help="The log's public key (base64) as its keeper published it.")
@click.option(
    "--every", type=click.FloatRange(min=1), help="Look again after so many seconds, until stopped."
)
@click.option(
    "--accept-restore",
    is_flag=True,
    help="Follow a log that lost entries, if it announced that as one of its entries; the lost head is kept.",
)
def be_witness(
    url: str, state: Path, name: str, key: str, every: float | None, *, accept_restore: bool
) -> None:
    """Look at the log at URL, check that it continues what --state remembers, cosign it and tell it so.

    Exit 1 when it does not: both heads are then kept beside the state as evidence, and the log is shown its own.
    """
    if accept_restore and every is not None:
        raise click.UsageError(
            "A restore is accepted once, by somebody who reads it: --accept-restore goes without --every."
        )
    while True:
        _look(url.rstrip("/") + "/", state, name or state.stem, key, accept_restore=accept_restore)
        if every is None:
            return
        time.sleep(every)


@log.command()
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.option("--url", help="The log, to ask for the proof that one head continues the other.")
def compare(first: Path, second: Path, url: str | None) -> None:
    """Lay the state files of two witnesses side by side. Exit 1 when they were shown different logs."""
    states = [_json(first), _json(second)]
    heads = [state["last"] for state in states]
    if None in heads:
        raise click.UsageError("One of the witnesses has not seen a head yet.")
    sizes = sorted(head["tree_size"] for head in heads)
    path = None
    if url and sizes[0] not in {0, sizes[1]}:
        told = _fetch(url.rstrip("/") + "/", f"get-sth-consistency?first={sizes[0]}&second={sizes[1]}")
        path = [base64.b64decode(step) for step in told["path"]]
    try:
        verdict = verifier.compare(heads[0], heads[1], states[0]["keys"] | states[1]["keys"], path)
    except verifier.Fault as fault:
        raise click.ClickException(f"{fault}. The evidence is the heads in {first} and {second}.") from None
    click.echo(f"The heads of {sizes[0]} and {sizes[1]} entries are {verdict}.")


@log.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the whole public log of this installation into FILE, one entry a line, closed by its signed head."""
    _django()
    from motcua.systems.transparency import exporting

    count = exporting.write(file)
    click.echo(f"{file}: {count} entries.")


@log.command("rotate-key")
@click.option("--overlap-days", type=click.IntRange(min=1), default=30, show_default=True)
def rotate_key(overlap_days: int) -> None:
    """Let a new key sign the heads; the present one endorses it and signs beside it for the overlap."""
    import datetime as dt

    _django()
    from motcua.core.ledger import tree_keys

    key = tree_keys.rotate(dt.timedelta(days=overlap_days))
    click.echo(f"Key {key.key_id} signs from now on, endorsed by {key.endorsed_by}.\n{key.public_key}")


@log.command()
@click.argument("name")
@click.argument("public_key")
@click.option("--address", default="", help="Where people find out who this witness is.")
def admit(name: str, public_key: str, address: str) -> None:
    """Admit a witness: PUBLIC_KEY (base64) as it printed it when it first ran."""
    _django()
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.models import Witness
    from motcua.core.ledger.scope import acting

    try:
        key_id = verifier.key_id_of(public_key)
    except ValueError:
        raise click.UsageError("PUBLIC_KEY is not base64.") from None
    with acting(SYSTEM):
        Witness.objects.update_or_create(
            name=name, defaults={"key_id": key_id, "public_key": public_key, "address": address}
        )
    click.echo(f"{name} is admitted under key {key_id}.")


@log.command()
@click.argument("statement")
def resume(statement: str) -> None:
    """Let a halted log go on. STATEMENT says what happened; it becomes a public entry with the evidence."""
    _django()
    from motcua.core.ledger import heads
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.models import LogName
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        heads.resume(LogName.RESULTS, statement)
    click.echo("The log goes on. Witnesses that saw what was lost will say so until their keepers accept it.")


def _look(url: str, state: Path, name: str, anchor: str, *, accept_restore: bool) -> None:
    kept = _json(state) if state.exists() else {"last": None, "keys": {}, "anchor": anchor}
    memory = witness.Memory(kept["last"], kept["keys"], kept["anchor"], kept.get("given_up", []))
    key = _own_key(state.with_suffix(".key.pem"))
    try:
        seen = witness.look(
            memory, lambda wanted: _fetch(url, wanted), int(time.time() * 1000), accept_restore=accept_restore
        )
    except witness.Broken as broken:
        evidence = state.with_suffix(".evidence.json")
        evidence.write_text(
            json.dumps({"fault": str(broken), "heads": broken.evidence}, indent=1), encoding="utf-8"
        )
        for sth in broken.evidence:
            _tell(url, "report-head", {"sth": sth})
        raise click.ClickException(f"{broken}. Evidence: {evidence}.") from None
    except verifier.Fault as fault:
        raise click.ClickException(f"{fault}.") from None
    if seen is None:
        click.echo("The log is empty; there is nothing to cosign yet.")
        return
    spare = state.with_suffix(f".{os.getpid()}")
    spare.write_text(json.dumps(asdict(memory), indent=1), encoding="utf-8")
    spare.replace(state)
    answer = _tell(url, "add-cosignature", {"sth": seen.sth, "cosignature": witness.cosign(seen, key, name)})
    stale = " It is more than an hour old: is the log held back?" if seen.stale else ""
    found = f"A restore is accepted, announced as: {seen.announced}" if seen.announced else CONTINUES
    click.echo(f"{seen.sth['tree_size']} entries. {found}{stale} {answer}")
    click.echo(f"Key of this witness: {witness.public_key_of(key)}")


def _own_key(file: Path) -> ec.EllipticCurvePrivateKey:
    if not file.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        file.touch(mode=0o600)
        file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise click.ClickException(f"{file} does not hold the key of a witness.")
    return key


def _fetch(url: str, wanted: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(_address(url, wanted), timeout=WAIT_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, TimeoutError, ValueError) as wrong:
        raise click.ClickException(f"{url}{API}{wanted} does not answer as a log does: {wrong}.") from None


def _tell(url: str, what: str, said: dict[str, Any]) -> str:
    request = urllib.request.Request(
        _address(url, what),
        json.dumps(said).encode(),
        {"Content-Type": "application/json", "Accept-Language": "en"},
    )
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS):
            return "The log has taken note."
    except urllib.error.HTTPError as refused:
        return f"The log did not take it: {json.load(refused).get('title', refused.reason)}"
    except (urllib.error.URLError, TimeoutError, ValueError) as wrong:
        return f"The log could not be told: {wrong}."


def _address(url: str, wanted: str) -> str:
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise click.UsageError(f"{url} is not the address of a log: it begins with http:// or https://.")
    return url + API + wanted


def _head_of(said: dict[str, Any]) -> dict[str, Any]:
    """A head as such, in an answer of the log, or in a witness's state."""
    found: dict[str, Any] = said.get("last") or said.get("sth") or said
    return found


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise click.ClickException(f"{file} cannot be read: {wrong}.") from None


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    from motcua.config import postgres

    if postgres.is_embedded():
        postgres.ensure_running()
    import django

    django.setup()
