"""The one entry: anything signed that a person holds, alone or several files at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from motcua.core.documents.checking import readers
from motcua.core.documents.checking.bundle import TrustBundle
from motcua.core.documents.checking.findings import Finding, Form, Verdict
from motcua.core.documents.checking.forms import form_of
from motcua.core.errors import Text

LARGEST = 25 * 2**20
"""Bytes of one file."""
TAKES = Text(
    "Kiểm tra được: PDF đã ký, XML đã ký, gói ASiC-E và ASiC-S, chữ ký rời .p7s cùng tệp gốc, văn bản "
    "ký kèm .p7m, bằng chứng và bản sao của nhật ký công khai. Ảnh chụp, bản quét và tệp nén thì không.",
    "What can be checked: signed PDF, signed XML, ASiC-E and ASiC-S containers, a .p7s signature with its "
    "file, a .p7m message, proofs and exports of the public log. Photos, scans and archives cannot.",
)
TOO_LARGE = Text("Tệp lớn hơn 25 MB nên không được đọc.", "The file is larger than 25 MB and was not read.")
EMPTY = Text("Tệp rỗng.", "The file is empty.")
_log = logging.getLogger(__name__)


def check(
    content: bytes,
    bundle: TrustBundle,
    *,
    now: dt.datetime,
    name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Finding:
    """Whether a file is genuine, by what it bears and what the bundle knows. `files` are those that came beside it, by
    name: a detached signature may be over one of them. `now` has its zone. Never raises for bad input."""
    form = form_of(content)
    try:
        found = _checked(content, form, files or {}, bundle.as_at(now), now)
    except Exception:  # the parsers meet bytes made by anyone; whatever they stumble over proves nothing
        _log.info("a file that cannot be read", exc_info=True)
        found = Finding(
            Verdict.UNKNOWN, Text("Tệp này không đọc được.", "This file cannot be read."), form=form
        )
    return replace(found, name=name, digest=hashlib.sha256(content).hexdigest(), size=len(content))


def check_all(given: Sequence[tuple[str, bytes]], bundle: TrustBundle, *, now: dt.datetime) -> list[Finding]:
    """Several files at once, each with the others beside it. A file that only a detached signature speaks for is told
    there, not as a file of its own that nobody signed."""
    found = []
    for place, (name, content) in enumerate(given):
        files = {other: one for at, (other, one) in enumerate(given) if at != place}
        found.append(check(content, bundle, now=now, name=name, files=files))
    spoken_for = {
        part.name
        for one in found
        if one.form in (Form.DETACHED, Form.XML) and one.verdict.holds
        for part in one.parts
    }
    return [
        one
        for one in found
        if one.signatures or one.verdict is not Verdict.UNKNOWN or one.name not in spoken_for
    ]


def _checked(
    content: bytes, form: Form, files: Mapping[str, bytes], bundle: TrustBundle, now: dt.datetime
) -> Finding:
    if not content or len(content) > LARGEST:
        return Finding(Verdict.UNKNOWN, TOO_LARGE if content else EMPTY)
    match form:
        case Form.PDF:
            return readers.check_pdf(content, bundle, now)
        case Form.XML:
            return readers.check_xml(content, files, bundle, now)
        case Form.CONTAINER:
            return readers.check_container(content, bundle, now)
        case Form.DETACHED:
            return readers.check_message(content, files, bundle, now)
        case Form.LOG_PROOF | Form.LOG_EXPORT:
            return readers.check_log(content, form, bundle)
        case Form.CREDENTIAL:
            return readers.check_credential(content)
    return Finding(Verdict.UNKNOWN, TAKES, reasons=(TAKES,))
