"""The life of the authorities themselves: what each needs by when, orders to the root and its answers.

One way for both kinds of root: an order says what is wanted, the root answers, the answer is checked and taken in. A
root on this machine answers at once, every night; an offline one by files that its keepers carry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import naming, revocation, trust
from motcua.core.errors import Conflict, Text, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines.pki import KeyStoreError, PrivateKey, algorithm_of, ceremonies, generate_key
from motcua.engines.pki.ceremonies import Answer, CeremonyError, Order, Wanted
from motcua.engines.pki.keys import SignatureAlgorithm, sign_with
from motcua.engines.pki.requests import request_for

_YEAR = dt.timedelta(days=366)
LEADS = {trust.FORMER: 3 * _YEAR, "officers": 4 * _YEAR, "seals": 6 * _YEAR}
"""An authority is followed by the next while it still outlives the longest certificate that it issues. The branch of
time-stamping has none: the root certifies those keys itself."""
STAMPER_LEAD = dt.timedelta(days=3 * 365)
"""A time-stamping certificate with less left than this is followed by the next before it stamps for decades."""
ROOT_LEAD = 11 * _YEAR
"""The root outlives the authorities that it certifies, ten years each."""
RESPONDER_LEAD = _YEAR
LIST_LEAD = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that only the root can do, and by when."""

    kind: str
    """`authority`, `stamper`, `responder`, `list`, `revocation` or `root`"""
    name: str
    by: dt.datetime
    words: Text

    @property
    def is_late(self) -> bool:
        return self.by <= clock.now()


def duties() -> list[Duty]:
    """What waits for the root, the most urgent first."""
    return sorted(_duties(trust.house(), clock.now()), key=lambda one: one.by)


def order(root: str = "", *, found_next: bool = True, whole: bool = False) -> Order:
    """What is asked of a root (default: the one in force): all that is due for it, its list always; `whole` renews its
    responder too. Makes the keys that want certificates; asking again asks for the same ones."""
    house = trust.house()
    name = root or house.root_name
    if name not in house.roots:
        raise UserError(f"Không có tổ chức gốc “{name}”.", f"There is no root {name!r}.", "root")
    mine = [one for one in _duties(house, clock.now()) if _root_for(house, one) == name]
    certificate = house.roots[name]
    made = Order(
        root=name,
        fingerprint=ceremonies.fingerprint_of(certificate),
        door=naming.door_of_authorities(),
        made_at=clock.now().isoformat(timespec="seconds"),
        authorities={
            one.name: _wanted(trust.key_of(one.name), one.name) for one in mine if one.kind == "authority"
        },
        stampers={one.name: _wanted(one.name, one.name) for one in mine if one.kind == "stamper"},
        revoked=[one.to_json() for one in revocation.revoked_under(house, name)],
    )
    if whole or any(one.kind == "responder" for one in mine):
        made = replace(made, responder=_wanted(naming.responder_of(name), naming.responder_of(name)))
    following = next((one.name for one in mine if one.kind == "root"), "") if found_next else ""
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
            asked, house.roots[asked.root], key, by=by, now=clock.now(), next_key=next_key
        )
    except CeremonyError as wrong:
        raise UserError(f"Gốc không ký được: {wrong}.", f"The root cannot sign this: {wrong}.") from wrong
    return accept(SYSTEM, told)


def accept(actor: Actor, told: Answer) -> list[str]:
    """Take in what a root signed: certificates beside their keys, its list, the next root beside it.

    Believes only the root's signatures and our own keys; an answer may come twice. Returns the names of what is new.
    Raises UserError, Conflict.
    """
    house, now = trust.house(), clock.now()
    certificate = house.roots.get(told.root)
    if certificate is None:
        raise UserError(f"Không có tổ chức gốc “{told.root}”.", f"There is no root {told.root!r}.", "answer")
    try:
        ceremonies.check_answer(told, certificate, now)
        listed = ceremonies.list_in(told.listed)
        with trust.alone(house.home):
            _check_newer(house, told.root, listed)
            fresh = [name for name in told.certificates if _install(house, told, name)]
            revocation.keep_root_list(house, told.root, listed)
            founded = _take_next_root(house, told)
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
    if not house.root_is_online or not duties():
        return []
    asked, next_key = order(), None
    if asked.next_root:
        own = trust.key_of(asked.next_root)
        if own not in house.keys.key_ids():
            house.keys.add(own, generate_key())
        next_key = house.keys.private_key(own)
    return hold(asked, house.keys.private_key(trust.key_of(asked.root)), ["motcua"], next_key)


