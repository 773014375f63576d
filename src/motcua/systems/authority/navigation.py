"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _waiting(_request: Any) -> int | None:
    """How many requests wait for a second person."""
    from motcua.core.documents.models import CertificateRequest, RequestState

    return CertificateRequest.objects.filter(state=RequestState.ASKED).count() or None


NAVIGATION = [
    {
        "area": "clerk",
        "label": "Chứng thư số",
        "url_name": "authority:certificates",
        "order": 70,
        "icon": "key",
        "groups": ["certificate_officer", "certificate_approver"],
        "section": "Chứng thực",
        "count": _waiting,
    },
    {
        "area": "officer",
        "label": "Chứng thư số của cơ quan",
        "url_name": "authority:certificates",
        "order": 72,
        "icon": "key",
        "groups": ["chair"],
    },
]
