"""Making documents: a country's signing authority, its document signer, and chips that answer.

For sandboxes and tests. A real issuer keeps its keys in hardware and its chips keep theirs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asn1crypto.cms import DigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.engines.identity_documents.answering import ACTIVE_AUTHENTICATION, PLAIN_ECDSA
from motcua.engines.identity_documents.data_groups import TAGS, CardData, dg1_with, dg2_with, dg13_with
from motcua.engines.identity_documents.mrz import Mrz, write_card, write_passport
from motcua.engines.identity_documents.reading import Reading
from motcua.engines.identity_documents.security_object import SECURITY_OBJECT
from motcua.engines.identity_documents.tlv import element
from motcua.engines.identity_documents.trust import Authorities
from motcua.engines.pki import Addresses, Authority, Revocation, Seal, der, frame_for, generate_key, sign_with
from motcua.engines.pki.keys import PrivateKey

_CURVE_BYTES = 32
_SHA256_PLAIN = next(oid for oid, name in PLAIN_ECDSA.items() if name == "sha256")


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip: its files, and the key with which it answers."""

    files: Mapping[str, bytes]
    key: ec.EllipticCurvePrivateKey

    def read(self, challenge: bytes = b"") -> Reading:
        """What a reader gets; with a `challenge`, answered."""
        return Reading(dict(self.files), self.answer(challenge) if challenge else b"")

    def answer(self, challenge: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(challenge, ec.ECDSA(SHA256())))
        return r.to_bytes(_CURVE_BYTES, "big") + s.to_bytes(_CURVE_BYTES, "big")

    def copied(self) -> Chip:
        """Another chip with all the files of this one, but not its key."""
        return replace(self, key=ec.generate_private_key(ec.SECP256R1()))


class Issuer:
    """A country that issues documents: its authority (CSCA) and one document signer."""

    def __init__(self, authority: Authority, signer: x509.Certificate, key: PrivateKey) -> None:
        self.authority = authority
        self.signer = signer
        self._key = key
        self._frame = frame_for(signer.public_bytes(Encoding.DER))

    @classmethod
    def new(cls, name: str, code: str, address: str, *, start: dt.datetime, years: int = 10) -> Issuer:
        """An authority called `name`, of the organisation `code`, with new keys; lists are told below `address`."""
        addresses = Addresses(f"{address}/signers.crl", f"{address}/ocsp", f"{address}/authority.cer")
        authority = Authority.root(name, generate_key(), addresses, start=start, years=years + 10)
        key = generate_key()
        ends = start.replace(year=start.year + years, day=min(start.day, 28))
        signer = authority.issue_seal(Seal(name, code), key.public_key(), start=start, end=ends)
        return cls(authority, signer, key)

    def issue(self, zone: Mrz, portrait: bytes, card: CardData | None = None) -> Chip:
        """A chip for that zone; `card` is what a Vietnamese one adds."""
        letters = write_passport(zone) if zone.is_passport else write_card(zone)
        key = ec.generate_private_key(ec.SECP256R1())
        files = {"DG1": dg1_with(letters), "DG2": dg2_with(portrait)}
        if card is not None:
            files["DG13"] = dg13_with(card)
        files["DG14"] = element(TAGS["DG14"], _answers_by())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        files["DG15"] = element(TAGS["DG15"], public)
        return Chip({"SOD": self.sign(files), **files}, key)

    def sign(self, files: Mapping[str, bytes]) -> bytes:
        """EF.SOD over these data groups."""
        hashing = DigestAlgorithm({"algorithm": "sha256"}).dump()
        digests = sorted(
            (int(name.removeprefix("DG")), hashlib.sha256(one).digest()) for name, one in files.items()
        )
        listed = (der.sequence(der.integer(number), der.octets(digest)) for number, digest in digests)
        content = der.sequence(der.integer(0), hashing, der.sequence(*listed))
        attributes = self._frame.attributes(hashlib.sha256(content).digest(), SECURITY_OBJECT)
        signature = sign_with(self._key, attributes)
        message = self._frame.message(attributes, signature, content=content, content_type=SECURITY_OBJECT)
        return element(TAGS["SOD"], message)

    def authorities(
        self, now: dt.datetime, *, revoked: Sequence[Revocation] = (), days: int = 90
    ) -> Authorities:
        """What relying parties are given: the authority's certificate and its list, good for so many days."""
        until = now + dt.timedelta(days=days)
        listed = self.authority.crl(revoked, number=1 + len(revoked), now=now, next_update=until)
        return Authorities((self.authority.certificate,), (listed,))


def _answers_by() -> bytes:
    info = der.sequence(der.oid(ACTIVE_AUTHENTICATION), der.integer(1), der.oid(_SHA256_PLAIN))
    return der.set_of(info)