def _duties(house: trust.House, now: dt.datetime) -> Iterator[Duty]:
    gone = {one.name for one in house.revoked()}
    for branch, lead in LEADS.items():
        own = [name for name in trust.generations(branch, house.authorities) if name not in gone]
        last = house.authorities[own[-1]].certificate.not_valid_after_utc if own else now
        following = naming.next_name(branch, house.authorities)
        if last - lead <= now:
            yield Duty(
                "authority", following, last - lead + _YEAR / 2 if own else now, _says_authority(following)
            )
    yield from _stamping(house, now, gone)
    for name in house.roots:
        yield from _of_root(house, name, now)
    newest = [*house.roots][-1]
    end = house.roots[newest].not_valid_after_utc
    if end - ROOT_LEAD <= now:
        following = naming.next_name(trust.FIRST_ROOT, house.roots)
        words = Text(
            f"Lập tổ chức gốc kế tiếp ({following}); gốc hiện nay hết hạn {end:%d/%m/%Y}.",
            f"Found the next root ({following}); the present one ends on {end:%d/%m/%Y}.",
        )
        yield Duty("root", following, end - ROOT_LEAD + _YEAR, words)


def _stamping(house: trust.House, now: dt.datetime, gone: set[str]) -> Iterator[Duty]:
    """The next time-stamping key, if the root's would end later than the present one."""
    standing = [
        one for each in house.stampers if house.issuer_of(one := house.keys.certificate(each)) not in gone
    ]
    end = max((one.not_valid_after_utc for one in standing), default=now)
    if end - STAMPER_LEAD > now or house.root.certificate.not_valid_after_utc <= end:
        return
    following = naming.next_name(trust.STAMPER, house.stampers)
    words = Text(
        f"Cấp chứng thư cho khóa dấu thời gian kế tiếp ({following}); khóa hiện nay hết hạn {end:%d/%m/%Y}.",
        f"Certify the next time-stamping key ({following}); the present one ends on {end:%d/%m/%Y}.",
    )
    yield Duty("stamper", following, end - STAMPER_LEAD + _YEAR if standing else now, words)


def _of_root(house: trust.House, name: str, now: dt.datetime) -> Iterator[Duty]:
    """A root's list and responder, as long as it lasts."""
    if house.roots[name].not_valid_after_utc <= now:
        return
    if revocation.root_list_lacks(house, name):
        words = Text(
            f"Gốc ({name}) ký danh sách thu hồi có tổ chức chứng thực vừa bị thu hồi.",
            f"The root ({name}) signs a list that names the revoked authority.",
        )
        yield Duty("revocation", name, now, words)
    end = revocation.root_list_ends(name)
    if end - LIST_LEAD <= now:
        words = Text(
            f"Gốc ({name}) ký danh sách thu hồi mới; danh sách hiện nay hết hạn {end:%d/%m/%Y}.",
            f"The root ({name}) signs a new list; the present one ends on {end:%d/%m/%Y}.",
        )
        yield Duty("list", name, end - LIST_LEAD / 2, words)
    responder = naming.responder_of(name)
    known = house.keys.certified_ids()
    end = house.keys.certificate(responder).not_valid_after_utc if responder in known else now
    if end - RESPONDER_LEAD <= now:
        words = Text(
            f"Cấp chứng thư mới cho máy trả lời OCSP của gốc ({name}), hết hạn {end:%d/%m/%Y}.",
            f"Certify anew what answers for the root ({name}) by OCSP; it ends on {end:%d/%m/%Y}.",
        )
        yield Duty("responder", name, end - RESPONDER_LEAD / 4, words)


def _root_for(house: trust.House, one: Duty) -> str:
    """Which root does a duty: its own list and responder each, everything else the one in force."""
    return one.name if one.kind in ("list", "responder", "revocation") else house.root_name


def _says_authority(name: str) -> Text:
    return Text(
        f"Cấp chứng thư cho tổ chức chứng thực kế tiếp: {trust.title_of(name)}.",
        f"Certify the next issuing authority: {trust.title_of(name)}.",
    )


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


def _install(house: trust.House, told: Answer, name: str) -> bool:
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
    house.keys.install(key_id, certificate, [house.roots[told.root]])
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
    known = (house.trust / "root.pem").read_bytes()
    trust.write_whole(house.trust / "root.pem", known + founded.certificate.encode())
    return founded.name


def _check_newer(house: trust.House, root: str, listed: bytes) -> None:
    held = x509.load_der_x509_crl(revocation.list_of(root))
    if x509.load_der_x509_crl(listed).last_update_utc < held.last_update_utc:
        raise Conflict(
            "Câu trả lời này cũ hơn danh sách thu hồi đang dùng.",
            "This answer is older than the list in use.",
            "answer",
        )
