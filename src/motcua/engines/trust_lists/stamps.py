"""Reading RFC 3161 time-stamps: what they say, and whether the token itself is sound."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from motcua.engines.trust_lists.revocation import Evidence
from motcua.engines.trust_lists.signers import HASHES, attributes_of, check_signer, is_over


class StampError(ValueError):
    """A time-stamp proves nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A sound token. Whether its authority is to be trusted is another question."""

    at: dt.datetime
    digest: str
    """Digest algorithm of the imprint, e.g. "sha256"."""
    signed_digest: str
    """Digest algorithm under the authority's signature."""
    certificate: x509.Certificate
    certificates: tuple[x509.Certificate, ...]
    kept: Evidence = field(default_factory=Evidence)
    """Revocation data that was put into the token for whoever verifies it later."""


def read_stamp(token: bytes, stamped: bytes) -> Stamp:
    """Check a token (DER) over the bytes `stamped`: imprint, signature, the certificate's purpose. Raises
    StampError."""
    try:
        return _read(token, stamped)
    except StampError:
        raise
    except Exception as error:  # bytes made by anyone fail in as many ways as there are broken tokens
        raise StampError(f"this is not a time-stamp of RFC 3161: {error}") from error


def _read(token: bytes, stamped: bytes) -> Stamp:
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    info_bytes = signed["encap_content_info"]["content"].parsed.dump()
    info = tsp.TSTInfo.load(info_bytes, strict=True)
    (signer,) = signed["signer_infos"]
    certificates = tuple(
        x509.load_der_x509_certificate(each.chosen.dump())
        for each in signed["certificates"] or ()
        if each.name == "certificate"
    )
    attributes = attributes_of(signer)
    imprint = info["message_imprint"]
    digest = imprint["hash_algorithm"]["algorithm"].native
    if digest not in HASHES or hashlib.new(digest, stamped).digest() != imprint["hashed_message"].native:
        raise StampError("the time-stamp is over something else")
    certificate = _signer(signer, attributes, certificates)
    _check_purpose(certificate)
    used = check_signer(signer, certificate)
    if not is_over(signer, attributes, "tst_info", info_bytes):
        raise StampError("the content of the time-stamp was changed")
    return Stamp(
        info["gen_time"].native, digest, used, certificate, certificates, kept_in(signed, certificates)
    )


def kept_in(signed: cms.SignedData, certificates: tuple[x509.Certificate, ...]) -> Evidence:
    """The revocation data of a message, beside its certificates (RFC 5652 section 10.2, RFC 5940)."""
    ocsps, crls = list[bytes](), list[bytes]()
    for each in signed["crls"] or ():
        if each.name == "crl":
            crls.append(each.chosen.dump())
        elif each.chosen["other_rev_info_format"].native == "ocsp_response":
            ocsps.append(each.chosen["other_rev_info"].dump())
    return Evidence(certificates, tuple(ocsps), tuple(crls))


def _signer(
    signer: cms.SignerInfo, attributes: dict[str, cms.SetOf], certificates: tuple[x509.Certificate, ...]
) -> x509.Certificate:
    """The certificate that the token is bound to (RFC 3161 section 2.4.2, RFC 5816)."""
    for kind in ("signing_certificate_v2", "signing_certificate"):
        if kind in attributes:
            reference = attributes[kind][0]["certs"][0]
            algorithm = reference["hash_algorithm"]["algorithm"].native if kind.endswith("v2") else "sha1"
            wanted = reference["cert_hash"].native
            for each in certificates:
                if each.fingerprint(_hash(algorithm)) == wanted:
                    return each
            raise StampError("the time-stamp does not bring the certificate that it names")
    raise StampError("the time-stamp does not say which certificate signed it")


def _hash(name: str) -> hashes.HashAlgorithm:
    if name == "sha1":  # only to find a certificate, by ESSCertID of RFC 2634
        return hashes.SHA1()
    if name not in HASHES:
        raise StampError(f"the digest {name} is not accepted in time-stamps")
    return HASHES[name]()


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise StampError("the certificate under the time-stamp is not one for time-stamping") from None
    if not extension.critical or list(extension.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise StampError("a time-stamping certificate serves that purpose only (RFC 3161 section 2.3)")
