"""Issuing: claims become digests, and the holder gets the disclosures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from motcua.engines.sd_jwt.disclosures import DOTS, HASHES, SD, SD_ALG, Disclosure, Path, decoy, matches
from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.signed import Key, sign

FIXED_CLAIMS = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "aud"})
"""Never selectively disclosable: without them nobody could judge the rest (SD-JWT VC section 2.2.2.2)."""


def issue(
    claims: Mapping[str, Any],
    key: Key,
    *,
    disclosable: Collection[Path] = (),
    holder: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    decoys: int = 0,
    algorithm: str = "sha-256",
) -> str:
    """An SD-JWT with all its disclosures: `<token>~<disclosure>~…~`.

    `disclosable` names the claims that the holder may leave out, at any depth (`("address",)`,
    `("address", "commune")`, `("nationality", None)`); naming both parent and child makes the disclosure
    recursive. `holder` is the public JWK that `cnf` names; `decoys` digests of nothing join every `_sd`.
    Raises SdJwtError when a claim may not be hidden or is named like a control member.
    """
    if algorithm not in HASHES:
        raise SdJwtError("algorithm", f"the hash {algorithm!r} is not known")
    for rule in disclosable:
        if rule and rule[0] in FIXED_CLAIMS:
            raise SdJwtError("claims", f"the claim {rule[0]!r} may not be hidden")
    made: list[Disclosure] = []
    payload = _object(claims, (), _Plan(tuple(disclosable), decoys, algorithm, made))
    if made or decoys:
        payload[SD_ALG] = algorithm
    if holder is not None:
        payload["cnf"] = {"jwk": dict(holder)}
    token = sign(payload, key, {"typ": "dc+sd-jwt", **(header or {})})
    return "~".join([token, *(one.text for one in made), ""])


class _Plan:
    """What is hidden, and the disclosures made so far."""

    def __init__(self, rules: tuple[Path, ...], decoys: int, algorithm: str, made: list[Disclosure]) -> None:
        self.rules, self.decoys, self.algorithm, self.made = rules, decoys, algorithm, made

    def hides(self, path: Path) -> bool:
        return any(matches(rule, path) for rule in self.rules)

    def disclose(self, name: str | None, value: Any) -> str:
        one = Disclosure.make(name, value)
        self.made.append(one)
        return one.digest(self.algorithm)


def _object(members: Mapping[str, Any], path: Path, plan: _Plan) -> dict[str, Any]:
    made: dict[str, Any] = {}
    digests: list[str] = []
    for name, value in members.items():
        if name in (SD, SD_ALG, DOTS):
            raise SdJwtError("claims", f"no claim may be named {name!r}")
        here = (*path, name)
        inner = _value(value, here, plan)
        if plan.hides(here):
            digests.append(plan.disclose(name, inner))
        else:
            made[name] = inner
    if digests:
        digests += [decoy(plan.algorithm) for _ in range(plan.decoys)]
    if digests:
        made[SD] = sorted(digests)  # by digest, so that the order says nothing of the names
    return made


def _array(items: list[Any] | tuple[Any, ...], path: Path, plan: _Plan) -> list[Any]:
    made: list[Any] = []
    hidden = False
    for place, value in enumerate(items):
        here = (*path, place)
        inner = _value(value, here, plan)
        if plan.hides(here):
            hidden = True
            made.append({DOTS: plan.disclose(None, inner)})
        else:
            made.append(inner)
    if hidden:
        made += [{DOTS: decoy(plan.algorithm)} for _ in range(plan.decoys)]
    return made


def _value(value: Any, path: Path, plan: _Plan) -> Any:
    if isinstance(value, Mapping):
        return _object(value, path, plan)
    if isinstance(value, list | tuple):
        return _array(value, path, plan)
    return value
