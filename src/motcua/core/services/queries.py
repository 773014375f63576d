"""Reading services: which version is in force, its pack, the catalogue, the search, gears and rates."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet

from motcua.core.errors import NotFound
from motcua.core.services import pack as packs
from motcua.core.services.models import GearSetting, Rate, Service, ServiceVersion, VersionState
from motcua.core.services.pack.parts import Gear, GearRule, Validity
from motcua.engines.text import fold

T = TypeVar("T")
FRESH = 3.0
"""Seconds for which this process may go on with what it knows of the day's versions, gears and rates."""
SIMILAR = 0.4

_packs: dict[int, packs.Pack] = {}
_kept: dict[Hashable, tuple[float, Any]] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Listed:
    """A service as the catalogue lists it."""

    code: str
    slug: str
    name: str
    name_en: str
    summary: str
    summary_en: str
    field: str
    life_events: tuple[str, ...]
    online: str
    version_id: int

    def title(self, lang: str = "vi") -> str:
        return self.name_en if lang == "en" else self.name


def pack(version_id: int) -> packs.Pack:
    """The compiled pack of a version. Raises NotFound."""
    known = _packs.get(version_id)
    if known is None:
        files = ServiceVersion.objects.filter(pk=version_id).values_list("files", flat=True).first()
        if files is None:
            raise NotFound("Không có phiên bản thủ tục này.", "There is no such version of a service.")
        known = packs.load(files).of_version(version_id, rate)
        with _lock:
            _packs[version_id] = known
    return known


def current(code_or_slug: str, on: dt.date) -> packs.Pack:
    """The pack in force on a day, by code or slug. Raises NotFound."""
    return pack(_keep(("current", code_or_slug, on), lambda: _current_id(code_or_slug, on)))


def version(version_id: int) -> ServiceVersion:
    """The row of a version. Raises NotFound."""
    row = ServiceVersion.objects.select_related("service").filter(pk=version_id).first()
    if row is None:
        raise NotFound("Không có phiên bản thủ tục này.", "There is no such version of a service.")
    return row


def versions(code_or_slug: str) -> list[ServiceVersion]:
    """Every version of a service that the reader may see, newest first."""
    rows = ServiceVersion.objects.select_related("service").filter(_named(code_or_slug))
    return list(rows.order_by("-number"))


def proposals() -> list[ServiceVersion]:
    """What waits for a second person, oldest first."""
    rows = ServiceVersion.objects.select_related("service", "based_on").filter(state=VersionState.PROPOSED)
    return list(rows.order_by("proposed_at"))


def catalogue(on: dt.date) -> list[Listed]:
    """The services in force on a day, in Vietnamese order of their names."""
    return _keep(("catalogue", on), lambda: _listed(_in_force(on).filter(service__active=True)))


def search(text: str, lang: str = "vi", on: dt.date | None = None, limit: int = 20) -> list[Listed]:
    """Services by name, other name or code, with or without accents; the best first.

    Every word has to be found, whole or in part; where nothing has them all, what sounds most alike is offered.
    """
    from motcua.core import clock

    words = fold(text[:200])
    if not words:
        return []
    rows = _in_force(on or clock.today()).filter(service__active=True)
    exact = rows
    for word in words.split():
        exact = exact.filter(service__folded__contains=word)
    found = _listed(exact, words, limit)
    return found or _listed(rows.filter(_alike(words)), words, limit)


def gear(code: str, decision: str, agency_id: int | None, on: dt.date) -> GearRule:
    """How far a decision runs by itself at an agency on a day: its setting, the general one, the pack's, or propose."""
    return _keep(("gear", code, decision, agency_id, on), lambda: _gear(code, decision, agency_id, on))


def rate(key: str, province_code: str | None, on: dt.date) -> int | None:
    """The amount in đồng in force on a day: the province's line before the country's; None without a line.

    Where no province is known, the only one that has a line counts: an installation serves one province.
    """
    lines = _keep(("rate", key, on), lambda: _rates(key, on))
    local = {code: amount for code, amount in lines.items() if code}
    if province_code is None:
        if len(local) == 1:
            return next(iter(local.values()))
    elif province_code in local:
        return local[province_code]
    return lines.get("")


