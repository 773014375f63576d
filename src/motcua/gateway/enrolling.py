"""Taking part, by `motcua gateway enrol`: in steps that may be repeated. Keys never leave the machine; a person at the
control plane approves; certificates come at once afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from motcua.gateway.configuration import read_configuration
from motcua.gateway.control_plane import ControlPlane, Refused
from motcua.gateway.directory import fingerprint
from motcua.gateway.enrolment import FILE, Enrolment, EnrolmentError, read_enrolment
from motcua.gateway.keys import control_plane_keys
from motcua.gateway.upkeep import keep_file

CONTROL_KEYS = "control-plane"
TLS = "tls"
Told = Callable[[str], None]


class Waiting(Exception):
    """A person at the control plane must decide first."""


def keep_secret(path: Path, content: bytes) -> None:
    """A file that only this account can read."""
    keep_file(path, content, mode=0o600)


def fresh_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 key at `path`, made when it is not there."""
    if path.is_file():
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise EnrolmentError(f"{path}: a P-256 key is expected; move the file away to have one made")
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    keep_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def request_for(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """A certificate request (PKCS #10, PEM); the names in the certificate are the control plane's to know."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True)
class Enroller:
    """The way in, step by step; each does only what is not done yet."""

    place: Path
    """The gateway's folder."""
    site: str
    code: str
    addresses: Sequence[str]
    key: str
    """The member's, or an earlier one of this gateway."""
    told: Told

    def trust_control_plane(self, confirmed: Callable[[str], bool]) -> None:
        """Take the key that signs the configuration; `confirmed` is asked whether its SHA-256 is the right one."""
        key_id, pem = ControlPlane(self.site, "").configuration_key()
        path = self.place / CONTROL_KEYS / f"{key_id}.pem"
        if path.is_file() and path.read_bytes() == pem:
            return
        try:
            load_pem_public_key(pem)
        except ValueError as error:
            raise EnrolmentError(
                f"{self.site} does not answer with a public key: is this the control plane?"
            ) from error
        if not confirmed(sha256(pem).hexdigest()):
            raise EnrolmentError(
                "the control plane's key is not the one that you were told: nothing was kept"
            )
        keep_file(path, pem)
        self.told(f"the control plane's key {key_id} is trusted from now on")

    def take_part(self) -> Enrolment:
        """Ask for the gateway, and for its own key once it is approved. Raises Waiting, Refused, Away."""
        kept = read_enrolment(self.place)
        if kept is not None and (kept.site, kept.code) == (self.site, self.code):
            return kept
        if kept is not None:
            raise EnrolmentError(
                f"{self.place} belongs to the gateway {kept.code} at {kept.site}: choose another MOTCUA_GATEWAY_HOME"
            )
        plane = ControlPlane(self.site, self.key)
        standing = plane.standing()
        if standing.state != "approved":
            raise Waiting(f"{standing.member} is {standing.state} at {self.site}: it must be approved first")
        state = standing.gateways.get(self.code)
        if state is None:
            if not self.addresses:
                raise EnrolmentError("--address HOST:PORT is needed: where other gateways reach this one")
            plane.ask_for_gateway(self.code, self.addresses)
            state = "applied"
            self.told(f"asked for the gateway {self.code} of {standing.member}")
        if state == "refused":
            raise Refused(f"the gateway {self.code} was refused at {self.site}")
        if state != "approved":
            raise Waiting(f"the gateway {self.code} is {state}: a person at {self.site} decides")
        made = Enrolment(self.site, self.code, standing.member, plane.gateway_key(self.code))
        keep_secret(self.place / FILE, json.dumps(asdict(made), indent=1).encode())
        self.told(f"the gateway {self.code} of {standing.member} is approved and has its key")
        return made

    def certify(self, enrolment: Enrolment) -> list[str]:
        """Keys and certificates for TLS and for the member's messages; the certificates' fingerprints."""
        plane = ControlPlane(enrolment.site, enrolment.key)
        keys, marks = self.place / "keys", []
        for kind, name in ((TLS, TLS), ("signing", enrolment.member.replace("/", "."))):
            key = fresh_key(keys / f"{name}.key")
            pem = plane.certify(kind, request_for(key, f"{enrolment.code} {kind}"))
            if kind == TLS:
                keep_file(keys / f"{TLS}.crt", pem.encode())
            until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
            self.told(f"certificate for {kind}: valid until {until:%d-%m-%Y}")
            marks.append(fingerprint(pem))
        return marks

    def is_listed(self, enrolment: Enrolment, marks: Sequence[str]) -> bool:
        """Whether the published configuration knows this gateway and its certificates; it is kept for the start."""
        data = ControlPlane(enrolment.site, enrolment.key).configuration()
        told = read_configuration(data, control_plane_keys(self.place / CONTROL_KEYS))
        known = {
            fingerprint(pem) for each in told.gateways if each.code == self.code for pem in each.certificates
        }
        known |= {fingerprint(pem) for each in told.members for pem in each.certificates}
        if not known.issuperset(marks):
            return False
        keep_file(self.place / "configuration.json", data)
        return True
