"""Active authentication: the chip answers a challenge with a key it never gives away (ICAO 9303-11 section 6.1).

A copy of all its files cannot do that. ECDSA signs the challenge (plain r and s, BSI TR-03111); RSA follows ISO/IEC
9796-2 scheme 1, where part of the message is recovered from the signature.
"""

from __future__ import annotations

import hashlib
from typing import Any

from asn1crypto.core import ObjectIdentifier, Sequence, SetOf
from asn1crypto.keys import PublicKeyInfo
from asn1crypto.x509 import Any as AnyValue
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from motcua.engines.identity_documents.data_groups import TAGS
from motcua.engines.identity_documents.refusal import Disbelieved, Fault, torn
from motcua.engines.identity_documents.security_object import HASHES
from motcua.engines.identity_documents.tlv import only

CHALLENGE_BYTES = 8
ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"
PLAIN_ECDSA = {
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}
"""Object identifiers of BSI TR-03111 section 5.2.1, as DG14 names them."""
_TRAILERS = {b"\x34\xcc": "sha256", b"\x36\xcc": "sha384", b"\x35\xcc": "sha512", b"\x38\xcc": "sha224"}


class _SecurityInfo(Sequence):  # type: ignore[misc]
    _fields = [
        ("protocol", ObjectIdentifier),
        ("required", AnyValue),
        ("optional", AnyValue, {"optional": True}),
    ]


class _SecurityInfos(SetOf):  # type: ignore[misc]
    _child_spec = _SecurityInfo


def check_answer(challenge: bytes, answer: bytes, dg15: bytes, dg14: bytes = b"") -> None:
    """Whether the chip with the key of DG15 made `answer` over `challenge`. Raises Disbelieved.

    `dg14` names the digest where the key is an elliptic curve's; without it, that of the curve's size.
    """
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError(f"a challenge has {CHALLENGE_BYTES} bytes, not {len(challenge)}")
    key = public_key_of(dg15)
    if isinstance(key, ec.EllipticCurvePublicKey):
        good = _is_by_curve(key, challenge, answer, _digest_of(dg14, key))
    else:
        good = _is_by_rsa(key, challenge, answer)
    if not good:
        raise Disbelieved(
            Fault.CLONED,
            "Chip không trả lời đúng mã kiểm tra: đây có thể là bản sao của thẻ thật. Giữ lại và kiểm tra.",
            "The chip cannot answer the challenge: this may be a copy of a real document. Keep it and look closer.",
        )


def public_key_of(dg15: bytes) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """The chip's public key. Raises Disbelieved."""
    try:
        key = load_der_public_key(PublicKeyInfo.load(only(dg15, TAGS["DG15"], "DG15"), strict=True).dump())
    except Disbelieved:
        raise
    except Exception as broken:  # of a kind the library does not know, or no key at all
        raise torn("DG15") from broken
    if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return key
    raise torn("DG15")


def _digest_of(dg14: bytes, key: ec.EllipticCurvePublicKey) -> str:
    if dg14:
        try:
            for info in _SecurityInfos.load(only(dg14, TAGS["DG14"], "DG14"), strict=True):
                named = _algorithm_of(info)
                if named:
                    return named
        except ValueError as broken:
            raise torn("DG14") from broken
    return "sha256" if key.key_size <= 256 else "sha384" if key.key_size <= 384 else "sha512"


def _algorithm_of(info: Any) -> str | None:
    if info["protocol"].dotted != ACTIVE_AUTHENTICATION or info["optional"].native is None:
        return None
    return PLAIN_ECDSA.get(ObjectIdentifier.load(info["optional"].dump()).dotted)


def _is_by_curve(key: ec.EllipticCurvePublicKey, challenge: bytes, answer: bytes, digest: str) -> bool:
    size = (key.key_size + 7) // 8
    if len(answer) != 2 * size:
        return False
    signature = encode_dss_signature(
        int.from_bytes(answer[:size], "big"), int.from_bytes(answer[size:], "big")
    )
    try:
        key.verify(signature, challenge, ec.ECDSA(HASHES[digest]()))
    except InvalidSignature:
        return False
    return True


def _is_by_rsa(key: rsa.RSAPublicKey, challenge: bytes, answer: bytes) -> bool:
    """ISO/IEC 9796-2: 6A, the recovered part, the digest of that part and the challenge, the trailer."""
    numbers = key.public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    value = int.from_bytes(answer, "big")
    if len(answer) != size or value >= numbers.n:
        return False
    opened = pow(value, numbers.e, numbers.n).to_bytes(size, "big")
    digest = _TRAILERS.get(opened[-2:])
    if opened[0] != 0x6A or digest is None:
        return False
    length = hashlib.new(digest).digest_size
    recovered, said = opened[1 : -2 - length], opened[-2 - length : -2]
    return len(recovered) > 0 and hashlib.new(digest, recovered + challenge).digest() == said
