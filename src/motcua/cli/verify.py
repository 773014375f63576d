"""`motcua verify FILE…`: is this document genuine? Needs no network, no database and no running installation."""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console

from motcua.config import home
from motcua.engines import merkle, pades, text

ALTERED_OR_FALSE = 1
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The zone of the pages (settings.TIME_ZONE); this command runs without settings."""


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--trust",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with root.pem (and newer *.crl); default: this installation's own.",
)
@click.option(
    "--key", help="Public key of the log (base64), for a proof file; default: the one in the trust folder."
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def verify(files: tuple[Path, ...], trust: Path | None, key: str | None, lang: str, as_json: bool) -> None:
    """Check signed PDFs, and proofs of the public log (JSON): verdict and reasons.

    Exit 0 when every file is genuine, 1 when one is not, 2 when the trust folder lacks something.
    """
    folder = trust or home.home() / "trust"
    reports = []
    for file in files:
        content = file.read_bytes()
        report = (
            _proof(content, key or _log_key(folder))
            if content.lstrip().startswith(b"{")
            else _document(content, folder, lang)
        )
        reports.append({"file": str(file), **report})
    for report in reports:
        click.echo(json.dumps(report, ensure_ascii=False)) if as_json else _show(report, lang)
    sys.exit(0 if all(report["valid"] for report in reports) else ALTERED_OR_FALSE)


def _document(content: bytes, folder: Path, lang: str) -> dict[str, Any]:
    root = folder / "root.pem"
    if not root.exists():
        raise click.UsageError(
            f"{root} is missing: name a folder that holds the root certificate with --trust, "
            "or download it from the verification page of whoever issued the document."
        )
    issuers = [x509.load_pem_x509_certificate(file.read_bytes()) for file in folder.glob("issuer*.pem")]
    verdict = pades.verify(
        content,
        [x509.load_pem_x509_certificate(root.read_bytes())],
        now=dt.datetime.now(dt.UTC),
        certificates=issuers,
        crls=[file.read_bytes() for file in sorted(folder.glob("*.crl"))],
    )
    reasons = dict.fromkeys([*verdict.reasons, *(r for s in verdict.signatures for r in s.reasons)])
    return {
        "valid": verdict.valid,
        "signatures": [
            {
                "signer": one.signer,
                "position": one.position,
                "organisation": one.organisation,
                "at": one.at.isoformat() if one.at else None,
                "level": str(one.level),
                "valid": one.valid,
            }
            for one in verdict.signatures
        ],
        "reasons": [reason.text(lang) for reason in reasons],
    }


def _proof(content: bytes, key: str | None) -> dict[str, Any]:
    """A proof as the verification page gives it: the leaf stands in the tree, and the log's key signed its head."""
    try:
        proof = json.loads(content)
        head = proof["head"]
        path = [base64.b64decode(step) for step in proof["path"]]
        root = base64.b64decode(proof["root"])
        stands = merkle.verify_inclusion(
            base64.b64decode(proof["leaf_hash"]), proof["index"], proof["size"], path, root
        )
        same = head["root"] == proof["root"] and head["size"] == proof["size"]
    except (ValueError, KeyError, TypeError) as wrong:
        return {"valid": False, "signatures": [], "reasons": [f"not a proof of the public log: {wrong!r}"]}
    signed = _head_is_signed(head, key)
    reasons = []
    if not stands or not same:
        reasons.append("The entry does not stand in the tree of this head.")
    if not signed:
        reasons.append(
            "The head is not signed by the log's key." if key else "No key of the log is known: use --key."
        )
    return {"valid": stands and same and signed, "signatures": [], "reasons": reasons}


def _head_is_signed(head: dict[str, Any], key: str | None) -> bool:
    if not key:
        return False
    facts = {name: head[name] for name in ("at", "log", "previous", "root", "size")}
    signed = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(
            base64.b64decode(head["signature"]), signed
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _log_key(folder: Path) -> str | None:
    file = folder / "log.pub"
    return file.read_text(encoding="ascii").strip() if file.exists() else None


def _moment(iso: str | None) -> str:
    """`10:15 13/11/2026`, as the pages say a moment."""
    if iso is None:
        return ""
    at = dt.datetime.fromisoformat(iso).astimezone(ZONE)
    return f"{at:%H:%M} {text.date(at.date())}"


def _show(report: dict[str, Any], lang: str) -> None:
    console = Console(highlight=False)
    words = {"vi": ("HỢP LỆ", "KHÔNG HỢP LỆ"), "en": ("VALID", "NOT VALID")}[lang]
    console.print(f"{report['file']}: [bold]{words[0] if report['valid'] else words[1]}[/bold]")
    for one in report["signatures"]:
        who = ", ".join(part for part in (one["signer"], one["position"], one["organisation"]) if part)
        verdict = words[0] if one["valid"] else words[1]
        console.print(f"  {verdict}: {who} · {_moment(one['at'])} · PAdES {one['level']}")
    for reason in report["reasons"]:
        console.print(f"  {reason}")
