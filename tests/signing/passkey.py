"""A passkey in software: registered with an account, it answers as a browser and its device would (WebAuthn)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from motcua.core.identity.models import Account

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """Of one site, by its name."""

    host: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def register(self, account: Account) -> None:
        """As allauth keeps what a browser handed over."""
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))  # type: ignore[no-untyped-call]
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        credential = self._credential(
            {
                "clientDataJSON": self._client("webauthn.create", websafe_encode(b"x" * 16)),
                "attestationObject": attestation,
            }
        )
        Authenticator.objects.create(
            user_id=account.pk,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "khóa", "credential": credential},
        )

    def answer(self, options: dict[str, Any], *, verified: bool = True) -> str:
        """To what a page asks (PublicKeyCredentialRequestOptions), as the page posts it."""
        asked = options["publicKey"]
        assert asked["rpId"] == self.host
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(PRESENT | (VERIFIED if verified else 0))
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return json.dumps(self._credential(said))

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + (1).to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": f"https://{self.host}"}
        return json.dumps(told).encode()

    def _credential(self, response: dict[str, bytes]) -> dict[str, Any]:
        own = websafe_encode(self.id)
        said = {name: websafe_encode(value) for name, value in response.items()}
        return {
            "id": own,
            "rawId": own,
            "type": "public-key",
            "response": said,
            "clientExtensionResults": {},
        }
