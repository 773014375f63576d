"""Attachments: a file in a ZIP archive of one entry, in base64; opened within bounds."""

from __future__ import annotations

import binascii
import io
import struct
import zipfile
import zlib
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass

from motcua.engines.edxml.findings import EdxmlError, Finding
from motcua.engines.edxml.model import Attachment

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP = b"PK\x03\x04"
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What zipfile answers damaged archives with; a wrong offset is a ValueError, for instance."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an attachment may be at most, in bytes, once unpacked."""

    size: int = 50 << 20
    ratio: int = 400
    """unpacked to packed; real documents stay below 100"""


def pack(name: str, content: bytes, *, content_id: str, description: str = "") -> Attachment:
    """An attachment that holds `content` under `name`. Equal input gives equal text."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, _FIXED_DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content)
    return Attachment(
        content_id=content_id,
        name=name,
        description=description or name,
        content_type="application/zip",
        encoded=b64encode(box.getvalue()).decode(),
    )


def unpack(attachment: Attachment, bounds: Bounds | None = None) -> bytes:
    """The file. Raises EdxmlError for what is no base64, no sound archive of one entry, or unpacks too far."""
    limits = bounds or Bounds()
    packed = _decoded(attachment)
    if not packed.startswith(_ZIP):
        return packed
    return _inflate(packed, attachment, limits)


def is_zipped(attachment: Attachment) -> bool:
    return attachment.encoded.startswith("UEsDB") or attachment.encoded.lstrip().startswith("UEsDB")


def _decoded(attachment: Attachment) -> bytes:
    """The bytes of the base64, which we write in one piece and others in lines."""
    with suppress(binascii.Error, ValueError):
        return b64decode(attachment.encoded, validate=True)
    with suppress(binascii.Error, ValueError):
        return b64decode("".join(attachment.encoded.split()), validate=True)
    raise _refused("attachment_base64", attachment)


def _inflate(packed: bytes, attachment: Attachment, limits: Bounds) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if len(entries) != 1:
                raise _refused("attachment_zip", attachment, why=f"{len(entries)} entries, not 1")
            _refuse_tricks(entries[0], attachment)
            most = min(limits.size, max(len(packed) * limits.ratio, 1 << 16))
            if entries[0].file_size > most:
                raise _bomb(attachment, limits)
            with archive.open(entries[0]) as file:
                content = file.read(most + 1)
    except EdxmlError:
        raise
    except _DAMAGED as error:
        raise _refused("attachment_zip", attachment, why=str(error) or "damaged") from None
    if len(content) > most:
        raise _bomb(attachment, limits)
    return content


def _refuse_tricks(entry: zipfile.ZipInfo, attachment: Attachment) -> None:
    name = entry.filename.replace("\\", "/")
    if entry.flag_bits & 1:
        raise _refused("attachment_zip", attachment, why="locked by a password")
    if entry.is_dir() or name.startswith("/") or ".." in name.split("/") or ":" in name[:3]:
        raise _refused("attachment_zip", attachment, why=f"the entry's name {name[:80]!r} leads elsewhere")


def _bomb(attachment: Attachment, limits: Bounds) -> EdxmlError:
    return _refused("attachment_bomb", attachment, limit=limits.size >> 20)


def _refused(code: str, attachment: Attachment, **values: object) -> EdxmlError:
    named = {"detail": attachment.name or attachment.content_id, **values}
    return EdxmlError([Finding(code, "AttachmentEncoded/Attachment", 0, tuple(named.items()))])
