"""A small certification authority: an offline root, an issuing authority, and what these two sign.

Profiles follow RFC 5280. Every certificate but the root names where its revocation is told, the issuing
authority's own too: a verifier that demands revocation data for the whole chain fails without it.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from motcua.engines.pki.keys import PrivateKey, PublicKey

_CLOCK_SKEW = dt.timedelta(minutes=5)  # certificates begin a little earlier: clocks of readers differ
LONGEST_NAME = 64
"""Letters of a name in a certificate (RFC 5280 appendix A.1)."""
_ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where outsiders ask about certificates of one issuer (URLs). They are printed into each of them."""

    crl: str
    ocsp: str
    issuer: str
    """Where the issuer's own certificate (DER) is found."""
    policy: str = ""
    """Where the text of the issuer's certification practice is read; empty for none."""


@dataclass(frozen=True, slots=True)
class Person:
    """An officer as signatures show them. `reference` tells namesakes apart and is not a personal number."""

    name: str
    position: str
    agency: str
    reference: str


@dataclass(frozen=True, slots=True)
class Seal:
    """An agency; `code` is its official identifier, e.g. "000.00.18.H55"."""

    agency: str
    code: str


@dataclass(frozen=True, slots=True)
class Service:
    """A system or device of an agency: it signs in and signs messages, never documents."""

    name: str
    agency: str
    code: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate withdrawn at a moment for a reason of RFC 5280 section 5.3.1."""

    serial: int
    at: dt.datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


def blind_reference(personal_number: str, secret: bytes) -> str:
    """Stable reference to a person (20 hex digits) from which the personal number cannot be found.

    Twelve digits are soon tried out, so a plain hash would hide nothing: `secret` (32 bytes or more) keys it.
    """
    if len(secret) < 32:
        raise ValueError("the secret that blinds personal numbers needs at least 32 bytes")
    return hmac.new(secret, personal_number.encode(), sha256).hexdigest()[:20]


class Authority:
    """A certification authority with its key; `addresses` is where what it issued is asked about."""

    def __init__(
        self,
        certificate: x509.Certificate,
        key: PrivateKey,
        addresses: Addresses,
        chain: Sequence[x509.Certificate] = (),
    ) -> None:
        if certificate.public_key() != key.public_key():
            raise ValueError("the authority's certificate and key do not belong together")
        self.certificate = certificate
        self.addresses = addresses
        self.chain = (certificate, *chain)
        """This authority's certificate and those above it: what a signer sends along."""
        self._key = key

    @classmethod
    def root(
        cls, name: str, key: PrivateKey, addresses: Addresses, *, start: dt.datetime, years: int = 20
    ) -> Authority:
        """A self-signed root; its key is used to issue authorities and CRLs and otherwise kept offline."""
        subject = _name(common_name=name)
        builder = _builder(subject, subject, key.public_key(), start, _years_after(start, years))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        return cls(builder.sign(key, SHA256()), key, addresses)

    def issue_authority(
        self, name: str, key: PublicKey, *, start: dt.datetime, years: int = 10
    ) -> x509.Certificate:
        """Certificate of an issuing authority, which may issue to signers but to no further authority."""
        builder = self._builder(_name(common_name=name), key, start, _years_after(start, years))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return self._sign(builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True))

    def certify_root(self, other: x509.Certificate, *, start: dt.datetime) -> x509.Certificate:
        """The key of another root under this one, for whoever knows only this one (RFC 4210 section 4.4)."""
        builder = self._builder(other.subject, other.public_key(), start, other.not_valid_after_utc)  # type: ignore[arg-type]
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return self._sign(builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True))

    def issue_person(
        self, person: Person, key: PublicKey, *, start: dt.datetime, end: dt.datetime | None = None
    ) -> x509.Certificate:
        """Certificate by which an officer signs; three years unless `end` says otherwise."""
        subject = _name(
            common_name=person.name,
            organisation=person.agency,
            title=person.position,
            serial_number=person.reference,
        )
        return self._issue_signer(subject, key, start, end or _years_after(start, 3))

    def issue_seal(
        self, seal: Seal, key: PublicKey, *, start: dt.datetime, end: dt.datetime | None = None
    ) -> x509.Certificate:
        """Certificate by which an agency seals; five years unless `end` says otherwise."""
        subject = _name(common_name=seal.agency, organisation=seal.agency, organisation_id=seal.code)
        return self._issue_signer(subject, key, start, end or _years_after(start, 5))

    def issue_service(
        self, service: Service, key: PublicKey, *, start: dt.datetime, end: dt.datetime | None = None
    ) -> x509.Certificate:
        """Certificate by which a system proves itself to others; two years unless `end` says otherwise."""
        subject = _name(common_name=service.name, organisation=service.agency, organisation_id=service.code)
        builder = self._end_entity(subject, key, start, end or _years_after(start, 2))
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._sign(
            builder.add_extension(_key_usage("digital_signature"), critical=True).add_extension(
                purpose, critical=False
            )
        )

    def issue_gateway(
        self,
        service: Service,
        key: PublicKey,
        *,
        hosts: Sequence[str],
        start: dt.datetime,
        end: dt.datetime | None = None,
    ) -> x509.Certificate:
        """Certificate by which a gateway meets others, as server and as client of TLS; `hosts` are its names and
        addresses; one year unless `end` says otherwise."""
        subject = _name(common_name=service.name, organisation=service.agency, organisation_id=service.code)
        builder = self._end_entity(subject, key, start, end or _years_after(start, 1))
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(_key_usage("digital_signature", "key_encipherment"), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._sign(builder.add_extension(names, critical=False))

    def issue_time_stamping(
        self, name: str, key: PublicKey, *, start: dt.datetime, years: int = 8
    ) -> x509.Certificate:
        """Certificate of a time-stamping authority: that purpose only, critical (RFC 3161 section 2.3)."""
        builder = self._end_entity(_name(common_name=name), key, start, _years_after(start, years))
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(_key_usage("digital_signature"), critical=True)
        return self._sign(builder.add_extension(purpose, critical=True))

    def issue_ocsp_responder(
        self, name: str, key: PublicKey, *, start: dt.datetime, end: dt.datetime | None = None
    ) -> x509.Certificate:
        """Certificate of a responder (RFC 6960 section 4.2.2.2); one year, and itself not checked."""
        subject = _name(common_name=name)
        builder = self._end_entity(subject, key, start, end or _years_after(start, 1))
        builder = builder.add_extension(_key_usage("digital_signature"), critical=True)
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        return self._sign(
            builder.add_extension(purpose, critical=False).add_extension(x509.OCSPNoCheck(), critical=False)
        )

    def crl(
        self, revoked: Iterable[Revocation], *, number: int, now: dt.datetime, next_update: dt.datetime
    ) -> bytes:
        """The list of revoked certificates (DER). `number` must grow with every list."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(next_update)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_issuer_key_id(self.certificate), critical=False)
        )
        for revocation in revoked:
            entry = x509.RevokedCertificateBuilder(revocation.serial, revocation.at)
            if revocation.reason is not x509.ReasonFlags.unspecified:  # RFC 5280: then it should be absent
                entry = entry.add_extension(x509.CRLReason(revocation.reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.DER)

    def _issue_signer(
        self, subject: x509.Name, key: PublicKey, start: dt.datetime, end: dt.datetime
    ) -> x509.Certificate:
        builder = self._end_entity(subject, key, start, end)
        usage = _key_usage("digital_signature", "content_commitment")
        return self._sign(
            builder.add_extension(usage, critical=True).add_extension(
                x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False
            )
        )

    def _end_entity(
        self, subject: x509.Name, key: PublicKey, start: dt.datetime, end: dt.datetime
    ) -> x509.CertificateBuilder:
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        return self._builder(subject, key, start, end).add_extension(constraints, critical=True)

    def _builder(
        self, subject: x509.Name, key: PublicKey, start: dt.datetime, end: dt.datetime
    ) -> x509.CertificateBuilder:
        last_day = self.certificate.not_valid_after_utc
        if not start < end:
            raise ValueError(f"a certificate cannot end ({end:%d/%m/%Y}) before it begins ({start:%d/%m/%Y})")
        if start > last_day:
            raise ValueError(f"this authority ends on {last_day:%d/%m/%Y} and cannot issue beyond: renew it")
        builder = _builder(subject, self.certificate.subject, key, start, min(end, last_day))
        builder = (
            builder.add_extension(_issuer_key_id(self.certificate), critical=False)
            .add_extension(_distribution_point(self.addresses.crl), critical=False)
            .add_extension(_information_access(self.addresses), critical=False)
        )
        if self.addresses.policy:
            builder = builder.add_extension(_policies(self.addresses.policy), critical=False)
        return builder

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self._key, SHA256())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(
    *,
    common_name: str,
    organisation: str = "",
    title: str = "",
    serial_number: str = "",
    organisation_id: str = "",
) -> x509.Name:
    short = _shortened(common_name, _bytes)
    organisation = _shortened(organisation or (common_name if short != common_name else ""), len)
    parts = (
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.ORGANIZATION_IDENTIFIER, organisation_id),
        (NameOID.TITLE, title),
        (NameOID.COMMON_NAME, short),
        (NameOID.SERIAL_NUMBER, serial_number),
    )
    for kind, text in parts:
        limit = LONGEST_NAME if kind != NameOID.ORGANIZATION_IDENTIFIER else 256
        if len(text) > limit:
            raise ValueError(f"“{text}” has {len(text)} letters; a certificate holds {limit} (RFC 5280)")
    # RFC 5280 bounds these names in characters; the library would count the bytes of Vietnamese letters, which is
    # why a common name is short even in bytes.
    return x509.Name([x509.NameAttribute(kind, text, _validate=False) for kind, text in parts if text])


def _shortened(name: str, length: Callable[[str], int]) -> str:
    """The words with which a name begins, as many as go into 64 of what `length` counts; one word stays whole."""
    words = name.split(" ")
    while len(words) > 1 and length(" ".join(words)) > LONGEST_NAME:
        words.pop()
    return " ".join(words)


def _bytes(text: str) -> int:
    return len(text.encode())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, start: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _CLOCK_SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*granted: str) -> x509.KeyUsage:
    purposes = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{purpose: purpose in granted for purpose in purposes})


def _issuer_key_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _distribution_point(url: str) -> x509.CRLDistributionPoints:
    place = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])


def _policies(url: str) -> x509.CertificatePolicies:
    """Any policy (RFC 5280 section 4.2.1.4), with the address of the practice statement."""
    return x509.CertificatePolicies([x509.PolicyInformation(_ANY_POLICY, [url])])


def _information_access(addresses: Addresses) -> x509.AuthorityInformationAccess:
    kinds = (
        (AuthorityInformationAccessOID.OCSP, addresses.ocsp),
        (AuthorityInformationAccessOID.CA_ISSUERS, addresses.issuer),
    )
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in kinds]
    )


def _years_after(start: dt.datetime, years: int) -> dt.datetime:
    return start + dt.timedelta(days=round(365.25 * years))
