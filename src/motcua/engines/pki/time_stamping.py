"""A time-stamping authority (RFC 3161, profile ETSI EN 319 422): request bytes in, response bytes out."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256

from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from motcua.engines.pki.cms import TST_INFO, MessageFrame, der_of
from motcua.engines.pki.der import generalized_time, integer, octets, oid, sequence, tlv
from motcua.engines.pki.keys import Sign

REQUEST_TYPE = "application/timestamp-query"
RESPONSE_TYPE = "application/timestamp-reply"

_DIGEST_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_DIGEST_OIDS = {
    "sha256": sequence(oid("2.16.840.1.101.3.4.2.1")),
    "sha384": sequence(oid("2.16.840.1.101.3.4.2.2")),
    "sha512": sequence(oid("2.16.840.1.101.3.4.2.3")),
}
_BAD_ALGORITHM, _BAD_REQUEST, _BAD_FORMAT, _UNACCEPTED_POLICY = 0, 2, 5, 15  # PKIFailureInfo bits
_ACCURACY = sequence(integer(1))  # seconds


class TimeStampAuthority:
    """Says that a digest was known at a moment. In process; its key is loaded once.

    `clock` is asked for every stamp and must be the time of the law, not of the sandbox. Serial numbers
    are random (128 bits), so that several processes need not agree on a counter.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate],
        sign: Sign,
        clock: Callable[[], dt.datetime],
        *,
        policy: str = "0.4.0.2023.1.1",
    ) -> None:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if list(purposes) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            raise ValueError("a time-stamping certificate serves that purpose only (RFC 3161 section 2.3)")
        self._frame = MessageFrame(der_of(certificate), tuple(der_of(each) for each in chain))
        self._sign = sign
        self._clock = clock
        self._policy = oid(policy)
        self._policy_text = policy

    @property
    def token_size(self) -> int:
        """Upper bound in bytes of a token, to leave room for it."""
        return self._frame.size + 512

    def stamp(self, digest: bytes) -> bytes:
        """The token (DER) for a SHA-256 digest of 32 bytes."""
        if len(digest) != sha256().digest_size:
            raise ValueError(f"a SHA-256 digest has 32 bytes, not {len(digest)}")
        return self._token(sequence(_DIGEST_OIDS["sha256"], octets(digest)), b"", with_certificates=True)

    def respond(self, request: bytes) -> bytes:
        """The response (DER) to a request (DER); one that cannot be granted says why."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            digest = imprint["hashed_message"].native
            policy = asked["req_policy"].native
            nonce = asked["nonce"].native
            with_certificates = bool(asked["cert_req"].native)
        except (ValueError, TypeError):
            return _reject(_BAD_FORMAT, "the request is not DER of RFC 3161")
        if algorithm not in _DIGEST_SIZES:
            return _reject(_BAD_ALGORITHM, "digests are SHA-256, SHA-384 or SHA-512")
        if len(digest) != _DIGEST_SIZES[algorithm]:
            return _reject(_BAD_FORMAT, f"a {algorithm} digest has {_DIGEST_SIZES[algorithm]} bytes")
        if policy not in (None, self._policy_text):
            return _reject(_UNACCEPTED_POLICY, f"the policy here is {self._policy_text}")
        if nonce is not None and nonce < 0:
            return _reject(_BAD_REQUEST, "the nonce is negative")
        token = self._token(
            sequence(_DIGEST_OIDS[algorithm], octets(digest)),
            integer(nonce) if nonce is not None else b"",
            with_certificates=with_certificates,
        )
        return sequence(sequence(integer(0)), token)

    def _token(self, imprint: bytes, nonce: bytes, *, with_certificates: bool) -> bytes:
        info = sequence(
            integer(1),
            self._policy,
            imprint,
            integer(secrets.randbits(128) | 1 << 127),
            generalized_time(self._clock()),
            _ACCURACY,
            nonce,
        )
        attributes = self._frame.attributes(sha256(info).digest(), TST_INFO)
        return self._frame.message(
            attributes,
            self._sign(attributes),
            content=info,
            content_type=TST_INFO,
            with_certificates=with_certificates,
        )


def _reject(failure: int, reason: str) -> bytes:
    bits = bytearray(3)
    bits[failure // 8] |= 0x80 >> failure % 8
    used = bytes(bits[: failure // 8 + 1])
    bit_string = tlv(0x03, bytes([7 - failure % 8]), used)
    text = sequence(tlv(0x0C, reason.encode()))
    return sequence(sequence(integer(2), text, bit_string))
