"""Putting disclosed claims back where their digests stand, by every rule of RFC 9901 section 7.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motcua.engines.sd_jwt.disclosures import DOTS, SD, SD_ALG, Disclosure, Path
from motcua.engines.sd_jwt.faults import SdJwtError

DEEPEST = 64


class Unfolding:
    """`claims` is the payload with what was disclosed and nothing that was not; `places` says by which
    disclosure each of those claims came."""

    def __init__(self, payload: dict[str, Any], texts: Sequence[str]) -> None:
        algorithm = payload.get(SD_ALG, "sha-256")
        if not isinstance(algorithm, str):
            raise SdJwtError("algorithm", "_sd_alg is not a text")
        self._waiting: dict[str, Disclosure] = {}
        for text in texts:
            one = Disclosure.read(text)
            digest = one.digest(algorithm)
            if digest in self._waiting:
                raise SdJwtError("disclosure", "a disclosure was sent twice")
            self._waiting[digest] = one
        self._met: set[str] = set()
        self._used: set[str] = set()
        self.places: dict[Path, Disclosure] = {}
        top = {name: value for name, value in payload.items() if name != SD_ALG}
        self.claims: dict[str, Any] = self._object(top, ())
        unused = len(self._waiting) - len(self._used)
        if unused:
            raise SdJwtError("disclosure", f"{unused} of the disclosures belong to no digest of the token")

    def _value(self, value: Any, path: Path) -> Any:
        if len(path) > DEEPEST:
            raise SdJwtError("malformed", "the claims are nested too deeply")
        if isinstance(value, dict):
            return self._object(value, path)
        return self._array(value, path) if isinstance(value, list) else value

    def _object(self, members: dict[str, Any], path: Path) -> dict[str, Any]:
        if DOTS in members or SD_ALG in members:
            raise SdJwtError("disclosure", "a control member stands where it may not")
        made = {name: self._value(value, (*path, name)) for name, value in members.items() if name != SD}
        for one in self._named(members.get(SD, [])):
            if one.name is None:
                raise SdJwtError("disclosure", "an element of an array was sent for a member of an object")
            if one.name in made or one.name == SD_ALG:
                raise SdJwtError("disclosure", f"the claim {one.name!r} stands there already")
            here = (*path, one.name)
            self.places[here] = one
            made[one.name] = self._value(one.value, here)
        return made

    def _array(self, items: list[Any], path: Path) -> list[Any]:
        made: list[Any] = []
        for item in items:
            if not (isinstance(item, dict) and DOTS in item):
                made.append(self._value(item, (*path, len(made))))
                continue
            if len(item) != 1:
                raise SdJwtError("disclosure", "the digest of an element has other members beside it")
            for one in self._named([item[DOTS]]):
                if one.name is not None:
                    raise SdJwtError(
                        "disclosure", "a member of an object was sent for an element of an array"
                    )
                here = (*path, len(made))
                self.places[here] = one
                made.append(self._value(one.value, here))
        return made

    def _named(self, digests: Any) -> list[Disclosure]:
        """The disclosures of these digests; each digest may stand in the whole token once."""
        if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
            raise SdJwtError("disclosure", "digests are a list of texts")
        found: list[Disclosure] = []
        for digest in digests:
            if digest in self._met:
                raise SdJwtError("disclosure", "a digest stands twice in the token")
            self._met.add(digest)
            if digest in self._waiting:
                self._used.add(digest)
                found.append(self._waiting[digest])
        return found
