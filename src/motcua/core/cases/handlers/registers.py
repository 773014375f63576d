"""Steps that end in a register, at the attribute's master."""

from __future__ import annotations

from typing import Any

from motcua.core.cases import reference
from motcua.core.cases.handlers.registry import FaultInProcess, Result, Work, handles
from motcua.core.ledger.actions import emit


def _registered_under(work: Work) -> int:
    """The case whose entry and number these are: its own, or that of the decision it makes anew."""
    return int((work.facts.get("again") or {}).get("registered_under") or work.case.pk)


def _effect(work: Work) -> Any:
    """The effect of the pack that the header names, with its data worked out; None when it does not apply."""
    name = str(work.parameter("effect", ""))
    try:
        return work.pack.effect(name, work.facts)
    except KeyError as unknown:
        raise FaultInProcess("unknown_effect", str(unknown.args[0])) from unknown


@handles("civil_status.open_entry")
def open_entry(work: Work) -> Result:
    """Take the next number of the book; asked again for the same case it is the same number."""
    from motcua.core.registers import actions as registers

    effect = _effect(work)
    if effect is None:
        return None
    agency = reference.agency(work.case.competent_agency_id)
    people = sorted({number for number in _numbers(effect.data) if number})
    entry = registers.open_civil_entry(
        work.actor,
        effect.book,
        agency_code=agency.code,
        agency_name=agency.name,
        data=effect.data,
        person_numbers=people,
        case_id=_registered_under(work),
    )
    return {
        "entry": {
            "book": entry.book,
            "number": entry.number,
            "year": entry.year,
            "state": entry.state,
            "registered_on": entry.registered_on.isoformat(),
            "unit": agency.unit_code,
            "agency_code": agency.code,
            "agency_name": agency.name,
        }
    }


@handles("civil_status.confirm_entry")
def confirm_entry(work: Work) -> Result:
    """The act is signed: what was pending is effective."""
    from motcua.core.registers import actions as registers

    effect = _effect(work)
    if effect is None:
        return None
    document = work.case.data.get("result", {}).get("document")
    entry = registers.confirm_civil_entry(
        work.actor, _registered_under(work), effect.book, document_id=document
    )
    known = work.facts.get("entry") or {}
    return {"entry": {**known, "state": entry.state}}


@handles("population.request_number")
def request_number(work: Work) -> Result:
    """Ask the population database for a number. A late answer does not hold the case up: the certificate is issued
    with the number pending and issued again when it comes (jobs.number_answered)."""
    from motcua.core.registers import actions as registers

    effect = _effect(work)
    if effect is None:
        return None
    request = registers.request_personal_number(work.actor, effect.data, _registered_under(work))
    return {
        "number": {
            "state": str(request.state),
            "value": request.number or None,
            "reason": request.reason or None,
        }
    }


@handles("registers.write")
def write(work: Work) -> Result:
    """Write what becomes true at the register that masters it; other registers are told by it."""
    from motcua.core.registers import actions as registers

    effect = _effect(work)
    if effect is None or effect.key is None:
        return None
    record = registers.write(
        work.actor,
        effect.register,
        effect.key,
        effect.data,
        valid_from=effect.valid_from,
        case_id=work.case.pk,
        document_id=work.case.data.get("result", {}).get("document"),
    )
    emit(
        "case.register_written",
        work.actor,
        case_id=work.case.pk,
        data={"register": effect.register, "attributes": sorted(effect.data), "record": record.pk},
    )
    return {"written": {**(work.facts.get("written") or {}), effect.id: record.pk}}


def _numbers(value: Any) -> list[str]:
    """The personal numbers that stand anywhere in the data of an entry."""
    if isinstance(value, dict):
        own = (
            [str(value["number"])]
            if isinstance(value.get("number"), str) and len(value["number"]) == 12
            else []
        )
        return own + [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in _numbers(inner)]
    return []
