"""Which algorithms may be relied on until when: data with sources, never a constant in the code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class PolicyError(ValueError):
    """A table of algorithms cannot be used; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class AlgorithmRule:
    """One line: a digest by name, or keys of a kind from so many bits on."""

    name: str
    bits: int
    """0 for digests."""
    until: dt.date | None
    """The last day on which it may be relied on; None while no end is foreseen."""
    source: str

    def allows(self, at: dt.datetime) -> bool:
        return self.until is None or at.astimezone(dt.UTC).date() <= self.until


@dataclass(frozen=True, slots=True)
class AlgorithmPolicy:
    """Digests and keys that are acceptable; what is not listed is not."""

    digests: tuple[AlgorithmRule, ...]
    keys: tuple[AlgorithmRule, ...]

    def digest_rule(self, name: str) -> AlgorithmRule | None:
        """`name` as in hashlib, e.g. "sha256"."""
        return next((rule for rule in self.digests if rule.name == name), None)

    def key_rule(self, kind: str, bits: int) -> AlgorithmRule | None:
        """The line of the largest size that a key of `bits` reaches. `kind` is "rsa" or "ec"."""
        reached = [rule for rule in self.keys if rule.name == kind and rule.bits <= bits]
        return max(reached, key=lambda rule: rule.bits, default=None)

    def rule_of(self, key: object) -> AlgorithmRule | None:
        if isinstance(key, rsa.RSAPublicKey):
            return self.key_rule("rsa", key.key_size)
        if isinstance(key, ec.EllipticCurvePublicKey):
            return self.key_rule("ec", key.curve.key_size)
        return None

    def allows(self, key: object, digest: str, at: dt.datetime) -> bool:
        """Whether a signature by `key` (a public key) over `digest` may be relied on at that time."""
        rules = (self.rule_of(key), self.digest_rule(digest))
        return all(rule is not None and rule.allows(at) for rule in rules)


def read_policy(table: Mapping[str, Any]) -> AlgorithmPolicy:
    """A policy from its table (see data/algorithms.yaml). Raises PolicyError."""
    try:
        digests = tuple(_rule(line["name"], 0, line) for line in table["digests"])
        keys = tuple(_rule(line["kind"], int(line["bits"]), line) for line in table["keys"])
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyError(
            f"the table of algorithms lacks or misspells {error}: compare the shipped one"
        ) from error
    return AlgorithmPolicy(digests, keys)


@cache
def shipped_policy() -> AlgorithmPolicy:
    """The policy that comes with the product."""
    return read_policy(yaml.safe_load((files(__package__) / "data" / "algorithms.yaml").read_text("utf-8")))


def _rule(name: str, bits: int, line: Mapping[str, Any]) -> AlgorithmRule:
    until = line.get("until")
    if until is not None and not isinstance(until, dt.date):
        raise PolicyError(f"{name}: “until” is a date such as 2030-12-31, not {until!r}")
    if not line["source"]:
        raise PolicyError(f"{name}: say in “source” where this comes from")
    return AlgorithmRule(name, bits, until, str(line["source"]))
