"""A pack as files: from a folder, a zip or a mapping, always the same texts and the same digest."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from motcua.core.services.pack.faults import Fault, PackError

Files = dict[str, str]
"""Path (with “/”) → text."""

SUFFIXES = frozenset({".yaml", ".json", ".bpmn", ".dmn", ".typ", ".md"})
MANIFEST = "MANIFEST.json"
SIGNATURE = "SIGNATURE.json"
_SIGNED = b"motcua-pack/1\0"
"""Stands before the manifest in what is signed, so that the key signs nothing else by accident."""
MAX_FILES = 300
MAX_BYTES = 4_000_000
_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_files(where: Path | bytes | Mapping[str, str]) -> Files:
    """The files of a pack from a folder, a zip (path or bytes) or a mapping. Raises PackError."""
    if isinstance(where, Mapping):
        return _checked({name: text.encode() for name, text in where.items()})
    if isinstance(where, bytes):
        return _checked(_unzipped(where, "zip"))
    if where.is_dir():
        return _checked(_in_folder(where))
    if where.is_file():
        return _checked(_unzipped(where.read_bytes(), where.name))
    raise PackError([_fault(str(where), "Không có thư mục hay tệp này.", "There is no such folder or file.")])


def digest(files: Mapping[str, str]) -> str:
    """SHA-256 (hex) over names and texts in order: equal packs have equal digests, wherever they came from."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name].encode()):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def manifest(files: Mapping[str, str], code: str) -> dict[str, object]:
    """What the zip says of itself: its digest and that of each file."""
    return {
        "format": "motcua-pack/1",
        "code": code,
        "digest": digest(files),
        "files": {name: hashlib.sha256(files[name].encode()).hexdigest() for name in sorted(files)},
    }


@dataclass(frozen=True, slots=True)
class Seal:
    """An installation's Ed25519 key, as packs are signed with it."""

    key_id: str
    public_key: bytes
    sign: Callable[[bytes], bytes]


def zipped(files: Mapping[str, str], code: str, seal: Seal | None = None) -> bytes:
    """The pack as one zip, byte for byte the same each time; with a seal, its manifest is signed."""
    out = io.BytesIO()
    members = dict(sorted(files.items()))
    members[MANIFEST] = json.dumps(manifest(files, code), ensure_ascii=False, indent=1) + "\n"
    if seal is not None:
        members[SIGNATURE] = _signature(members[MANIFEST].encode(), seal)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def signer_of(where: Path | str | bytes | Mapping[str, str]) -> str | None:
    """The id of the key that signed a zip; None when nobody did, or it is no zip.

    Raises PackError when the signature is wrong.
    """
    if isinstance(where, Mapping) or (isinstance(where, Path | str) and not Path(where).is_file()):
        return None
    data = where if isinstance(where, bytes) else Path(where).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if SIGNATURE not in names or MANIFEST not in names:
            return None
        return _verified(archive.read(SIGNATURE), archive.read(MANIFEST))


def _signature(manifest_bytes: bytes, seal: Seal) -> str:
    told = {
        "algorithm": "ed25519",
        "key_id": seal.key_id,
        "public_key": base64.b64encode(seal.public_key).decode(),
        "signature": base64.b64encode(seal.sign(_SIGNED + manifest_bytes)).decode(),
    }
    return json.dumps(told, indent=1) + "\n"


def _verified(signature: bytes, manifest_bytes: bytes) -> str:
    """The key's id, once its signature over the manifest was found right."""
    try:
        told = json.loads(signature)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))
        key.verify(base64.b64decode(told["signature"]), _SIGNED + manifest_bytes)
        return str(told["key_id"])
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise PackError(
            [
                _fault(
                    SIGNATURE,
                    "Chữ ký của gói không đúng: gói đã bị sửa sau khi ký. Hãy xin lại gói từ nơi xuất.",
                    "The signature of the pack is wrong: it was changed after signing. Ask for the pack again.",
                )
            ]
        ) from None


