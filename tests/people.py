"""The people of the tests: those of the demonstration, and the officers of the ward in which it plays."""

from __future__ import annotations

from typing import Any

from motcua.core.registers.data import demo_people

CLERK = "h55.237.00.one-stop-clerk"
REGISTRAR = "h55.237.civil-status-officer"
SOCIAL_OFFICER = "h55.237.social-officer"
CHAIR = "h55.237.chair"
EDITOR = "h55.01.service-editor"
APPROVER = "h55.01.service-approver"
KEEPER = "h55.staff-officer"


def person(name: str) -> dict[str, Any]:
    """What the population database knows of a person of the demonstration."""
    known: dict[str, Any] = demo_people()["people"][name]
    return known


def number(name: str) -> str:
    """The personal number, which is also the account's name."""
    return str(person(name)["number"])
