"""What is asked of an offline root, and its answer: two files that cross the room, neither of them secret.

The order holds requests for certificates (PKCS #10), each signed by the key it is for, the authorities that were
revoked, and notices to be signed. The answer holds certificates, the root's list and signatures. Whoever takes an
answer in believes nothing but the root's own signature on each thing in it; where the ceremony founded the root itself,
because no other is left, its keepers bring its fingerprint by another way.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motcua.engines.pki.authority import Addresses, Authority, Revocation, Seal
from motcua.engines.pki.keys import PrivateKey, PublicKey
from motcua.engines.pki.notices import sign_notice
from motcua.engines.pki.requests import RequestError, public_key_of

LIST_LASTS = dt.timedelta(days=400)
"""An offline root signs its list once a year, with a month to spare."""
RESPONDER_LASTS = dt.timedelta(days=5 * 365)
ROOT_YEARS = 20
_ORDER, _ANSWER = "motcua-root-order-1", "motcua-root-answer-1"


class CeremonyError(ValueError):
    """An order or an answer cannot be used; the message says what of it is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One certificate that is asked for: PEM of its request, and the name that it will bear."""

    title: str
    request: str


@dataclass(frozen=True, slots=True)
class Order:
    """All that is asked of one root."""

    root: str
    """Name of the root, "root" or "root-2"."""
    fingerprint: str
    """SHA-256 of its certificate, hexadecimal; empty where it is to be founded."""
    door: str
    """Address below which the installation answers about certificates."""
    made_at: str
    authorities: Mapping[str, Wanted] = field(default_factory=dict)
    stampers: Mapping[str, Wanted] = field(default_factory=dict)
    responder: Wanted | None = None
    revoked: Sequence[Mapping[str, str]] = ()
    """Authorities of this root: `serial` (decimal), `at` (ISO 8601), `reason` (RFC 5280 section 5.3.1)."""
    next_root: str = ""
    """The name of the root to be founded, "root-2"; empty for none."""
    next_title: str = ""
    next_responder: Wanted | None = None
    title: str = ""
    """The name that the root itself will bear, where none is left that could sign and it is founded by this order."""
    notices: Mapping[str, str] = field(default_factory=dict)
    """Texts to be signed, by their names."""

    def to_json(self) -> bytes:
        return json.dumps({"kind": _ORDER, **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Order:
        """Raises CeremonyError."""
        told = _read(text, _ORDER)
        try:
            for name in ("authorities", "stampers"):
                told[name] = {key: Wanted(**one) for key, one in told[name].items()}
            for name in ("responder", "next_responder"):
                told[name] = Wanted(**told[name]) if told[name] else None
            return cls(**told)
        except (KeyError, TypeError, AttributeError) as error:
            raise CeremonyError(f"this order lacks something or says too much: {error}") from error

    def sentences(self) -> list[str]:
        """What the keepers of the root read before they agree."""
        told = (
            [f"found the root {self.title!r} ({self.root}) anew, with a key made here"] if self.title else []
        )
        told += [f"{self.root}: a list of what it revoked, good for {LIST_LASTS.days} days"]
        told += [
            f"revoke the authority with serial {int(one['serial']):x}, {one['reason']}"
            for one in self.revoked
        ]
        told += [
            f"certify the issuing authority {one.title!r} ({name})" for name, one in self.authorities.items()
        ]
        told += [
            f"certify the time-stamping key {one.title!r} ({name})" for name, one in self.stampers.items()
        ]
        told += [f"certify the responder {self.responder.title!r}"] if self.responder else []
        told += (
            [f"found the next root {self.next_title!r} and bind both to each other"] if self.next_root else []
        )
        told += [
            f"sign the notice that {name} is withdrawn (SHA-256 {sha256(text.encode()).hexdigest()[:16]}…)"
            for name, text in self.notices.items()
        ]
        return told


@dataclass(frozen=True, slots=True)
class NextRoot:
    """A root founded beside the present one, each certifying the other's key (RFC 4210 section 4.4)."""

    name: str
    certificate: str
    by_former: str
    """The new key under the former root: for whoever knows only that one."""
    former_by_it: str
    """The former key under the new root: for whoever knows only the new one."""
    listed: str
    responder: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a root signed. Certificates are PEM, lists base64 of DER."""

    root: str
    at: str
    by: Sequence[str]
    """Who held the ceremony."""
    listed: str
    certificates: Mapping[str, str] = field(default_factory=dict)
    """By the names of the order; the responder's under "responder"."""
    next_root: NextRoot | None = None
    certificate: str = ""
    """The root's own, where this ceremony founded it."""
    notices: Mapping[str, str] = field(default_factory=dict)
    """Detached signatures (base64 of DER) over the notices of the order, by their names."""

    def to_json(self) -> bytes:
        return json.dumps({"kind": _ANSWER, **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Answer:
        """Raises CeremonyError."""
        told = _read(text, _ANSWER)
        try:
            founded = told.pop("next_root")
            return cls(**told, next_root=NextRoot(**founded) if founded else None)
        except (KeyError, TypeError) as error:
            raise CeremonyError(f"this answer lacks something or says too much: {error}") from error


def answer(
    order: Order,
    certificate: x509.Certificate | None,
    key: PrivateKey,
    *,
    by: Sequence[str],
    now: dt.datetime,
    next_key: PrivateKey | None = None,
) -> Answer:
    """Sign what an order asks. `certificate` is None where the order founds the root, whose key `key` then becomes;
    `next_key` is needed where it asks for a next root. Raises CeremonyError."""
    if order.next_root and next_key is None:
        raise CeremonyError("the order asks for a next root: name the file for its key")
    root = _root_of(order, certificate, key, now)
    made: dict[str, str] = {}
    try:
        for name, one in order.authorities.items():
            made[name] = _pem(root.issue_authority(one.title, _key(one), start=now))
        for name, one in order.stampers.items():
            made[name] = _pem(root.issue_time_stamping(one.title, _key(one), start=now))
        if order.responder is not None:
            made["responder"] = _pem(_responder(root, order.responder, now))
    except ValueError as error:
        raise CeremonyError(str(error)) from error
    founded = None
    if order.next_root and next_key is not None:
        founded = _found_next(order, root, next_key, now)
    told = Answer(order.root, now.isoformat(), tuple(by), _b64(_list(root, order.revoked, now)), made)
    holder = Seal(_common_name(root.certificate), order.root)
    signed = {
        name: _b64(sign_notice(root, text.encode(), holder, now)) for name, text in order.notices.items()
    }
    own = _pem(root.certificate) if order.title else ""
    return replace(told, next_root=founded, certificate=own, notices=signed)


def check_founded(told: Answer, title: str, fingerprint: str, now: dt.datetime) -> x509.Certificate:
    """The certificate of a root that an answer founded, if it bears its name and is the one whose `fingerprint` its
    keepers brought (SHA-256, hexadecimal; blanks and colons are forgiven). Raises CeremonyError."""
    own = certificate_in(told.certificate)
    typed = "".join(fingerprint.replace(":", "").split()).lower()
    if typed != fingerprint_of(own):
        raise CeremonyError("the fingerprint is not that of the root in this answer")
    _check_issued(own, own, told.root)
    constraints = own.extensions.get_extension_for_class(x509.BasicConstraints).value
    if _common_name(own) != title or not constraints.ca:
        raise CeremonyError(f"this is not the certificate of {title!r}")
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        raise CeremonyError("the root in this answer is not in force now: its clock or ours is wrong")
    return own


def check_answer(told: Answer, certificate: x509.Certificate, now: dt.datetime) -> None:
    """Whether the root of `certificate` signed everything in an answer, and each is what it is named. Raises
    CeremonyError."""
    for name, pem in told.certificates.items():
        issued = certificate_in(pem)
        _check_issued(issued, certificate, name)
        _check_kind(issued, name)
        if not issued.not_valid_before_utc <= now <= issued.not_valid_after_utc:
            raise CeremonyError(f"the certificate of {name} is not in force now")
    check_list(list_in(told.listed), certificate, now)
    founded = told.next_root
    if founded is None:
        return
    own, linked = certificate_in(founded.certificate), certificate_in(founded.by_former)
    _check_issued(own, own, founded.name)
    _check_issued(linked, certificate, f"{founded.name} under {told.root}")
    _check_issued(certificate_in(founded.former_by_it), own, f"{told.root} under {founded.name}")
    same = linked.public_key() == own.public_key() and linked.subject == own.subject
    back = certificate_in(founded.former_by_it)
    if not same or back.public_key() != certificate.public_key() or back.subject != certificate.subject:
        raise CeremonyError("the two roots do not certify each other's keys")
    check_list(list_in(founded.listed), own, now)
    if founded.responder:
        _check_issued(certificate_in(founded.responder), own, f"the responder of {founded.name}")
        _check_kind(certificate_in(founded.responder), "responder")


def check_list(listed: bytes, root: x509.Certificate, now: dt.datetime) -> None:
    """Whether this list is the root's own and holds now. Raises CeremonyError."""
    held = x509.load_der_x509_crl(listed)
    end = held.next_update_utc
    if held.issuer != root.subject or not held.is_signature_valid(root.public_key()):  # type: ignore[arg-type]
        raise CeremonyError("the list in this answer is not signed by the root")
    if end is None or not held.last_update_utc <= now < end:
        raise CeremonyError("the list in this answer does not hold now: its clock or ours is wrong")


def certificate_in(pem: str) -> x509.Certificate:
    """Raises CeremonyError."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise CeremonyError(f"a certificate in this answer cannot be read: {error}") from error


def list_in(text: str) -> bytes:
    """Raises CeremonyError."""
    try:
        encoded = base64.b64decode(text, validate=True)
        x509.load_der_x509_crl(encoded)
    except (binascii.Error, ValueError) as error:
        raise CeremonyError(f"a list in this answer cannot be read: {error}") from error
    return encoded


def signature_in(text: str) -> bytes:
    """Raises CeremonyError."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise CeremonyError(f"a signature in this answer cannot be read: {error}") from error


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, hexadecimal."""
    return certificate.fingerprint(SHA256()).hex()


def _root_of(
    order: Order, certificate: x509.Certificate | None, key: PrivateKey, now: dt.datetime
) -> Authority:
    """The root that signs, founded here where the order says so. Raises CeremonyError."""
    addresses = _addresses(order.door, order.root)
    if order.title:
        return Authority.root(order.title, key, addresses, start=now, years=ROOT_YEARS)
    if certificate is None or order.fingerprint != fingerprint_of(certificate):
        raise CeremonyError(f"this order is for another root ({order.fingerprint[:16]}…)")
    if certificate.public_key() != key.public_key():
        raise CeremonyError("this key is another root's")
    return Authority(certificate, key, addresses)


def _found_next(order: Order, root: Authority, key: PrivateKey, now: dt.datetime) -> NextRoot:
    addresses = _addresses(order.door, order.next_root)
    founded = Authority.root(order.next_title, key, addresses, start=now, years=ROOT_YEARS)
    responder = _responder(founded, order.next_responder, now) if order.next_responder else None
    return NextRoot(
        order.next_root,
        _pem(founded.certificate),
        _pem(root.certify_root(founded.certificate, start=now)),
        _pem(founded.certify_root(root.certificate, start=now)),
        _b64(_list(founded, (), now)),
        _pem(responder) if responder else "",
    )


def _responder(root: Authority, wanted: Wanted, now: dt.datetime) -> x509.Certificate:
    """As old as the root: it replaces the former one, and a sandbox's clock may go back behind today."""
    start = root.certificate.not_valid_before_utc + dt.timedelta(minutes=5)
    return root.issue_ocsp_responder(wanted.title, _key(wanted), start=start, end=now + RESPONDER_LASTS)


def _list(root: Authority, revoked: Sequence[Mapping[str, str]], now: dt.datetime) -> bytes:
    entries = [
        Revocation(int(one["serial"]), dt.datetime.fromisoformat(one["at"]), x509.ReasonFlags[one["reason"]])
        for one in revoked
    ]
    number = int(now.timestamp() * 1_000_000) << 12
    return root.crl(entries, number=number, now=now, next_update=now + LIST_LASTS)


def _check_issued(issued: x509.Certificate, issuer: x509.Certificate, name: str) -> None:
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CeremonyError(f"the certificate of {name} is not signed by the root") from error


def _check_kind(issued: x509.Certificate, name: str) -> None:
    """That a responder is none but a responder, a time-stamping key no authority."""
    constraints = issued.extensions.get_extension_for_class(x509.BasicConstraints).value
    try:
        purposes = list(issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        purposes = []
    wanted = {"responder": ExtendedKeyUsageOID.OCSP_SIGNING}.get(name)
    if name.startswith("time-stamping"):
        wanted = ExtendedKeyUsageOID.TIME_STAMPING
    good = constraints.ca and constraints.path_length == 0 if wanted is None else not constraints.ca
    if not good or purposes != ([] if wanted is None else [wanted]):
        raise CeremonyError(f"the certificate of {name} is for another purpose")


def _common_name(certificate: x509.Certificate) -> str:
    return ", ".join(
        str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    )


def _addresses(door: str, name: str) -> Addresses:
    return Addresses(
        crl=f"{door}/ca/{name}.crl",
        ocsp=f"{door}/ocsp/{name}",
        issuer=f"{door}/ca/{name}.cer",
        policy=f"{door}/quy-che/",
    )


def _key(wanted: Wanted) -> PublicKey:
    try:
        return public_key_of(wanted.request.encode())
    except RequestError as error:
        raise CeremonyError(f"the request for {wanted.title!r}: {error}") from error


def _read(text: bytes, kind: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise CeremonyError(f"this file is not JSON: {error}") from error
    if not isinstance(told, dict) or told.pop("kind", "") != kind:
        raise CeremonyError(f"this file is no {kind}")
    return told


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
