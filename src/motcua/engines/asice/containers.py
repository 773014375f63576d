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
from motcua.engines.asice.manifests import (
    ASIC,
    ASIC_MANIFEST,
    X_ROAD_ASIC,
    X_ROAD_TOKEN_TYPE,
    XML_HEAD,
    check_names,
    write_manifest,
)
from motcua.engines.asice.zips import ASIC_E, ContainerError, write_zip
from motcua.engines.xades import Timestamp
from motcua.engines.xmldsig import DigestMethod

MANIFEST = "META-INF/manifest.xml"
TIME_STAMP = "META-INF/timestamp.tst"
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


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
    check_names(files)
    content = dict(files)
    content[MANIFEST] = _manifest(files, media_types or {})
    for number, signature in enumerate(signatures):
        name = f"META-INF/signatures{number or ''}.xml"
        content[name] = (
            f'{XML_HEAD}<asic:XAdESSignatures xmlns:asic="{ASIC}">'.encode()
            + _bare(signature)
            + b"</asic:XAdESSignatures>"
        )
    return write_zip(ASIC_E, content)


def build_stamped_container(
    files: Mapping[str, bytes], timestamp: Timestamp, media_types: Mapping[str, str] | None = None
) -> bytes:
    """An ASiC-E that proves when `files` were there: an ASiCManifest under a time-stamp, no signature."""
    check_names(files)
    references = {name: sha256(content).digest() for name, content in files.items()}
    manifest = write_manifest(references, TIME_STAMP, media_types=media_types)
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
        manifest = write_manifest(
            references,
            TIME_STAMP,
            namespace=X_ROAD_ASIC,
            method=DigestMethod.SHA512,
            media_types={STAMP_RESULT: "text/xml"},
            proof_type=X_ROAD_TOKEN_TYPE,
        )
        inner |= {ASIC_MANIFEST: manifest, TIME_STAMP: stamp.token}
    return write_zip(ASIC_E, {**files, **inner, MANIFEST: _manifest(files, types)})


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
        f'{XML_HEAD}<manifest:manifest xmlns:manifest="{_OPEN_DOCUMENT}" manifest:version="1.2">'
        f'<manifest:file-entry manifest:media-type="{ASIC_E}" manifest:full-path="/"/>{entries}</manifest:manifest>'
    ).encode()
