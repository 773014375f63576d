"""Whom a check trusts and what it knows: this installation's authority, trust lists, revocation lists, the log's key.

A bundle is a folder (`trust/` of the home) or the same as a ZIP, as the verification page gives it out.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motcua.core.documents.checking.findings import Holder
from motcua.core.documents.checking.listed import ADDED, Listed, read_listed
from motcua.core.documents.checking.withdrawn import (
    PREFIX,
    SIGNATURE,
    SUFFIX,
    Stood,
    WithdrawnRoot,
    read_withdrawn,
)
from motcua.engines.asice.zips import ContainerError, ZipLimits, read_zip
from motcua.engines.pki import der_of
from motcua.engines.trust_lists import (
    ChainError,
    Evidence,
    ServiceKind,
    TrustService,
    shipped_trust_list,
    standing,
)
from motcua.engines.trust_lists.lists import issued_by

_LIMITS = ZipLimits(entries=2000, size=64 << 20)


class BundleError(ValueError):
    """A trust bundle cannot be used; the message says what is missing and where to get it."""


@dataclass(frozen=True)
class TrustBundle:
    """Fits where the engines ask for `Trust`."""

    roots: tuple[x509.Certificate, ...]
    """This installation's own."""
    intermediates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    listed: Listed = field(default_factory=Listed)
    ocsps: tuple[bytes, ...] = ()
    """Answers about authorities of ours that were revoked: they come before the offline root's next list."""
    log_key: str = ""
    """Base64 of the log's public key (SubjectPublicKeyInfo, P-256); empty when it is not known."""
    head_key: str = ""
    """Base64 of the key that signs heads besides (Ed25519, raw)."""
    withdrawn: tuple[WithdrawnRoot, ...] = ()
    """Roots that were this installation's own and are believed no longer."""
    moment: dt.datetime | None = None
    """When it is used: see `as_at`."""

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], where: str) -> TrustBundle:
        """From the files of a bundle by their names. Raises BundleError."""
        if "root.pem" not in files:
            raise BundleError(
                f"root.pem is missing in {where}: name a folder or ZIP that holds the root certificate with --trust, "
                "or download the trust bundle from the verification page of whoever issued the document."
            )
        try:
            # empty between the withdrawal of a root and the founding of the next
            roots = x509.load_pem_x509_certificates(files["root.pem"]) if files["root.pem"].strip() else []
            withdrawn = read_withdrawn(files)
            issuers = [
                one
                for name, content in sorted(files.items())
                if name.startswith("issuer") and name.endswith(".pem")
                for one in x509.load_pem_x509_certificates(content)
            ]
        except ValueError as wrong:
            raise BundleError(f"a certificate in {where} cannot be read: {wrong}") from wrong
        if not roots and not withdrawn:
            raise BundleError(f"root.pem in {where} is empty")
        crls = tuple(content for name, content in sorted(files.items()) if name.endswith(".crl"))
        answers = tuple(content for name, content in sorted(files.items()) if name.endswith(".ocsp"))
        return cls(
            tuple(roots),
            tuple(issuers),
            crls,
            read_listed(
                {name.removeprefix("lists/"): one for name, one in files.items() if name.startswith("lists/")}
            ),
            answers,
            files.get("log-key.pub", b"").decode("ascii", "replace").strip(),
            files.get("log.pub", b"").decode("ascii", "replace").strip(),
            withdrawn,
        )

    @classmethod
    def read(cls, place: Path) -> TrustBundle:
        """From a folder or a ZIP. Raises BundleError."""
        if place.is_dir():
            files = {
                str(file.relative_to(place)): file.read_bytes()
                for file in sorted(place.rglob("*"))
                if file.is_file()
            }
        elif place.is_file():
            try:
                files = read_zip(place.read_bytes(), _LIMITS)
            except ContainerError as wrong:
                raise BundleError(f"{place} is no trust bundle: {wrong}") from wrong
        else:
            files = {}
        return cls.from_files(files, str(place))

    @property
    def evidence(self) -> Evidence:
        known = (*self.intermediates, *self.roots, *self.listed.certificates)
        return Evidence(known, self.ocsps, self.crls)

    @property
    def every_anchor(self) -> list[x509.Certificate]:
        """All that are trusted for something at some time; `standing` says later for what and when."""
        below = (one.certificate for one in self._stood)
        return list(dict.fromkeys((*self.roots, *self.listed.certificates, *below)))

    def anchors(self, kind: ServiceKind, at: dt.datetime) -> Sequence[x509.Certificate]:
        below = (
            one.certificate
            for one in self._stood
            if at < one.until and not (kind is ServiceKind.TIME_STAMPS and self._may_bear_any_date(one))
        )
        return (*self.roots, *self.listed.anchors(kind, at), *below)

    def as_at(self, moment: dt.datetime) -> TrustBundle:
        """As it is to be used at a moment: by whose time-stamps then nothing is proven any more is left out."""
        return replace(self, moment=moment) if self.withdrawn else self

    def withdrawn_above(self, certificate: x509.Certificate) -> WithdrawnRoot | None:
        """The root above a certificate of ours that is believed no longer."""
        return next((root for root in self.withdrawn if root.is_above(certificate)), None)

    def _may_bear_any_date(self, one: Stood) -> bool:
        """Whether the key of its own was lost by now (RFC 3161 section 4)."""
        return one.key_is_lost and (self.moment is None or one.until <= self.moment)

    @property
    def _stood(self) -> tuple[Stood, ...]:
        return tuple(one for root in self.withdrawn for one in root.stood)

    def voucher(
        self,
        certificate: x509.Certificate,
        at: dt.datetime,
        now: dt.datetime,
        along: Iterable[x509.Certificate] = (),
    ) -> tuple[bool, TrustService | None]:
        """Whether our own authority stands above a certificate, or which listed service does."""
        if any(issued_by(certificate, one) for one in (*self.roots, *self.intermediates)):
            return True, None
        for one in (certificate, *along):
            for kind in ServiceKind:
                service = self.listed.trusted(one, kind, at)
                if service is not None:
                    return False, service
        try:
            top = standing(certificate, self, self.evidence + Evidence(tuple(along)), at=at, now=now).path[-1]
        except ChainError:
            return False, None
        return False, self.listed.owner(top, at)

    def holder(self, certificate: x509.Certificate, *, ours: bool, service: TrustService | None) -> Holder:
        """Of what kind the holder is: as the installation said of the list's service, else by the subject's names."""
        said = self.listed.holders.get(service.name) if service else None
        purposes = _purposes(certificate)
        if ExtendedKeyUsageOID.CLIENT_AUTH in purposes and len(purposes) == 1:
            return Holder.SYSTEM
        names = {each.oid: str(each.value) for each in certificate.subject}
        organisation = names.get(NameOID.ORGANIZATION_NAME, "")
        is_body = NameOID.ORGANIZATION_IDENTIFIER in names or (
            organisation != "" and organisation == names.get(NameOID.COMMON_NAME)
        )
        state = ours or said in (Holder.AGENCY, Holder.OFFICER)
        if is_body:
            return Holder.AGENCY if state else Holder.ORGANISATION
        if said is Holder.ORGANISATION:
            return said
        return Holder.OFFICER if state else Holder.PERSON


def pack(folder: Path) -> bytes:
    """The folder as a ZIP for someone who checks offline: certificates, lists and public keys, nothing else."""
    from io import BytesIO

    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            name = str(file.relative_to(folder))
            kept = file.suffix in (".pem", ".crl", ".ocsp", ".pub", ".xml") or name == f"lists/{ADDED}"
            kept = kept or (name.startswith(PREFIX) and name.endswith((SUFFIX, SIGNATURE)))
            if file.is_file() and kept:
                archive.writestr(
                    zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED
                )
    return out.getvalue()


def names_without_certificate() -> list[str]:
    """Services of the shipped list by name: `motcua trust add` takes one of them."""
    return [service.name for service in shipped_trust_list().services]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, hexadecimal."""
    from hashlib import sha256

    return sha256(der_of(certificate)).hexdigest()


def _purposes(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except (x509.ExtensionNotFound, ValueError):
        return []
