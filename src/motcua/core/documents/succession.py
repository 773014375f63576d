"""The life of the authorities themselves: what each needs by when, orders to the root and its answers.

One way for both kinds of root: an order says what is wanted, the root answers, the answer is checked and taken in. A
root on this machine answers at once, every night; an offline one by files that its keepers carry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import naming, revocation, root_files, trust
from motcua.core.documents.duties import Duty, duties, duties_of
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines import cades
from motcua.engines.pki import KeyStoreError, PrivateKey, algorithm_of, ceremonies, generate_key
from motcua.engines.pki.ceremonies import Answer, CeremonyError, Order, Wanted
from motcua.engines.pki.keys import SignatureAlgorithm, sign_with
from motcua.engines.pki.requests import request_for
from motcua.engines.trust_lists import Evidence, Roots

__all__ = ["Duty", "accept", "duties", "hold", "order", "perform"]


def order(root: str = "", *, found_next: bool = True, whole: bool = False) -> Order:
    """What is asked of a root (default: the one in force, or the one to be founded where each was withdrawn): all that
    is due for it, its list always; `whole` renews its responder too. Makes the keys that want certificates; asking
    again asks for the same ones."""
    house = trust.house()
    name = root or house.root_name
    is_new = name == house.root_name and name not in house.roots
    if name not in house.roots and not is_new:
        raise UserError(f"Không có tổ chức gốc “{name}”.", f"There is no root {name!r}.", "root")
    mine = duties_of(name)
    made = Order(
        root=name,
        fingerprint="" if is_new else ceremonies.fingerprint_of(house.roots[name]),
        door=naming.door_of_authorities(),
        made_at=clock.now().isoformat(timespec="seconds"),
        authorities={
            one.name: _wanted(trust.key_of(one.name), one.name) for one in mine if one.kind == "authority"
        },
        stampers={one.name: _wanted(one.name, one.name) for one in mine if one.kind == "stamper"},
        revoked=[one.to_json() for one in revocation.revoked_under(house, name)],
        title=trust.title_of(name) if is_new else "",
        notices={
            one.name: root_files.notice_of(house.trust, one.name).read_text("utf-8")
            for one in mine
            if one.kind == "notice"
        },
    )
    if whole or is_new or any(one.kind == "responder" for one in mine):
        made = replace(made, responder=_wanted(naming.responder_of(name), naming.responder_of(name)))
    following = (
        next((one.name for one in mine if one.kind == "root"), "") if found_next and not is_new else ""
    )
    if following:
        responder = naming.responder_of(following)
        made = replace(
            made,
            next_root=following,
            next_title=trust.title_of(following),
            next_responder=_wanted(responder, responder),
        )
    return made


def hold(asked: Order, key: PrivateKey, by: Sequence[str], next_key: PrivateKey | None = None) -> list[str]:
    """Let a root whose key is at hand answer, and take the answer in. Returns what was certified."""
    house = trust.house()
    try:
        told = ceremonies.answer(
            asked, house.roots.get(asked.root), key, by=by, now=clock.now(), next_key=next_key
        )
    except CeremonyError as wrong:
        raise UserError(f"Gốc không ký được: {wrong}.", f"The root cannot sign this: {wrong}.") from wrong
    founded = ceremonies.fingerprint_of(ceremonies.certificate_in(told.certificate)) if asked.title else ""
    return accept(SYSTEM, told, founded)


def accept(actor: Actor, told: Answer, fingerprint: str = "") -> list[str]:
    """Take in what a root signed: certificates beside their keys, its list, the next root beside it, signed notices.

    Believes only the root's signatures and our own keys; an answer may come twice. One that founded the root itself,
    after each was withdrawn, needs its `fingerprint`, which its keepers bring on paper. Returns the names of what is
    new. Raises UserError, Conflict.
    """
    house, now = trust.house(), clock.now()
    try:
        certificate = _root_that_told(house, told, fingerprint, now)
        ceremonies.check_answer(told, certificate, now)
        listed = ceremonies.list_in(told.listed)
        signed = _checked_notices(house, told, certificate, listed, now)
        with trust.alone(house.home):
            if told.root in house.roots:
                _check_newer(house, told.root, listed)
            fresh = [name for name in told.certificates if _install(house, told, name, certificate)]
            revocation.keep_root_list(house, told.root, listed)
            for name, signature in signed.items():
                trust.write_whole(root_files.signature_of(house.trust, name), signature)
            founded = _take_next_root(house, told)
            if told.root not in house.roots:
                root_files.add_root(house.trust, certificate)
                founded = told.root
    except (CeremonyError, KeyStoreError) as wrong:
        raise UserError(
            f"Câu trả lời của gốc không dùng được: {wrong}.",
            f"The root's answer cannot be used: {wrong}.",
            "answer",
        ) from wrong
    trust.forget_house(house.home)
    emit(
        "authority.root_used",
        actor,
        data={"root": told.root, "by": list(told.by), "branches": fresh, "founded": founded},
    )
    return [*fresh, *([founded] if founded else [])]


def perform() -> list[str]:
    """Where the root is on this machine: do what is due. Returns what was certified."""
    house = trust.house()
    if not house.root_is_online or not duties_of(house.root_name):
        return []
    asked, next_key = order(), None
    if asked.next_root:
        own = trust.key_of(asked.next_root)
        if own not in house.keys.key_ids():
            house.keys.add(own, generate_key())
        next_key = house.keys.private_key(own)
    return hold(asked, house.keys.private_key(trust.key_of(asked.root)), ["motcua"], next_key)


def _wanted(key_id: str, name: str) -> Wanted:
    keys = trust.house().keys
    if key_id not in keys.key_ids():
        keys.create(key_id)
    key, title = keys.private_key(key_id), trust.title_of(name)
    algorithm = SignatureAlgorithm.ECDSA_SHA256  # the house makes keys on P-256 (FileKeyStore.create)
    if key_id in keys.certified_ids():
        algorithm = algorithm_of(keys.certificate(key_id))
    asked = request_for(key.public_key(), title, algorithm, lambda data: sign_with(key, data, algorithm))
    return Wanted(title, x509.load_der_x509_csr(asked).public_bytes(Encoding.PEM).decode("ascii"))


def _root_that_told(house: trust.House, told: Answer, fingerprint: str, now: dt.datetime) -> x509.Certificate:
    """The root whose answer this is. Raises UserError, CeremonyError."""
    known = house.roots.get(told.root)
    if known is not None:
        return known
    if told.root != house.root_name or not told.certificate:
        raise UserError(f"Không có tổ chức gốc “{told.root}”.", f"There is no root {told.root!r}.", "answer")
    if not fingerprint.strip():
        raise UserError(
            "Gốc này vừa được lập. Ghi dấu vân tay của nó, theo giấy mà hai người giữ khóa mang về.",
            "This root was founded just now. Give its fingerprint, from the paper that its two keepers brought.",
            "fingerprint",
        )
    try:
        return ceremonies.check_founded(told, trust.title_of(told.root), fingerprint, now)
    except CeremonyError as wrong:
        raise UserError(
            f"Không nhận gốc mới: {wrong}.", f"The new root is not taken: {wrong}.", "fingerprint"
        ) from wrong


def _checked_notices(
    house: trust.House, told: Answer, root: x509.Certificate, listed: bytes, now: dt.datetime
) -> dict[str, bytes]:
    """The signatures (DER) over our notices, by the names of the withdrawn roots. Raises CeremonyError."""
    signed = {}
    for name, text in told.notices.items():
        if name not in house.withdrawn:
            raise CeremonyError(f"there is no notice {name} here")
        signed[name] = ceremonies.signature_in(text)
        notice = root_files.notice_of(house.trust, name).read_bytes()
        evidence = Evidence(crls=(listed,))
        reports = cades.verify(signed[name], {name: notice}, Roots((root,)), now=now, evidence=evidence)
        if not reports or not all(one.valid for one in reports):
            raise CeremonyError(f"the notice {name} is not signed by the root")
    return signed


def _install(house: trust.House, told: Answer, name: str, root: x509.Certificate) -> bool:
    """Put a certificate beside its key, and an authority's where everybody finds it. False where it lies there."""
    key_id = naming.responder_of(told.root) if name == "responder" else name
    authority = name != "responder" and trust.branch_named(name) in trust.BRANCHES
    key_id = trust.key_of(name) if authority else key_id
    certificate = ceremonies.certificate_in(told.certificates[name])
    if key_id not in house.keys.key_ids():
        raise CeremonyError(f"there is no key for {name} here")
    if key_id in house.keys.certified_ids() and name != "responder":
        if house.keys.certificate(key_id) != certificate:
            raise CeremonyError(f"{name} has another certificate already")
        return False
    house.keys.install(key_id, certificate, [root])
    if authority:
        trust.write_whole(house.trust / trust.file_of(name), certificate.public_bytes(Encoding.PEM))
    return True


