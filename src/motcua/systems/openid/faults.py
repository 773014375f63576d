"""Refusals as OAuth 2.0 words them (RFC 6749 sections 4.1.2.1 and 5.2)."""

from __future__ import annotations

UNAUTHORISED = 401


class OAuthError(Exception):
    """A refusal that the application is told: `code` of the registry, and a sentence for its developer."""

    def __init__(self, code: str, description: str = "", *, status: int = 400, nonce: str = "") -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description, self.status, self.nonce = code, description, status, nonce

    def as_dict(self) -> dict[str, str]:
        said = {"error": self.code}
        return said | {"error_description": self.description} if self.description else said


class CannotRedirect(OAuthError):
    """A request whose sender is not known for certain: the person is told, nobody is redirected."""


def invalid_client() -> OAuthError:
    """One answer to every failed authentication: who fails learns nothing about what exists."""
    return OAuthError("invalid_client", "client authentication failed", status=UNAUTHORISED)
