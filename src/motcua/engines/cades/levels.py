"""Raising messages: time-stamp, evidence, archive time-stamp, and its renewal through the decades."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from asn1crypto import cms
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.crl import CertificateList

from motcua.engines.cades.message import (
    BrokenMessage,
    Message,
    archive_imprint,
    attribute_digests,
    examine,
    read_message,
    unsigned_attributes,
)
from motcua.engines.cades.names import ARCHIVE_TIME_STAMP_V3, ATS_HASH_INDEX_V3, SIGNATURE_TIME_STAMP
from motcua.engines.cades.signing import Timestamp
from motcua.engines.pki import der_of
from motcua.engines.pki.der import octets, oid, sequence, set_of
from motcua.engines.trust_lists import Evidence, Reason

_SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"))


def add_time_stamp(message: bytes, timestamp: Timestamp) -> bytes:
    """Raise every signer of a message from B-B to B-T."""

    def stamp(read: Message, signer: cms.SignerInfo) -> None:
        token = timestamp(sha256(signer["signature"].native).digest())
        _add(signer, SIGNATURE_TIME_STAMP, token)

    return _each_signer(message, stamp)


def embed_evidence(message: bytes, evidence: Evidence) -> bytes:
    """Raise from B-T to B-LT: keep, in the message itself, what proves signers' and time-stamps' certificates.

    Raises BrokenMessage when there is no revocation data in `evidence`.
    """
    return keep_in_stamp(message, evidence)


def keep_in_stamp(message: bytes, evidence: Evidence) -> bytes:
    """Put certificates and revocation data into any signed message, a time-stamp's token too (EN 319 122-1 section
    5.5.3: for the newest archive time-stamp before the next one comes)."""
    if not evidence.ocsps and not evidence.crls:
        raise BrokenMessage(
            Reason.MALFORMED, "evidence is OCSP responses or revocation lists; none was given"
        )
    content = _loaded(message)
    signed = content["content"]
    certificates = {one.dump(): one for one in signed["certificates"] or ()}
    for certificate in evidence.certificates:
        encoded = der_of(certificate)
        certificates.setdefault(
            encoded, cms.CertificateChoices("certificate", asn1_x509.Certificate.load(encoded))
        )
    signed["certificates"] = cms.CertificateSet(list(certificates.values()))
    choices = {one.dump(): one for one in signed["crls"] or ()}
    for each in (*map(_list_choice, evidence.crls), *map(_answer_choice, evidence.ocsps)):
        choices.setdefault(each.dump(), each)
    signed["crls"] = cms.RevocationInfoChoices(list(choices.values()))
    if any(one.name == "other" for one in signed["crls"]):
        signed["version"] = "v5"  # RFC 5652 section 5.1
    encoded_message: bytes = content.dump()
    return encoded_message


def archive(message: bytes, timestamp: Timestamp, content: bytes | None = None) -> bytes:
    """Raise every signer to B-LTA: a time-stamp over all that is signed and all that proves it.

    `content` is the detached file. Each signer is checked first: what does not hold is not archived. Raises
    BrokenMessage.
    """

    def stamp(read: Message, signer: cms.SignerInfo) -> None:
        files = {} if content is None else {"": content}
        examine(read, signer, files)
        covered = read.enclosed if read.enclosed is not None else content
        assert covered is not None  # else nothing could have been examined
        index = _index(read, signer)
        token = timestamp(sha256(archive_imprint(read, signer, covered, "sha256", index)).digest())
        _add(signer, ARCHIVE_TIME_STAMP_V3, _with_index(token, index))

    return _each_signer(message, stamp)


def renew(message: bytes, timestamp: Timestamp, evidence: Evidence, content: bytes | None = None) -> bytes:
    """Prolong B-LTA: fresh `evidence` about the last time-stamp's certificates, then a new archive time-stamp.

    Do it before that certificate ends or an algorithm below it is retired.
    """
    return archive(embed_evidence(message, evidence), timestamp, content)


def _each_signer(message: bytes, change: Callable[[Message, cms.SignerInfo], None]) -> bytes:
    content = _loaded(message)
    read = Message(content["content"], read_message(message).certificates)
    for signer in read.signers:
        change(read, signer)
    encoded: bytes = content.dump()
    return encoded


def _loaded(message: bytes) -> cms.ContentInfo:
    read_message(message)  # refuses what is none, with words
    return cms.ContentInfo.load(message)


def _add(signer: cms.SignerInfo, kind: str, value: bytes) -> None:
    """One more unsigned attribute; a value of a kind that is there already joins it."""
    kept = [each.dump() for each in signer["unsigned_attrs"] or ()]
    own = [each for each in unsigned_attributes(signer) if each["type"].native == kind]
    values = [one.dump() for each in own for one in each["values"]]
    others = [each for each in kept if each not in {one.dump() for one in own}]
    attribute = sequence(oid(kind), set_of(*values, value))
    signer["unsigned_attrs"] = cms.CMSAttributes(
        [cms.CMSAttribute.load(each) for each in (*others, attribute)]
    )


def _index(message: Message, signer: cms.SignerInfo) -> bytes:
    """ATSHashIndexV3: what an archive time-stamp is over besides the signer's own fields."""
    digests = (
        [sha256(one.dump()).digest() for one in message.signed["certificates"] or ()],
        [sha256(one.dump()).digest() for one in message.signed["crls"] or ()],
        [one for each in unsigned_attributes(signer) for one in attribute_digests(each, "sha256")],
    )
    return sequence(_SHA256, *(sequence(*map(octets, part)) for part in digests))


def _with_index(token: bytes, index: bytes) -> bytes:
    content = cms.ContentInfo.load(token)
    (signer,) = content["content"]["signer_infos"]
    _add(signer, ATS_HASH_INDEX_V3, index)
    encoded: bytes = content.dump()
    return encoded


def _list_choice(crl: bytes) -> cms.RevocationInfoChoice:
    return cms.RevocationInfoChoice("crl", CertificateList.load(crl))


def _answer_choice(answer: bytes) -> cms.RevocationInfoChoice:
    other = cms.OtherRevocationInfoFormat(
        {"other_rev_info_format": "ocsp_response", "other_rev_info": asn1_ocsp.OCSPResponse.load(answer)}
    )
    return cms.RevocationInfoChoice("other", other)
