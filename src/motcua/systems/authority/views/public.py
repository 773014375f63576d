"""What anyone may have of the authority: its certificates and lists, answers about certificates, time-stamps."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from motcua.core.documents import asking, certificates, revocation, root_files, trust
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines.pki.time_stamping import RESPONSE_TYPE

LARGEST_QUESTION = 64 * 1024
LONGEST_SERIAL = 40
"""Hexadecimal digits: 20 octets (RFC 5280 section 4.1.2.2)."""


@policy("public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The authorities with their files, and how a certificate stands by its serial number."""
    typed = request.GET.get("so", "").strip()
    serial = _serial(typed)
    with acting(SYSTEM):
        found = certificates.public_standing(serial) if serial is not None else None
    house = trust.house()
    gone = {one.name: one.at for one in house.revoked()}
    rows = [*house.roots.items()]
    rows += [(name, authority.certificate) for name, authority in house.authorities.items()]
    shown = [
        {
            "name": name,
            "branch": trust.branch_named(name),
            "revoked_at": gone.get(name),
            "title": str(certificate.subject.rfc4514_string()).removeprefix("CN=").removesuffix(",C=VN"),
            "until": certificate.not_valid_after_utc,
            "fingerprint": _spaced(certificate.fingerprint(SHA256()).hex()),
        }
        for name, certificate in rows
    ]
    fault = bool(typed) and found is None
    context = {
        "rows": shown,
        "typed": typed,
        "found": found,
        "fault": fault,
        "offline": not house.root_is_online,
        "withdrawn": [
            {"root": one, "signed": root_files.signature_of(house.trust, one.name).exists()}
            for one in house.withdrawn.values()
        ],
    }
    return render(request, "authority/home.jinja", context, status=404 if fault else 200)


@policy("public")
@require_GET
def practice(request: HttpRequest) -> HttpResponse:
    """The practice statement that every certificate points to."""
    years = {str(purpose): years for purpose, years in asking.LASTS.items()}
    return render(request, "authority/practice.jinja", {"years": years, "overlap": asking.OVERLAP.days})


@policy("public")
@require_GET
def standing(request: HttpRequest, serial: str) -> JsonResponse:
    """How a certificate stands, as JSON."""
    number = _serial(serial)
    with acting(SYSTEM):
        found = certificates.public_standing(number) if number is not None else None
    if found is None:
        return JsonResponse({"serial": serial, "standing": "unknown"}, status=404)
    return JsonResponse(found)


@policy("public")
@require_GET
@cache_control(max_age=600, public=True)
def authority_file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """A certificate (.cer, .pem) or list (.crl) of one authority."""
    house = trust.house()
    if name not in {**house.roots, **house.authorities} or kind not in ("cer", "pem", "crl"):
        raise Http404
    if kind == "crl":
        with acting(SYSTEM):
            return HttpResponse(revocation.list_of(name), content_type="application/pkix-crl")
    certificate = house.roots.get(name) or house.authorities[name].certificate
    if kind == "cer":
        return HttpResponse(certificate.public_bytes(Encoding.DER), content_type="application/pkix-cert")
    return HttpResponse(certificate.public_bytes(Encoding.PEM), content_type="application/x-pem-file")


@policy("public")
@require_GET
@cache_control(max_age=600, public=True)
def notice(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """The notice that a root is believed no longer (.json), and its signature by another root (.p7s)."""
    house = trust.house()
    places = {"json": root_files.notice_of, "p7s": root_files.signature_of}
    if name not in house.withdrawn or kind not in places:
        raise Http404
    file = places[kind](house.trust, name)
    if not file.exists():
        raise Http404
    types = {"json": "application/json", "p7s": "application/pkcs7-signature"}
    return HttpResponse(file.read_bytes(), content_type=types[kind])


@csrf_exempt
@policy("public")
@require_POST
def ocsp(request: HttpRequest, name: str) -> HttpResponse:
    """The standing of a certificate (RFC 6960, POST). Whichever authority the question names is answered for."""
    return _answer(request.body)


@policy("public")
@require_GET
def ocsp_get(request: HttpRequest, name: str, question: str) -> HttpResponse:
    """The same by GET (RFC 6960 appendix A.1): the question in base64 in the path."""
    try:
        body = base64.b64decode(unquote(question), validate=True)
    except (binascii.Error, ValueError):
        body = b""
    return _answer(body)


@csrf_exempt
@policy("public")
@require_POST
def time_stamp(request: HttpRequest) -> HttpResponse:
    """A time-stamp (RFC 3161 section 3.4)."""
    if len(request.body) > LARGEST_QUESTION:
        return HttpResponse(status=413)
    return HttpResponse(trust.house().time_stamping.respond(request.body), content_type=RESPONSE_TYPE)


def _answer(question: bytes) -> HttpResponse:
    if len(question) > LARGEST_QUESTION:
        return HttpResponse(status=413)
    with acting(SYSTEM):
        return HttpResponse(revocation.respond(question), content_type="application/ocsp-response")


def _serial(text: str) -> int | None:
    """A serial number as certificates show it: hexadecimal, with or without colons and blanks."""
    digits = text.replace(":", "").replace(" ", "").lower()
    if not digits or len(digits) > LONGEST_SERIAL or not set(digits) <= set("0123456789abcdef"):
        return None
    return int(digits, 16)


def _spaced(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
