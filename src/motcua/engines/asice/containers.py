"""Putting containers together: documents with signatures, messages with their way to a batch's top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512
from xml.sax.saxutils import quoteattr

from motcua.engines.asice.batch import (
    MESSAGE,
    SIGNATURE_CHAIN,
    SIGNATURE_RESULT,
    SIGNATURES,
    STAMP_CHAIN,
    STAMP_RESULT,
    SignedMessage,
    StampedBatch,
    attachment_name,
)
from motcua.engines.asice.zips import ASIC_E, ContainerError, write_zip
from motcua.engines.xades import Timestamp
from motcua.engines.xmldsig import DS, DigestMethod
from motcua.engines.xmldsig.writing import base64_of

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
X_ROAD_ASIC = "http://uri.etsi.org/2918/v1.2.1#"
"""X-Road writes this name without the zero; its containers keep it."""
MANIFEST = "META-INF/manifest.xml"
ASIC_MANIFEST = "META-INF/ASiCManifest.xml"
TIME_STAMP = "META-INF/timestamp.tst"
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_TOKEN, _X_ROAD_TOKEN = "application/vnd.etsi.timestamp-token", "vnd.etsi.timestamp-token"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class MessageStamp:
    """The time-stamp of a message's signature, with its way to the top of the batch."""

    token: bytes
    chain_result: bytes
    chain: bytes

    @classmethod
    def of(cls, batch: StampedBatch, number: int) -> MessageStamp:
        return cls(batch.token, batch.chain_result, batch.chains[number].encode())


def build_container(
    files: Mapping[str, bytes], signatures: Sequence[bytes], media_types: Mapping[str, str] | None = None
) -> bytes:
    """An ASiC-E of `files` with XAdES `signatures` over them, each in a file of its own.

    A signature is what `xades.sign(files, …)` makes, raised or not. Raises ContainerError for names that a
    container keeps to itself.
    """
    if not files or not signatures:
        raise ContainerError("a container holds at least one file and one signature")
    _check_names(files)
    content = dict(files)
    content[MANIFEST] = _manifest(files, media_types or {})
    for number, signature in enumerate(signatures):
        name = f"META-INF/signatures{number or ''}.xml"
        content[name] = (
            f'{_HEAD}<asic:XAdESSignatures xmlns:asic="{ASIC}">'.encode()
            + _bare(signature)
            + b"</asic:XAdESSignatures>"
        )
    return write_zip(ASIC_E, content)


def build_stamped_container(
    files: Mapping[str, bytes], timestamp: Timestamp, media_types: Mapping[str, str] | None = None
) -> bytes:
    """An ASiC-E that proves when `files` were there: an ASiCManifest under a time-stamp, no signature."""
    _check_names(files)
    references = {name: DigestMethod.SHA256.of(content) for name, content in files.items()}
    manifest = _asic_manifest(
        ASIC, references, DigestMethod.SHA256, media_types or {}, "application/vnd.etsi.timestamp-token"
    )
    content = {
        **files,
        MANIFEST: _manifest(files, media_types or {}),
        ASIC_MANIFEST: manifest,
        TIME_STAMP: timestamp(sha256(manifest).digest()),
    }
    return write_zip(ASIC_E, content)


def build_message_container(
    message: bytes,
    attachments: Sequence[bytes],
    signature: SignedMessage,
    stamp: MessageStamp | None = None,
) -> bytes:
    """The ASiC-E of one exchanged message, as X-Road's message log hands it out."""
    files = {MESSAGE: message}
    files |= {attachment_name(number): each for number, each in enumerate(attachments, 1)}
    types = dict.fromkeys((MESSAGE, SIGNATURE_RESULT, SIGNATURE_CHAIN, STAMP_RESULT, STAMP_CHAIN), "text/xml")
    if signature.chain_result:
        files[SIGNATURE_RESULT] = signature.chain_result
        files[SIGNATURE_CHAIN] = signature.chain
    inner = {SIGNATURES: signature.signatures}
    if stamp is not None:
        files[STAMP_RESULT] = stamp.chain_result
        files[STAMP_CHAIN] = stamp.chain
        references = {STAMP_RESULT: sha512(stamp.chain_result).digest()}
        manifest = _asic_manifest(
            X_ROAD_ASIC,
            references,
            DigestMethod.SHA512,
            {STAMP_RESULT: "text/xml"},
            "vnd.etsi.timestamp-token",
        )
        inner |= {ASIC_MANIFEST: manifest, TIME_STAMP: stamp.token}
    return write_zip(ASIC_E, {**files, **inner, MANIFEST: _manifest(files, types)})


def _check_names(files: Mapping[str, bytes]) -> None:
    for name in files:
        if name == "mimetype" or name.upper().startswith("META-INF/"):
            raise ContainerError(f"the name {name!r} belongs to the container itself: rename the file")


def _bare(xml: bytes) -> bytes:
    """Without its XML declaration, to stand inside another element."""
    return xml.split(b"?>", 1)[1].lstrip() if xml.startswith(b"<?xml") else xml


def _manifest(files: Mapping[str, bytes], media_types: Mapping[str, str]) -> bytes:
    entries = "".join(
        f"<manifest:file-entry manifest:media-type={quoteattr(media_types.get(name, 'application/octet-stream'))}"
        f" manifest:full-path={quoteattr(name)}/>"
        for name in files
    )
    return (
        f'{_HEAD}<manifest:manifest xmlns:manifest="{_OPEN_DOCUMENT}" manifest:version="1.2">'
        f'<manifest:file-entry manifest:media-type="{ASIC_E}" manifest:full-path="/"/>{entries}</manifest:manifest>'
    ).encode()


def _asic_manifest(
    namespace: str,
    references: Mapping[str, bytes],
    method: DigestMethod,
    media_types: Mapping[str, str],
    token_type: str,
) -> bytes:
    told = "".join(
        f"<asic:DataObjectReference URI={quoteattr(name)}"
        f" MimeType={quoteattr(media_types.get(name, 'application/octet-stream'))}>"
        f'<ds:DigestMethod Algorithm="{method.uri}"/><ds:DigestValue>{base64_of(digest)}</ds:DigestValue>'
        "</asic:DataObjectReference>"
        for name, digest in references.items()
    )
    return (
        f'{_HEAD}<asic:ASiCManifest xmlns:asic="{namespace}" xmlns:ds="{DS}">'
        f'<asic:SigReference URI="{TIME_STAMP}" MimeType="{token_type}"/>{told}</asic:ASiCManifest>'
    ).encode()
