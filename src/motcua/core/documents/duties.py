"""What waits for a root, and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from motcua.core import clock
from motcua.core.documents import naming, revocation, root_files, trust
from motcua.core.errors import Text

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
    """`authority`, `stamper`, `responder`, `list`, `revocation`, `notice` or `root`"""
    name: str
    by: dt.datetime
    words: Text

    @property
    def is_late(self) -> bool:
        return self.by <= clock.now()


def duties() -> list[Duty]:
    """What waits for the root, the most urgent first."""
    return sorted(_duties(trust.house(), clock.now()), key=lambda one: one.by)


def duties_of(name: str) -> list[Duty]:
    """What waits for one root: its own list and responder each, everything else for the one in force."""
    house = trust.house()
    own = ("list", "responder", "revocation")
    return [one for one in duties() if (one.name if one.kind in own else house.root_name) == name]


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
    for name in house.withdrawn:
        if not root_files.signature_of(house.trust, name).exists():
            yield Duty("notice", name, now, _says_notice(name))
    yield from _next_root(house, now)


def _next_root(house: trust.House, now: dt.datetime) -> Iterator[Duty]:
    """The one after the newest that stands; at once, where each was withdrawn."""
    following = naming.next_name(trust.FIRST_ROOT, house.roots)
    if not house.standing_roots:
        words = Text(
            f"Lập tổ chức gốc mới ({following}): gốc trước đã bị thu hồi, đến lúc đó không cấp và không ký được gì.",
            f"Found a new root ({following}): the former one was withdrawn; nothing is issued or signed until then.",
        )
        yield Duty("root", following, now, words)
        return
    end = [*house.standing_roots.values()][-1].not_valid_after_utc
    if end - ROOT_LEAD <= now:
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
    if end - STAMPER_LEAD > now:
        return
    if house.standing_roots and house.root.certificate.not_valid_after_utc <= end:
        return
    following = naming.next_name(trust.STAMPER, house.stampers)
    words = Text(
        f"Cấp chứng thư cho khóa dấu thời gian kế tiếp ({following}); khóa hiện nay hết hạn {end:%d/%m/%Y}.",
        f"Certify the next time-stamping key ({following}); the present one ends on {end:%d/%m/%Y}.",
    )
    yield Duty("stamper", following, end - STAMPER_LEAD + _YEAR if standing else now, words)


def _of_root(house: trust.House, name: str, now: dt.datetime) -> Iterator[Duty]:
    """A root's list and responder, as long as it lasts; of a withdrawn one a last list, as long as the former would
    still be believed by whoever has not heard."""
    if house.roots[name].not_valid_after_utc <= now:
        return
    withdrawn = name in house.withdrawn
    if withdrawn and revocation.root_list_ends(name) <= now:
        return
    if revocation.root_list_lacks(house, name):
        words = Text(
            f"Gốc ({name}) ký danh sách thu hồi có tổ chức chứng thực vừa bị thu hồi.",
            f"The root ({name}) signs a list that names the revoked authority.",
        )
        yield Duty("revocation", name, now, words)
    if withdrawn:
        return
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


def _says_authority(name: str) -> Text:
    return Text(
        f"Cấp chứng thư cho tổ chức chứng thực kế tiếp: {trust.title_of(name)}.",
        f"Certify the next issuing authority: {trust.title_of(name)}.",
    )


def _says_notice(root: str) -> Text:
    return Text(
        f"Ký thông báo thu hồi tổ chức gốc ({root}).", f"Sign the notice that the root ({root}) is withdrawn."
    )
