"""Makes the providers of this installation known."""

from __future__ import annotations

from pathlib import Path

from motcua.core.identity.contrib.openid_provider import description
from motcua.core.identity.contrib.openid_provider.provider import OpenIdProvider
from motcua.core.identity.sources import registry


def register_all(file: Path) -> list[str]:
    """Register every provider that `file` describes; their names. Raises Misdescribed."""
    described = description.read(file)
    for told in described:
        registry.register(told.key)(_made_for(told))
    return [told.key for told in described]


def _made_for(told: description.Description) -> type[OpenIdProvider]:
    """The registry makes its plug-ins itself, so each provider is a class that needs nothing more to be told."""

    class Described(OpenIdProvider):
        def __init__(self) -> None:
            super().__init__(told)

    Described.__qualname__ = f"OpenIdProvider({told.key})"
    return Described