def _take_next_root(house: trust.House, told: Answer) -> str:
    """Trust the next root beside the present one. Returns its name; empty for none, or when it was known."""
    founded = told.next_root
    if founded is None or founded.name in house.roots:
        return ""
    if founded.name != naming.next_name(trust.FIRST_ROOT, house.roots):
        raise CeremonyError(f"{founded.name} is not the next root")
    if founded.responder:
        responder = naming.responder_of(founded.name)
        own = ceremonies.certificate_in(founded.certificate)
        house.keys.install(responder, ceremonies.certificate_in(founded.responder), [own])
    link = f"issuer-link-{founded.name}.pem"
    trust.write_whole(house.trust / link, f"{founded.by_former}{founded.former_by_it}".encode())
    revocation.keep_root_list(house, founded.name, ceremonies.list_in(founded.listed))
    root_files.add_root(house.trust, ceremonies.certificate_in(founded.certificate))
    return founded.name


def _check_newer(house: trust.House, root: str, listed: bytes) -> None:
    held = x509.load_der_x509_crl(revocation.list_of(root))
    if x509.load_der_x509_crl(listed).last_update_utc < held.last_update_utc:
        raise Conflict(
            "Câu trả lời này cũ hơn danh sách thu hồi đang dùng.",
            "This answer is older than the list in use.",
            "answer",
        )
