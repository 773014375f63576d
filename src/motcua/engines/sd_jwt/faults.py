"""What can be wrong with a credential, by a name that a caller can put into its own words."""

from __future__ import annotations


class SdJwtError(ValueError):
    """`code` is one of a closed list (malformed, signature, algorithm, type, disclosure, expired, not_yet,
    binding, replay, audience, status, unreachable, claims); the message says what exactly."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
