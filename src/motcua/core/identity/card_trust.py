"""Whose identity documents this installation believes: the authorities in `$MOTCUA_HOME/trust/documents/`.

A folder for each country, named by its alpha-3 code as in machine-readable zones (VNM, FRA, D), holds the certificates
of its signing authorities and their revocation lists, PEM or DER. Nothing is shipped: who runs the installation puts
there what the owners published.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from motcua.core.identity.card_readers import reader
from motcua.engines.identity_documents import Authorities, CardTrust, joined
from motcua.engines.pki.reading import read_certificate, read_list

CERTIFICATES, LISTS = (".pem", ".cer", ".crt", ".der"), (".crl",)
Seen = tuple[tuple[str, int], ...]


def folder() -> Path:
    return Path(settings.MOTCUA_HOME) / "trust" / "documents"


def trust() -> CardTrust:
    """Authorities of the folder, as it is now; in a sandbox those of its reader too."""
    kept = _of_folder(str(folder()), _seen(folder()))
    own = reader() if settings.MOTCUA_SANDBOX else None
    return joined([kept, own.vouched_for()]) if own else kept


def _seen(place: Path) -> Seen:
    """What lies there, so that a change is noticed."""
    if not place.is_dir():
        return ()
    return tuple(sorted((str(one), one.stat().st_mtime_ns) for one in place.glob("*/*") if one.is_file()))


@lru_cache(maxsize=4)
def _of_folder(place: str, seen: Seen) -> CardTrust:
    found: dict[str, Authorities] = {}
    for country in sorted({Path(name).parent.name for name, _ in seen}):
        files = [Path(name) for name, _ in seen if Path(name).parent.name == country]
        certificates = tuple(_certificate(one) for one in files if one.suffix.lower() in CERTIFICATES)
        lists = tuple(_list(one) for one in files if one.suffix.lower() in LISTS)
        found[country] = Authorities(certificates, lists)
    return CardTrust(found)


def _certificate(file: Path) -> x509.Certificate:
    """Raises ValueError naming the file when it holds none."""
    try:
        return read_certificate(file.read_bytes())
    except ValueError as wrong:
        raise ValueError(f"{file} is no certificate: {wrong}") from wrong


def _list(file: Path) -> bytes:
    try:
        return read_list(file.read_bytes()).public_bytes(Encoding.DER)
    except ValueError as wrong:
        raise ValueError(f"{file} is no revocation list: {wrong}") from wrong
