"""Signing in two steps, so that the key can be anywhere: prepare, sign elsewhere, complete."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypedDict

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic

from motcua.engines.pades.revision import Blank, Revision, SigningError, dictionary, pdf_date
from motcua.engines.pki import KeyStore, algorithm_of, der_of, frame_for

Timestamp = Callable[[bytes], bytes]
"""SHA-256 digest in, RFC 3161 token (DER) out: `TimeStampAuthority.stamp`, or a client of another one."""

STAMP_ROOM = 8192
_RANGE_ROOM = len(b"[0 0000000000 0000000000 0000000000]")
_MAGIC = b"motcua-prepared-1\n"


class _Header(TypedDict):
    contents: tuple[int, int]
    digest: str
    certificates: list[str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that waits for its signature."""

    to_sign: bytes
    """The signed attributes (DER): sign these with SHA-256, or sign `digest` where only hashes are taken."""
    state: bytes
    """All that `complete` needs; holds the document, no secret."""

    @property
    def digest(self) -> bytes:
        return sha256(self.to_sign).digest()


def prepare(
    pdf: bytes,
    field: str,
    certificate: x509.Certificate,
    *,
    when: dt.datetime,
    chain: Sequence[x509.Certificate] = (),
    reason: str = "",
    location: str = "",
    stamp_room: int = STAMP_ROOM,
) -> Prepared:
    """Add an empty signature named `field` as a new revision and say what is to be signed.

    `chain` are the certificates above the signer's, without the root. `when` is the claimed time (with
    its zone). `stamp_room` are the bytes kept for a time-stamp; 0 for a signature that will have none.
    The signature has no appearance: name, position and time belong into the document before it is
    signed. Raises SigningError.
    """
    _check_in_force(certificate, when)
    frame = frame_for(der_of(certificate), tuple(der_of(each) for each in chain))
    signature = dictionary(
        Type=generic.pdf_name("/Sig"),
        Filter=generic.pdf_name("/Adobe.PPKLite"),
        SubFilter=generic.pdf_name("/ETSI.CAdES.detached"),
        Name=generic.pdf_string(_name_of(certificate)),
        M=pdf_date(when),
    )
    for key, text in (("/Reason", reason), ("/Location", location)):
        if text:
            signature[key] = generic.pdf_string(text)
    place = _reserve(pdf, field, signature, frame.size + stamp_room)
    attributes = frame.attributes(place.digest)
    header = {
        "contents": [place.start, place.end],
        "digest": place.digest.hex(),
        "certificates": [der_of(each).hex() for each in (certificate, *chain)],
    }
    state = b"".join((_MAGIC, json.dumps(header).encode(), b"\n", place.document))
    return Prepared(attributes, state)


def complete(prepared: Prepared, signature: bytes, *, timestamp: Timestamp | None = None) -> bytes:
    """The signed PDF: PAdES B-T with `timestamp`, B-B without.

    The signature is checked against the signer's certificate first, so that no broken document ever
    leaves. Raises SigningError, also when `prepared` was altered or the room does not suffice.
    """
    header, document = _read_state(prepared)
    start, end = header["contents"]
    certificate, *chain = (bytes.fromhex(text) for text in header["certificates"])
    _check(x509.load_der_x509_certificate(certificate), signature, prepared.to_sign)
    stamp = _stamp(sha256(signature).digest(), timestamp) if timestamp else None
    frame = frame_for(certificate, tuple(chain))
    message = frame.message(prepared.to_sign, signature, time_stamp=stamp)
    return _Place(document, start, end).filled(message)


def sign(
    pdf: bytes,
    field: str,
    keys: KeyStore,
    key_id: str,
    *,
    when: dt.datetime,
    reason: str = "",
    location: str = "",
    timestamp: Timestamp | None = None,
) -> bytes:
    """Prepare, sign with a key of the store, complete: for keys that sign at once."""
    certificate = keys.certificate(key_id)
    prepared = prepare(
        pdf,
        field,
        certificate,
        when=when,
        chain=[each for each in keys.chain(key_id) if each.issuer != each.subject],
        reason=reason,
        location=location,
        stamp_room=STAMP_ROOM if timestamp else 0,
    )
    signature = keys.sign(key_id, prepared.to_sign, algorithm_of(certificate))
    return complete(prepared, signature, timestamp=timestamp)


