"""`motcua verify FILE…`: is this genuine? Needs no network, no database and no running installation."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from motcua.config import home
from motcua.core.documents.checking import LARGEST, Finding, Form, TrustBundle, Verdict, check_all
from motcua.core.documents.checking.bundle import BundleError
from motcua.core.errors import Text
from motcua.engines import text

ALTERED_OR_FALSE = 1
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The zone of the pages (settings.TIME_ZONE); this command runs without settings."""
WORDS = {
    Verdict.VALID: ("HỢP LỆ", "VALID"),
    Verdict.NOT_OURS: ("HỢP LỆ", "VALID"),
    Verdict.UNPROVEN: ("CHƯA CHỨNG MINH ĐƯỢC", "NOT PROVEN"),
    Verdict.UNKNOWN: ("KHÔNG KIỂM TRA ĐƯỢC", "CANNOT BE CHECKED"),
}
FALSE = ("KHÔNG HỢP LỆ", "NOT VALID")
NO_REGISTER = Text(
    "Chưa biết kết quả có bị thu hồi hay thay thế không: mở mã QR trên văn bản khi có mạng.",
    "Whether the result was withdrawn or replaced is not known offline: follow its QR code when there is a network.",
)
NO_LISTS = Text(
    "Bộ tin cậy không có danh sách thu hồi nào còn hiệu lực: tình trạng hiện nay của chứng thư chưa rõ.",
    "The trust bundle holds no revocation list in force: how the certificates stand today is not known.",
)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--trust",
    type=click.Path(exists=True, path_type=Path),
    help="Trust bundle: a folder or ZIP with root.pem, newer *.crl, lists/; default: this installation's own.",
)
@click.option(
    "--key", help="Public key of the log (base64), for proofs and exports; default: the one in the bundle."
)
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole report (JSON) here."
)
def verify(
    files: tuple[Path, ...],
    trust: Path | None,
    key: str | None,
    lang: str,
    as_json: bool,
    report: Path | None,
) -> None:
    """Check anything signed: PDF, XML, ASiC, a .p7s with its file, proofs and exports of the public log.

    Exit 0 when every file is genuine, 1 when one is not, 2 when the trust bundle lacks something.
    """
    place = trust or home.home() / "trust"
    try:
        bundle = TrustBundle.read(place)
    except BundleError as lacking:
        raise click.UsageError(str(lacking)) from lacking
    if key is not None:
        bundle = replace(bundle, log_key=key)
    now = dt.datetime.now(dt.UTC).astimezone(ZONE)
    given = [(str(file), _content(file)) for file in files]
    found = [_offline(one, bundle, now) for one in check_all(given, bundle, now=now)]
    if report is not None:
        whole = {
            "checked_at": now.isoformat(timespec="seconds"),
            "files": [one.to_json(lang) for one in found],
        }
        report.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    for one in found:
        click.echo(json.dumps(one.to_json(lang), ensure_ascii=False)) if as_json else _show(one, lang)
    sys.exit(0 if all(one.verdict.holds for one in found) else ALTERED_OR_FALSE)


def _content(file: Path) -> bytes:
    """What is beyond the limit is not even read: one byte more shows that it is there."""
    with file.open("rb") as stream:
        return stream.read(LARGEST + 1)


def _offline(found: Finding, bundle: TrustBundle, now: dt.datetime) -> Finding:
    """With what could not be known here."""
    missing = []
    if found.verdict.holds and found.form is Form.PDF and any(one.ours for one in found.signatures):
        missing.append(NO_REGISTER)
    if found.signatures and not _has_fresh_list(bundle, now):
        missing.append(NO_LISTS)
    missing += [
        Text(f"Danh sách tin cậy không dùng được: {fault}", f"A trust list cannot be used: {fault}")
        for fault in bundle.listed.faults
    ]
    return replace(found, not_known=(*found.not_known, *missing))


def _has_fresh_list(bundle: TrustBundle, now: dt.datetime) -> bool:
    from cryptography import x509

    for each in bundle.crls:
        try:
            end = x509.load_der_x509_crl(each).next_update_utc
        except ValueError:
            continue
        if end is not None and end > now:
            return True
    return False


def _moment(at: dt.datetime | None) -> str:
    """`10:15 13/11/2026`, as the pages say a moment."""
    if at is None:
        return ""
    at = at.astimezone(ZONE)
    return f"{at:%H:%M} {text.date(at.date())}"


def _show(found: Finding, lang: str) -> None:
    console = Console(highlight=False, markup=False)
    at = 1 if lang == "en" else 0
    console.print(f"{found.name}: {WORDS.get(found.verdict, FALSE)[at]}", style="bold")
    console.print(f"  {found.sentence(lang)}")
    for one in found.signatures:
        who = ", ".join(part for part in (one.signer, one.position, one.organisation) if part)
        word = WORDS[Verdict.VALID] if one.valid else FALSE
        level = f"{one.form} {one.level}".strip()
        console.print(f"  {word[at]}: {who} · {_moment(one.at)} · {level} · {one.today.text(lang)}")
    if found.partly:
        console.print(
            f"  {'Only signed' if at else 'Chỉ phần được ký'}: {', '.join(part.name for part in found.parts)}"
        )
    remarks: list[Any] = [*found.reasons, *found.warnings, *found.not_known]
    for remark in dict.fromkeys(remarks):
        if remark != found.message:
            console.print(f"  {remark.text(lang)}")
