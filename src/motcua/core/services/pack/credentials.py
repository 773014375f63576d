"""What of a result becomes a credential: its claims, what may be proven of a birthday, and who may hold it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.core.services.pack.expressions import Expression, plain, typed
from motcua.core.services.pack.faults import Fault
from motcua.core.services.pack.parts import Words
from motcua.core.services.pack.yaml_source import Source

AGE_CLAIM = "age_equal_or_over"
"""One truth for each age, so that "eighteen or older" is proven without the birthday (SD-JWT VC, EUDI PID)."""


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """A claim: its name for machines, its name for people, and its value over the data of the result."""

    name: str
    title: Words
    value: Expression


@dataclass(frozen=True, slots=True)
class CredentialRule:
    """How a result becomes a credential. `holder` gives the personal number of the only one who may hold it; without
    it whoever has the result in their vault may."""

    type: str
    title: Words
    valid_days: int
    when: Expression | None
    holder: Expression | None
    claims: tuple[ClaimRule, ...]
    born: Expression | None
    ages: tuple[int, ...]

    def holder_of(self, data: Mapping[str, Any]) -> str | None:
        """The personal number of who may hold it, "" when the data do not say; None where the rule names nobody."""
        if self.holder is None:
            return None
        number = self.holder.value(_context(data))
        return "" if number is None else str(plain(number))

    def given_for(self, data: Mapping[str, Any]) -> bool:
        """Whether a result with these data becomes a credential at all."""
        return self.when is None or self.when.holds(_context(data))

    def values(self, data: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
        """The claims of one result by name; a claim without a value is left out, ages are as of `today`."""
        context = _context(data)
        found = {claim.name: plain(claim.value.value(context)) for claim in self.claims}
        made = {name: value for name, value in found.items() if value not in (None, "")}
        born = self.born.value(context) if self.born is not None else None
        if isinstance(born, dt.date):
            made[AGE_CLAIM] = {str(age): age_on(born, today) >= age for age in self.ages}
        return made


def age_on(born: dt.date, day: dt.date) -> int:
    """Full years on that day; who was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def credential_of(manifest: Mapping[str, Any]) -> CredentialRule | None:
    """The rule that a service.yaml gives under `credential`, None where it gives none."""
    value = manifest.get("credential")
    if value is None:
        return None
    ages = value.get("ages") or {}
    return CredentialRule(
        value["type"],
        Words.of(value["title"]),
        value["valid_days"],
        Expression(value["when"]) if "when" in value else None,
        Expression(value["holder"]) if "holder" in value else None,
        tuple(
            ClaimRule(name, Words.of(line["title"]), Expression(line["value"]))
            for name, line in value["claims"].items()
        ),
        Expression(ages["born"]) if ages else None,
        tuple(ages.get("at_least", ())),
    )


def faults_of_credential(source: Source) -> Iterator[Fault]:
    """Names that the data of the result do not have: such a claim would always be empty."""
    rule = credential_of(source.value)
    if rule is None:
        return
    known = set(source.value["result"]["data"])
    lines: list[tuple[tuple[str | int, ...], Expression | None]] = [
        (("credential", "when"), rule.when),
        (("credential", "holder"), rule.holder),
        (("credential", "ages", "born"), rule.born),
        *((("credential", "claims", claim.name, "value"), claim.value) for claim in rule.claims),
    ]
    for path, expression in lines:
        for name in sorted({name.split(".")[0] for name in (expression.names if expression else ())} - known):
            yield source.fault(
                path,
                f"Kết quả không có dữ liệu “{name}”. result.data có: {', '.join(sorted(known))}.",
                f"The result has no data “{name}”. result.data has: {', '.join(sorted(known))}.",
            )


def _context(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): typed(value) for name, value in data.items()}
