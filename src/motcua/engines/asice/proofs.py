"""What a container brings as proof, held until it is weighed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from motcua.engines.asice.manifests import Manifest
from motcua.engines.trust_lists import Evidence, Stamp


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time-stamp over a manifest or a file, with the entry that holds it."""

    stamp: Stamp
    proof: str
    digests: set[str]


@dataclass(frozen=True, slots=True)
class SignedByMessage:
    """A CAdES signature that holds arithmetically, over a manifest or a file."""

    proof: str
    contents: Mapping[str, bytes]
    digests: set[str]


def kept_in_archives(archives: Iterable[tuple[Manifest, Stamp]]) -> Evidence:
    return sum((stamp.kept for _, stamp in archives), Evidence())
