"""The installation's own certification authority and keys, in files outside the database.

An authority of the state would be asked instead; this one serves where there is none, and says that it is a sandbox
in every certificate when the installation is one.
"""

from __future__ import annotations

import base64
import datetime as dt
import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from motcua.core import clock
from motcua.core.documents.models import Key
from motcua.core.ledger import head_key
from motcua.engines.pki import (
    Addresses,
    Authority,
    FileKeyStore,
    Person,
    Revocation,
    Seal,
    TimeStampAuthority,
    algorithm_of,
    blind_reference,
    sign_with,
)

ROOT, ISSUER, STAMPER = "authority-root", "authority-issuer", "time-stamping"
START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""Certificates begin here, so that a sandbox may live through past days."""
LIST_LASTS = dt.timedelta(days=2)


class House:
    """Authority, time-stamping and key store of one home folder. Keys are opened once."""

    def __init__(self, home: Path) -> None:
        self.trust = home / "trust"
        self.keys = FileKeyStore(home / "keys" / "signing", _passphrase(home))
        with _alone(home):
            if not (self.trust / "root.pem").exists():
                self._found()
        root = self.keys.certificate(ROOT)
        self.root = Authority(root, self.keys.private_key(ROOT), _addresses("root"))
        self.issuer = Authority(
            self.keys.certificate(ISSUER), self.keys.private_key(ISSUER), _addresses("issuer"), [root]
        )
        stamper = self.keys.certificate(STAMPER)
        stamp_key, algorithm = self.keys.private_key(STAMPER), algorithm_of(stamper)
        self.time_stamping = TimeStampAuthority(
            stamper,
            [self.issuer.certificate],
            lambda data: sign_with(stamp_key, data, algorithm),
            lambda: clock.now(),
        )

    def issue_person(self, key_id: str, person: Person) -> x509.Certificate:
        return self._install(key_id, self.issuer.issue_person(person, self.keys.create(key_id), start=START))

    def issue_seal(self, key_id: str, seal: Seal) -> x509.Certificate:
        return self._install(key_id, self.issuer.issue_seal(seal, self.keys.create(key_id), start=START))

    def certificate_of_responder(self, key_id: str) -> x509.Certificate:
        """The certificate that answers about others; renewed when less than a month is left of it."""
        if key_id not in self.keys.key_ids():
            self.keys.create(key_id)
        elif self.keys.certificate(key_id).not_valid_after_utc > clock.now() + dt.timedelta(days=30):
            return self.keys.certificate(key_id)
        public_key = self.keys.private_key(key_id).public_key()
        start = clock.now() - dt.timedelta(days=1)
        return self._install(key_id, self.issuer.issue_ocsp_responder("Motcua OCSP", public_key, start=start))

    def revocation_lists(self) -> list[bytes]:
        """Fresh lists (DER) of the root and of the issuing authority, from what the database says."""
        now = clock.now()
        number = int(now.timestamp())
        revoked = [
            Revocation(int(key.serial), key.revoked_at)
            for key in Key.objects.filter(revoked_at__isnull=False).order_by("id")
            if key.revoked_at
        ]
        return [
            self.root.crl([], number=number, now=now, next_update=now + LIST_LASTS),
            self.issuer.crl(revoked, number=number, now=now, next_update=now + LIST_LASTS),
        ]

    def publish(self) -> Path:
        """Write what anyone needs to verify offline: the root, the issuing authority and fresh lists."""
        for name, content in zip(("root.crl", "issuer.crl"), self.revocation_lists(), strict=True):
            spare = self.trust / f"{name}.new"
            spare.write_bytes(content)
            spare.replace(self.trust / name)
        (self.trust / "log.pub").write_text(
            base64.b64encode(head_key.public_bytes()).decode(), encoding="ascii"
        )
        return self.trust

    def _install(self, key_id: str, certificate: x509.Certificate) -> x509.Certificate:
        self.keys.install(key_id, certificate, self.issuer.chain)
        return certificate

    def _found(self) -> None:
        """Make the root, the issuing authority below it and the time-stamping authority."""
        note = " (thử nghiệm)" if settings.MOTCUA_SANDBOX else ""
        self.keys.create(ROOT)
        root = Authority.root(
            f"Motcua Root CA{note}", self.keys.private_key(ROOT), _addresses("root"), start=START
        )
        self.keys.install(ROOT, root.certificate)
        issuer_certificate = root.issue_authority(
            f"Motcua Issuing CA{note}", self.keys.create(ISSUER), start=START
        )
        self.keys.install(ISSUER, issuer_certificate, [root.certificate])
        issuer = Authority(
            issuer_certificate, self.keys.private_key(ISSUER), _addresses("issuer"), [root.certificate]
        )
        stamper = issuer.issue_time_stamping(f"Motcua TSA{note}", self.keys.create(STAMPER), start=START)
        self.keys.install(STAMPER, stamper, issuer.chain)
        self.trust.mkdir(parents=True, exist_ok=True)
        (self.trust / "issuer.pem").write_bytes(issuer_certificate.public_bytes(Encoding.PEM))
        (self.trust / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))


def house() -> House:
    """The authority of this installation; made at first use."""
    return _house(str(settings.MOTCUA_HOME))


def reference_of(identifier: str) -> str:
    """What stands in a certificate to tell namesakes apart, from which the identifier cannot be found."""
    return blind_reference(identifier, settings.SECRET_KEY.encode().ljust(32, b"."))


@lru_cache(maxsize=4)
def _house(home: str) -> House:
    return House(Path(home))


def _addresses(who: str) -> Addresses:
    site = settings.MOTCUA_SITE
    return Addresses(
        crl=f"{site}/kiem-tra/tin-cay/{who}.crl",
        ocsp=f"{site}/kiem-tra/ocsp",
        issuer=f"{site}/kiem-tra/tin-cay/{who}.cer",
    )


def _passphrase(home: Path) -> str:
    file = home / "keys" / "passphrase"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(home):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time makes keys."""
    lock = home / "keys" / ".lock"
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
