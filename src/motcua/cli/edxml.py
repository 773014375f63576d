"""motcua edxml: official documents as the document axis carries them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from motcua.cli.edxml_axis import axis
from motcua.engines import edxml as engine

GOOD, FAULT = 0, 1
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("edxml", help="Official documents and status messages of the document axis.")
def edxml() -> None:
    """The group `motcua edxml`."""


edxml.add_command(axis)


@edxml.command("read")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the message as JSON, as `write` takes it.")
@click.option(
    "--files", type=click.Path(file_okay=False, path_type=Path), help="Unpack the attachments into a folder."
)
def read_file(file: Path, as_json: bool, files: Path | None) -> int:
    """Say what FILE holds; what is odd about it goes to the error stream."""
    try:
        reading = engine.read(file.read_bytes())
        if files is not None and isinstance(reading.message, engine.Document):
            _unpack(reading.message, files)
    except engine.EdxmlError as error:
        return _refuse(error, as_json)
    for finding in reading.findings:
        click.echo(finding.line_of_text("en"), err=True)
    if as_json:
        click.echo(json.dumps(engine.as_json(reading.message), ensure_ascii=False))
    else:
        _describe(reading.message)
    return GOOD


@edxml.command("write")
@click.argument("source", type=_FILE)
@click.option(
    "--out", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Where to; else standard output."
)
@click.option("--attach", type=_FILE, multiple=True, help="Put this file into the document.")
def write_file(source: Path, out: Path | None, attach: tuple[Path, ...]) -> int:
    """Write the message in SOURCE, JSON as `read --json` gives it, by the standard."""
    try:
        message = engine.from_json(json.loads(source.read_text(encoding="utf-8")))
        if attach:
            message = _with_files(message, attach)
        content = engine.write(message)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{source}, line {error.lineno}: this is not JSON: {error.msg}") from error
    except engine.EdxmlError as error:
        return _refuse(error, False)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
    return GOOD


@edxml.command("check")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each file, a line each.")
def check_files(files: tuple[Path, ...], as_json: bool) -> int:
    """Judge FILES: exit 0 when all are good, 1 when one has a fault. Warnings are told, and are no faults."""
    return max([_check(file, as_json) for file in files])


def _check(file: Path, as_json: bool) -> int:
    try:
        judged = engine.judge(file.read_bytes())
    except engine.EdxmlError as error:
        return _refuse(error, as_json, file)
    if as_json:
        verdict = {
            "file": file.name,
            "valid": judged.is_good,
            "kind": "status" if isinstance(judged.message, engine.Status) else "document",
            "signature": judged.signature.state,
            "signer": judged.signature.signer,
            "findings": [_as_row(each) for each in judged.findings],
        }
        click.echo(json.dumps(verdict, ensure_ascii=False))
    else:
        for finding in judged.findings:
            click.echo(f"{'warning' if finding.is_warning else 'fault'}: {finding.line_of_text('en')}")
        click.echo(
            f"{file.name}: {'good' if judged.is_good else 'has faults'}; signature {judged.signature.state}"
        )
    return GOOD if judged.is_good else FAULT


def _as_row(finding: engine.Finding) -> dict[str, Any]:
    return {
        "weight": "warning" if finding.is_warning else "fault",
        "code": finding.code,
        "line": finding.line,
        "path": finding.path,
        "what": finding.text("en"),
        "mend": finding.mend("en"),
        "axis": finding.axis,
    }


def _refuse(error: engine.EdxmlError, as_json: bool, file: Path | None = None) -> int:
    if as_json:
        rows = [_as_row(each) for each in error.findings]
        click.echo(
            json.dumps(
                {"file": file.name if file else "", "valid": False, "findings": rows}, ensure_ascii=False
            )
        )
    else:
        for finding in error.findings:
            click.echo(f"fault: {finding.line_of_text('en')}", err=True)
    return FAULT


def _describe(message: engine.Message) -> None:
    header = message.header
    rows = [("from", f"{header.sender.name} ({header.sender.organ_id})")]
    if isinstance(message, engine.Status):
        about = message.header.response_for
        rows += [
            ("status", f"{message.header.code} {message.header.description}"),
            ("about", about.document_id or about.code),
            ("at", message.header.at),
        ]
    else:
        rows += [("to", f"{each.name} ({each.organ_id})") for each in message.header.receivers]
        rows += [
            ("id", message.header.document_id),
            ("number", str(message.header.code)),
            ("day", message.header.promulgation.day),
            ("type", message.header.document_type.name),
            ("subject", message.header.subject),
            ("business", message.trace.business.type or "0"),
        ]
        rows += [("file", each.name) for each in message.attachments]
    for name, value in rows:
        click.echo(f"{name:<9}{value}")


def _unpack(message: engine.Document, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for at, attachment in enumerate(message.attachments, 1):
        name = Path(attachment.name.replace("\\", "/")).name or f"tep-{at}"
        (folder / f"{at:02}-{name.lstrip('.')}").write_bytes(engine.unpack(attachment))


def _with_files(message: engine.Message, files: tuple[Path, ...]) -> engine.Message:
    if isinstance(message, engine.Status):
        raise click.UsageError("a status message carries no files")
    from dataclasses import replace

    packed = tuple(
        engine.pack(file.name, file.read_bytes(), content_id=f"cid:{at}")
        for at, file in enumerate(files, len(message.attachments) + 1)
    )
    return replace(message, attachments=(*message.attachments, *packed), manifest=())
