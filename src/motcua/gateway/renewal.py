"""Certificates renewed by the gateway itself, with new keys, in time and without a gap.

A new key waits beside the present one as `NAME.next.key` with its certificate `NAME.next.crt`. Once the configuration
has listed that certificate long enough for every other gateway to know it, both take the place of the former.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from motcua.gateway.control_plane import ControlPlane
from motcua.gateway.directory import Directory, fingerprint
from motcua.gateway.enrolling import TLS, fresh_key, request_for
from motcua.gateway.enrolment import Enrolment
from motcua.gateway.keys import NEXT, SigningKey, certificate_for
from motcua.gateway.upkeep import keep_file

BEFORE = dt.timedelta(days=45)
"""Before the end: the control plane warns its people at thirty days."""


class Renewal:
    """Watches over the keys in `keys`; `enrolment` says where to ask, none that nobody can be asked."""

    def __init__(
        self, keys: Path, enrolment: Enrolment | None, clock: Callable[[], float], settled_s: float
    ) -> None:
        self.keys = keys
        self.enrolment = enrolment
        self.fault = ""
        self._clock = clock
        self._settled_s = settled_s
        self._listed: dict[str, float] = {}
        self._finish_turns()

    def ends(self, directory: Directory, signing_keys: dict[str, SigningKey]) -> dict[str, dt.datetime]:
        """When each certificate in use ends: by `tls` and `CLASS/CODE`."""
        found = {}
        certificate = self.keys / f"{TLS}.crt"
        if certificate.is_file():
            found[TLS] = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
        for name, key in signing_keys.items():
            member = directory.members.get(f"{directory.configuration.instance}/{name}")
            used = certificate_for(key, member.certificates) if member is not None else None
            if used is not None:
                found[name] = used.not_valid_after_utc
        return found

    def ask(self, ends: dict[str, dt.datetime]) -> list[str]:
        """Ask for the certificates that end soon; the names of those that came. Blocks. Raises Away, Refused."""
        if self.enrolment is None:
            return []
        now = dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        plane = ControlPlane(self.enrolment.site, self.enrolment.key)
        came = []
        for name, end in ends.items():
            file = name.replace("/", ".")
            if end - now > BEFORE or name not in (TLS, self.enrolment.member):
                continue
            if (self.keys / f"{file}{NEXT}.crt").is_file():
                continue
            key = fresh_key(self.keys / f"{file}{NEXT}.key")
            kind = TLS if name == TLS else "signing"
            pem = plane.certify(kind, request_for(key, f"{self.enrolment.code} {kind}"))
            keep_file(self.keys / f"{file}{NEXT}.crt", pem.encode())
            came.append(name)
        return came

    def take_up(self, directory: Directory) -> list[str]:
        """Put in use what everybody knows by now; the names whose keys are new."""
        taken = []
        for path in sorted(self.keys.glob(f"*{NEXT}.crt")):
            mark = fingerprint(path.read_text())
            if mark not in directory.gateway_of and mark not in directory.signers:
                self._listed.pop(mark, None)
                continue
            since = self._listed.setdefault(mark, self._clock())
            if self._clock() - since >= self._settled_s:
                file = path.name.removesuffix(f"{NEXT}.crt")
                path.replace(self.keys / f"{file}.crt")
                (self.keys / f"{file}{NEXT}.key").replace(self.keys / f"{file}.key")
                del self._listed[mark]
                taken.append(file.replace(".", "/", 1))
        return taken

    def _finish_turns(self) -> None:
        """A crash between the two steps of a turn leaves the new certificate with the former key."""
        for path in self.keys.glob(f"*{NEXT}.key"):
            file = path.name.removesuffix(f"{NEXT}.key")
            certificate = self.keys / f"{file}.crt"
            if (self.keys / f"{file}{NEXT}.crt").is_file() or not certificate.is_file():
                continue
            used = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
            if used == fresh_key(path).public_key():
                path.replace(self.keys / f"{file}.key")
