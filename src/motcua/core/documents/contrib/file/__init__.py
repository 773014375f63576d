"""Keys in the installation's own sealed files."""

from __future__ import annotations

from cryptography import x509

from motcua.core.documents import trust
from motcua.core.documents.key_stores import certificates_in, key_stores
from motcua.core.documents.models import Key
from motcua.engines.pki import PublicKey, algorithm_of


@key_stores.register("file")
class FileStore:
    """Keys of the home folder, encrypted, opened once."""

    signs_at_once = True
    makes_keys = True

    def sign(self, key: Key, data: bytes, *, prehashed: bool = False) -> bytes:
        algorithm = algorithm_of(certificates_in(key.certificate_pem)[0])
        return trust.house().keys.sign(key.key_id, data, algorithm, prehashed=prehashed)

    def create(self, key_id: str) -> PublicKey:
        return trust.house().keys.create(key_id)

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        trust.house().install(key_id, certificate)
