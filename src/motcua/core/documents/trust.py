"""The installation's own certification authorities and keys, in files outside the database.

A root, which rests offline once its ceremony was held (`motcua authority`), and below it one issuing authority for
each branch: officers, seals of agencies, time-stamping, systems and devices. An authority of the state would be asked
instead; these serve where there is none, and say that they are a sandbox in every certificate when the
installation is one.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from motcua.core import clock
from motcua.core.documents.key_room import alone, passphrase_of, write_whole
from motcua.core.documents.naming import (
    BRANCHES,
    FIRST_ROOT,
    FORMER,
    KEY_PREFIX,
    ROOT,
    ROOT_RESPONDER,
    STAMPER,
    RevokedAuthority,
    addresses_of,
    branch_named,
    file_of,
    generation,
    generations,
    key_of,
    next_name,
    title_of,
)
from motcua.core.documents.root_files import STANDING, read_notices, read_roots
from motcua.core.errors import Conflict
from motcua.core.ledger import head_key, tree_keys
from motcua.engines.pki import (
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
from motcua.engines.pki.ceremonies import RESPONDER_LASTS

REVOKED = "revoked.json"
"""In the trust folder: authorities of ours that were revoked."""
CHANGED = "changed"
"""In the trust folder: written when authorities or roots came or went, so that other processes look again."""
START = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""Certificates begin here, so that a sandbox may live through past days."""
RENEW_BEFORE = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What everybody trusts: the root's certificate. Its key is elsewhere."""

    certificate: x509.Certificate


