"""Before a second person looks: what changed, what the pack's cases say, where the tables gape, whom it touches."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.services.actions import Change
from motcua.core.services.changes import Kind, applied, expectations
from motcua.core.services.models import Service, ServiceVersion
from motcua.core.services.pack.yaml_source import read
from motcua.systems.studio import actions, differences, trying, words
from motcua.systems.studio.desk import (
    EDITOR,
    Faults,
    actor_of,
    bench_of,
    day,
    go,
    lang_of,
    page,
    service_of,
    typed,
)
from motcua.systems.studio.models import Workbench


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    """The desk: changes, results, impact, the day and the reason; the last button hands it to a second person."""
    service, actor, faults = service_of(code), actor_of(request), Faults(lang_of(request))
    bench = bench_of(request, service)
    if bench is None or not bench.changes:
        return page(request, "nothing", {"service": service})
    given = {"in_force_from": bench.in_force_from.isoformat(), "note": bench.note}
    act = typed(request, "act")
    if request.method == "POST" and act == "clear":
        actions.clear(actor, service)
        return go(request, "service", code, said="Đã bỏ bản sửa.")
    if request.method == "POST" and act == "drop":
        try:
            place = int(typed(request, "place") or "-1")
            actions.drop_change(actor, service, place)
            return go(request, "check", code, said="Đã bỏ một thay đổi.")
        except UserError as fault:
            faults.add(fault, "changes")
        except ValueError:
            raise NotFound from None
    elif request.method == "POST":
        given = {name: typed(request, name) for name in given}
        answer = _propose(request, service, faults, act)
        if answer is not None:
            return answer
        bench = bench_of(request, service) or bench
    return page(request, "check", {**_results(bench, service, lang_of(request)), "given": given, "faults": faults,
        "errors": faults.summary}, status=400 if faults else 200)  # fmt: skip


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, code: str, slug: str) -> HttpResponse:
    """A case that fails: is the change wrong, or does the case tell the law of yesterday? The clerk says which."""
    service, lang, faults = service_of(code), lang_of(request), Faults(lang_of(request))
    bench = bench_of(request, service)
    if bench is None:
        raise NotFound
    _base, files = actions.files_of(bench)
    report = trying.report_of(files)
    found = next((one for one in report.cases if one.file == f"cases/{slug}.yaml"), None)
    if found is None:
        raise NotFound
    offered = [one for one in expectations(files, report) if one.target.startswith(f"{found.file}#")]
    options = [_option(one, files, lang) for one in offered]
    given = {
        "name_vi": found.name.get("vi", ""),
        "name_en": found.name.get("en", ""),
        "chosen": [],
    }
    if request.method == "POST":
        chosen = set(request.POST.getlist("expect"))
        given = {
            "name_vi": typed(request, "name_vi"),
            "name_en": typed(request, "name_en"),
            "chosen": list(chosen),
        }
        changes = [one for one in offered if one.target in chosen]
        for language in ("vi", "en"):
            new = given[f"name_{language}"]
            if not new:
                faults.add(UserError("Ca phải có tên.", "A case has a name."), f"name_{language}")
            elif new != found.name.get(language):
                changes.append(Change(Kind.CASE, f"{found.file}#name.{language}", new))
        if not faults and not changes:
            faults.add(UserError("Chưa chọn gì để sửa.", "Nothing is chosen."), "expect")
        if not faults:
            try:
                actions.put_changes(actor_of(request), service, changes)
                return go(request, "check", code, said="Đã sửa ca kiểm thử.")
            except UserError as fault:
                faults.add(fault, "expect")
    context = {
        "service": service, "case": words.case(found, lang), "options": options, "given": given, "faults": faults,
        "errors": faults.summary,
    }  # fmt: skip
    return page(request, "case", context, status=400 if faults else 200)


def _propose(request: HttpRequest, service: Service, faults: Faults, act: str) -> HttpResponse | None:
    """Keep day and reason; hand in when asked to and every case passes."""
    actor = actor_of(request)
    try:
        chosen: dt.date = day(request, "in_force_from")
        bench = actions.set_day(actor, service, chosen, typed(request, "note"))
    except UserError as fault:
        faults.add(fault, "in_force_from")
        return None
    if act != "propose":
        return go(request, "check", service.code, said="Đã lưu ngày áp dụng và lý do.")
    _base, files = actions.files_of(bench)
    failures = trying.report_of(files).failures
    if failures:
        faults.add(
            UserError(
                f"Còn {failures} ca kiểm thử không đạt. Sửa thay đổi hoặc sửa ca, rồi gửi.",
                f"{failures} test cases still fail. Mend the change or the case, then hand it in.",
            ),
            "cases",
        )
        return None
    try:
        version = actions.propose(actor, service)
    except UserError as fault:
        faults.add(fault, "note" if fault.field == "note" else "in_force_from")
        return None
    return go(request, "version", version.uuid, said="Đã gửi đề nghị. Người thứ hai sẽ xem và duyệt.")


def _results(bench: Workbench, service: Service, lang: str) -> dict[str, Any]:
    base, files = actions.files_of(bench)
    would_be = ServiceVersion(
        service=service, files=files, based_on=base, in_force_from=bench.in_force_from
    )  # fmt: skip
    return {
        "service": service,
        "base": base,
        "bench": bench,
        "changes": _told(base, bench, lang),
        "groups": differences.grouped(differences.between(base.files, files, lang), lang),
        "tried": trying.tried(would_be, lang),
    }


def _told(base: ServiceVersion, bench: Workbench, lang: str) -> list[dict[str, Any]]:
    """Each change by itself: how the files differ by it from those with all changes before it."""
    told, before = [], applied(base.files, (), bench.in_force_from)
    for place, change in enumerate(actions.changes_of(bench)):
        after = applied(before, (change,), bench.in_force_from)
        told.append(
            {
                "place": place,
                "kind": words.KINDS[change.kind].text(lang),
                "lines": differences.between(before, after, lang),
                "target": change.target,
            }
        )
        before = after
    return told


def _option(change: Change, files: dict[str, str], lang: str) -> dict[str, str]:
    """What a case would expect instead, as a box to tick."""
    file, _, key = change.target.partition("#")
    old: Any = read(file, files[file]).value
    for step in key.split("."):
        old = old.get(step) if isinstance(old, dict) else None
    name = key.removeprefix("expect.")
    return {
        "target": change.target,
        "label": words.what(name, lang),
        "hint": f"{words.value(old, lang, name)} → {words.value(change.value, lang, name)}",
    }
