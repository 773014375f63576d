"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _waiting(_request: Any) -> int | None:
    """How many requests wait for a second person."""
    from motcua.core.documents.models import CertificateRequest, RequestState

    return CertificateRequest.objects.filter(state=RequestState.ASKED).count() or None


def _for_keepers(_request: Any) -> int | None:
    """How much waits for a second person, and for the root where it rests offline."""
    from motcua.core.documents import disowning, succession, trust

    root = 0 if trust.house().root_is_online else len(succession.duties())
    return disowning.waiting().count() + root or None


NAVIGATION = [
    {
        "area": "clerk",
        "label": "Chứng thư số",
        "url_name": "authority:certificates",
        "order": 500,
        "icon": "key",
        "groups": ["certificate_officer", "certificate_approver"],
        "section": "Chứng thực, đăng nhập",
        "count": _waiting,
    },
    {
        "area": "clerk",
        "label": "Tổ chức chứng thực",
        "url_name": "authority:authorities",
        "order": 504,
        "icon": "key",
        "groups": ["certificate_officer", "certificate_approver"],
        "section": "Chứng thực, đăng nhập",
        "count": _for_keepers,
    },
    {
        "area": "officer",
        "label": "Chứng thư số của cơ quan",
        "url_name": "authority:certificates",
        "order": 502,
        "icon": "key",
        "groups": ["chair"],
        "section": "Chứng thực, đăng nhập",
    },
]
