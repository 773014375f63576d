"""The installation's own certification authorities and keys, in files outside the database.

A root, which rests offline once its ceremony was held (`motcua authority`), and below it one issuing authority for
each branch: officers, seals of agencies, time-stamping, systems and devices. An authority of the state would be asked
instead; these serve where there is none, and say that they are a sandbox in every certificate when the
installation is one.
"""

from __future__ import annotations

import base64
import datetime as dt
import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from motcua.core import clock
from motcua.core.ledger import head_key, tree_keys
from motcua.engines.pki import (
    Addresses,
    Authority,
    FileKeyStore,
    Person,
    PrivateKey,
    Seal,
    TimeStampAuthority,
    algorithm_of,
    blind_reference,
    sign_with,
)

ROOT, STAMPER = "authority-root", "time-stamping"
ROOT_RESPONDER = "ocsp-root"
FORMER = "issuer"
"""The branch that issued everything before there were branches; it goes on for systems and devices."""
BRANCHES = {
    FORMER: "Motcua Issuing CA",
    "officers": "Motcua Officers CA",
    "seals": "Motcua Agencies CA",
    "stamping": "Motcua Time-Stamping CA",
}
START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""Certificates begin here, so that a sandbox may live through past days."""
ROOT_LIST_LASTS = dt.timedelta(days=400)
"""The offline root signs its list once a year, with a month to spare."""
ROOT_RESPONDER_LASTS = dt.timedelta(days=5 * 365)
RENEW_BEFORE = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What everybody trusts: the root's certificate. Its key is elsewhere."""

    certificate: x509.Certificate


class RootRests(Exception):
    """The root's key is offline: what is asked needs the ceremony."""


class House:
    """Authorities, time-stamping and key store of one home folder. Keys are opened once."""

    def __init__(self, home: Path) -> None:
        self.home, self.trust = home, home / "trust"
        self.keys = FileKeyStore(home / "keys" / "signing", _passphrase(home))
        with alone(home):
            if not (self.trust / "root.pem").exists():
                self._found()
            self.root = Anchor(self.keys.certificate(ROOT))
            for branch in BRANCHES:
                if key_of(branch) not in self.keys.key_ids() and self.root_is_online:
                    self.open_branch(branch, self.root_authority())
            if ROOT_RESPONDER not in self.keys.key_ids() and self.root_is_online:
                self.renew_root_responder(self.root_authority(), START)
            known = self.keys.key_ids()
            self.authorities = {
                branch: self._authority(branch) for branch in BRANCHES if key_of(branch) in known
            }
            self.issuer = self.authorities[FORMER]
            self._stampers: list[str] = []
            self._stamping: dict[str, TimeStampAuthority] = {}
            if STAMPER not in known:
                self._certify_stamper()

    def authority(self, branch: str) -> Authority:
        """The issuing authority of a branch; the former one where the root rests and the branch was never opened."""
        return self.authorities.get(branch, self.issuer)

    def branch_of(self, wanted: str) -> str:
        """The name of the branch that `authority` gives."""
        return wanted if wanted in self.authorities else FORMER

    @property
    def intermediates(self) -> list[x509.Certificate]:
        """The certificates of all issuing authorities."""
        return [authority.certificate for authority in self.authorities.values()]

    def issuer_of(self, certificate: x509.Certificate) -> str | None:
        """The branch that issued a certificate, "root" for an authority's own; None for one of others."""
        if certificate.issuer == self.root.certificate.subject:
            return "root"
        for branch, authority in self.authorities.items():
            if certificate.issuer == authority.certificate.subject:
                return branch
        return None

    # ---- issuing

    def issue_person(self, key_id: str, person: Person) -> x509.Certificate:
        """A key in our own store for an officer, certified from the installation's first day on."""
        authority = self.authority("officers")
        return self.install(key_id, authority.issue_person(person, self.keys.create(key_id), start=START))

    def issue_seal(self, key_id: str, seal: Seal) -> x509.Certificate:
        """The same for an agency."""
        authority = self.authority("seals")
        return self.install(key_id, authority.issue_seal(seal, self.keys.create(key_id), start=START))

    def install(self, key_id: str, certificate: x509.Certificate) -> x509.Certificate:
        """Put a certificate of ours, and those above it, beside its key in our own store."""
        branch = self.issuer_of(certificate)
        above = self.authorities[branch].chain if branch in self.authorities else (self.root.certificate,)
        self.keys.install(key_id, certificate, above)
        return certificate

    # ---- the root and its ceremony

    @property
    def root_is_online(self) -> bool:
        return ROOT in self.keys.key_ids()

    def root_authority(self, key: PrivateKey | None = None) -> Authority:
        """The root, with the key on hand or the one that the ceremony brought. Raises RootRests."""
        if key is None and not self.root_is_online:
            raise RootRests("the root's key is offline: bring its sealed export (motcua authority)")
        certificate = self.keys.certificate(ROOT)
        return Authority(certificate, key or self.keys.private_key(ROOT), addresses_of("root"))

    def open_branch(self, branch: str, root: Authority) -> None:
        """Make the key of an issuing authority and have the root certify it; it then issues from the next start on."""
        public_key = self.keys.create(key_of(branch))
        certificate = root.issue_authority(f"{BRANCHES[branch]}{_note()}", public_key, start=START)
        self.keys.install(key_of(branch), certificate, [root.certificate])
        self.trust.mkdir(parents=True, exist_ok=True)
        (self.trust / file_of(branch)).write_bytes(certificate.public_bytes(Encoding.PEM))

    def renew_root_responder(self, root: Authority, start: dt.datetime) -> None:
        """Five years in which the standing of issuing authorities can be told without the root."""
        if ROOT_RESPONDER not in self.keys.key_ids():
            self.keys.create(ROOT_RESPONDER)
        certificate = root.issue_ocsp_responder(
            f"Motcua OCSP Root{_note()}",
            self.keys.private_key(ROOT_RESPONDER).public_key(),
            start=start,
            end=start + ROOT_RESPONDER_LASTS,
        )
        self.keys.install(ROOT_RESPONDER, certificate, [root.certificate])

    # ---- parts

    def _authority(self, branch: str) -> Authority:
        key_id = key_of(branch)
        return Authority(
            self.keys.certificate(key_id),
            self.keys.private_key(key_id),
            addresses_of(branch),
            [self.root.certificate],
        )

    @property
    def stampers(self) -> list[str]:
        """The ids of all time-stamping keys, the newest last; the older ones' certificates stay known."""
        if not self._stampers:
            known = [
                each for each in self.keys.key_ids() if each == STAMPER or each.startswith(f"{STAMPER}-")
            ]
            self._stampers = sorted(known, key=lambda one: self.keys.certificate(one).not_valid_before_utc)
        return self._stampers

    @property
    def stamper(self) -> str:
        """The id of the newest time-stamping key in force; a sandbox's clock may stand before the newest of all."""
        now = clock.now()
        begun = [each for each in self.stampers if self.keys.certificate(each).not_valid_before_utc <= now]
        return begun[-1] if begun else STAMPER

    @property
    def time_stamping(self) -> TimeStampAuthority:
        """The time-stamping authority, with the key in force."""
        newest = self.stamper
        if newest not in self._stamping:
            self._stamping[newest] = self._time_stamping(newest)
        return self._stamping[newest]

    def renew_stamper(self, root: Authority, start: dt.datetime) -> x509.Certificate:
        """A new time-stamping key straight under the root: it may outlive every issuing authority."""
        with alone(self.home):
            key_id = f"{STAMPER}-{len(self.stampers) + 1}"
            public_key = self.keys.create(key_id)
            certificate = root.issue_time_stamping(f"Motcua TSA{_note()}", public_key, start=start)
            self.install(key_id, certificate)
            self._stampers = []
        return certificate

    def _certify_stamper(self) -> None:
        stamper = self.authority("stamping").issue_time_stamping(
            f"Motcua TSA{_note()}", self.keys.create(STAMPER), start=START
        )
        self.install(STAMPER, stamper)

    def _time_stamping(self, newest: str) -> TimeStampAuthority:
        stamper, above = self.keys.certificate(newest), self.keys.chain(newest)
        stamp_key, algorithm = self.keys.private_key(newest), algorithm_of(stamper)
        return TimeStampAuthority(
            stamper,
            [each for each in above if each.issuer != each.subject],
            lambda data: sign_with(stamp_key, data, algorithm),
            lambda: clock.now(),
        )

    def _found(self) -> None:
        """Make the root; the branches below it follow."""
        self.keys.create(ROOT)
        root = Authority.root(
            f"Motcua Root CA{_note()}", self.keys.private_key(ROOT), addresses_of("root"), start=START
        )
        self.keys.install(ROOT, root.certificate)
        self.open_branch(FORMER, root)
        self.trust.mkdir(parents=True, exist_ok=True)
        (self.trust / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))

    # ---- what anyone needs to verify

    def revocation_lists(self) -> list[bytes]:
        """Lists (DER) in force of the root and of every issuing authority."""
        from motcua.core.documents import revocation

        return [revocation.list_of(name) for name in ("root", *self.authorities)]

    def publish(self) -> Path:
        """Write what anyone needs to verify offline: certificates of the authorities, their lists, the log's key."""
        from motcua.core.documents import revocation

        for name in self.authorities:
            write_whole(self.trust / f"{name}.crl", revocation.list_of(name))
        revocation.list_of("root")
        (self.trust / "log.pub").write_text(
            base64.b64encode(head_key.public_bytes()).decode(), encoding="ascii"
        )
        write_whole(self.trust / "log-key.pub", tree_keys.chain()[0].public_key.encode("ascii"))
        return self.trust


