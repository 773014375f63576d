"""The verification API: what the page does, for programs. No key is needed; no upload is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema

from motcua.core import clock
from motcua.core.documents import queries
from motcua.core.documents.checking import Verdict
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.verification.limiting import TooOften
from motcua.systems.verification.uploading import files_of


class Signature(Schema):
    """A signature; the names are those of ETSI TS 119 102-2 where it has one."""

    signer: str
    position: str
    organisation: str
    holder: str | None
    vouched_by: str
    certificate_serial: str
    signing_time: str | None
    signing_time_is_proven: bool
    signature_format: str
    signature_level: str
    intact: bool
    valid: bool
    main_indication: str
    sub_indication_and_details: str
    certificate_today: str
    certificate_today_in_words: str
    certificate_revoked_at: str | None
    proof_of_existence_until: str | None
    claimed_roles: list[str]
    reasons: list[str]


class Part(Schema):
    name: str
    size: int | None


class DocumentOut(Schema):
    """What the register of issued documents says today."""

    code: str
    title: str
    number: str
    agency: str
    issued_at: str | None
    state: str
    withdrawn_at: str | None
    withdrawn_reason: str
    replaced_by: str


class Report(Schema):
    """`verdict` is valid, withdrawn, replaced, altered, unknown, not_ours or unproven; `valid` whether what was handed
    in is genuine; `warnings` never change the verdict."""

    file: str
    form: str
    sha256: str
    size: int
    verdict: Verdict
    valid: bool
    main_indication: str
    sentence: str
    signatures: list[Signature]
    signed_parts: list[Part]
    only_partly_signed: bool
    reasons: list[str]
    warnings: list[str]
    not_known: list[str]
    document: DocumentOut | None
    log_proof: dict[str, Any] | None


class Reports(Schema):
    checked_at: str
    files: list[Report]


class Problem(Schema):
    title: str
    status: int
    field: str | None = None


REFUSALS = dict.fromkeys((400, 413, 429), Problem)
FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["tep"],
                    "properties": {
                        "tep": {
                            "type": "array",
                            "maxItems": 10,
                            "items": {"type": "string", "format": "binary"},
                            "description": "25 MB together; a detached signature goes with its file",
                        }
                    },
                }
            }
        },
    }
}

api = NinjaAPI(
    title="Motcua: kiểm tra văn bản",
    version="1",
    urls_namespace="verification-api",
    docs_url=None,  # its page loads scripts from elsewhere, which our pages do not allow; openapi.json is the reference
    description="Is this genuine? docs/verification.md. No key is needed, no upload is kept.",
)


@api.post("/files", response={200: Reports, **REFUSALS}, openapi_extra=FILES)
def by_file(request: HttpRequest) -> dict[str, Any]:
    """Check files: signed PDF, XML, ASiC, detached signatures, proofs of the log."""
    given = files_of(request)
    with acting(SYSTEM):
        found = queries.verify_files(given)
    return {
        "checked_at": clock.now().isoformat(timespec="seconds"),
        "files": [one.to_json(_lang(request)) for one in found],
    }


@api.get("/codes/{code}", response={200: Report, 404: Problem})
def by_code(request: HttpRequest, code: str) -> tuple[int, dict[str, Any]]:
    """What the register says of the document with a check code."""
    with acting(SYSTEM):
        found = queries.verify_code(code)
    if found.verdict is Verdict.UNKNOWN:
        return 404, {"title": found.sentence(_lang(request)), "status": 404, "field": "code"}
    return 200, found.to_json(_lang(request))


@api.exception_handler(UserError)
def mendable(request: HttpRequest, error: UserError) -> HttpResponse:
    said = Problem(title=error.text(_lang(request)), status=error.status, field=error.field)
    response = api.create_response(request, said.dict(), status=error.status)
    response["Content-Type"] = "application/problem+json"
    if isinstance(error, TooOften):
        response["Retry-After"] = str(error.retry_after)
    return response


def _lang(request: HttpRequest) -> str:
    return "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "vi"
