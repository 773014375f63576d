"""What is public and not in the log yet is handed in, however it came to be."""

from __future__ import annotations

import json

from motcua.core import jobs
from motcua.core.ledger import log
from motcua.core.ledger.models import LogName, LogSubmission
from motcua.core.services.models import ServiceVersion

PUBLISHED = "service.published"


@jobs.task(name="transparency.hand_in_versions", lock="transparency", every="*/5 * * * *")
def hand_in_versions(timestamp: int = 0) -> int:
    """Hand in published service versions that came by import and not by an approval. Returns how many."""
    known = {_version_of(payload) for payload in _payloads()}
    rows = ServiceVersion.objects.filter(state__in=("published", "retired")).select_related("service")
    missing = [row for row in rows.order_by("id") if (row.service.code, row.number) not in known]
    for row in missing:
        log.submit(LogName.RESULTS, PUBLISHED, log.canonical(facts_of(row)))
    return len(missing)


def facts_of(row: ServiceVersion) -> dict[str, str | int]:
    """A version as the log names it: what was in force from when, by its digest; no person."""
    return {
        "service": row.service.code,
        "number": row.number,
        "digest": row.digest,
        "in_force_from": row.in_force_from.isoformat(),
    }


def _payloads() -> list[bytes]:
    rows = LogSubmission.objects.filter(log=LogName.RESULTS, kind=PUBLISHED)
    return [bytes(payload) for payload in rows.values_list("payload", flat=True)]


def _version_of(payload: bytes) -> tuple[str, int]:
    facts = json.loads(payload)
    return facts["service"], facts["number"]
