"""How the roots lie in the trust folder: those that stand in one file, each withdrawn one in its notice."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core.documents.checking.withdrawn import PREFIX, SIGNATURE, SUFFIX, WithdrawnRoot, read_withdrawn
from motcua.core.documents.key_room import write_whole
from motcua.core.documents.naming import FIRST_ROOT, next_name

STANDING = "root.pem"
"""Empty between the withdrawal of the last root and the founding of the next."""


def read_notices(folder: Path) -> dict[str, WithdrawnRoot]:
    """Roots that are believed no longer, by their names."""
    files = {file.name: file.read_bytes() for file in folder.glob(f"{PREFIX}*{SUFFIX}")}
    return {one.name: one for one in read_withdrawn(files)}


def read_roots(folder: Path, withdrawn: dict[str, WithdrawnRoot]) -> dict[str, x509.Certificate]:
    """All roots there ever were by their names, the oldest first."""
    former = {name: one.certificate for name, one in withdrawn.items()}
    standing = [one for one in _kept(folder) if one not in former.values()]
    named: dict[str, x509.Certificate] = {}
    while (name := next_name(FIRST_ROOT, named)) in former or standing:
        named[name] = former[name] if name in former else standing.pop(0)
    return named


def add_root(folder: Path, certificate: x509.Certificate) -> None:
    """Trust a root beside those that stand."""
    _keep(folder, [*(one for one in _kept(folder) if one != certificate), certificate])


def withdraw_root(folder: Path, notice: WithdrawnRoot) -> None:
    """Trust a root no longer: its notice first, so that a stop between leaves it untrusted."""
    write_whole(notice_of(folder, notice.name), notice.to_json())
    _keep(folder, [one for one in _kept(folder) if one != notice.certificate])


def notice_of(folder: Path, root: str) -> Path:
    """The notice about a withdrawn root."""
    return folder / f"{PREFIX}{root}{SUFFIX}"


def signature_of(folder: Path, root: str) -> Path:
    """The signature over it (CMS, detached), there once another root has made it."""
    return folder / f"{PREFIX}{root}{SIGNATURE}"


def _kept(folder: Path) -> list[x509.Certificate]:
    encoded = (folder / STANDING).read_bytes()
    return x509.load_pem_x509_certificates(encoded) if encoded.strip() else []


def _keep(folder: Path, roots: list[x509.Certificate]) -> None:
    write_whole(folder / STANDING, b"".join(one.public_bytes(Encoding.PEM) for one in roots))
