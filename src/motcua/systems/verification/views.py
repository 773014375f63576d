"""The page on which anyone checks a document: by file, by code, by scan. Nothing uploaded is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import clock
from motcua.core.documents import queries, reports, revocation, trust
from motcua.core.documents.actions import spoken_code
from motcua.core.documents.checking import TAKES, Finding, Verdict, following
from motcua.core.documents.checking.bundle import names_without_certificate, pack
from motcua.core.documents.checking.keeping import Lists
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.verification.limiting import TooOften
from motcua.systems.verification.uploading import files_of

KINDS = {
    Verdict.VALID: "done",
    Verdict.REPLACED: "waiting",
    Verdict.NOT_OURS: "waiting",
    Verdict.UNPROVEN: "waiting",
    Verdict.UNKNOWN: "waiting",
}
"""How a verdict looks; all others are refusals."""
REPORT_SALT = "motcua.verification.report"
REPORT_LASTS = 24 * 3600
"""Seconds in which the report of a check can be fetched. It travels with the page, signed; the server keeps nothing."""


@policy("public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """One drop zone, one field for a code; `?ma=` comes from the field."""
    typed = request.GET.get("ma", "")
    code = spoken_code(typed)
    if code:
        return redirect("verification:by_code", code=code)
    error = typed and "Mã kiểm tra chỉ gồm chữ và số, in dưới mã QR của văn bản."
    return render(request, "verification/home.jinja", {"typed": typed, "code_error": error or ""})


@policy("public")
@require_GET
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR of a document opens."""
    if code != spoken_code(code):
        return redirect("verification:by_code", code=spoken_code(code) or "-")
    with acting(SYSTEM):
        found = queries.verify_code(code)
    status = 404 if found.verdict is Verdict.UNKNOWN else 200
    return render(request, "verification/report.jinja", _shown(request, [found], code=code), status=status)


@csrf_exempt
@policy("public")
@require_http_methods(["GET", "POST"])
def by_file(request: HttpRequest) -> HttpResponse:
    """Check uploaded files in memory."""
    if request.method != "POST":
        return redirect("verification:home")
    try:
        given = files_of(request)
    except UserError as refused:
        context = {"typed": "", "code_error": "", "file_error": refused.text("vi")}
        answer = render(request, "verification/home.jinja", context, status=refused.status)
        if isinstance(refused, TooOften):
            answer["Retry-After"] = str(refused.retry_after)
        return answer
    with acting(SYSTEM):
        found = queries.verify_files(given)
    return render(request, "verification/report.jinja", _shown(request, found))


@csrf_exempt
@policy("public")
@require_POST
def report_file(request: HttpRequest) -> HttpResponse:
    """The report of a check that was just shown, as JSON or as a PDF sealed by the agency that verifies."""
    try:
        report = signing.loads(request.POST.get("bao-cao", ""), salt=REPORT_SALT, max_age=REPORT_LASTS)
    except signing.BadSignature:
        raise UserError(
            "Báo cáo đã quá một ngày hoặc đã bị sửa. Kiểm tra lại tệp để lấy báo cáo mới.",
            "The report is older than a day, or was changed. Check the file again for a new one.",
        ) from None
    if request.POST.get("dang") == "pdf":
        with acting(SYSTEM):
            answer = HttpResponse(reports.sealed(report, str(report["lang"])), content_type="application/pdf")
        answer["Content-Disposition"] = 'attachment; filename="bao-cao-kiem-tra.pdf"'
        return answer
    answer = JsonResponse(report, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="bao-cao-kiem-tra.json"'
    return answer


@policy("public")
@require_GET
@cache_control(max_age=1800, public=True)
def trust_bundle(request: HttpRequest) -> HttpResponse:
    """All that `motcua verify --trust` needs on a machine without a network."""
    with acting(SYSTEM):
        folder = trust.house().publish()
    answer = HttpResponse(pack(folder), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="bo-tin-cay.zip"'
    return answer


@policy("public")
@require_GET
def trusted(request: HttpRequest) -> HttpResponse:
    """Whom checks here believe: our own authority, certificates added by hand, signed lists of others as they stand."""
    with acting(SYSTEM):
        bundle = queries.trust_bundle()
    kept, now = Lists(trust.house().trust), clock.now()
    added = [
        {
            "service": one["service"],
            "until": x509.load_pem_x509_certificate(one["pem"].encode()).not_valid_after_utc,
        }
        for one in kept.entries()["certificates"]
    ]
    lists = [
        {
            "one": one,
            "checked": dt.datetime.fromisoformat(one.checked_at) if one.checked_at else None,
            "good": dt.datetime.fromisoformat(one.good_at) if one.good_at else None,
            "ended": one.ends is not None and one.ends < now,
        }
        for one in following.states(kept)
    ]
    missing = [name for name in names_without_certificate() if name not in {one["service"] for one in added}]
    context = {"added": added, "lists": lists, "missing": missing, "faults": bundle.listed.faults}
    return render(request, "verification/trusted.jinja", context)


@policy("public")
@require_GET
def log_proof(request: HttpRequest, code: str) -> JsonResponse:
    """The proof that a result stands in the public log."""
    with acting(SYSTEM):
        report = queries.verify_code(code)
    if report.log_proof is None:
        raise Http404
    return JsonResponse(report.log_proof)


@policy("public")
@require_GET
@cache_control(max_age=1800, public=True)
def trust_file(request: HttpRequest, name: str) -> HttpResponse:
    """Certificates (.cer, .pem) and revocation lists (.crl) of the installation's own authority."""
    house = trust.house()
    who, _, kind = name.partition(".")
    if who not in house.roots and who not in house.authorities:
        raise Http404
    if kind == "crl":
        return HttpResponse(revocation.list_of(who), content_type="application/pkix-crl")
    certificate = house.roots.get(who) or house.authorities[who].certificate
    if kind == "cer":
        return HttpResponse(certificate.public_bytes(Encoding.DER), content_type="application/pkix-cert")
    if kind == "pem":
        return HttpResponse(certificate.public_bytes(Encoding.PEM), content_type="application/x-pem-file")
    raise Http404


@csrf_exempt
@policy("public")
@require_POST
def ocsp(request: HttpRequest) -> HttpResponse:
    """The standing of a certificate (RFC 6960, POST)."""
    answer = revocation.respond(request.body)
    return HttpResponse(answer, content_type="application/ocsp-response")


def _shown(request: HttpRequest, found: Sequence[Finding], *, code: str = "") -> dict[str, object]:
    lang: str = request.lang  # type: ignore[attr-defined]
    at = clock.now()
    report = {
        "checked_at": at.isoformat(timespec="seconds"),
        "lang": lang,
        "site": settings.MOTCUA_SITE,
        "files": [one.to_json(lang) for one in found],
    }
    return {
        "found": found,
        "lang": lang,
        "kinds": KINDS,
        "takes": TAKES.text(lang),
        "checked_at": at,
        "code": code,
        "report": signing.dumps(report, salt=REPORT_SALT, compress=True),
    }
