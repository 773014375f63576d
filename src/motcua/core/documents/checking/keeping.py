"""Writing the trust lists of an installation: `lists/added.yaml` of the trust folder, signed lists beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core.documents.checking.bundle import fingerprint, names_without_certificate
from motcua.core.documents.checking.findings import Holder
from motcua.core.documents.checking.listed import ADDED, read_table
from motcua.engines.pki.reading import read_list
from motcua.engines.trust_lists import TrustList, TrustListError, read_etsi_list

_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""At which no list is out of date: what is kept counts though it has ended."""


class Lists:
    """The folder `lists` of a trust folder."""

    def __init__(self, trust: Path) -> None:
        self.folder = trust / "lists"

    def entries(self) -> dict[str, list[dict[str, Any]]]:
        file = self.folder / ADDED
        return read_table(file.read_bytes() if file.exists() else b"")

    def add(self, service: str, certificate: x509.Certificate, said: str, holders: Holder | None) -> str:
        """Trust an authority's certificate for a service of the shipped list. `said` is the fingerprint (SHA-256) that
        the operator of the authority told by another way. Returns it. Raises TrustListError."""
        known = names_without_certificate()
        if service not in known:
            raise TrustListError(f"there is no service {service!r}; the list has: {', '.join(known)}")
        own = fingerprint(certificate)
        if said.replace(":", "").replace(" ", "").lower() != own:
            raise TrustListError(
                f"the fingerprint of this certificate is {own}, not the one that was told: it is another certificate"
            )
        if not _is_authority(certificate):
            raise TrustListError(
                "this is not the certificate of an authority: its signers' are never added singly"
            )
        table = self.entries()
        if all(fingerprint(_load(entry)) != own for entry in table["certificates"]):
            pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
            entry = {"service": service, "pem": pem, "added": dt.datetime.now(dt.UTC).date().isoformat()}
            table["certificates"].append(entry | ({"holders": holders.name.lower()} if holders else {}))
            self._write(table)
        return own

    def remove(self, said: str) -> str:
        """Trust a certificate, or a signed list by its file name, no longer. Raises TrustListError."""
        wanted, table = said.replace(":", "").replace(" ", "").lower(), self.entries()
        certificates = [
            one for one in table["certificates"] if not fingerprint(_load(one)).startswith(wanted)
        ]
        lists = [one for one in table["lists"] if one["file"] != said]
        gone = len(table["certificates"]) - len(certificates) + len(table["lists"]) - len(lists)
        if gone != 1 or not wanted:
            raise TrustListError(
                f"{gone} entries begin with {said!r}: give the fingerprint, or the list's file name, as `list` shows it"
            )
        self._write({"certificates": certificates, "lists": lists})
        return wanted

    def follow(
        self,
        content: bytes,
        name: str,
        source: str,
        signers: Sequence[x509.Certificate],
        *,
        now: dt.datetime | None = None,
    ) -> int:
        """Rely on a signed list (ETSI TS 119 612) from now on, if its signature holds, it is in force, and not older
        than the one of that name that it replaces. Returns its services. Raises TrustListError, and then nothing has
        changed."""
        now = now or dt.datetime.now(dt.UTC)
        found = read_etsi_list(content, signers, now=now)
        table, file = self.entries(), f"{name}.xml"
        self._check_newer(found, file, signers)
        table["lists"] = [one for one in table["lists"] if one["file"] != file]
        pems = [one.public_bytes(Encoding.PEM).decode("ascii") for one in signers]
        table["lists"].append({"file": file, "source": source, "signers": pems})
        self.folder.mkdir(parents=True, exist_ok=True)
        spare = self.folder / f"{file}.new"
        spare.write_bytes(content)
        spare.replace(self.folder / file)
        self._write(table)
        return len(found.services)

    def _check_newer(self, found: TrustList, file: str, signers: Sequence[x509.Certificate]) -> None:
        """An old list that still holds may be played back to hide what a newer one withdrew."""
        try:
            kept = read_etsi_list((self.folder / file).read_bytes(), signers, now=_LONG_AGO)
        except (OSError, TrustListError):
            return
        if kept.issued and (found.issued is None or found.issued < kept.issued):
            raise TrustListError(
                f"this list was issued before the one that is kept ({kept.issued:%d/%m/%Y %H:%M}): an older one is not "
                "taken; if its operator went back indeed, remove the list and follow it again"
            )

    def keep_revocations(self, content: bytes) -> Path:
        """Keep the list of an authority's revoked certificates (DER or PEM); its own former one is replaced. Raises
        TrustListError."""
        try:
            listed = read_list(content)
        except ValueError as error:
            raise TrustListError(f"this is no revocation list: {error}") from error
        from hashlib import sha256

        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{sha256(listed.issuer.public_bytes()).hexdigest()[:16]}.crl"
        file.write_bytes(listed.public_bytes(Encoding.DER))
        return file

    def _write(self, table: dict[str, list[dict[str, Any]]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        spare = self.folder / f"{ADDED}.new"
        spare.write_text(yaml.safe_dump(table, allow_unicode=True, sort_keys=False), encoding="utf-8")
        spare.replace(self.folder / ADDED)


def _load(entry: dict[str, Any]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(str(entry["pem"]).encode())


def _is_authority(certificate: x509.Certificate) -> bool:
    """An issuing authority, or a time-stamping one, which is listed by its own certificate."""
    try:
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return True
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return False
    return purposes == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]