class RootRests(Conflict):
    """The root's key is offline: what is asked needs the ceremony."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Khóa của tổ chức gốc đang cất ngoại tuyến, việc này chờ lần ký của gốc ({what}).",
            f"The root's key is offline, and this waits for its ceremony: {what}.",
        )


class House:
    """Authorities, time-stamping and key store of one home folder. Keys are opened once."""

    def __init__(self, home: Path) -> None:
        self.home, self.trust = home, home / "trust"
        self.keys = FileKeyStore(home / "keys" / "signing", passphrase_of(home))
        with alone(home):
            if not (self.trust / STANDING).exists():
                self._found()
            self.withdrawn = read_notices(self.trust)
            """Roots that are believed no longer, by their names."""
            self.roots = read_roots(self.trust, self.withdrawn)
            """All roots there ever were, the oldest first."""
            for branch in BRANCHES:
                if key_of(branch) not in self.keys.key_ids() and self.root_is_online:
                    self.open_branch(branch, self.root_authority())
            if ROOT_RESPONDER not in self.keys.key_ids() and self.root_is_online:
                self.renew_root_responder(self.root_authority(), START)
            known = self.keys.certified_ids()
            self.authorities = {
                name: self._authority(name)
                for branch in BRANCHES
                for name in generations(branch, (each.removeprefix(KEY_PREFIX) for each in known))
            }
            self._revoked: tuple[int, tuple[RevokedAuthority, ...]] = (-1, ())
            self._stampers: list[str] = []
            self._stamping: dict[str, TimeStampAuthority] = {}
            if STAMPER not in known:
                self._certify_stamper()

    def authority(self, branch: str) -> Authority:
        """The authority that issues for a branch now: the newest in force that was not revoked. Raises RootRests
        where the branch has none until the root's ceremony; a branch never opened issues by the former one."""
        own = generations(branch, self.authorities)
        if not own:
            return self.authority(FORMER)
        now, gone = clock.now(), {one.name for one in self.revoked()}
        standing = [name for name in own if name not in gone]
        begun = [name for name in standing if _begun(self.authorities[name].certificate, now)]
        if not standing:
            raise RootRests(f"{branch}: motcua authority order")
        return self.authorities[(begun or standing)[-1]]

    @property
    def issuer(self) -> Authority:
        """What issues for systems and devices now."""
        return self.authority(FORMER)

    @property
    def root(self) -> Anchor:
        """The root that signs now: the newest that has begun. Raises RootRests where each was withdrawn."""
        if self.root_name not in self.roots:
            raise RootRests(f"{self.root_name}: motcua authority order")
        return Anchor(self.roots[self.root_name])

    @property
    def root_name(self) -> str:
        """Its name; where each was withdrawn, that of the one that is to be founded."""
        standing = self.standing_roots
        begun = [name for name, one in standing.items() if _begun(one, clock.now())]
        return (begun or [*standing][:1] or [next_name(FIRST_ROOT, self.roots)])[-1]

    @property
    def standing_roots(self) -> dict[str, x509.Certificate]:
        """Those that were not withdrawn: what anyone may trust."""
        return {name: one for name, one in self.roots.items() if name not in self.withdrawn}

    def root_named(self, certificate: x509.Certificate) -> str:
        """The name of one of our roots."""
        return next(name for name, one in self.roots.items() if one == certificate)

    @property
    def links(self) -> list[x509.Certificate]:
        """Certificates of roots' keys under each other's roots."""
        return [
            one
            for file in sorted(self.trust.glob("issuer-link-*.pem"))
            for one in x509.load_pem_x509_certificates(file.read_bytes())
        ]

    @property
    def intermediates(self) -> list[x509.Certificate]:
        """The certificates of all issuing authorities, and those that bind the roots to each other: to build chains
        with, whoever was revoked since too."""
        return [*(authority.certificate for authority in self.authorities.values()), *self.links]

    @property
    def standing_intermediates(self) -> list[x509.Certificate]:
        """Those that were not revoked: to trust without asking further."""
        gone = {one.serial for one in self.revoked()}
        return [one for one in self.intermediates if one.serial_number not in gone]

    def revoked(self) -> tuple[RevokedAuthority, ...]:
        """Authorities of ours that were revoked; another process may just have said so."""
        file = self.trust / REVOKED
        written = file.stat().st_mtime_ns if file.exists() else 0
        if self._revoked[0] != written:
            rows = json.loads(file.read_text("utf-8")) if written else []
            self._revoked = written, tuple(RevokedAuthority.read(row) for row in rows)
        return self._revoked[1]

    def issuer_of(self, certificate: x509.Certificate) -> str | None:
        """The name of the authority that issued a certificate, of the root for an authority's own; None for one of
        others."""
        for name, root in self.roots.items():
            if certificate.issuer == root.subject:
                return name
        for branch, authority in self.authorities.items():
            if certificate.issuer == authority.certificate.subject:
                return branch
        return None

    def vouches_for(self, certificate: x509.Certificate) -> bool:
        """Whether one of ours issued it that was not revoked since."""
        issuer = self.issuer_of(certificate)
        return issuer is not None and issuer not in {one.name for one in self.revoked()}

    # ---- issuing

    def issue_person(self, key_id: str, person: Person) -> x509.Certificate:
        """A key in our own store for an officer, certified from the installation's first day on."""
        authority = self.authority("officers")
        return self.install(key_id, authority.issue_person(person, self.keys.create(key_id), start=START))

    def issue_seal(self, key_id: str, seal: Seal) -> x509.Certificate:
        """The same for an agency."""
        authority = self.authority("seals")
        return self.install(key_id, authority.issue_seal(seal, self.keys.create(key_id), start=START))

    def renew_seal(self, key_id: str, seal: Seal) -> x509.Certificate:
        """The next certificate for a key of an agency in our own store."""
        authority, key = self.authority("seals"), self.keys.private_key(key_id).public_key()
        return self.install(key_id, authority.issue_seal(seal, key, start=clock.now()))

    def install(self, key_id: str, certificate: x509.Certificate) -> x509.Certificate:
        """Put a certificate of ours, and those above it, beside its key in our own store."""
        name = self.issuer_of(certificate) or self.root_name
        above = self.authorities[name].chain if name in self.authorities else (self.roots[name],)
        self.keys.install(key_id, certificate, above)
        return certificate

    # ---- the root and its ceremony

    @property
    def root_is_online(self) -> bool:
        return key_of(self.root_name) in self.keys.key_ids()

    def root_authority(self, key: PrivateKey | None = None) -> Authority:
        """The root, with the key on hand or the one that the ceremony brought. Raises RootRests."""
        if key is None and not self.root_is_online:
            raise RootRests("motcua authority order")
        name = self.root_name
        return Authority(
            self.root.certificate, key or self.keys.private_key(key_of(name)), addresses_of(name)
        )

    def open_branch(self, branch: str, root: Authority) -> None:
        """Make the key of an issuing authority and have the root certify it; it then issues from the next start on."""
        public_key = self.keys.create(key_of(branch))
        certificate = root.issue_authority(title_of(branch), public_key, start=START)
        self.keys.install(key_of(branch), certificate, [root.certificate])
        self.trust.mkdir(parents=True, exist_ok=True)
        (self.trust / file_of(branch)).write_bytes(certificate.public_bytes(Encoding.PEM))

    def renew_root_responder(self, root: Authority, start: dt.datetime) -> None:
        """Five years in which the standing of issuing authorities can be told without the root."""
        if ROOT_RESPONDER not in self.keys.key_ids():
            self.keys.create(ROOT_RESPONDER)
        certificate = root.issue_ocsp_responder(
            title_of(ROOT_RESPONDER),
            self.keys.private_key(ROOT_RESPONDER).public_key(),
            start=start,
            end=start + RESPONDER_LASTS,
        )
        self.keys.install(ROOT_RESPONDER, certificate, [root.certificate])

    # ---- parts

    def _authority(self, name: str) -> Authority:
        key_id = key_of(name)
        certificate = self.keys.certificate(key_id)
        above = [one for one in self.roots.values() if one.subject == certificate.issuer]
        return Authority(certificate, self.keys.private_key(key_id), addresses_of(name), above)

    @property
    def stampers(self) -> list[str]:
        """The ids of all time-stamping keys, the newest last; the older ones' certificates stay known."""
        if not self._stampers:
            known = generations(STAMPER, self.keys.certified_ids())
            self._stampers = sorted(known, key=lambda one: self.keys.certificate(one).not_valid_before_utc)
        return self._stampers

    @property
    def stamper(self) -> str:
        """The id of the newest time-stamping key in force; a sandbox's clock may stand before the newest of all. Raises
        RootRests where the authority above every one was revoked."""
        now, gone = clock.now(), {one.name for one in self.revoked()}
        known = {each: self.keys.certificate(each) for each in self.stampers}
        standing = [each for each, one in known.items() if self.issuer_of(one) not in gone]
        if not standing:
            raise RootRests(f"{STAMPER}: motcua authority order")
        begun = [each for each in standing if known[each].not_valid_before_utc <= now]
        return begun[-1] if begun else standing[0]

    @property
    def time_stamping(self) -> TimeStampAuthority:
        """The time-stamping authority, with the key in force."""
        newest = self.stamper
        if newest not in self._stamping:
            self._stamping[newest] = self._time_stamping(newest)
        return self._stamping[newest]

    def _certify_stamper(self) -> None:
        stamper = self.authority("stamping").issue_time_stamping(
            title_of(STAMPER), self.keys.create(STAMPER), start=START
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
            title_of(FIRST_ROOT), self.keys.private_key(ROOT), addresses_of(FIRST_ROOT), start=START
        )
        self.keys.install(ROOT, root.certificate)
        self.open_branch(FORMER, root)
        self.trust.mkdir(parents=True, exist_ok=True)
        (self.trust / STANDING).write_bytes(root.certificate.public_bytes(Encoding.PEM))

    # ---- what anyone needs to verify

    def revocation_lists(self) -> list[bytes]:
        """Lists (DER) in force of the roots and of every issuing authority."""
        from motcua.core.documents import revocation

        return [revocation.list_of(name) for name in (*self.roots, *self.authorities)]

    def answers_about_revoked(self) -> dict[str, bytes]:
        """An answer (RFC 6960) about each authority of ours that was revoked, by its name."""
        from motcua.core.documents import revocation

        by_serial = {one.serial_number: one for one in self.intermediates}
        found = {
            one.name: revocation.answer_about(by_serial[one.serial])
            for one in self.revoked()
            if one.serial in by_serial
        }
        return {name: answer for name, answer in found.items() if answer is not None}

    def publish(self) -> Path:
        """Write what anyone needs to verify offline: certificates of the authorities, their lists, the log's key."""
        from motcua.core.documents import revocation

        for name in self.authorities:
            write_whole(self.trust / f"{name}.crl", revocation.list_of(name))
        for name in self.roots:
            revocation.list_of(name)
        for name, answer in self.answers_about_revoked().items():
            write_whole(self.trust / f"{name}.ocsp", answer)
        (self.trust / "log.pub").write_text(
            base64.b64encode(head_key.public_bytes()).decode(), encoding="ascii"
        )
        write_whole(self.trust / "log-key.pub", tree_keys.chain()[0].public_key.encode("ascii"))
        return self.trust


