"""Signing content with a detached or enclosing message: prepare, sign anywhere, complete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509

from motcua.engines.pki import MessageFrame, Sign, der_of, frame_for

Timestamp = Callable[[bytes], bytes]
"""SHA-256 digest in, RFC 3161 token (DER) out."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Content that waits for its signature."""

    to_sign: bytes
    """The signed attributes (DER): sign these with SHA-256, or sign `digest` where only hashes are taken."""
    frame: MessageFrame

    @property
    def digest(self) -> bytes:
        return sha256(self.to_sign).digest()

    def complete(
        self, signature: bytes, *, timestamp: Timestamp | None = None, content: bytes | None = None
    ) -> bytes:
        """The message (DER): B-T with `timestamp`, B-B without. It encloses `content` where that is given."""
        stamp = timestamp(sha256(signature).digest()) if timestamp else None
        return self.frame.message(self.to_sign, signature, time_stamp=stamp, content=content)


def prepare(
    content: bytes, certificate: x509.Certificate, *, at: dt.datetime, chain: Sequence[x509.Certificate] = ()
) -> Prepared:
    """What is to be signed for `content`; `at` is the claimed time, `chain` the certificates above the signer's."""
    frame = frame_for(der_of(certificate), tuple(der_of(each) for each in chain))
    return Prepared(frame.attributes(sha256(content).digest(), at=at), frame)


def sign(
    content: bytes,
    certificate: x509.Certificate,
    signing: Sign,
    *,
    at: dt.datetime,
    chain: Sequence[x509.Certificate] = (),
    timestamp: Timestamp | None = None,
    enclosed: bool = False,
) -> bytes:
    """A CAdES signature over `content`, for keys that sign at once; `enclosed` puts the content inside (.p7m)."""
    prepared = prepare(content, certificate, at=at, chain=chain)
    return prepared.complete(
        signing(prepared.to_sign), timestamp=timestamp, content=content if enclosed else None
    )
