"""What a type of credential is called and how its claims read, in several languages (SD-JWT VC section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.engines.sd_jwt.disclosures import Path


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """A claim: where it stands, its names by language, whether the holder may leave it out (allowed, always, never)."""

    path: Path
    names: Mapping[str, str]
    disclosable: str = "allowed"

    def to_json(self) -> dict[str, Any]:
        return {
            "path": list(self.path),
            "display": [{"locale": lang, "label": name} for lang, name in self.names.items()],
            "sd": self.disclosable,
        }


def type_metadata(vct: str, names: Mapping[str, str], claims: Iterable[ClaimMetadata]) -> dict[str, Any]:
    """The document that stands at the address of the type."""
    return {
        "vct": vct,
        "name": next(iter(names.values())),
        "display": [{"locale": lang, "name": name} for lang, name in names.items()],
        "claims": [claim.to_json() for claim in claims],
    }
