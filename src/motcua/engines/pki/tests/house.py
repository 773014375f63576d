"""A complete little infrastructure for tests: root, issuing authority, signers, responders, time-stamps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from cryptography import x509

from motcua.engines.pki import (
    Addresses,
    Authority,
    KeyKind,
    OcspResponder,
    Person,
    PrivateKey,
    Revocation,
    Seal,
    Standing,
    TimeStampAuthority,
    generate_key,
    sign_with,
)

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
OFFICER = Person(
    "Nguyễn Thị Ánh", "Chủ tịch", "Ủy ban nhân dân phường Phan Đình Phùng", "7d0c1a9be2f45a60b1c2"
)
COMMITTEE = Seal("Ủy ban nhân dân phường Phan Đình Phùng", "000.00.18.H55")


def addresses(name: str) -> Addresses:
    base = f"http://pki.motcua.example/{name}"
    return Addresses(f"{base}.crl", f"{base}/ocsp", f"{base}.cer")


@dataclass
class House:
    """Keys of one kind all through; `revoked` is what the registers of both authorities hold."""

    kind: KeyKind = KeyKind.P256
    now: dt.datetime = NOW
    revoked: dict[int, Revocation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root_key, issuing_key, self.stamp_key = (generate_key(self.kind) for _ in range(3))
        self.officer_key, self.seal_key = generate_key(self.kind), generate_key(self.kind)
        self.root = Authority.root("Motcua Root CA", root_key, addresses("root"), start=START)
        issuing = self.root.issue_authority("Motcua Issuing CA", issuing_key.public_key(), start=START)
        self.issuing = Authority(issuing, issuing_key, addresses("issuing"), self.root.chain)
        self.officer = self.issuing.issue_person(OFFICER, self.officer_key.public_key(), start=START)
        self.seal = self.issuing.issue_seal(COMMITTEE, self.seal_key.public_key(), start=START)
        self.stamp = self.issuing.issue_time_stamping("Motcua TSA", self.stamp_key.public_key(), start=START)
        self.chain = (self.issuing.certificate,)
        self.tsa = TimeStampAuthority(
            self.stamp, self.chain, lambda data: sign_with(self.stamp_key, data), lambda: self.now
        )
        self.responder = self._responder(self.issuing)
        self.root_responder = self._responder(self.root)

    def standing(self, serial: int) -> Standing | Revocation:
        known = {each.serial_number for each in (self.officer, self.seal, self.stamp, *self.chain)}
        return self.revoked.get(serial) or (Standing.GOOD if serial in known else Standing.UNKNOWN)

    def ocsps(self, now: dt.datetime | None = None) -> list[bytes]:
        """Fresh answers about every certificate below the root."""
        moment = now or self.now
        below = [self.responder.respond_about(each, moment) for each in (self.officer, self.seal, self.stamp)]
        return [*below, self.root_responder.respond_about(self.issuing.certificate, moment)]

    def crls(self, now: dt.datetime | None = None) -> list[bytes]:
        moment = now or self.now
        until = moment + dt.timedelta(days=1)
        return [
            authority.crl(self.revoked.values(), number=1, now=moment, next_update=until)
            for authority in (self.root, self.issuing)
        ]

    def revoke(self, certificate: x509.Certificate, at: dt.datetime) -> None:
        reason = x509.ReasonFlags.cessation_of_operation
        self.revoked[certificate.serial_number] = Revocation(certificate.serial_number, at, reason)

    def _responder(self, authority: Authority) -> OcspResponder:
        key: PrivateKey = generate_key(self.kind)
        certificate = authority.issue_ocsp_responder("Motcua OCSP", key.public_key(), start=START)
        return OcspResponder(authority.certificate, certificate, key, self.standing)
