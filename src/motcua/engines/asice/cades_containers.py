"""Containers with CAdES: written, and kept for decades by archive manifests (ETSI EN 319 162-1 annex A.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from motcua.engines import cades
from motcua.engines.asice.manifests import (
    ARCHIVE_MANIFEST,
    SIGNATURE_TYPE,
    check_names,
    free_name,
    is_archive_manifest,
    is_manifest,
    read_manifest,
    write_manifest,
)
from motcua.engines.asice.zips import ASIC_E, ASIC_S, MIMETYPE, ContainerError, read_zip, write_zip
from motcua.engines.trust_lists import Evidence
from motcua.engines.xades import Timestamp

SIMPLE_SIGNATURE = "META-INF/signature.p7s"
SignManifest = Callable[[bytes], bytes]
"""Content in, detached CAdES signature (DER) over it out: `cades.sign` with its signer."""


def build_cades_container(
    files: Mapping[str, bytes], signers: Sequence[SignManifest], media_types: Mapping[str, str] | None = None
) -> bytes:
    """An ASiC-E of `files` that each of `signers` signs by CAdES, each by a manifest of its own. Raises
    ContainerError."""
    if not files or not signers:
        raise ContainerError("a container holds at least one file and one signer")
    check_names(files)
    references = {name: sha256(content).digest() for name, content in files.items()}
    content = dict(files)
    for number, sign in enumerate(signers, 1):
        proof = f"META-INF/signature{number:03}.p7s"
        manifest = write_manifest(references, proof, media_types=media_types, proof_type=SIGNATURE_TYPE)
        content[f"META-INF/ASiCManifest{number:03}.xml"] = manifest
        content[proof] = sign(manifest)
    return write_zip(ASIC_E, content)


def build_simple_container(name: str, content: bytes, signature: bytes) -> bytes:
    """An ASiC-S: one file with a detached CAdES signature over it. Raises ContainerError."""
    check_names([name])
    return write_zip(ASIC_S, {name: content, SIMPLE_SIGNATURE: signature})


def archive_container(container: bytes, timestamp: Timestamp, evidence: Evidence) -> bytes:
    """Raise an ASiC-E with CAdES to long-term, or renew it: keep `evidence` about what proves it so far, then put an
    archive manifest under a time-stamp over all of it.

    The evidence of the first round goes into the signatures, that of later ones into the last archive time-stamp. Do
    it before the newest time-stamp's certificate ends or an algorithm below it is retired. Raises ContainerError.
    """
    files = read_zip(container)
    if files.pop(MIMETYPE, b"").strip() != ASIC_E.encode() or not any(map(is_manifest, files)):
        raise ContainerError(
            "archive manifests are for ASiC-E containers with CAdES or time-stamped manifests"
        )
    former = ""
    if ARCHIVE_MANIFEST in files:
        newest = read_manifest(ARCHIVE_MANIFEST, files[ARCHIVE_MANIFEST])
        files[newest.proof] = cades.keep_in_stamp(files[newest.proof], evidence)
        former = free_name("META-INF/ASiCArchiveManifest{}.xml", files)
        files = {former if name == ARCHIVE_MANIFEST else name: one for name, one in files.items()}
    else:
        for name in [each for each in files if is_manifest(each)]:
            proof = read_manifest(name, files[name]).proof
            files[proof] = cades.keep_in_stamp(files[proof], evidence)
    token = free_name("META-INF/archive{}.tst", files)
    references = {name: sha256(one).digest() for name, one in files.items()}
    manifest = write_manifest(references, token, former=former)
    return write_zip(
        ASIC_E, {**files, ARCHIVE_MANIFEST: manifest, token: timestamp(sha256(manifest).digest())}
    )


__all__ = [
    "SIMPLE_SIGNATURE",
    "archive_container",
    "build_cades_container",
    "build_simple_container",
    "is_archive_manifest",
]
