"""Signing and time-stamping messages by the batch: one signature, one token, and for each a few lines of XML.

All is strings and digests; no XML tree is built. What a gateway calls per message is `digest_message`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from motcua.engines.asice.hash_chain import DataRef, build_chains, chain_result
from motcua.engines.trust_lists import Evidence
from motcua.engines.xades import Claims, Policy, Timestamp
from motcua.engines.xades import sign as sign_xades
from motcua.engines.xmldsig import Signer

MESSAGE = "message.xml"
SIGNATURES = "META-INF/signatures.xml"
SIGNATURE_CHAIN, SIGNATURE_RESULT = "sig-hashchain.xml", "sig-hashchainresult.xml"
STAMP_CHAIN, STAMP_RESULT = "ts-hashchain.xml", "ts-hashchainresult.xml"
_RESULT_TYPE = "application/hash-chain-result"


@dataclass(frozen=True, slots=True)
class MessageDigests:
    """The files of one message by their digests: all that signing needs to see."""

    files: tuple[DataRef, ...]


def digest_message(message: bytes, attachments: Sequence[bytes] = ()) -> MessageDigests:
    """SHA-512 of a message and its attachments under the names that containers give them."""
    files = [DataRef(MESSAGE, sha512(message).digest())]
    files += [
        DataRef(attachment_name(number), sha512(each).digest()) for number, each in enumerate(attachments, 1)
    ]
    return MessageDigests(tuple(files))


def attachment_name(number: int) -> str:
    return f"attachment{number}"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who signs for a member of the exchange, with the fresh OCSP responses that X-Road wants kept inside.

    `signer.digest` should be SHA-512, X-Road's own. Make a new one when the responses are renewed.
    """

    signer: Signer
    evidence: Evidence
    clock: Callable[[], dt.datetime]
    policy: Policy | None = None

    def sign(self, name: str, content: bytes, media_type: str) -> bytes:
        """`META-INF/signatures.xml` over one file."""
        claims = Claims(self.clock(), policy=self.policy, media_types={name: media_type})
        return sign_xades({name: content}, self.signer, claims, evidence=self.evidence).xml

    def sign_message(self, message: bytes, attachments: Sequence[bytes] = ()) -> SignedMessage:
        """One message alone: the signature names its files directly, as for a message that cannot wait."""
        contents = {f"/{MESSAGE}": message}
        contents |= {f"/{attachment_name(number)}": each for number, each in enumerate(attachments, 1)}
        claims = Claims(self.clock(), policy=self.policy)
        return SignedMessage(sign_xades(contents, self.signer, claims, evidence=self.evidence).xml)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """What is kept with a message: the signature, and its way to the top when it was signed in a batch."""

    signatures: bytes
    chain_result: bytes = b""
    chain: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """One signature for many messages; `chains` in the order of the messages."""

    signatures: bytes
    chain_result: bytes
    chains: tuple[str, ...]

    def message(self, number: int) -> SignedMessage:
        return SignedMessage(self.signatures, self.chain_result, self.chains[number].encode())


def sign_batch(messages: Sequence[MessageDigests], sealer: Sealer) -> SignedBatch:
    """Sign all `messages` with one signature over the top of their tree. Raises ValueError for none."""
    top, chains = build_chains([each.files for each in messages])
    result = chain_result(top, SIGNATURE_CHAIN)
    return SignedBatch(sealer.sign(f"/{SIGNATURE_RESULT}", result, _RESULT_TYPE), result, tuple(chains))


@dataclass(frozen=True, slots=True)
class StampedBatch:
    """One time-stamp for many signatures; `chains` in the order of the signatures."""

    token: bytes
    chain_result: bytes
    chains: tuple[str, ...]


def stamp_batch(signatures: Sequence[bytes], timestamp: Timestamp) -> StampedBatch:
    """Time-stamp many `META-INF/signatures.xml` at once, as X-Road's message log does."""
    leaves = [[DataRef(SIGNATURES, sha512(each).digest())] for each in signatures]
    top, chains = build_chains(leaves)
    result = chain_result(top, STAMP_CHAIN)
    return StampedBatch(timestamp(sha256(result).digest()), result, tuple(chains))
