"""The portals that hand in: each request signed (core/signed_requests.py), and counted once."""

from __future__ import annotations

from django.http import HttpRequest
from joserfc.jwk import ECKey

from motcua.core.signed_requests import HEADER, CameBefore, read, unknown_system
from motcua.systems.intake.models import Partner, SeenRequest


def authenticate(request: HttpRequest) -> Partner:
    """The partner who signed the request. Raises BadSignature, or CameBefore for one that came before."""
    partner, jti = read(
        request.headers.get(HEADER, ""),
        method=str(request.method),
        path=request.get_full_path(),
        body=request.body,
        known=_known,
    )
    _, fresh = SeenRequest.objects.get_or_create(partner=partner, jti=jti)
    if not fresh:
        raise CameBefore()
    return partner


def _known(code: str) -> tuple[Partner, ECKey]:
    partner = Partner.objects.filter(code=code, active=True).first()
    if partner is None:
        raise unknown_system()
    return partner, ECKey.import_key(partner.public_key)