def rate_line(key: str, province_code: str | None, on: dt.date) -> Rate | None:
    """The line of exactly this province (None: the country's) on a day."""
    return Rate.objects.filter(_valid(on), key=key, province_code=province_code or "").first()


def rates(on: dt.date | None = None) -> list[Rate]:
    """All lines, or those in force on a day."""
    rows = Rate.objects.all() if on is None else Rate.objects.filter(_valid(on))
    return list(rows.order_by("key", "province_code", "valid_from"))


def forget(version_id: int | None = None) -> None:
    """Read anew what changed in this process."""
    with _lock:
        _kept.clear()
        if version_id is not None:
            _packs.pop(version_id, None)


def _current_id(code_or_slug: str, on: dt.date) -> int:
    found = (
        _in_force(on).filter(_named(code_or_slug), service__active=True).values_list("pk", flat=True).first()
    )
    if found is None:
        raise NotFound(
            f"Không có thủ tục “{code_or_slug}” đang áp dụng ngày {on:%d/%m/%Y}.",
            f"No service {code_or_slug!r} is in force on {on.isoformat()}.",
        )
    return found


def _named(code_or_slug: str) -> Q:
    return Q(service__code=code_or_slug) | Q(service__slug=code_or_slug)


def _in_force(on: dt.date) -> QuerySet[ServiceVersion]:
    return ServiceVersion.objects.filter(
        Q(in_force_until=None) | Q(in_force_until__gte=on),
        state=VersionState.PUBLISHED,
        in_force_from__lte=on,
    )


def _valid(on: dt.date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gte=on))


def _alike(words: str) -> Q:
    similar = Service.objects.annotate(near=TrigramWordSimilarity(words, "folded")).filter(near__gte=SIMILAR)
    return Q(service__in=similar)


def _listed(rows: QuerySet[ServiceVersion], words: str = "", limit: int | None = None) -> list[Listed]:
    from motcua.engines.text import sort_key

    if words:
        rows = rows.annotate(near=TrigramWordSimilarity(words, "service__folded")).order_by("-near")
    columns = rows.values_list(
        "pk", "manifest", "service__code", "service__slug", "service__name", "service__name_en"
    )
    found = [
        Listed(
            code, slug, name, name_en, manifest["summary"]["vi"], manifest["summary"]["en"], manifest["field"],
            tuple(manifest.get("life_events", ())), manifest["online"], pk,
        )
        for pk, manifest, code, slug, name, name_en in columns[:limit]
    ]  # fmt: skip
    return found if words else sorted(found, key=lambda one: sort_key(one.name))


def _gear(code: str, decision: str, agency_id: int | None, on: dt.date) -> GearRule:
    rows = GearSetting.objects.filter(_valid(on), service_code=code, decision=decision)
    rows = rows.filter(Q(agency_id=agency_id) | Q(agency_id=None))
    own = sorted(rows, key=lambda row: (row.agency_id is not None, row.valid_from))
    if own:
        last = own[-1]
        return GearRule(
            decision, Gear(last.gear), last.legal_basis, Validity(last.valid_from, last.valid_until)
        )
    shipped = current(code, on).gear(decision, on)
    return shipped or GearRule(decision, Gear.PROPOSE, "", Validity())


def _rates(key: str, on: dt.date) -> dict[str, int]:
    return dict(Rate.objects.filter(_valid(on), key=key).values_list("province_code", "amount"))


def _keep(key: Hashable, read: Callable[[], T]) -> T:
    now = time.monotonic()
    found = _kept.get(key)
    if found is not None and now - found[0] < FRESH:
        value: T = found[1]
        return value
    value = read()
    with _lock:
        if len(_kept) > 20_000:
            _kept.clear()
        _kept[key] = (now, value)
    return value
