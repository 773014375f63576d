"""The holder's side: seeing what a credential says, and leaving out what nobody asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from motcua.engines.sd_jwt.disclosures import Path, matches, split
from motcua.engines.sd_jwt.signed import read_unverified
from motcua.engines.sd_jwt.unfolding import Unfolding


def claims_of(sd_jwt: str) -> dict[str, Any]:
    """All that the credential says with the disclosures at hand; nothing is verified here."""
    token, texts, _ = split(sd_jwt)
    return Unfolding(read_unverified(token)[1], texts).claims


def present(sd_jwt: str, shown: Collection[Path]) -> str:
    """The credential with only those disclosures that `shown` needs, without key binding.

    A path shows the claim there, everything hidden on the way to it, and everything hidden within it.
    Order is kept; a path that the credential lacks adds nothing.
    """
    token, texts, _ = split(sd_jwt)
    places = Unfolding(read_unverified(token)[1], texts).places
    wanted = {one.text for place, one in places.items() if any(_needed(rule, place) for rule in shown)}
    return "~".join([token, *(text for text in texts if text in wanted), ""])


def _needed(rule: Path, place: Path) -> bool:
    shorter = min(len(rule), len(place))
    return shorter > 0 and matches(rule[:shorter], place[:shorter])
