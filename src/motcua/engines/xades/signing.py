"""Making XAdES signatures: qualifying properties as canonical strings beside what is signed."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote

from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines.pki.der import context, integer, sequence
from motcua.engines.trust_lists import Evidence
from motcua.engines.xades.names import SIGNED_PROPERTIES, XADES
from motcua.engines.xmldsig import (
    DS,
    CanonicalForm,
    DigestMethod,
    Reference,
    SignatureText,
    Signer,
    compose,
    splice_before_end,
)
from motcua.engines.xmldsig.writing import attribute_value, base64_of, text, whole_document

Timestamp = Callable[[bytes], bytes]
"""SHA-256 digest in, RFC 3161 token (DER) out: `TimeStampAuthority.stamp`, or a client of another one."""

_DS = f' xmlns:ds="{DS}"'


@dataclass(frozen=True, slots=True)
class Policy:
    """A signature policy by its identifier (URI or URN) and the digest of its document."""

    identifier: str
    digest: bytes
    digest_method: DigestMethod = DigestMethod.SHA256


@dataclass(frozen=True, slots=True)
class Claims:
    """What the signer says about the act; all of it is signed."""

    at: dt.datetime
    """With its zone."""
    roles: tuple[str, ...] = ()
    city: str = ""
    province: str = ""
    country: str = ""
    """Two letters by ISO 3166."""
    policy: Policy | None = None
    media_types: Mapping[str, str] = field(default_factory=dict)
    """Of signed contents, by their names; application/octet-stream otherwise."""


def sign(
    contents: Mapping[str, bytes],
    signer: Signer,
    claims: Claims,
    *,
    timestamp: Timestamp | None = None,
    evidence: Evidence | None = None,
    enveloped_in: bytes | None = None,
) -> SignatureText:
    """A signature (B-B, with `timestamp` B-T) over detached `contents` by name, standing alone.

    `evidence` at hand (a gateway holds its OCSP response) is kept at once, without a second pass. With
    `enveloped_in` it also covers that document, into which it must then be spliced: see `sign_document`.
    Raises ValueError when nothing is signed or a time has no zone.
    """
    if not contents and enveloped_in is None:
        raise ValueError("a signature over nothing: pass contents, or a document to envelop it")
    if claims.at.tzinfo is None:
        raise ValueError("the time of signing needs a time zone")
    name = f"s-{secrets.token_hex(16)}"  # ids are unique even where several signatures meet in one document
    references = [
        Reference(quote(each), signer.digest.of(content), id=f"{name}-r{number}")
        for number, (each, content) in enumerate(contents.items())
    ]
    media_types = [claims.media_types.get(each, "application/octet-stream") for each in contents]
    if enveloped_in is not None:
        references.append(whole_document(enveloped_in, signer.digest, f"{name}-r{len(references)}"))
        media_types.append("text/xml")
    properties = _signed_properties(name, signer, claims, list(zip(references, media_types, strict=True)))
    digest = signer.digest.of(properties.encode())
    about = Reference(f"#{name}-p", digest, (CanonicalForm.EXCLUSIVE.uri,), SIGNED_PROPERTIES)

    def objects(unsigned: str) -> str:
        return (
            f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{name}">'
            f"{properties}{unsigned}</xades:QualifyingProperties></ds:Object>"
        )

    composed = compose(
        [*references, about], signer, objects=objects(""), signature_id=name, value_id=f"{name}-v"
    )
    unsigned = _kept(evidence) if evidence else ""
    if timestamp is not None:
        value = f'<ds:SignatureValue{_DS} Id="{name}-v">{base64_of(composed.value)}</ds:SignatureValue>'
        unsigned = _stamp(timestamp(sha256(value.encode()).digest())) + unsigned
    if not unsigned:
        return composed
    unsigned = (
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{unsigned}"
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    xml = composed.xml.replace(objects("").encode(), objects(unsigned).encode(), 1)
    return SignatureText(xml, composed.value)


def _stamp(token: bytes) -> str:
    return (
        "<xades:SignatureTimeStamp>"
        f'<ds:CanonicalizationMethod Algorithm="{CanonicalForm.EXCLUSIVE.uri}"></ds:CanonicalizationMethod>'
        f"<xades:EncapsulatedTimeStamp>{base64_of(token)}</xades:EncapsulatedTimeStamp>"
        "</xades:SignatureTimeStamp>"
    )


def _kept(evidence: Evidence) -> str:
    certificates = _values(
        "CertificateValues",
        "EncapsulatedX509Certificate",
        [each.public_bytes(Encoding.DER) for each in evidence.certificates],
    )
    crls = _values("CRLValues", "EncapsulatedCRLValue", evidence.crls)
    ocsps = _values("OCSPValues", "EncapsulatedOCSPValue", evidence.ocsps)
    revocation = f"<xades:RevocationValues>{crls}{ocsps}</xades:RevocationValues>" if crls or ocsps else ""
    return certificates + revocation


def _values(holder: str, kind: str, values: Sequence[bytes]) -> str:
    told = "".join(f"<xades:{kind}>{base64_of(each)}</xades:{kind}>" for each in values)
    return f"<xades:{holder}>{told}</xades:{holder}>" if told else ""


def sign_document(
    document: bytes, signer: Signer, claims: Claims, *, timestamp: Timestamp | None = None
) -> bytes:
    """`document` with a signature over all of it as the last child of its root."""
    made = sign({}, signer, claims, timestamp=timestamp, enveloped_in=document)
    return splice_before_end(document, made.xml)


def _signed_properties(
    name: str, signer: Signer, claims: Claims, objects: Sequence[tuple[Reference, str]]
) -> str:
    """SignedProperties in exclusive canonical form: `ds` is declared at each element that uses it first."""
    at = claims.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    certificate = signer.certificate.public_bytes(Encoding.DER)
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#{reference.id}">'
        f"<xades:MimeType>{text(media_type)}</xades:MimeType></xades:DataObjectFormat>"
        for reference, media_type in objects
    )
    return (
        f'<xades:SignedProperties xmlns:xades="{XADES}" Id={attribute_value(name + "-p")}>'
        f"<xades:SignedSignatureProperties><xades:SigningTime>{at}</xades:SigningTime>"
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{_digest(signer.digest, certificate)}"
        f"</xades:CertDigest><xades:IssuerSerialV2>{base64_of(_issuer_serial(signer))}</xades:IssuerSerialV2>"
        f"</xades:Cert></xades:SigningCertificateV2>{_policy(claims.policy)}{_place(claims)}{_roles(claims.roles)}"
        f"</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>{formats}"
        "</xades:SignedDataObjectProperties></xades:SignedProperties>"
    )


def _digest(method: DigestMethod, data: bytes) -> str:
    return _digest_value(method, method.of(data))


def _digest_value(method: DigestMethod, digest: bytes) -> str:
    return (
        f'<ds:DigestMethod{_DS} Algorithm="{method.uri}"></ds:DigestMethod>'
        f"<ds:DigestValue{_DS}>{base64_of(digest)}</ds:DigestValue>"
    )


def _issuer_serial(signer: Signer) -> bytes:
    """IssuerSerial of RFC 5035."""
    issuer = signer.certificate.issuer.public_bytes()
    return sequence(sequence(context(4, issuer)), integer(signer.certificate.serial_number))


def _policy(policy: Policy | None) -> str:
    if policy is None:
        return ""
    return (
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>"
        f"{text(policy.identifier)}</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>"
        f"{_digest_value(policy.digest_method, policy.digest)}</xades:SigPolicyHash>"
        "</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"
    )


def _place(claims: Claims) -> str:
    parts = (
        ("City", claims.city),
        ("StateOrProvince", claims.province),
        ("CountryName", claims.country),
    )
    told = "".join(f"<xades:{name}>{text(value)}</xades:{name}>" for name, value in parts if value)
    return f"<xades:SignatureProductionPlaceV2>{told}</xades:SignatureProductionPlaceV2>" if told else ""


def _roles(roles: Sequence[str]) -> str:
    told = "".join(f"<xades:ClaimedRole>{text(each)}</xades:ClaimedRole>" for each in roles)
    if not told:
        return ""
    return f"<xades:SignerRoleV2><xades:ClaimedRoles>{told}</xades:ClaimedRoles></xades:SignerRoleV2>"
