"""Reading ZIP files made by anyone, and writing the strict kind that containers want."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

MIMETYPE = "mimetype"
ASIC_E = "application/vnd.etsi.asic-e+zip"
ASIC_S = "application/vnd.etsi.asic-s+zip"

_ENCRYPTED = 0x1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER = 30


class ContainerError(ValueError):
    """A file that is no container, or one that could harm its reader; the message says why."""


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """What a container may be at most."""

    entries: int = 1000
    size: int = 128 << 20
    """bytes of the ZIP, and of all its contents together"""
    ratio: int = 200
    """how many times larger than packed an entry may be, beyond the first 64 kB"""


def read_zip(data: bytes, limits: ZipLimits | None = None) -> dict[str, bytes]:
    """The files of a ZIP by their names, in their order. Folders are left out.

    Refused: encryption, names that are absolute, leave the container or occur twice (also but for case),
    links, too many or too large entries, entries that overlap, and anything before the first entry.
    Raises ContainerError.
    """
    bounds = limits or ZipLimits()
    if len(data) > bounds.size:
        raise ContainerError(f"the container has {len(data)} bytes, more than the {bounds.size} read here")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, bounds)
            return {each.filename: _read(archive, each) for each in entries if not each.is_dir()}
    except ContainerError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise ContainerError(f"this is not a readable ZIP: {error}") from error


def write_zip(mimetype: str, files: Mapping[str, bytes]) -> bytes:
    """A container: `mimetype` first and stored (EN 319 162-1 annex A.1), so that tools know it by its first
    bytes. Equal contents give equal bytes."""
    output = BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(MIMETYPE, _EPOCH), mimetype.encode(), zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return output.getvalue()


def is_proper_mimetype(data: bytes) -> bool:
    """Whether the container names its kind in its first, stored entry."""
    return (
        data[:4] == b"PK\x03\x04"
        and data[8:10] == b"\x00\x00"
        and data[_LOCAL_HEADER:].startswith(b"mimetype")
    )


def _check(entries: list[zipfile.ZipInfo], bounds: ZipLimits) -> None:
    if len(entries) > bounds.entries:
        raise ContainerError(
            f"the container has {len(entries)} entries, more than the {bounds.entries} read here"
        )
    if sum(each.file_size for each in entries) > bounds.size:
        raise ContainerError(f"unpacked, the container would exceed {bounds.size} bytes")
    seen = set[str]()
    for each in entries:
        name = each.filename
        if each.flag_bits & _ENCRYPTED:
            raise ContainerError(f"{name} is encrypted: a container is read by everyone")
        parts = name.rstrip("/").split("/")
        if (
            name.startswith("/")
            or "\\" in name
            or ":" in parts[0]
            or any(part in ("", ".", "..") for part in parts)
        ):
            raise ContainerError(f"the name {name!r} leads out of the container")
        if stat.S_ISLNK(each.external_attr >> 16):
            raise ContainerError(f"{name} is a link")
        if name.casefold() in seen:
            raise ContainerError(f"{name} is there twice: readers would disagree which one is meant")
        seen.add(name.casefold())
        if each.file_size > max(1 << 16, each.compress_size * bounds.ratio):
            raise ContainerError(f"{name} unpacks to more than {bounds.ratio} times its size")
    _check_places(entries)


def _check_places(entries: list[zipfile.ZipInfo]) -> None:
    end = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if each.header_offset < end or (end == 0 and each.header_offset != 0):
            raise ContainerError(
                f"{each.filename} overlaps another entry, or something lies before the first"
            )
        end = each.header_offset + _LOCAL_HEADER + len(each.filename.encode()) + each.compress_size


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The directory may lie about sizes: no more is read than it says."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise ContainerError(f"{entry.filename} has another size than the directory says")
    return content
