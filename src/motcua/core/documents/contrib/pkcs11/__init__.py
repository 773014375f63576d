"""Keys in the installation's own security module (PKCS #11), named by settings; seals of agencies above all."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from django.conf import settings

from motcua.core.documents.key_stores import certificates_in, key_stores
from motcua.core.documents.models import Key
from motcua.core.errors import Unavailable
from motcua.engines.pki import KeyStoreError, PublicKey, algorithm_of
from motcua.engines.pki.pkcs11 import Pkcs11KeyStore, Token


@key_stores.register("pkcs11")
class ModuleStore:
    """Keys under their id as label in the token `MOTCUA_PKCS11_TOKEN`."""

    signs_at_once = True
    makes_keys = True

    def sign(self, key: Key, data: bytes, *, prehashed: bool = False) -> bytes:
        algorithm = algorithm_of(certificates_in(key.certificate_pem)[0])
        try:
            return module().sign(key.reference or key.key_id, data, algorithm, prehashed=prehashed)
        except KeyStoreError as fault:
            raise silent(fault) from fault

    def create(self, key_id: str) -> PublicKey:
        try:
            return module().create(key_id)
        except KeyStoreError as fault:
            raise silent(fault) from fault

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        module().install(key_id, certificate)


def module() -> Pkcs11KeyStore:
    """The installation's module, opened with the PIN of its file. Raises Unavailable where none is set up."""
    driver, pin_file = settings.MOTCUA_PKCS11_MODULE, settings.MOTCUA_PKCS11_PIN_FILE
    if not driver or not pin_file:
        raise Unavailable(
            "Chưa khai báo thiết bị lưu khóa. Quản trị viên đặt MOTCUA_PKCS11_MODULE và MOTCUA_PKCS11_PIN_FILE.",
            "No security module is set up: set MOTCUA_PKCS11_MODULE and MOTCUA_PKCS11_PIN_FILE.",
        )
    pin = Path(pin_file).read_text(encoding="utf-8").strip()
    return Pkcs11KeyStore(Token(driver, label=settings.MOTCUA_PKCS11_TOKEN), pin)


def silent(fault: KeyStoreError) -> Unavailable:
    """The module does not answer: nothing is lost, the document stays a draft."""
    return Unavailable(
        f"Thiết bị lưu khóa của hệ thống không ký được ({fault}). Văn bản vẫn chờ ký; báo quản trị viên.",
        f"The system's security module could not sign ({fault}). The document still waits; tell the administrator.",
    )
