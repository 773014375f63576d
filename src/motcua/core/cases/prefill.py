"""Asked once, known everywhere: what registers and the vault hold is found, marked with its source, not asked.

The pack's rules say what to find (services/pack/finding.py); here they meet the registers: our own, or those of another
installation where the connections say so (registers/elsewhere.py). A register that does not answer costs the person a
few questions and nothing else: the source is noted, asked for in the form, and looked up again later to be compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from motcua.core import clock
from motcua.core.errors import NotAllowed, NotFound, Unavailable
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services.pack import finding
from motcua.core.services.pack.expressions import plain
from motcua.engines.forms import Found


class Looked(NamedTuple):
    """What a look gave, where it stands, and when it was said; None: now."""

    value: dict[str, Any]
    register: str
    key: str
    at: dt.datetime | None = None


Look = Callable[["RegisterReader", list[Any]], Looked | None]


@dataclass(slots=True)
class RegisterReader:
    """Looks things up in this installation's registers, for one person and one purpose.

    `down` collects the sources that did not answer. The same look is taken once.
    """

    actor: Actor
    purpose: str
    applicant: Mapping[str, Any]
    case_id: int | None = None
    down: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Who is called what, as far as answers have told: some registers answer only those who know the name."""
    _seen: dict[tuple[str, ...], Found | None] = field(default_factory=dict)

    def read(self, source: str, arguments: list[Any], label: str) -> Found | None:
        """What the source holds, or None: nothing there, or it does not answer (then it is noted in `down`)."""
        asked = (source, *map(str, arguments))
        if asked not in self._seen:
            self._seen[asked] = self._look(source, arguments, label)
        return self._seen[asked]

    def _look(self, source: str, arguments: list[Any], label: str) -> Found | None:
        if source in self.down:
            return None
        try:
            answer = SOURCES[source](self, arguments)
        except Unavailable:
            self.down.append(source)
            return None
        except (NotFound, NotAllowed):
            return None
        if answer is None:
            return None
        return Found(plain(answer.value), label, answer.at or clock.now(), answer.register, answer.key)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What was found, as it is kept ({path: {"value", "source", "at", "register", "key"}}), and who was silent."""

    found: dict[str, Any]
    down: list[str]


def find(
    actor: Actor,
    pack: Any,
    *,
    answers: Mapping[str, Any],
    applicant: Mapping[str, Any],
    lang: str = "vi",
    case_id: int | None = None,
) -> Prefilled:
    """Everything that the pack's rules find with what is known now."""
    now = clock.now()
    reader = RegisterReader(actor, f"{pack.name('vi')} ({pack.code})", applicant, case_id)
    with acting(SYSTEM, savepoint=False):
        found = finding.find(pack, reader, pack.facts(answers, applicant=applicant, received=now), lang)
    return Prefilled(finding.as_json(found), reader.down)


def unanswered(pack: Any, down: Sequence[str]) -> list[str]:
    """The paths that silent sources would have filled, those that follow from them too."""
    paths: list[str] = []
    for rule in pack.prefill:
        if rule.name in down or any(is_below(name, paths) for name in rule.arguments.names):
            paths.append(rule.path)
    return paths


def is_below(path: str, above: Sequence[str]) -> bool:
    """Whether a path is one of `above` or lies below one."""
    return any(path == one or path.startswith(f"{one}.") for one in above)


