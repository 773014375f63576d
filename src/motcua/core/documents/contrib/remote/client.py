"""A client of the Cloud Signature Consortium API, versions 1.0.4 and 2.0: credentials, authorisation, signatures.

The two differ in names and places (`hash` is `hashes` in version 2, digests are told by `hashAlgorithmOID`, levels and
modes lie in `auth`); a provider's answers of either are read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA_SHA256, ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
PASSKEY = "FIDO2"
"""The authentication object by which the holder agrees with a passkey."""
WAITS = 20.0
"""Seconds for an answer."""


class Refused(Exception):
    """The service answered with an error; `code` is the API's, e.g. `invalid_otp`."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at the service: its certificate first, then those above it."""

    id: str
    certificates: tuple[x509.Certificate, ...]
    batch: int
    enabled: bool
    factors: frozenset[str] = frozenset()
    """By which the holder may authorise, as version 2 names them: `OTP`, `PIN`, `FIDO2`."""

    @property
    def algorithm(self) -> str:
        """The object identifier of how its key signs."""
        key = self.certificates[0].public_key()
        return RSA_SHA256 if isinstance(key, rsa.RSAPublicKey) else ECDSA_SHA256


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the service on which the holder agrees with a passkey."""

    page: str
    approval: str
    """What `authorize` is given once the holder has agreed."""


class Client:
    """One session with a service. `base` is what precedes `/csc/v1` or `/csc/v2`; without a version it is asked for."""

    def __init__(self, base: str, token: str) -> None:
        self._token = token
        self._base, self._version = _split(base)

    def login(self, username: str, password: str) -> None:
        """A token by name and password, where the service offers `auth/login`."""
        basic = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        answer = self._post("auth/login", {"rememberMe": False}, authorization=f"Basic {basic}")
        self._token = str(answer["access_token"])

    def credentials(self) -> list[str]:
        """The identifiers of the signer's keys."""
        return [str(one) for one in self._post("credentials/list", {})["credentialIDs"]]

    def credential(self, identifier: str) -> Credential:
        """One key with its certificates."""
        asked = {"credentialID": identifier, "certificates": "chain", "certInfo": False, "authInfo": True}
        answer = self._post("credentials/info", asked)
        try:
            chain = tuple(
                x509.load_der_x509_certificate(base64.b64decode(text))
                for text in answer["cert"]["certificates"]
            )
            status = str(answer.get("key", {}).get("status", "enabled"))
            objects = answer.get("auth", {}).get("objects", ())
            factors = frozenset(str(one["id"]) for one in objects)
            return Credential(
                identifier, chain, int(answer.get("multisign", 1)), status == "enabled", factors
            )
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as wrong:
            raise self._babble(f"about {identifier!r}: {wrong!r}") from wrong

    def send_code(self, identifier: str) -> None:
        """Have the service send the holder a one-time code."""
        self._post("credentials/sendOTP", {"credentialID": identifier})

    def ask_passkey(self, credential: Credential, digests: list[bytes], description: str) -> Asked:
        """Have the service show the holder what is to be signed; only a page of its own is believed."""
        asked = {
            "credentialID": credential.id,
            "authObjectID": PASSKEY,
            "hashes": [base64.b64encode(each).decode("ascii") for each in digests],
            "hashAlgorithmOID": SHA256,
            "description": description,
        }
        answer = self._post("credentials/getChallenge", asked)
        page, own = urlsplit(str(answer.get("challenge", ""))), urlsplit(self._base)
        if (page.scheme, page.netloc) != (own.scheme, own.netloc) or not answer.get("approval"):
            raise self._babble("credentials/getChallenge: no page of the service")
        return Asked(page.geturl(), str(answer["approval"]))

    def authorize(
        self,
        credential: Credential,
        digests: list[bytes],
        *,
        pin: str = "",
        otp: str = "",
        approval: str = "",
    ) -> str:
        """Leave to sign these SHA-256 digests, once (signature activation data)."""
        texts = [base64.b64encode(each).decode("ascii") for each in digests]
        asked: dict[str, Any] = {"credentialID": credential.id, "numSignatures": len(digests)}
        if self._version == "v2":
            asked |= {"hashes": texts, "hashAlgorithmOID": SHA256}
            parts = {"PIN": pin, "OTP": otp, PASSKEY: approval}
            asked["authData"] = [{"id": name, "value": value} for name, value in parts.items() if value]
        else:
            asked |= {"hash": texts} | ({"PIN": pin} if pin else {}) | ({"OTP": otp} if otp else {})
        return str(self._post("credentials/authorize", asked)["SAD"])

    def sign(
        self,
        credential: Credential,
        digests: list[bytes],
        *,
        pin: str = "",
        otp: str = "",
        approval: str = "",
    ) -> list[bytes]:
        """Signatures over SHA-256 digests, in their order. A batch too large for the service is refused."""
        if not credential.enabled:
            raise Refused("credential_disabled", "the credential is disabled")
        if len(digests) > credential.batch:
            raise Refused("batch", f"{len(digests)} signatures at once, the service takes {credential.batch}")
        sad = self.authorize(credential, digests, pin=pin, otp=otp, approval=approval)
        texts = [base64.b64encode(each).decode("ascii") for each in digests]
        asked = {"credentialID": credential.id, "SAD": sad, "signAlgo": credential.algorithm}
        if self._version == "v2":
            asked |= {"hashes": texts, "hashAlgorithmOID": SHA256}  # type: ignore[dict-item]
        else:
            asked |= {"hash": texts, "hashAlgo": SHA256}  # type: ignore[dict-item]
        answer = self._post("signatures/signHash", asked)
        made = [base64.b64decode(text) for text in answer.get("signatures", ())]
        if len(made) != len(digests):
            raise self._babble(f"{len(digests)} signatures were asked for, {len(made)} came")
        return made

    def _post(self, method: str, asked: Mapping[str, Any], *, authorization: str = "") -> dict[str, Any]:
        """The answer of a method. Raises Refused, Silent."""
        headers = {"Authorization": authorization or f"Bearer {self._token}"}
        address = f"{self._base}/csc/{self._version}/{method}"
        answer = anywhere.ask(address, body=asked, headers=headers, patience=WAITS)
        try:
            found = json.loads(answer.body) if answer.body else {}
        except ValueError as wrong:
            raise self._babble(method) from wrong
        if not isinstance(found, dict):
            raise self._babble(f"{method}: no object")
        if answer.status >= 400:
            raise Refused(str(found.get("error", answer.status)), str(found.get("error_description", "")))
        return found

    def _babble(self, what: str) -> Silent:
        return Silent(str(urlsplit(self._base).hostname), "wrong answer", what)


def _split(base: str) -> tuple[str, str]:
    """`https://x/csc/v2` as its two parts; version 1 where none is named."""
    clean = base.rstrip("/")
    for version in ("v1", "v2"):
        if clean.endswith(f"/csc/{version}"):
            return clean.removesuffix(f"/csc/{version}"), version
    return clean, "v1"
