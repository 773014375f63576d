"""`motcua trust documents`: by which authorities the chips of passports and identity cards are believed.

They are kept in `documents/<COUNTRY>/` of the trust folder, where the site reads them (`core/identity/card_trust.py`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core.documents.checking.bundle import fingerprint
from motcua.core.documents.checking.keeping import Lists
from motcua.engines.identity_documents import read_master_list
from motcua.engines.pki.reading import read_certificate, read_list


@click.command()
@click.argument("country")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fingerprint",
    "said",
    help="SHA-256 of the certificate, or of a master list's file, as its owner told it.",
)
@click.option(
    "--letters", help="Of a master list take the authorities whose names have this country, such as FR."
)
@click.pass_obj
def documents(lists: Lists, country: str, file: Path, said: str | None, letters: str | None) -> int:
    """Believe papers of COUNTRY (as in their zones: VNM, FRA, D) by FILE: an authority's certificate, its list of
    revoked signers, or a master list (ICAO 9303-12)."""
    if not (country.isascii() and country.isalpha() and country.isupper() and len(country) in (1, 3)):
        raise click.UsageError("COUNTRY is the code of machine-readable zones in capitals: VNM, FRA, D")
    content = file.read_bytes()
    try:
        if letters:
            return _keep_all(lists, country, content, said, letters.upper())
        revoked = _read_list(content)
        if revoked is not None:
            return _keep(
                lists, country, revoked.issuer.public_bytes(), revoked.public_bytes(Encoding.DER), "crl"
            )
        return _keep_one(lists, country, _read_certificate(content), said)
    except ValueError as wrong:
        click.echo(f"Error: {file}: {wrong}", err=True)
        return 1


def _keep_one(lists: Lists, country: str, certificate: x509.Certificate, said: str | None) -> int:
    own = fingerprint(certificate)
    if _bare(said) != own:
        raise ValueError(
            f"the fingerprint of this certificate is {own}; give it with --fingerprint if it was told so"
        )
    der = certificate.public_bytes(Encoding.DER)
    return _keep(lists, country, der, der, "cer")


def _keep_all(lists: Lists, country: str, content: bytes, said: str | None, letters: str) -> int:
    own = hashlib.sha256(content).hexdigest()
    if _bare(said) != own:
        raise ValueError(f"the SHA-256 of this file is {own}; give it with --fingerprint if it was told so")
    found = read_master_list(content)
    if letters not in found:
        raise ValueError(f"it has no authority of {letters}; it has: {', '.join(sorted(found))}")
    for one in found[letters]:
        der = one.public_bytes(Encoding.DER)
        _keep(lists, country, der, der, "cer")
    return 0


def _keep(lists: Lists, country: str, whose: bytes, content: bytes, ending: str) -> int:
    """A former list of the same issuer is replaced; a certificate is kept once."""
    folder = lists.folder.parent / "documents" / country
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(whose).hexdigest()[:16]}.{ending}"
    spare = file.with_suffix(".new")
    spare.write_bytes(content)
    spare.replace(file)
    click.echo(f"{country}: kept as {file.name}.")
    return 0


def _read_list(content: bytes) -> x509.CertificateRevocationList | None:
    try:
        return read_list(content)
    except ValueError:
        return None


def _read_certificate(content: bytes) -> x509.Certificate:
    try:
        return read_certificate(content)
    except ValueError as wrong:
        raise ValueError(
            "neither a certificate nor a revocation list; a master list needs --letters"
        ) from wrong


def _bare(said: str | None) -> str:
    return (said or "").replace(":", "").replace(" ", "").lower()