def house() -> House:
    """The authorities of this installation; made at first use, and anew when a ceremony has changed them."""
    home = Path(settings.MOTCUA_HOME)
    try:
        changed = (home / "trust" / CHANGED).stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return _house(str(home), changed)


def forget_house(home: Path | None = None) -> None:
    """Open the keys anew at the next use; with `home` in every process, since a ceremony has changed them there."""
    if home is not None:
        write_whole(home / "trust" / CHANGED, b"")
    _house.cache_clear()


def reference_of(identifier: str) -> str:
    """What stands in a certificate to tell namesakes apart, from which the identifier cannot be found."""
    return blind_reference(identifier, settings.SECRET_KEY.encode().ljust(32, b"."))


def _begun(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


@lru_cache(maxsize=4)
def _house(home: str, changed: int) -> House:
    """`changed` is when a ceremony last changed what lies there."""
    return House(Path(home))


__all__ = [
    "BRANCHES",
    "FIRST_ROOT",
    "FORMER",
    "ROOT",
    "ROOT_RESPONDER",
    "STAMPER",
    "Anchor",
    "House",
    "RevokedAuthority",
    "RootRests",
    "addresses_of",
    "alone",
    "branch_named",
    "file_of",
    "forget_house",
    "generation",
    "generations",
    "house",
    "key_of",
    "reference_of",
    "title_of",
    "write_whole",
]