def differences(answers: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Where the person's answer differs from what the register says, now that it answers."""
    from motcua.core.cases.facts import get

    return sorted(
        path
        for path, fact in found.items()
        if (said := get(answers, path)) not in (None, "")
        and str(said).casefold() != str(fact["value"]).casefold()
    )


def _person(reader: RegisterReader, number: Any) -> Looked | None:
    from motcua.core.registers import elsewhere
    from motcua.core.registers import queries as registers

    if elsewhere.is_elsewhere(registers.POPULATION):
        return _person_elsewhere(reader, str(number or ""))
    found = registers.person(reader.actor, str(number), purpose=reader.purpose, case_id=reader.case_id)
    if found is None:
        return None
    value = asdict(found)
    value.pop("record")
    return Looked(value, registers.POPULATION, str(number))


def _person_elsewhere(reader: RegisterReader, number: str) -> Looked | None:
    """Ask as one who knows whom they ask about: the applicant's own name and birth, relatives' names from answers."""
    from motcua.core.registers import queries as registers

    if not number:
        return None
    hints: dict[str, Any] = {"name": reader.names.get(number, "")}
    if number == reader.applicant.get("number"):
        hints = {"name": reader.applicant.get("name") or "", "born": str(reader.applicant.get("born") or "")}
    looked = _ask_elsewhere(reader, registers.POPULATION, "person", number, **hints)
    if looked is not None:
        for role in ("father", "mother", "spouse"):
            if looked.value.get(f"{role}_number") and looked.value.get(f"{role}_name"):
                reader.names[looked.value[f"{role}_number"]] = looked.value[f"{role}_name"]
    return looked


def _ask_elsewhere(reader: RegisterReader, register: str, what: str, key: str, **hints: Any) -> Looked | None:
    """Ask a register that another installation keeps."""
    from motcua.core.registers import elsewhere

    known = elsewhere.look(
        reader.actor, register, what, key, purpose=reader.purpose, case_id=reader.case_id, **hints
    )
    return None if known is None else Looked(dict(known.facts), register, key, known.at)


def _parent(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    child = _person(reader, arguments[0])
    number = child and child[0].get(f"{arguments[1]}_number")
    return _person(reader, number) if number else None


def _spouse(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    one = _person(reader, arguments[0])
    number = one and one[0].get("spouse_number")
    return _person(reader, number) if number else None


def _marriage(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    from motcua.core.registers import queries as registers

    found = registers.marriage_of(
        reader.actor, str(arguments[0]), str(arguments[1]), purpose=reader.purpose, case_id=reader.case_id
    )
    if found is None:
        return None
    place = _agency(found.agency_code)
    value = {
        "book": registers.MARRIAGES,
        "number": found.number,
        "year": found.year,
        "registered_on": found.registered_on,
        "unit": place.get("unit"),
        "agency_code": found.agency_code,
        "agency_name": found.agency_name,
        "in_province": place.get("province") == _province_of(str(reader.applicant.get("residence") or "")),
    }
    return Looked(
        value,
        registers.CIVIL_STATUS,
        f"{registers.MARRIAGES}/{found.agency_code}/{found.year}/{found.number}",
    )


def _entry(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    from motcua.core.registers import queries as registers

    book = str(arguments[1])
    entries = registers.civil_entries_of(
        reader.actor, str(arguments[0]), purpose=reader.purpose, case_id=reader.case_id, book=book
    )
    for found in entries:
        if (found.data.get("person") or {}).get("number") == str(arguments[0]):
            value = {
                **{key: found.data.get(key) for key in ("person", "mother", "father")},
                "book": found.book,
                "number": found.number,
                "year": found.year,
                "state": found.state,
                "registered_on": found.registered_on,
                "unit": _agency(found.agency_code).get("unit"),
                "agency_code": found.agency_code,
                "agency_name": found.agency_name,
            }
            return Looked(
                value,
                registers.CIVIL_STATUS,
                f"{found.book}/{found.agency_code}/{found.year}/{found.number}",
            )
    return None


def _protection(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    from motcua.core.registers import elsewhere
    from motcua.core.registers import queries as registers

    if elsewhere.is_elsewhere(registers.SOCIAL):
        return _ask_elsewhere(reader, registers.SOCIAL, "person", str(arguments[0]))
    view = registers.read(
        reader.actor, registers.SOCIAL, str(arguments[0]), purpose=reader.purpose, case_id=reader.case_id
    )
    return None if view is None else Looked(dict(view.data), registers.SOCIAL, view.key)


def _birth_notice(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    from motcua.core.registers import elsewhere
    from motcua.core.registers import queries as registers

    if elsewhere.is_elsewhere(registers.BIRTH_NOTICES):
        return _ask_elsewhere(reader, registers.BIRTH_NOTICES, "birth_notice", str(arguments[0]))
    view = registers.birth_notice(
        reader.actor, str(arguments[0]), purpose=reader.purpose, case_id=reader.case_id
    )
    return None if view is None else Looked({**view.data, "key": view.key}, registers.BIRTH_NOTICES, view.key)


def _vault(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    from motcua.core.documents import queries as documents

    if reader.actor.principal is None:
        return None
    for item in documents.vault(reader.actor.principal):
        if item.kind == arguments[0]:
            value = {
                "title": item.title,
                "number": getattr(item, "number", None),
                "issued_at": item.received_at,
            }
            return Looked(value, "vault", str(item.pk))
    return None


def _contact(reader: RegisterReader, arguments: list[Any]) -> Looked | None:
    known = {key: reader.applicant.get(key) for key in ("phone", "email") if reader.applicant.get(key)}
    return Looked(known, "account", "contact") if known else None


def _agency(code: str) -> dict[str, str]:
    from motcua.core.organisations.models import Agency

    row = Agency.objects.filter(code=code).values_list("unit_code", "province_code").first()
    return {} if row is None else {"unit": row[0], "province": row[1]}


def _province_of(unit_code: str) -> str:
    from motcua.core.organisations import queries as organisations

    found = organisations.unit(unit_code) if unit_code else None
    return found.province_code if found else ""


SOURCES: dict[str, Look] = {
    "population.person": lambda reader, arguments: _person(reader, arguments[0]),
    "population.parent": _parent,
    "population.spouse": _spouse,
    "civil_status.marriage": _marriage,
    "civil_status.entry": _entry,
    "social_protection.person": _protection,
    "health.birth_notice": _birth_notice,
    "vault.document": _vault,
    "account.contact": _contact,
}
"""The sources that a pack may name (services/pack/sources.py) but for `value`, which needs no register."""
