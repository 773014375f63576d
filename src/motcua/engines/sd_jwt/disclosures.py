"""One disclosure: a salted name and value (or a salted element of an array), known to the token by its digest."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.signed import b64, parse_json, unb64

Path = tuple[str | int | None, ...]
"""Where a claim stands: names of members, places in arrays, None for every element of an array."""
HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
SALT_BYTES = 16  # 128 bits, RFC 9901 section 9.3
SD, SD_ALG, DOTS = "_sd", "_sd_alg", "..."
_OF_OBJECT, _OF_ARRAY = 3, 2


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`name` is None for an element of an array; `text` is what travels, base64url of the JSON array."""

    salt: str
    name: str | None
    value: Any
    text: str

    @classmethod
    def make(cls, name: str | None, value: Any) -> Disclosure:
        salt = b64(secrets.token_bytes(SALT_BYTES))
        parts = [salt, value] if name is None else [salt, name, value]
        written = json.dumps(parts, ensure_ascii=False, separators=(", ", ": "))
        return cls(salt, name, value, b64(written.encode()))

    @classmethod
    def read(cls, text: str) -> Disclosure:
        """Raises SdJwtError when it is not an array of two or three, or names what no claim may be named."""
        parts = parse_json(unb64(text))
        if not isinstance(parts, list) or len(parts) not in (_OF_OBJECT, _OF_ARRAY):
            raise SdJwtError("disclosure", "a disclosure is an array of two or of three")
        if not isinstance(parts[0], str):
            raise SdJwtError("disclosure", "the salt of a disclosure is a text")
        if len(parts) == _OF_ARRAY:
            return cls(parts[0], None, parts[1], text)
        if not isinstance(parts[1], str) or parts[1] in (SD, DOTS):
            raise SdJwtError("disclosure", f"a disclosure may not name the claim {parts[1]!r}")
        return cls(parts[0], parts[1], parts[2], text)

    def digest(self, algorithm: str) -> str:
        return digest_of(self.text, algorithm)


def digest_of(text: str, algorithm: str) -> str:
    """base64url of the hash of what travels. Raises SdJwtError for an unknown `_sd_alg`."""
    if algorithm not in HASHES:
        raise SdJwtError("algorithm", f"the hash {algorithm!r} is not known")
    return b64(HASHES[algorithm](text.encode("ascii")).digest())


def decoy(algorithm: str) -> str:
    """A digest of nothing, so that nobody can count what was left out (RFC 9901 section 4.2.5)."""
    return b64(HASHES[algorithm](secrets.token_bytes(32)).digest())


def matches(rule: Path, path: Path) -> bool:
    """Whether a rule names this very place; None in a rule stands for every element."""
    return len(rule) == len(path) and all(
        wanted == here or (wanted is None and isinstance(here, int))
        for wanted, here in zip(rule, path, strict=True)
    )


def split(text: str) -> tuple[str, list[str], str]:
    """The signed token, its disclosures, and the key binding token (or ""), RFC 9901 section 4."""
    parts = text.split("~")
    if len(parts) < _OF_ARRAY:
        raise SdJwtError("malformed", "an SD-JWT has at least one tilde")
    return parts[0], parts[1:-1], parts[-1]
