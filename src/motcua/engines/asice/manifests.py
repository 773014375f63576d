"""Manifests of containers with CAdES (ETSI EN 319 162-1 section 4.4 and annex A): digests of files under a signature
or a time-stamp, and the archive manifests that keep such a container for decades."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from lxml import etree

from motcua.engines.asice.zips import ContainerError
from motcua.engines.xmldsig import DS, DigestMethod, Fault, XmlSignatureError, read_xml
from motcua.engines.xmldsig.checking import decoded
from motcua.engines.xmldsig.writing import base64_of

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
X_ROAD_ASIC = "http://uri.etsi.org/2918/v1.2.1#"
"""X-Road writes this name without the zero; its containers keep it."""
ASIC_MANIFEST = "META-INF/ASiCManifest.xml"
ARCHIVE_MANIFEST = "META-INF/ASiCArchiveManifest.xml"
"""The newest; former ones are renamed (annex A.7)."""
TOKEN_TYPE, X_ROAD_TOKEN_TYPE = "application/vnd.etsi.timestamp-token", "vnd.etsi.timestamp-token"
SIGNATURE_TYPE = "application/x-pkcs7-signature"
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST = re.compile(r"META-INF/[^/]*ASiCManifest[^/]*\.xml")
_ARCHIVE = re.compile(r"META-INF/[^/]*ASiCArchiveManifest[^/]*\.xml")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read."""

    name: str
    proof: str
    """The signature or time-stamp over it, by name."""
    references: Mapping[str, tuple[DigestMethod, bytes]]
    former: str
    """An archive manifest's predecessor, by name; empty for none."""

    @property
    def digests(self) -> set[str]:
        return {method.algorithm for method, _ in self.references.values()}


def is_manifest(name: str) -> bool:
    return _MANIFEST.fullmatch(name) is not None


def is_archive_manifest(name: str) -> bool:
    return _ARCHIVE.fullmatch(name) is not None


def write_manifest(
    references: Mapping[str, bytes],
    proof: str,
    *,
    namespace: str = ASIC,
    method: DigestMethod = DigestMethod.SHA256,
    media_types: Mapping[str, str] | None = None,
    proof_type: str = TOKEN_TYPE,
    former: str = "",
) -> bytes:
    """A manifest of digests by name. `proof` is the signature or time-stamp that will be made over it."""
    types = media_types or {}
    told = "".join(
        f"<asic:DataObjectReference URI={quoteattr(name)}"
        f" MimeType={quoteattr(types.get(name, 'application/octet-stream'))}"
        f"{_ROOTFILE if name == former else ''}>"
        f'<ds:DigestMethod Algorithm="{method.uri}"/><ds:DigestValue>{base64_of(digest)}</ds:DigestValue>'
        "</asic:DataObjectReference>"
        for name, digest in references.items()
    )
    return (
        f'{XML_HEAD}<asic:ASiCManifest xmlns:asic="{namespace}" xmlns:ds="{DS}">'
        f'<asic:SigReference URI="{proof}" MimeType="{proof_type}"/>{told}</asic:ASiCManifest>'
    ).encode()


_ROOTFILE = ' Rootfile="true"'


def read_manifest(name: str, content: bytes) -> Manifest:
    """Raises XmlSignatureError."""
    root = read_xml(content)
    space = next((each for each in (ASIC, X_ROAD_ASIC) if root.tag == f"{{{each}}}ASiCManifest"), None)
    if space is None:
        raise XmlSignatureError(Fault.MALFORMED, f"{name} is no ASiCManifest")
    proof = root.find(f"{{{space}}}SigReference")
    references, former = dict[str, tuple[DigestMethod, bytes]](), ""
    for each in root.findall(f"{{{space}}}DataObjectReference"):
        told = name_of(each)
        if told in references:
            raise XmlSignatureError(Fault.AMBIGUOUS, f"{name} names {told} twice")
        references[told] = _digest_of(each)
        if each.get("Rootfile") in ("true", "1"):
            former = told
    return Manifest(name, name_of(proof) if proof is not None else "", references, former)


def name_of(element: etree._Element) -> str:
    """The entry that a reference leads to."""
    return unquote(element.get("URI", "")).removeprefix("/")


def free_name(pattern: str, taken: Iterable[str]) -> str:
    """The first of `pattern` with a number for `{}` that is not taken yet."""
    known = set(taken)
    return next(name for number in range(1, len(known) + 2) if (name := pattern.format(number)) not in known)


def check_names(files: Iterable[str]) -> None:
    """Refuse names that a container keeps to itself. Raises ContainerError."""
    for name in files:
        if name == "mimetype" or name.upper().startswith("META-INF/"):
            raise ContainerError(f"the name {name!r} belongs to the container itself: rename the file")


def _digest_of(reference: etree._Element) -> tuple[DigestMethod, bytes]:
    method, value = reference.find(f"{{{DS}}}DigestMethod"), reference.find(f"{{{DS}}}DigestValue")
    if method is None or value is None:
        raise XmlSignatureError(Fault.MALFORMED, "a reference of the manifest has no digest")
    return DigestMethod.named(method.get("Algorithm", "")), decoded(value)