def house() -> House:
    """The authorities of this installation; made at first use."""
    return _house(str(settings.MOTCUA_HOME))


def forget_house() -> None:
    """Open the keys anew at the next use: the ceremony has changed them."""
    _house.cache_clear()


def reference_of(identifier: str) -> str:
    """What stands in a certificate to tell namesakes apart, from which the identifier cannot be found."""
    return blind_reference(identifier, settings.SECRET_KEY.encode().ljust(32, b"."))


def key_of(branch: str) -> str:
    """The id of an issuing authority's key."""
    return f"authority-{branch}"


def file_of(branch: str) -> str:
    """Its certificate in the trust folder; readers take every `issuer*.pem`."""
    return "issuer.pem" if branch == FORMER else f"issuer-{branch}.pem"


def addresses_of(who: str) -> Addresses:
    """Where certificates of an authority send whoever asks about them."""
    door = f"{settings.MOTCUA_SITE}/chung-thu"
    return Addresses(
        crl=f"{door}/ca/{who}.crl",
        ocsp=f"{door}/ocsp/{who}",
        issuer=f"{door}/ca/{who}.cer",
        policy=f"{door}/quy-che/",
    )


@lru_cache(maxsize=4)
def _house(home: str) -> House:
    return House(Path(home))


def _note() -> str:
    return " (thử nghiệm)" if settings.MOTCUA_SANDBOX else ""


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file; whoever reads it finds the former or the new one, whole."""
    spare = path.with_name(f"{path.name}.new")
    spare.write_bytes(content)
    spare.replace(path)


def _passphrase(home: Path) -> str:
    file = home / "keys" / "passphrase"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(home):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One process at a time makes keys."""
    lock = home / "keys" / ".lock"
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
