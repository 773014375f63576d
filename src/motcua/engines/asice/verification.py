"""Verifying containers: ASiC-E and ASiC-S with XAdES and time-stamps, X-Road's hash chains included."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from motcua.engines.asice.batch import (
    SIGNATURE_CHAIN,
    SIGNATURE_RESULT,
    SIGNATURES,
    STAMP_CHAIN,
    STAMP_RESULT,
)
from motcua.engines.asice.containers import ASIC, X_ROAD_ASIC
from motcua.engines.asice.hash_chain import ChainFault, HashChainError, verify_chain
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
from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    ChainError,
    Evidence,
    ServiceKind,
    Stamp,
    StampError,
    Trust,
    read_stamp,
    shipped_policy,
    standing,
)
from motcua.engines.xades import Reason as XadesReason
from motcua.engines.xades import XadesReport, verify
from motcua.engines.xades.examination import examine
from motcua.engines.xmldsig import (
    DS,
    DigestMethod,
    Fault,
    XmlSignatureError,
    find_signatures,
    read_xml,
)
from motcua.engines.xmldsig.checking import decoded

_log = logging.getLogger(__name__)
_CHAIN_REASONS = {
    ChainFault.INVALID_REF: Reason.INVALID_HASH_CHAIN_REF,
    ChainFault.UNUSED_INPUTS: Reason.HASH_CHAIN_UNUSED_INPUTS,
    ChainFault.MALFORMED: Reason.MALFORMED,
}
_BROKEN = {
    XadesReason.ALTERED: Reason.ALTERED,
    XadesReason.FORGED: Reason.ALTERED,
    XadesReason.MALFORMED: Reason.MALFORMED,
    XadesReason.WRONG_CERTIFICATE: Reason.MALFORMED,
    XadesReason.TIME_STAMP_INVALID: Reason.INVALID_TIME_STAMP,
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
    signatures: list[XadesReport] = field(default_factory=list)
    covered: dict[str, None] = field(default_factory=dict)
    absent: dict[str, None] = field(default_factory=dict)
    stamped_at: dt.datetime | None = None
    pending: list[tuple[str, etree._Element]] = field(default_factory=list)
    """Signatures that hold arithmetically, with the file they came from."""
    stamps: list[Stamp] = field(default_factory=list)
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
        manifests = [name for name in self.files if _is_manifest(name)]
        if not proofs and not manifests and "META-INF/timestamp.tst" not in self.files:
            raise _Refused(Reason.UNSIGNED, "META-INF holds neither signatures nor time-stamps")
        for name in proofs:
            self._see_signatures(name)
        for name in manifests:
            self._see_manifest(name)
        if not manifests and "META-INF/timestamp.tst" in self.files and self.kind is Kind.ASIC_S:
            self._see_simple_stamp()
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
        """ASiCManifest: digests of files under a time-stamp (EN 319 162-1 section 4.4.3.2)."""
        try:
            root = read_xml(self.files[name])
            space = next(
                (each for each in (ASIC, X_ROAD_ASIC) if root.tag == f"{{{each}}}ASiCManifest"), None
            )
            if space is None:
                raise _Refused(Reason.MALFORMED, f"{name} is no ASiCManifest")
            proof = root.find(f"{{{space}}}SigReference")
            references = dict(_references(root, space))
        except XmlSignatureError as error:
            raise _Refused(Reason.MALFORMED, f"{name}: {error}") from error
        for each, (method, digest) in references.items():
            if each not in self.files:
                raise _Refused(Reason.MALFORMED, f"{name} names {each}, which is not in the container")
            if method.of(self.files[each]) != digest:
                raise _Refused(Reason.MALFORMED, f"{each} is not what {name} was made over")
        token_name = unquote(proof.get("URI", "")).removeprefix("/") if proof is not None else ""
        if token_name.endswith(".p7s"):
            raise _Refused(Reason.MALFORMED, f"{name}: CAdES signatures in containers are not verified here")
        stamp = self._stamp_over(token_name, name, [*references])
        if STAMP_RESULT in references:
            self._follow_chain(STAMP_RESULT, [SIGNATURES])
        else:
            self.covered.update(dict.fromkeys(references))
        self._note(stamp)

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
            stamp = read_stamp(self.files["META-INF/timestamp.tst"], self.contents[name])
        except StampError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, str(error)) from error
        self.covered[name] = None
        self._note(stamp)

    def _note(self, stamp: Stamp) -> None:
        self.stamped_at = min(stamp.at, self.stamped_at or stamp.at)
        self.stamps.append(stamp)

    def _weigh(self) -> None:
        """Ask whom to trust, after all arithmetic held."""
        if self.trust is None:
            return
        for stamp in self.stamps:
            self._weigh_stamp(stamp, self.trust)
        for name, signature in self.pending:
            report = verify(
                signature,
                self.trust,
                now=self.now,
                evidence=self.evidence,
                contents=self.contents,
                algorithms=self.algorithms,
                stamped_at=self.stamped_at if name in self.covered else None,
            )
            self.signatures.append(report)
            if not report.valid:
                reason = _BROKEN.get(report.reasons[0], Reason.NOT_TRUSTED)
                raise _Refused(reason, report.finding)

    def _weigh_stamp(self, stamp: Stamp, trust: Trust) -> None:
        key, weak = stamp.certificate.public_key(), "its algorithm is no longer acceptable"
        try:
            if not self.algorithms.allows(key, stamp.signed_digest, self.now):
                raise _Refused(Reason.INVALID_TIME_STAMP, f"time-stamp: {weak}")
            standing(
                stamp.certificate,
                trust,
                self.evidence + Evidence(stamp.certificates),
                at=stamp.at,
                now=self.now,
                kind=ServiceKind.TIME_STAMPS,
                algorithms=self.algorithms,
            )
        except ChainError as error:
            raise _Refused(Reason.INVALID_TIME_STAMP, f"time-stamp: {error}") from error

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


def _is_manifest(name: str) -> bool:
    return name.startswith("META-INF/ASiCManifest") and name.endswith(".xml")


def _references(root: etree._Element, space: str) -> Iterator[tuple[str, tuple[DigestMethod, bytes]]]:
    for each in root.findall(f"{{{space}}}DataObjectReference"):
        method, value = each.find(f"{{{DS}}}DigestMethod"), each.find(f"{{{DS}}}DigestValue")
        if method is None or value is None:
            raise XmlSignatureError(Fault.MALFORMED, "a reference of the manifest has no digest")
        digest = DigestMethod.named(method.get("Algorithm", ""))
        yield unquote(each.get("URI", "")).removeprefix("/"), (digest, decoded(value))
