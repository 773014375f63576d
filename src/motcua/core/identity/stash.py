"""Nothing typed is lost with a session: a form sent by somebody no longer signed in is kept until they are again.

Kept for thirty minutes, encrypted, in the session that the browser's cookie names; files are not kept. When the
lost session is still known, only its account gets the fields back: the next one at a shared computer does not.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, QueryDict

from motcua.core.identity.models import Session
from motcua.core.identity.second_factor import box

KEY = "kept_form"
MINUTES = 30
LARGEST = 64 * 1024  # bytes of fields
NEVER_KEPT = {
    "csrfmiddlewaretoken",
    "password",
    "password1",
    "password2",
    "oldpassword",
    "code",
    "second_factor",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that waits: where it was going, its fields, and whether files must be chosen again."""

    path: str
    fields: QueryDict
    had_files: bool
    page_expired: bool = False
    """Whether the page was out of date, and not the session."""


def keep(request: HttpRequest, *, page_expired: bool = False) -> bool:
    """Keep the posted fields; False when nothing was posted or it is too much."""
    if request.method != "POST":
        return False
    fields = [
        (name, value) for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values
    ]
    kept = {
        "path": request.get_full_path(),
        "fields": fields,
        "files": bool(request.FILES),
        "account": _lost_account(request),
        "page_expired": page_expired,
    }
    written = json.dumps(kept, ensure_ascii=False).encode()
    if len(written) > LARGEST:
        return False
    request.session[KEY] = box("kept form").encrypt(written).decode("ascii")
    return True


def look(request: HttpRequest) -> Kept | None:
    """What waits for this session, left where it is."""
    kept = _read(request)
    account = getattr(request, "account", None)
    if kept is None or account is None or kept["account"] not in (None, account.pk):
        return None
    fields = QueryDict(mutable=True)
    for name, value in kept["fields"]:
        fields.appendlist(name, value)
    return Kept(kept["path"], fields, kept["files"], kept.get("page_expired", False))


def take(request: HttpRequest, path: str | None = None) -> Kept | None:
    """What waits for this session, once; with `path`, only what was on its way there."""
    kept = look(request)
    if kept is None or (path is not None and kept.path.partition("?")[0] != path):
        return None
    drop(request)
    return kept


def drop(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _read(request: HttpRequest) -> dict[str, Any] | None:
    sealed = request.session.get(KEY)
    if not sealed:
        return None
    try:
        opened = box("kept form").decrypt_at_time(sealed.encode("ascii"), MINUTES * 60, int(time.time()))
    except InvalidToken:
        return None
    read: dict[str, Any] = json.loads(opened)
    return read


def _lost_account(request: HttpRequest) -> int | None:
    """Whose session the browser's cookie named, if its row still stands."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return (
        Session.objects.filter(session_key=key).values_list("account_id", flat=True).first() if key else None
    )
