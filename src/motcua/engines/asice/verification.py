"""Verifying containers: ASiC-E and ASiC-S with XAdES, CAdES and time-stamps, X-Road's hash chains included."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

from lxml import etree

from motcua.engines import cades
from motcua.engines.asice.batch import (
    SIGNATURE_CHAIN,
    SIGNATURE_RESULT,
    SIGNATURES,
    STAMP_CHAIN,
    STAMP_RESULT,
)
from motcua.engines.asice.cades_containers import SIMPLE_SIGNATURE
from motcua.engines.asice.containers import TIME_STAMP
from motcua.engines.asice.hash_chain import ChainFault, HashChainError, verify_chain
from motcua.engines.asice.manifests import (
    Manifest,
    is_archive_manifest,
    is_manifest,
    read_manifest,
)
from motcua.engines.asice.proofs import SignedByMessage, Stamped, kept_in_archives
from motcua.engines.asice.report import ContainerReport, Kind, Reason
from motcua.engines.asice.zips import (
    ASIC_E,
    ASIC_S,
    MIMETYPE,
    ContainerError,
    ZipLimits,
    is_proper_mimetype,
    read_zip,
)
from motcua.engines.cades import CadesReport
from motcua.engines.cades.message import BrokenMessage, read_message
from motcua.engines.cades.message import examine as examine_message
from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    Evidence,
    Failure,
    Scales,
    Stamp,
    StampError,
    StampFailed,
    Trust,
    read_stamp,
    shipped_policy,
)
from motcua.engines.trust_lists import Reason as AdesReason
from motcua.engines.xades import XadesReport, verify
from motcua.engines.xades.examination import examine
from motcua.engines.xmldsig import Fault, XmlSignatureError, find_signatures, read_xml

MOST_PROOFS = 100
_log = logging.getLogger(__name__)
_CHAIN_REASONS = {
    ChainFault.INVALID_REF: Reason.INVALID_HASH_CHAIN_REF,
    ChainFault.UNUSED_INPUTS: Reason.HASH_CHAIN_UNUSED_INPUTS,
    ChainFault.MALFORMED: Reason.MALFORMED,
}
_BROKEN = {
    AdesReason.ALTERED: Reason.ALTERED,
    AdesReason.FORGED: Reason.ALTERED,
    AdesReason.MALFORMED: Reason.MALFORMED,
    AdesReason.WRONG_CERTIFICATE: Reason.MALFORMED,
    AdesReason.TIME_STAMP_INVALID: Reason.INVALID_TIME_STAMP,
}
_CHAIN_FILES = {SIGNATURE_CHAIN, SIGNATURE_RESULT, STAMP_CHAIN, STAMP_RESULT}


def verify_container(
    data: bytes,
    trust: Trust | None,
    *,
    now: dt.datetime,
    evidence: Evidence | None = None,
    algorithms: AlgorithmPolicy | None = None,
    limits: ZipLimits | None = None,
) -> ContainerReport:
    """Whether a container's files are what was signed, by whom and when. Never raises for bad input.

    Without `trust` only the arithmetic is checked: the report says so, and `valid` means no more than that.
    """
    if now.tzinfo is None:
        raise ValueError("the time of verification needs a time zone")
    try:
        files = read_zip(data, limits)
    except ContainerError as error:
        return _Refused(Reason.NOT_A_CONTAINER, str(error)).report()
    look = _Look(files, trust, now, evidence or Evidence(), algorithms or shipped_policy())
    if not is_proper_mimetype(data):
        look.warnings.append("mimetype is not the first, stored entry (EN 319 162-1 annex A.1)")
    try:
        look.run()
    except _Refused as refused:
        return refused.report(look)
    except Exception as error:  # certificates made by anyone fail in as many ways as there are broken ones
        _log.info("a container that cannot be read", exc_info=True)
        return look.report(Reason.MALFORMED, str(error))
    return look.report(None, "")


class _Refused(Exception):
    def __init__(self, reason: Reason, finding: str) -> None:
        super().__init__(finding)
        self.reason = reason

    def report(self, look: _Look | None = None) -> ContainerReport:
        if look is not None:
            return look.report(self.reason, str(self))
        return ContainerReport(False, self.reason, str(self), None, False, (), None, (), (), ())


@dataclass
class _Look:
    """One container under one trust at one time."""

    files: Mapping[str, bytes]
    trust: Trust | None
    now: dt.datetime
    evidence: Evidence
    algorithms: AlgorithmPolicy
    warnings: list[str] = field(default_factory=list)
    signatures: list[XadesReport | CadesReport] = field(default_factory=list)
    covered: dict[str, None] = field(default_factory=dict)
    absent: dict[str, None] = field(default_factory=dict)
    stamped_at: dt.datetime | None = None
    pending: list[tuple[str, etree._Element]] = field(default_factory=list)
    """Signatures that hold arithmetically, with the file they came from."""
    stamps: list[Stamped] = field(default_factory=list)
    messages: list[SignedByMessage] = field(default_factory=list)
    archives: list[tuple[Manifest, Stamp]] = field(default_factory=list)
    """Archive manifests with their time-stamps, oldest first."""
    kind: Kind | None = None
    data: list[str] = field(default_factory=list)

    def run(self) -> None:
        self.contents = {
            name: content
            for name, content in self.files.items()
            if name != MIMETYPE and not name.startswith("META-INF/")
        }
        self.data = [name for name in self.contents if name not in _CHAIN_FILES]
        self._see_kind()
        proofs = [name for name in self.files if _is_signature(name)]
        manifests = [name for name in self.files if is_manifest(name)]
        alone = self.kind is Kind.ASIC_S and SIMPLE_SIGNATURE in self.files
        if not proofs and not manifests and not alone and TIME_STAMP not in self.files:
            raise _Refused(Reason.UNSIGNED, "META-INF holds neither signatures nor time-stamps")
        if len(proofs) + len(manifests) > MOST_PROOFS:
            raise _Refused(Reason.MALFORMED, f"the container holds more than {MOST_PROOFS} proofs")
        for name in proofs:
            self._see_signatures(name)
        for name in manifests:
            self._see_manifest(name)
        if alone:
            self._see_message(SIMPLE_SIGNATURE, self.contents, None)
        if not manifests and TIME_STAMP in self.files and self.kind is Kind.ASIC_S:
            self._see_simple_stamp()
        self._see_archives([name for name in self.files if is_archive_manifest(name)])
        left = [name for name in self.data if name not in self.covered]
        if left:
            raise _Refused(Reason.NOT_COVERED, f"nobody signed {', '.join(left)}")
        self._weigh()

    def _see_kind(self) -> None:
        told = self.files.get(MIMETYPE, b"").strip().decode("ascii", "replace")
        kinds = {ASIC_E: Kind.ASIC_E, ASIC_S: Kind.ASIC_S}
        if told not in kinds:
            raise _Refused(Reason.NOT_A_CONTAINER, f"the mimetype {told!r} is not that of an ASiC container")
        self.kind = kinds[told]
        if self.kind is Kind.ASIC_S and len(self.contents) != 1:
            raise _Refused(Reason.NOT_A_CONTAINER, f"an ASiC-S holds one file, not {len(self.contents)}")

    def _see_signatures(self, name: str) -> None:
        try:
            found = find_signatures(read_xml(self.files[name]))
        except XmlSignatureError as error:
            raise _Refused(Reason.MALFORMED, f"{name}: {error}") from error
        if not found:
            raise _Refused(Reason.MALFORMED, f"{name} holds no signature")
        if len(found) + len(self.pending) > MOST_PROOFS:
            raise _Refused(Reason.MALFORMED, f"the container holds more than {MOST_PROOFS} signatures")
        for signature in found:
            self._see_signature(name, signature)

    def _see_signature(self, name: str, signature: etree._Element) -> None:
        try:
            examined = examine(signature, self.contents, self.evidence.certificates)
        except StampError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, f"{name}: {error}") from error
        except XmlSignatureError as error:
            broken = error.fault in (Fault.ALTERED, Fault.FORGED)
            raise _Refused(Reason.ALTERED if broken else Reason.MALFORMED, f"{name}: {error}") from error
        names = [unquote(part.uri).removeprefix("/") for part in examined.parts if part.element is None]
        if len(names) != len(examined.parts):
            raise _Refused(Reason.MALFORMED, f"{name}: the signature refers to itself instead of files")
        if SIGNATURE_RESULT in names:
            self._follow_chain(SIGNATURE_RESULT, self.data)
        self.covered.update(dict.fromkeys(names))
        self.pending.append((name, signature))

    def _follow_chain(self, result: str, inputs: list[str]) -> None:
        try:
            proven, absent = verify_chain(self.files[result], self.files, inputs)
        except HashChainError as error:
            raise _Refused(_CHAIN_REASONS[error.fault], str(error)) from error
        self.covered.update(dict.fromkeys(proven))
        self.absent.update(dict.fromkeys(absent))
        if absent:
            self.warnings.append(f"signed but not kept here: {', '.join(absent)}")

    def _see_manifest(self, name: str) -> None:
        """ASiCManifest: digests of files under a signature or a time-stamp (EN 319 162-1 section 4.4.3.2)."""
        manifest = self._read_manifest(name)
        if manifest.proof.endswith(".p7s"):
            self._see_message(manifest.proof, {name: self.files[name]}, manifest)
            return
        stamp = self._stamp_over(manifest.proof, name, [*manifest.references])
        if STAMP_RESULT in manifest.references:
            self._follow_chain(STAMP_RESULT, [SIGNATURES])
        else:
            self.covered.update(dict.fromkeys(manifest.references))
        self.stamped_at = min(stamp.at, self.stamped_at or stamp.at)
        self.stamps.append(Stamped(stamp, manifest.proof, manifest.digests))

    def _read_manifest(self, name: str) -> Manifest:
        """With every file that it names as it was."""
        try:
            manifest = read_manifest(name, self.files[name])
        except XmlSignatureError as error:
            raise _Refused(Reason.MALFORMED, f"{name}: {error}") from error
        for each, (method, digest) in manifest.references.items():
            if each not in self.files:
                raise _Refused(Reason.MALFORMED, f"{name} names {each}, which is not in the container")
            if method.of(self.files[each]) != digest:
                raise _Refused(Reason.MALFORMED, f"{each} is not what {name} was made over")
        return manifest

    def _see_message(self, proof: str, contents: Mapping[str, bytes], manifest: Manifest | None) -> None:
        """A CAdES signature over a manifest, or directly over the one file of an ASiC-S."""
        if proof not in self.files:
            raise _Refused(
                Reason.MALFORMED, f"{manifest.name if manifest else 'it'} names {proof}: not there"
            )
        try:
            message = read_message(self.files[proof])
            for signer in message.signers:
                examine_message(message, signer, contents, self.evidence.certificates)
        except BrokenMessage as error:
            broken = error.reason in (AdesReason.ALTERED, AdesReason.FORGED)
            raise _Refused(Reason.ALTERED if broken else Reason.MALFORMED, f"{proof}: {error}") from error
        except StampError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, f"{proof}: {error}") from error
        self.covered.update(dict.fromkeys(manifest.references if manifest else contents))
        self.messages.append(SignedByMessage(proof, contents, manifest.digests if manifest else set()))

    def _see_archives(self, names: list[str]) -> None:
        """ASiCArchiveManifest (annex A.7): each over all that was there, the next one over the former and its token."""
        found = []
        for name in names:
            manifest = self._read_manifest(name)
            found.append((manifest, self._stamp_over(manifest.proof, name, [*manifest.references])))
        found.sort(key=lambda one: one[1].at)
        for (older, _), (newer, _) in pairwise(found):
            if not {older.name, older.proof} <= set(newer.references):
                raise _Refused(
                    Reason.INVALID_TIME_STAMP, f"{newer.name} is not over {older.name} and its time-stamp"
                )
        self.archives = found

    def _stamp_over(self, token_name: str, manifest: str, references: list[str]) -> Stamp:
        """The token is over the manifest; X-Road's is over the one file that the manifest names."""
        token = self.files.get(token_name)
        if token is None:
            raise _Refused(
                Reason.MALFORMED, f"{manifest} names the time-stamp {token_name or '(none)'}: not there"
            )
        try:
            return read_stamp(token, self.files[manifest])
        except StampError as error:
            if references != [STAMP_RESULT]:
                raise _Refused(Reason.INVALID_TIME_STAMP, f"{token_name}: {error}") from error
        try:
            return read_stamp(token, self.files[STAMP_RESULT])
        except StampError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, f"{token_name}: {error}") from error

    def _see_simple_stamp(self) -> None:
        """ASiC-S with a time-stamp directly over its one file."""
        (name,) = self.contents
        try:
            stamp = read_stamp(self.files[TIME_STAMP], self.contents[name])
        except StampError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, str(error)) from error
        self.covered[name] = None
        self.stamped_at = stamp.at
        self.stamps.append(Stamped(stamp, TIME_STAMP, set()))

    def _weigh(self) -> None:
        """Ask whom to trust, after all arithmetic held."""
        if self.trust is None:
            return
        for one in self.stamps:
            self._weigh_stamp(one, self.trust)
        for name, signature in self.pending:
            self._judged(
                verify(
                    signature,
                    self.trust,
                    now=self.now,
                    evidence=self.evidence,
                    contents=self.contents,
                    algorithms=self.algorithms,
                    stamped_at=self.stamped_at if name in self.covered else None,
                )
            )
        for message in self.messages:
            over = self._archives_over(message.proof)
            for report in cades.verify(
                self.files[message.proof],
                message.contents,
                self.trust,
                now=self.now,
                evidence=self.evidence + kept_in_archives(over),
                algorithms=self.algorithms,
                covered_by=[stamp for _, stamp in over],
                digests=message.digests,
            ):
                self._judged(report)

    def _judged(self, report: XadesReport | CadesReport) -> None:
        self.signatures.append(report)
        if not report.valid:
            raise _Refused(_BROKEN.get(report.reasons[0], Reason.NOT_TRUSTED), report.finding)

    def _archives_over(self, name: str) -> list[tuple[Manifest, Stamp]]:
        """The archive time-stamps from the oldest that covers an entry on: the newer cover it through that one."""
        first = next((at for at, (one, _) in enumerate(self.archives) if name in one.references), None)
        return [] if first is None else self.archives[first:]

    def _weigh_stamp(self, one: Stamped, trust: Trust) -> None:
        over = self._archives_over(one.proof)
        scales = Scales(
            trust, self.evidence + kept_in_archives(over) + one.stamp.kept, self.algorithms, self.now
        )
        try:
            for manifest, archive in reversed(over):
                scales.descend(archive)
                self._check_digests(manifest.digests, scales.horizon)
            scales.weigh_stamp(one.stamp)
            self._check_digests(one.digests, scales.horizon)
        except StampFailed as failed:
            raise _Refused(Reason.INVALID_TIME_STAMP, str(failed)) from failed

    def _check_digests(self, digests: Iterable[str], at: dt.datetime) -> None:
        for each in digests:
            rule = self.algorithms.digest_rule(each)
            if rule is None or not rule.allows(at):
                raise StampFailed(
                    Failure.WEAK_ALGORITHM, f"the manifest's digest {each} was retired unprotected"
                )

    def report(self, reason: Reason | None, finding: str) -> ContainerReport:
        return ContainerReport(
            valid=reason is None,
            reason=reason,
            finding=finding,
            kind=self.kind,
            trust_checked=self.trust is not None,
            signatures=tuple(self.signatures),
            stamped_at=self.stamped_at,
            files=tuple(name for name in self.data if name in self.covered),
            absent=tuple(self.absent),
            warnings=tuple(self.warnings),
        )


def _is_signature(name: str) -> bool:
    return name.startswith("META-INF/") and "signatures" in name and name.endswith(".xml")
