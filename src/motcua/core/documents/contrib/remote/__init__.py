"""Keys at a remote signing service that speaks the API of the Cloud Signature Consortium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.core.cache import cache

from motcua.core.documents.contrib.remote.client import PASSKEY, Asked, Client, Refused
from motcua.core.documents.key_stores import SignedElsewhere, key_stores
from motcua.core.documents.models import Key
from motcua.core.errors import Unavailable, UserError
from motcua.core.outbound.faults import Silent
from motcua.engines.pki import PublicKey

FACTORS_KEPT = 300
"""Seconds for which it is remembered how a holder may authorise."""
PENDING = "authorization_pending"


@key_stores.register("remote")
class RemoteStore:
    """The holder's one-time code or passkey authorises each batch, so nothing is signed without their part."""

    signs_at_once = False
    makes_keys = False

    def sign(self, key: Key, data: bytes, *, prehashed: bool = False) -> bytes:
        raise SignedElsewhere

    def create(self, key_id: str) -> PublicKey:
        raise UserError(
            "Khóa do dịch vụ ký từ xa giữ: ghi mã chứng thư ở dịch vụ đó.",
            "The key is with the remote service: give its credential there.",
            field="reference",
        )

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        """Nothing to do here: the service keeps the certificate."""


def service() -> Client:
    """The remote service of the settings. Raises Unavailable where none is set up."""
    if not settings.MOTCUA_CSC_URL:
        raise Unavailable(
            "Chưa khai báo dịch vụ ký từ xa. Quản trị viên đặt MOTCUA_CSC_URL.",
            "No remote signing service is set up: set MOTCUA_CSC_URL.",
        )
    token = ""
    if settings.MOTCUA_CSC_TOKEN_FILE:
        token = Path(settings.MOTCUA_CSC_TOKEN_FILE).read_text(encoding="utf-8").strip()
    return Client(settings.MOTCUA_CSC_URL, token)


def takes_passkey(key: Key) -> bool:
    """Whether the holder may agree with a passkey there; not when the service does not say."""
    name = f"documents.remote.factors.{key.key_id}"
    known: bool | None = cache.get(name)
    if known is None:
        try:
            known = PASSKEY in service().credential(key.reference).factors
        except (Refused, Silent, Unavailable):
            known = False
        cache.set(name, known, FACTORS_KEPT)
    return known


def ask_passkey(key: Key, digests: list[bytes], description: str) -> Asked:
    """Put SHA-256 digests before the holder at the service, to agree with a passkey there. Raises UserError,
    Unavailable."""
    with _answering("passkey"):
        remote = service()
        return remote.ask_passkey(remote.credential(key.reference), digests, description)


def sign_all(
    key: Key, digests: list[bytes], *, pin: str = "", otp: str = "", approval: str = ""
) -> list[bytes]:
    """Signatures over SHA-256 digests, authorised together by a code or by the `approval` of `ask_passkey`. Raises
    UserError where the holder can mend it, Unavailable where the service does not answer: the documents stay drafts."""
    with _answering("passkey" if approval else "otp"):
        remote = service()
        return remote.sign(remote.credential(key.reference), digests, pin=pin, otp=otp, approval=approval)


@contextmanager
def _answering(field: str) -> Iterator[None]:
    """What the service refuses is told at `field`."""
    try:
        yield
    except Refused as fault:
        if fault.code == PENDING:
            raise UserError(
                "Dịch vụ ký từ xa chưa nhận được sự đồng ý của ông/bà. Mở trang của dịch vụ, đồng ý, rồi bấm lại.",
                "The remote signing service has not heard that you agree. Open its page, agree, then press again.",
                field=field,
            ) from fault
        raise UserError(
            f"Dịch vụ ký từ xa từ chối: {fault}. Văn bản vẫn chờ ký.",
            f"The remote signing service refused: {fault}. The documents still wait.",
            field=field,
        ) from fault
    except Silent as fault:
        raise Unavailable(
            "Dịch vụ ký từ xa không trả lời. Văn bản vẫn chờ ký; thử lại khi dịch vụ hoạt động.",
            "The remote signing service does not answer. The documents still wait.",
        ) from fault


def certificates_of(reference: str) -> list[x509.Certificate]:
    """The certificate of a credential at the service and those above it. Raises UserError, Unavailable."""
    try:
        return list(service().credential(reference).certificates)
    except Refused as fault:
        raise UserError(
            f"Dịch vụ ký từ xa không nhận mã chứng thư này: {fault}.",
            f"The remote signing service does not take this credential: {fault}.",
            field="reference",
        ) from fault
    except Silent as fault:
        raise Unavailable(
            "Dịch vụ ký từ xa không trả lời.", "The remote signing service does not answer."
        ) from fault