def embed_evidence(
    pdf: bytes,
    *,
    certificates: Sequence[x509.Certificate] = (),
    ocsps: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> bytes:
    """Raise a time-stamped document to B-LT: add what proves its signatures (OCSP responses, CRLs in DER).

    Needed for every certificate below the root: signers', time-stamp's, issuing authority's. Do it once
    after the last signature. The signatures stay as they are.
    """
    if not ocsps and not crls:
        raise SigningError("evidence is OCSP responses or revocation lists; none was given")
    revision = Revision(pdf)
    revision.add_evidence([der_of(each) for each in certificates], list(ocsps), list(crls))
    return revision.finished()


def archive(pdf: bytes, timestamp: Timestamp, *, field: str, stamp_room: int = STAMP_ROOM) -> bytes:
    """Raise a B-LT document to B-LTA, or renew it: a time-stamp over the whole file as it is now.

    Do it before the former time-stamp's certificate ends or its algorithms weaken, and embed fresh
    evidence about the former one first. `field` names this time-stamp and must be new.
    """
    stamp = dictionary(
        Type=generic.pdf_name("/DocTimeStamp"),
        Filter=generic.pdf_name("/Adobe.PPKLite"),
        SubFilter=generic.pdf_name("/ETSI.RFC3161"),
    )
    place = _reserve(pdf, field, stamp, stamp_room)
    return place.filled(_stamp(place.digest, timestamp))


def renew(
    pdf: bytes,
    timestamp: Timestamp,
    *,
    field: str,
    certificates: Sequence[x509.Certificate] = (),
    ocsps: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    stamp_room: int = STAMP_ROOM,
) -> bytes:
    """Prolong a B-LTA document by decades: fresh evidence about its last time-stamp, then a new one over all.

    Do it before the last time-stamp's certificate ends and before an algorithm under it is retired; the new
    `timestamp` should come from an authority that outlives both. `field` must be new. Raises SigningError.
    """
    proven = embed_evidence(pdf, certificates=certificates, ocsps=ocsps, crls=crls)
    return archive(proven, timestamp, field=field, stamp_room=stamp_room)


class _Place:
    """Where a signature goes: a document with blank contents between `start` and `end`."""

    def __init__(self, document: bytearray, start: int, end: int) -> None:
        self.document, self.start, self.end = document, start, end

    @property
    def digest(self) -> bytes:
        """SHA-256 over everything but the contents."""
        view = memoryview(self.document)
        digest = sha256(view[: self.start])
        digest.update(view[self.end :])
        return digest.digest()

    def filled(self, message: bytes) -> bytes:
        written, room = message.hex().encode(), self.end - self.start - 2
        if len(written) > room:
            raise SigningError(
                f"the signature needs {len(message)} bytes but {room // 2} were kept: "
                "prepare the document again with a larger stamp_room"
            )
        self.document[self.start + 1 : self.start + 1 + len(written)] = written
        return bytes(self.document)


def _reserve(pdf: bytes, field: str, signature: generic.DictionaryObject, room: int) -> _Place:
    """Add `signature` with blank contents of `room` bytes as a new revision, its byte range filled in."""
    contents = Blank(b"<" + b"0" * 2 * room + b">")
    byte_range = Blank(b" " * _RANGE_ROOM)
    signature[generic.pdf_name("/ByteRange")] = byte_range
    signature[generic.pdf_name("/Contents")] = contents
    revision = Revision(pdf)
    revision.add_signature_field(field, signature)
    document = bytearray(revision.finished())
    ranges = b"[0 %d %d %d]" % (contents.start, contents.end, len(document) - contents.end)
    document[byte_range.start : byte_range.end] = ranges.ljust(_RANGE_ROOM)
    return _Place(document, contents.start, contents.end)


def _read_state(prepared: Prepared) -> tuple[_Header, bytearray]:
    if not prepared.state.startswith(_MAGIC):
        raise SigningError("this is not the state of a prepared document")
    first = len(_MAGIC)
    end = prepared.state.index(b"\n", first)
    header: _Header = json.loads(prepared.state[first:end])
    document = bytearray(prepared.state[end + 1 :])
    digest = _Place(document, *header["contents"]).digest
    if header["digest"] != digest.hex() or digest not in prepared.to_sign:
        raise SigningError("the prepared document was altered before it was signed: prepare it again")
    return header, document


def _check_in_force(certificate: x509.Certificate, when: dt.datetime) -> None:
    if when.tzinfo is None:
        raise SigningError("the time of signing needs a time zone")
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= when <= last:
        raise SigningError(
            f"the certificate of {_name_of(certificate)!r} is in force from {first:%d/%m/%Y} to {last:%d/%m/%Y}, "
            f"not on {when:%d/%m/%Y}: sign with a current one"
        )


def _stamp(digest: bytes, timestamp: Timestamp) -> bytes:
    token = timestamp(digest)
    if digest not in token:
        raise SigningError("the time-stamping authority answered about something else: ask it again")
    return token


def _check(certificate: x509.Certificate, signature: bytes, signed: bytes) -> None:
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        name = _name_of(certificate)
        raise SigningError(
            f"this signature was not made by the key of {name!r} over this document: sign it again"
        ) from None


def _name_of(certificate: x509.Certificate) -> str:
    """The common name, or the organisation's where the common name is only its beginning for want of room."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    common = str(names[0].value) if names else ""
    for organisation in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME):
        if common and str(organisation.value).startswith(f"{common} "):
            return str(organisation.value)
    return common