def dropped(where: Path) -> list[str]:
    """Files of a folder that are no part of a pack, and so are not taken along."""
    if not where.is_dir():
        return []
    return sorted(
        str(file.relative_to(where).as_posix())
        for file in where.rglob("*")
        if file.is_file() and not _belongs(file.relative_to(where).as_posix())
    )


def _in_folder(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if not file.is_file() or not _belongs(name):
            continue
        if file.is_symlink():
            raise PackError([_fault(name, "Gói không nhận liên kết.", "A pack takes no symbolic links.")])
        found[name] = file.read_bytes()
    return found


def _belongs(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in SUFFIXES and not any(part.startswith((".", "__")) for part in path.parts)


def _unzipped(data: bytes, name: str) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise PackError([_fault(name, "Không phải tệp zip.", "This is no zip file.")]) from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise PackError([_too_large(name)])
        try:
            raw = {entry.filename: archive.read(entry) for entry in entries}
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
            raise PackError(
                [_fault(name, "Tệp zip bị hỏng hoặc có mật khẩu.", "The zip is damaged or locked.")]
            ) from None
    root = _common_root(raw)
    files = {entry.removeprefix(root): content for entry, content in raw.items()}
    said = files.pop(MANIFEST, None)
    signature = files.pop(SIGNATURE, None)
    if signature is not None:
        _verified(signature, said or b"")
    if said is not None:
        _compare(name, said, files)
    return files


def _common_root(names: Mapping[str, bytes]) -> str:
    """A zip made of a folder has the folder's name before each entry."""
    if "service.yaml" in names:
        return ""
    first = {name.split("/", 1)[0] for name in names}
    return f"{first.pop()}/" if len(first) == 1 else ""


def _compare(name: str, said: bytes, files: Mapping[str, bytes]) -> None:
    try:
        expected = dict(json.loads(said)["files"])
    except (ValueError, KeyError, TypeError):
        raise PackError(
            [_fault(MANIFEST, "Không đọc được bản kê.", "The manifest cannot be read.")]
        ) from None
    actual = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    for path in sorted(expected.keys() | actual.keys()):
        if expected.get(path) != actual.get(path):
            raise PackError(
                [
                    _fault(
                        path,
                        f"Tệp không khớp bản kê của {name}: gói đã bị sửa sau khi xuất. Hãy xuất lại từ nguồn.",
                        f"The file does not match the manifest of {name}: the pack was changed after export. "
                        "Export it again.",
                    )
                ]
            )


def _checked(raw: Mapping[str, bytes]) -> Files:
    if len(raw) > MAX_FILES or sum(map(len, raw.values())) > MAX_BYTES:
        raise PackError([_too_large("pack")])
    files: Files = {}
    for name, content in raw.items():
        if not all(_NAME.match(part) for part in name.split("/")):
            raise PackError(
                [
                    _fault(
                        name[:80],
                        "Tên tệp chỉ gồm chữ không dấu, số, chấm, gạch; không có “..”.",
                        "File names are made of plain letters, digits, dots and dashes, without “..”.",
                    )
                ]
            )
        if PurePosixPath(name).suffix not in SUFFIXES:
            continue
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise PackError(
                [_fault(name, "Tệp không phải UTF-8; hãy lưu lại.", "The file is not UTF-8; save it so.")]
            ) from None
        files[name] = text.replace("\r\n", "\n")
    if "service.yaml" not in files:
        raise PackError([_fault("service.yaml", "Gói thiếu service.yaml.", "The pack has no service.yaml.")])
    return dict(sorted(files.items()))


def _too_large(name: str) -> Fault:
    return _fault(
        name,
        f"Gói quá lớn: nhiều nhất {MAX_FILES} tệp, {MAX_BYTES // 1_000_000} MB.",
        f"The pack is too large: at most {MAX_FILES} files and {MAX_BYTES // 1_000_000} MB.",
    )


def _fault(file: str, vi: str, en: str) -> Fault:
    return Fault(file, 0, "", vi, en)
