"""Status lists: a withdrawn or replaced result ends its credentials, wherever they are carried."""

from __future__ import annotations

import secrets

from django.db.models import F, Q
from django.urls import reverse

from motcua.core import clock
from motcua.core.documents.models import DocumentState
from motcua.core.errors import NotFound
from motcua.engines import sd_jwt
from motcua.systems.wallet import abroad
from motcua.systems.wallet.keys import house_key, issuer_of, site
from motcua.systems.wallet.models import Credential, StatusPage

SIZE = 1 << 17
FULL = SIZE * 3 // 4
"""Beyond this a new list begins: places are found at random, and few tries should find a free one."""
TTL, LIVES = 300, 3600
"""Seconds for which a copy may be kept, and after which it counts no more."""


def take_place() -> tuple[StatusPage, int]:
    """A place that nobody has, on the newest list."""
    page = StatusPage.objects.select_for_update().order_by("-id").first()
    if page is None or page.used >= FULL:
        page = StatusPage.objects.create(size=SIZE)
    while True:
        place = secrets.randbelow(page.size)
        if not Credential.objects.filter(page=page, place=place).exists():
            break
    StatusPage.objects.filter(pk=page.pk).update(used=F("used") + 1)
    return page, place


def address_of(page_id: int) -> str:
    return f"{site()}{reverse('wallet:status', args=[page_id])}"


def status_of(credential: Credential) -> int:
    """VALID or INVALID, by the result as it stands today."""
    ended = credential.revoked_at is not None or credential.document.state != DocumentState.ISSUED
    return sd_jwt.INVALID if ended else sd_jwt.VALID


def signed(page_id: int) -> str:
    """The list as a signed token, fresh from the state of the results."""
    page = StatusPage.objects.filter(pk=page_id).first()
    if page is None:
        raise NotFound()
    statuses = sd_jwt.StatusList(page.size, 1)
    ended = Credential.objects.filter(
        Q(revoked_at__isnull=False) | ~Q(document__state=DocumentState.ISSUED), page=page
    )
    for place in ended.values_list("place", flat=True):
        statuses[place] = sd_jwt.INVALID
    key, header = house_key()
    at = int(clock.now().timestamp())
    return sd_jwt.status_token(
        statuses, key, uri=address_of(page_id), at=at, ttl=TTL, exp=at + LIVES, header=header
    )


def check(claims: dict[str, object]) -> None:
    """Raises SdJwtError unless the credential's place in a list, ours or its issuer's, says that it is in force."""
    outside = issuer_of(claims)
    if outside is not None:
        abroad.check_status(outside, claims)
        return
    status = claims.get("status")
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict) or not isinstance(entry.get("idx"), int) or isinstance(entry["idx"], bool):
        raise sd_jwt.SdJwtError("status", "the credential names no place in a status list")
    uri = str(entry.get("uri"))
    for page_id in StatusPage.objects.values_list("pk", flat=True):
        if uri == address_of(page_id):
            found = (
                Credential.objects.select_related("document")
                .filter(page_id=page_id, place=entry["idx"])
                .first()
            )
            if found is None or status_of(found) != sd_jwt.VALID:
                raise sd_jwt.SdJwtError("status", "the result behind it was withdrawn or replaced")
            return
    raise sd_jwt.SdJwtError("status", "the status list is not one of ours")
