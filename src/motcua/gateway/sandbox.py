"""A whole exchange in a folder, to try things out and to measure: authority, members, gateways, a signed configuration.

Everything is real but the names, and that the keys of all lie in one place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motcua.engines.pki import Addresses, Authority, KeyKind, Seal, generate_key
from motcua.gateway.configuration import (
    CertificateAuthority,
    ClientAccess,
    Configuration,
    GatewayEntry,
    Member,
    Service,
    Subsystem,
    Trust,
    sign_configuration,
)
from motcua.gateway.settings import Settings

KEY_ID = "control-1"
INSTANCE = "DEV"
_DAY = dt.timedelta(days=1)


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def own_certificate(
    name: str, key: ec.EllipticCurvePrivateKey, start: dt.datetime, days: int = 365
) -> x509.Certificate:
    """A self-signed TLS certificate, for gateways (known by the configuration) and for systems that call one."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + days * _DAY)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(purposes, critical=False)
        .sign(key, SHA256())
    )


def write_key(path: Path, key: object) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
    path.write_bytes(encoded)
    path.chmod(0o600)


@dataclass
class SandboxGateway:
    code: str
    place: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    peers: str


@dataclass
class Sandbox:
    """The exchange as it will be published; change `members`, `quotas` … and `publish` again."""

    folder: Path
    now: dt.datetime
    kind: KeyKind = KeyKind.P256
    ocsp: str = ""
    version: int = 0
    gateways: dict[str, SandboxGateway] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)
    """Other fields of the configuration: groups, quotas, purposes."""
    trust: Trust | None = None

    def __post_init__(self) -> None:
        self.control = ec.generate_private_key(ec.SECP256R1())
        addresses = Addresses("http://ca.invalid/crl", "http://ca.invalid/ocsp", "http://ca.invalid/ca.crt")
        self.root_key, issuing_key = generate_key(self.kind), generate_key(self.kind)
        start = self.now - 30 * _DAY
        self.root = Authority.root("Sandbox Root", self.root_key, addresses, start=start)
        issuing = self.root.issue_authority("Sandbox Issuing", issuing_key.public_key(), start=start)
        self.issuing_key = issuing_key
        self.issuing = Authority(issuing, issuing_key, addresses, self.root.chain)
        place = self.folder / "control-plane"
        place.mkdir(parents=True, exist_ok=True)
        public = self.control.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (place / f"{KEY_ID}.pem").write_bytes(public)
        authority = CertificateAuthority(
            "Sandbox", pem_of(self.root.certificate), (pem_of(self.issuing.certificate),), self.ocsp
        )
        self.trust = self.trust or Trust((authority,))

    @property
    def published(self) -> Path:
        return self.folder / "configuration.json"

    def add_gateway(self, code: str, peers: str) -> SandboxGateway:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = own_certificate(code.lower(), key, self.now - _DAY)
        place = self.folder / code
        write_key(place / "keys" / "tls.key", key)
        (place / "keys" / "tls.crt").write_text(pem_of(certificate))
        made = self.gateways[code] = SandboxGateway(code, place, certificate, key, peers)
        return made

    def add_member(
        self,
        name: str,
        gateways: Sequence[str],
        subsystems: Sequence[Subsystem],
        days: int = 365,
        since: dt.timedelta = _DAY,
    ) -> x509.Certificate:
        """`name` is CLASS/CODE; its key is put into all `gateways`. The certificate begins `since` before now."""
        key = generate_key(self.kind)
        start = self.now - since
        certificate = self.issuing.issue_seal(
            Seal(name, name), key.public_key(), start=start, end=start + days * _DAY
        )
        for code in gateways:
            write_key(self.gateways[code].place / "keys" / f"{name.replace('/', '.')}.key", key)
        member_class, code = name.split("/")
        self.members.append(Member(member_class, code, name, (pem_of(certificate),), tuple(subsystems)))
        return certificate

    def configuration(self, valid: dt.timedelta = _DAY) -> Configuration:
        self.version += 1
        owner = f"{INSTANCE}/{self.members[0].member_class}/{self.members[0].code}"
        entries = tuple(
            GatewayEntry(each.code, owner, (each.peers,), (pem_of(each.certificate),))
            for each in self.gateways.values()
        )
        assert self.trust is not None
        made = Configuration(
            1,
            INSTANCE,
            self.version,
            self.now,
            self.now + valid,
            self.trust,
            entries,
            tuple(self.members),
        )
        return replace(made, **self.extra)  # type: ignore[arg-type]

    def publish(self, valid: dt.timedelta = _DAY) -> Path:
        """Sign and write the configuration; where it lies."""
        aside = self.published.with_suffix(".new")
        aside.write_bytes(sign_configuration(self.configuration(valid), self.control, KEY_ID))
        aside.replace(self.published)
        return self.published

    def settings(self, code: str, **other: object) -> Settings:
        gateway = self.gateways[code]
        made = Settings(
            code,
            gateway.place,
            str(self.published),
            self.folder / "control-plane",
            clients="127.0.0.1:0",
            peers=gateway.peers,
            state="127.0.0.1:0",
        )
        return replace(made, **other)  # type: ignore[arg-type]


def open_subsystem(code: str, gateway: str, services: Sequence[Service] = ()) -> Subsystem:
    return Subsystem(code, gateway, access=ClientAccess.OPEN, services=tuple(services))
