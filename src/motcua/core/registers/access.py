"""Who may do what with which fields of a register, and for which purpose: one answer for code, API and pages."""

from __future__ import annotations

import time
from collections.abc import Iterable

from motcua.core.errors import NotAllowed
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.registers.schema import FRESH, Rule, Schema

SERVICE = "service"
"""The purpose under which cases of public services look things up."""
OWN = "own"
"""The purpose under which a person looks at what is held of themselves."""
_codes: tuple[float, dict[int, str]] = (0.0, {})


def rule_for(
    schema: Schema, actor: Actor, act: str, use: str, *, partner: str = "", service: str = ""
) -> Rule:
    """The rule by which the actor may do `act` for the purpose `use`. Raises NotAllowed, saying what would do."""
    for rule in schema.rules:
        if rule.use == use and act in rule.acts and _fits(rule, actor, partner, service):
            return rule
    known = ", ".join(sorted(rule.use for rule in schema.rules if act in rule.acts)) or "-"
    raise NotAllowed(
        f"Không có quy định nào cho phép việc này trên “{schema.name.vi}” với mục đích “{use}”. "
        f"Các mục đích đã khai báo: {known}.",
        f"No rule allows this on {schema.name.en!r} for the purpose {use!r}. Purposes declared: {known}.",
        "purpose",
    )


def fields_for(schema: Schema, actor: Actor, act: str, use: str, *, partner: str = "") -> frozenset[str]:
    """The fields the actor may touch. The state itself may touch all. Raises NotAllowed."""
    if actor.kind is ActorKind.SYSTEM:
        return frozenset(schema.fields)
    rule = rule_for(schema, actor, act, use, partner=partner)
    return rule.fields or frozenset(schema.fields)


def uses_of(schema: Schema, actor: Actor, act: str, *, partner: str = "") -> list[Rule]:
    """The purposes for which the actor may do `act`."""
    return [rule for rule in schema.rules if act in rule.acts and _fits(rule, actor, partner, "")]


def only(facts: dict[str, object], allowed: Iterable[str]) -> dict[str, object]:
    """The facts that may be shown."""
    shown = set(allowed)
    return {path: value for path, value in facts.items() if path in shown}


def _fits(rule: Rule, actor: Actor, partner: str, service: str) -> bool:
    """Whoever fits one of what the rule names; a rule that names nobody fits nobody."""
    if rule.services and service and service not in rule.services:
        return False
    if actor.kind is ActorKind.PARTNER and partner:
        return partner in rule.partners
    if actor.kind.value in rule.kinds or actor.has(*rule.groups):
        return not rule.agencies or _agency_code(actor) in rule.agencies
    return not rule.kinds and not rule.groups and _agency_code(actor) in rule.agencies


def _agency_code(actor: Actor) -> str:
    """The code of the agency for which an officer works; kept for a while, since every look asks."""
    global _codes
    if actor.agency_id is None:
        return ""
    read_at, codes = _codes
    if actor.agency_id not in codes or time.monotonic() - read_at > FRESH:
        from motcua.core.organisations.models import Agency

        codes = dict(Agency.objects.filter(pk=actor.agency_id).values_list("pk", "code")) | (
            codes if time.monotonic() - read_at <= FRESH else {}
        )
        _codes = (time.monotonic(), codes)
    return codes.get(actor.agency_id, "")
