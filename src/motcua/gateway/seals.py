"""Signing batches and checking others': one XAdES signature over the top of X-Road's hash chain, as cheap as can be.

A signature differs from the next one of the same signer in five places only: its name, the time, the digest of the
chain's result, the digest of the signed properties, the value. A `Profile` holds all the rest, written once by the
XAdES engine. Gateways tell one another their certificates and OCSP responses, each writes the profile itself, and on
the wire and in the journal a signature is a profile's key, a second and a value; the XML is filled in when somebody
wants the container.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, sha512

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines.asice import Sealer, chain_result
from motcua.engines.asice.batch import SIGNATURE_CHAIN, SIGNATURE_RESULT
from motcua.engines.trust_lists import Evidence
from motcua.engines.xmldsig import DS, DigestMethod, Signer, XmlSignatureError, method_for
from motcua.engines.xmldsig.writing import base64_of

_THEN = dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
_RESULT = b"filled in"
_INFO, _PROPERTIES = (
    (b"<ds:SignedInfo>", b"</ds:SignedInfo>"),
    (b"<xades:SignedProperties", b"</xades:SignedProperties>"),
)
NAME, TIME, TOP, ABOUT, VALUE = (b"\0name\0", b"\0time\0", b"\0top\0", b"\0about\0", b"\0value\0")
"""Holes of a skeleton; XML cannot hold these bytes."""


class SealError(Exception):
    """A signature that does not hold, or a profile that cannot be used."""


class Profile:
    """All that one signer's signatures have in common, with holes for the rest."""

    def __init__(self, certificate: x509.Certificate, skeleton: bytes) -> None:
        self.certificate = certificate
        self.skeleton = skeleton
        self.key = int.from_bytes(sha256(skeleton).digest()[:8], "big")
        """By which it is named: the first 64 bits of its digest."""
        info = _between(skeleton, _INFO)
        self._info = info.replace(_INFO[0], b'<ds:SignedInfo xmlns:ds="%b">' % DS.encode(), 1)
        self._properties = _between(skeleton, _PROPERTIES)
        self._method = method_for(certificate, DigestMethod.SHA512)
        self.public_key = certificate.public_key()

    def to_sign(self, top: bytes, at: int) -> bytes:
        """The bytes that are signed for a batch with this `top` at second `at` (Unix time)."""
        result, about, name = self._filled(top, at)
        return self._info.replace(NAME, name).replace(TOP, result).replace(ABOUT, about)

    def check(self, top: bytes, at: int, value: bytes) -> None:
        """Raises SealError unless `value` is this signer's signature."""
        try:
            self._method.verify(self.public_key, value, self.to_sign(top, at))
        except XmlSignatureError as error:
            raise SealError(str(error)) from error

    def xml(self, top: bytes, at: int, value: bytes) -> bytes:
        """`META-INF/signatures.xml`."""
        result, about, name = self._filled(top, at)
        filled = self.skeleton.replace(NAME, name).replace(TIME, _moment(at)).replace(TOP, result)
        return filled.replace(ABOUT, about).replace(VALUE, base64_of(value).encode())

    def _filled(self, top: bytes, at: int) -> tuple[bytes, bytes, bytes]:
        name = b"s-" + top[:16].hex().encode()
        about = sha512(self._properties.replace(NAME, name).replace(TIME, _moment(at))).digest()
        result = sha512(chain_result(top, SIGNATURE_CHAIN)).digest()
        return base64_of(result).encode(), base64_of(about).encode(), name


@lru_cache(8)
def _moment(at: int) -> bytes:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def _between(text: bytes, marks: tuple[bytes, bytes]) -> bytes:
    start = text.find(marks[0])
    end = text.find(marks[1], start)
    if start < 0 or end < 0:
        raise SealError("the profile is not that of a XAdES signature")
    return text[start : end + len(marks[1])]


def profile_of(
    certificate: x509.Certificate, chain: Sequence[x509.Certificate], ocsps: Sequence[bytes]
) -> Profile:
    """The profile of whoever signs with `certificate`: the same bytes for everyone who makes it."""
    blank = _blank(certificate)
    signer = Signer(
        certificate,
        lambda _: blank,
        method_for(certificate, DigestMethod.SHA512),
        tuple(chain),
        DigestMethod.SHA512,
    )
    sealer = Sealer(signer, Evidence((), tuple(ocsps)), lambda: _THEN)
    xml = sealer.sign(f"/{SIGNATURE_RESULT}", _RESULT, "application/hash-chain-result")
    name = xml[(start := xml.index(b'Id="') + 4) : xml.index(b'"', start)]
    about = sha512(_between(xml, _PROPERTIES)).digest()
    skeleton = xml.replace(name, NAME).replace(_moment(int(_THEN.timestamp())), TIME)
    skeleton = skeleton.replace(base64_of(sha512(_RESULT).digest()).encode(), TOP)
    skeleton = skeleton.replace(base64_of(about).encode(), ABOUT)
    return Profile(certificate, skeleton.replace(base64_of(signer.value(b"")).encode(), VALUE))


def _blank(certificate: x509.Certificate) -> bytes:
    """A signature of the right form that signs nothing, to be cut out again."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = key.curve.key_size - 1
        return encode_dss_signature(2**half - 19, 2**half - 3)
    if isinstance(key, rsa.RSAPublicKey):
        return b"\x5a" * (key.key_size // 8)
    raise SealError("members sign by P-256 or RSA")


def read_profile(skeleton: bytes) -> Profile:
    """A profile as the journal keeps it. Raises SealError."""
    marks = (b"<ds:X509Certificate>", b"</ds:X509Certificate>")
    kept = _between(skeleton, marks)[len(marks[0]) : -len(marks[1])]
    try:
        return Profile(x509.load_der_x509_certificate(b64decode(kept)), skeleton)
    except ValueError as error:
        raise SealError(f"the profile's certificate cannot be read: {error}") from error


@dataclass(frozen=True)
class Seal:
    """Who signs here for a member."""

    member: str
    """`INSTANCE/CLASS/MEMBER`."""
    signer: Signer
    profile: Profile
    ocsps: tuple[bytes, ...] = ()

    def sign(self, top: bytes, at: int) -> bytes:
        """The signature's value over a batch by the top of its hash chain."""
        signature = self.signer.sign(self.profile.to_sign(top, at))
        return self.signer.method.written(self.profile.public_key, signature)


def certificates_of(profile_parts: Sequence[bytes]) -> list[x509.Certificate]:
    """Certificates (DER) as another gateway sent them. Raises SealError."""
    try:
        return [x509.load_der_x509_certificate(each) for each in profile_parts]
    except ValueError as error:
        raise SealError(f"a certificate cannot be read: {error}") from error


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
