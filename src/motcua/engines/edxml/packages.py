"""The older form of a message: a SOAP envelope, its files beside it as parts of a MIME package (RFC 2387, SOAP with
Attachments). It is read and brought to today's form; it is never written.

Parts are split at the boundary and not looked into any deeper, in one pass over the bytes.
"""

from __future__ import annotations

import binascii
import quopri
import re
from base64 import b64decode
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from motcua.engines.edxml.findings import EdxmlError, Finding

MOST_PARTS = 200
_LONGEST_HEADER = 16_384
_STARTS = re.compile(rb"\s*(?:--[^\r\n-]|mime-version\s*:|content-type\s*:|message-id\s*:)", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A file that came beside the envelope."""

    content_id: str
    """As the manifest names it: with `cid:` before it."""
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Package:
    envelope: bytes
    files: tuple[Part, ...]


def is_package(document: bytes) -> bool:
    """Whether it begins as a MIME package does, and not as XML."""
    return _STARTS.match(document[:200]) is not None


def open_package(document: bytes) -> Package:
    """The envelope and the files beside it. Raises EdxmlError for what is no package with an envelope in it."""
    headers, body = _headed(document) if not document.lstrip().startswith(b"--") else (Message(), document)
    boundary = headers.get_boundary() or _first_line(body)
    pieces = re.split(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(?=--|[ \t]*\r?\n)", body
    )
    parts = [_part(piece) for piece in pieces[1:] if not piece.startswith(b"--")]
    if len(parts) > MOST_PARTS:
        raise _refused(f"more than {MOST_PARTS} parts")
    start = f"cid:{_bare(str(headers.get_param('start', '') or ''))}"
    envelope = next((each for each in parts if each.content_id == start), None) or next(
        (each for each in parts if "xml" in each.media_type), None
    )
    if envelope is None:
        raise _refused("none of its parts is XML")
    return Package(envelope.content, tuple(each for each in parts if each is not envelope))


def _headed(piece: bytes) -> tuple[Message, bytes]:
    """The headers before the first empty line, and what follows it."""
    piece = piece.lstrip(b"\r\n")
    blank = _BLANK_LINE.search(piece, 0, _LONGEST_HEADER)
    if blank is None:
        raise _refused("a part without an empty line after its headers")
    return BytesHeaderParser().parsebytes(piece[: blank.start()]), piece[blank.end() :]


def _first_line(body: bytes) -> str:
    line = body.lstrip()[:200].splitlines()[:1]
    if not line or not line[0].startswith(b"--") or not line[0][2:].strip():
        raise _refused("no boundary")
    return line[0][2:].strip().decode("latin-1")


def _part(piece: bytes) -> Part:
    headers, content = _headed(piece)
    kind = str(headers.get("Content-Transfer-Encoding", "binary")).strip().lower()
    if kind == "base64":
        try:
            content = b64decode(b"".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise _refused("a part is not the base64 that it says it is") from None
    elif kind == "quoted-printable":
        content = quopri.decodestring(content)
    elif kind not in ("binary", "8bit", "7bit"):
        raise _refused(f"a part in the unknown encoding {kind[:30]!r}")
    content_id = _bare(str(headers.get("Content-ID", "") or headers.get("Content-Location", "")))
    name = headers.get_filename() or str(headers.get_param("name", "") or "")
    return Part(f"cid:{_legible(content_id)}", _legible(name)[:200], headers.get_content_type(), content)


def _bare(content_id: str) -> str:
    return content_id.strip().strip("<>").removeprefix("cid:")


def _legible(text: str) -> str:
    """Without characters that no name has, and that could not be written again."""
    return "".join(each for each in text if each.isprintable())


def _refused(detail: str) -> EdxmlError:
    return EdxmlError([Finding("package", "", 0, (("detail", detail),))])
