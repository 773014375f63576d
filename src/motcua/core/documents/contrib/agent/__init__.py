"""Keys on a token that the officer plugs in at the desk; the local agent (`motcua agent`) speaks with it."""

from __future__ import annotations

from cryptography import x509

from motcua.core.documents.key_stores import SignedElsewhere, key_stores
from motcua.core.documents.models import Key
from motcua.core.errors import UserError
from motcua.engines.pki import PublicKey


@key_stores.register("agent")
class DeskStore:
    """Never signs at once: document by document is prepared here, signed there, completed here."""

    signs_at_once = False
    makes_keys = False

    def sign(self, key: Key, data: bytes, *, prehashed: bool = False) -> bytes:
        raise SignedElsewhere

    def create(self, key_id: str) -> PublicKey:
        raise UserError(
            "Khóa trên thiết bị do chính thiết bị tạo: chạy “motcua agent request” rồi dán yêu cầu vào đây.",
            "A key on a token is made by the token: run `motcua agent request` and paste what it writes.",
            field="request",
        )

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        """Nothing to do here: the officer puts the certificate on the token."""
