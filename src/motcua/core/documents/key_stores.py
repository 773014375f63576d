"""Where signing keys are: the installation's own files, a security module, a remote service, or an officer's token.

A store is a plug-in of kind `key_store`. One that holds the key at hand signs at once; another one takes a person's
part first (a PIN at the desk, a one-time code) and is driven from the page of signing by device.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from cryptography import x509

from motcua.core.documents.models import Key
from motcua.core.errors import Conflict
from motcua.core.plugins import Registry
from motcua.engines.pki import PublicKey


class SigningStore(Protocol):
    """What signing asks of a place where keys are."""

    signs_at_once: bool
    """Whether `sign` answers while the request waits, with nobody asked anything."""
    makes_keys: bool
    """Whether `create` makes a key; else it was made elsewhere and comes with a certificate request."""

    def sign(self, key: Key, data: bytes, *, prehashed: bool = False) -> bytes:
        """Signature over data, or over the SHA-256 digest that it is. Raises SignedElsewhere, Unavailable."""
        ...

    def create(self, key_id: str) -> PublicKey:
        """Make a key under this id and return its public half."""
        ...

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        """Put the issued certificate beside its key, where the store keeps certificates."""
        ...


class SignedElsewhere(Conflict):
    """The key signs only with its holder's part: the page of signing by device asks for it."""

    def __init__(self) -> None:
        super().__init__(
            "Khóa ký của ông/bà nằm trong thiết bị hoặc dịch vụ ký riêng. Mở trang “Ký bằng thiết bị” để ký.",
            "Your key is on a device or at a signing service of your own. Open “Sign by device” to sign.",
        )


key_stores: Registry[SigningStore] = Registry("key_store")


@lru_cache(maxsize=512)
def certificates_in(pem: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, in order; parsed once."""
    return tuple(x509.load_pem_x509_certificates(pem.encode("ascii"))) if pem else ()
