"""Answers about certificates (RFC 6960), by a responder of the installation's own authority."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from motcua.core.documents import trust
from motcua.core.documents.models import Key
from motcua.engines.pki import OcspResponder, Revocation, Standing

RESPONDER = "ocsp-responder"


def responder() -> OcspResponder:
    """The responder of this installation; its certificate is made at first use."""
    return _responder(str(settings.MOTCUA_HOME))


@lru_cache(maxsize=4)
def _responder(home: str) -> OcspResponder:
    house = trust.house()
    certificate = house.certificate_of_responder(RESPONDER)
    return OcspResponder(
        house.issuer.certificate, certificate, house.keys.private_key(RESPONDER), standing_of
    )


def standing_of(serial: int) -> Standing | Revocation:
    """How the certificate with this serial number stands today."""
    key = Key.objects.filter(serial=str(serial)).first()
    if key is None:
        return Standing.UNKNOWN
    return Revocation(serial, key.revoked_at) if key.revoked_at else Standing.GOOD
