"""The list of services, and what one service is today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from motcua.core import clock
from motcua.core.identity.access import policy
from motcua.core.organisations.models import Agency
from motcua.core.services import queries
from motcua.core.services.models import GearSetting, Rate, Service, ServiceVersion, VersionState
from motcua.core.services.pack import Pack
from motcua.engines.text import sort_key
from motcua.systems.studio import words
from motcua.systems.studio.desk import DESK, bench_of, desks_of, lang_of, page, service_of
from motcua.systems.studio.models import Workbench


@policy(DESK)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every service with what holds today; on top what waits for a second person."""
    lang = lang_of(request)
    benches = {row.service_id: row for row in desks_of(request) if row.changes}
    versions: dict[int, list[ServiceVersion]] = {}
    for row in ServiceVersion.objects.defer("files", "manifest").order_by("-number"):
        versions.setdefault(row.service_id, []).append(row)
    rows = sorted(Service.objects.all(), key=lambda one: sort_key(one.name))
    listed = [_listed(one, versions.get(one.pk, []), benches.get(one.pk), lang) for one in rows]
    return page(request, "home", {"services": listed, "proposals": queries.proposals()})


@policy(DESK)
@require_GET
def service(request: HttpRequest, code: str) -> HttpResponse:
    """What holds, what is to come, who proposed and approved; amounts and gears with their law."""
    row, lang = service_of(code), lang_of(request)
    versions = queries.versions(code)
    now = _in_force(versions)
    pack = queries.pack(now.pk) if now else None
    bench = bench_of(request, row)
    context = {
        "service": row,
        "now": now,
        "versions": [_line(one, lang) for one in versions],
        "changes": len(bench.changes) if bench else 0,
        "rates": _rates(pack, words.amounts(now.files, lang)) if now and pack else [],
        "gears": _gears(code, pack, lang) if pack else [],
        "tables": [view for _file, view in words.tables_of(now.files)] if now else [],
        "today": clock.today(),
    }
    return page(request, "service", context)


def _listed(
    row: Service, versions: list[ServiceVersion], bench: Workbench | None, lang: str
) -> dict[str, Any]:
    now = _in_force(versions)
    later = [
        one for one in versions if one.state == VersionState.PUBLISHED and one.in_force_from > clock.today()
    ]
    return {
        "code": row.code,
        "name": row.name_en if lang == "en" else row.name,
        "now": now,
        "later": min(later, key=lambda one: one.in_force_from, default=None),
        "proposed": sum(one.state == VersionState.PROPOSED for one in versions),
        "drafts": sum(one.state == VersionState.DRAFT for one in versions),
        "changes": len(bench.changes) if bench else 0,
    }


def _in_force(versions: list[ServiceVersion]) -> ServiceVersion | None:
    today = clock.today()
    return next(
        (
            one
            for one in versions
            if one.state == VersionState.PUBLISHED
            and one.in_force_from <= today
            and (one.in_force_until is None or one.in_force_until >= today)
        ),
        None,
    )


def _line(row: ServiceVersion, lang: str) -> dict[str, Any]:
    state, kind = words.standing(row, lang)
    return {"row": row, "state": state, "kind": kind}


def _rates(pack: Pack, titles: dict[str, str]) -> list[tuple[str, Rate]]:
    """The dated amounts that this service asks for, each with its name."""
    keys = {line.key for line in pack.rate_lines}
    return [
        (words.amount(titles, line.key, line.province_code), line)
        for line in queries.rates()
        if line.key in keys
    ]


def _gears(code: str, pack: Pack, lang: str) -> list[dict[str, Any]]:
    """For each decision the gear of the whole installation, and the agencies that have another."""
    today, titles = clock.today(), words.questions(pack.files, lang)
    found = []
    for name in pack.decisions:
        rule = queries.gear(code, name, None, today)
        own = GearSetting.objects.filter(service_code=code, decision=name).exclude(agency_id=None)
        agencies = dict(Agency.objects.filter(pk__in=own.values("agency_id")).values_list("pk", "name"))
        found.append(
            {
                "name": name,
                "decision": titles.get(name, name),
                "gear": words.GEARS[rule.gear.value].text(lang),
                "legal_basis": rule.legal_basis,
                "exceptions": [
                    (agencies.get(one.agency_id or 0, ""), words.GEARS[one.gear].text(lang), one)
                    for one in own.order_by("-valid_from")
                ],
            }
        )
    return found
