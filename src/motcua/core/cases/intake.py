"""What comes in by any door: an application, and what it becomes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from motcua.core.errors import Conflict, UserError
from motcua.core.identity.models import Party
from motcua.core.sealing.fields import Sealed


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What a case keeps of its applicant as they were on the day: columns of `identity.Party`."""

    name: str
    personal_number: str | None
    born: dt.date | None
    sex: str
    phone: str
    email: str
    address_unit: str
    address_text: str
    nationality: str = ""
    paper: str = ""

    @property
    def number(self) -> str | None:
        """The personal number, or a foreigner's paper."""
        return self.personal_number or self.paper or None

    @classmethod
    def of(cls, party: Any) -> PartyFacts:
        """Of a row of `identity.Party`."""
        return cls(*(getattr(party, each.name) for each in fields(cls)))

    @classmethod
    def read(cls, row: Sequence[Any]) -> PartyFacts:
        """Of the columns of `identity_party` in the order of these fields, as a plain statement gives them."""
        columns = (Party._meta.get_field(each.name) for each in fields(cls))
        return cls(*(c.unseal(v) if isinstance(c, Sealed) else v for c, v in zip(columns, row, strict=True)))

    def as_facts(self) -> dict[str, Any]:
        """As expressions of a pack name them: `applicant.number`, `applicant.residence` …"""
        return {
            "name": self.name,
            "number": self.number,
            "born": None if self.born is None else self.born.isoformat(),
            "sex": self.sex,
            "phone": self.phone,
            "email": self.email,
            "residence": self.address_unit,
            "address": self.address_text,
            "nationality": self.nationality,
        }


@dataclass(frozen=True, slots=True)
class Application:
    """One application, the same whichever door it came through.

    `answers` are nested as the form holds them; `found` is {path: {"value", "source", "at", "register", "key"}};
    `files` {paper id: [file uuid, …]}. Parties are ids of `identity.Party`; where `receiving_agency_id` is None the
    desk of the competent agency receives. `external_ids` {system: what it calls this application}; `unverified` names
    the sources that did not answer while the form was filled in; `applicant` spares reading the party again. `again`
    is set where a decided case is decided anew: {number, paid, registered_under}, kept among the facts. `doubted`:
    somebody said that a register is wrong in what was found for it.
    """

    service_version_id: int
    answers: Mapping[str, Any]
    submitter_party_id: int
    applicant_party_id: int
    found: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, list[str]] = field(default_factory=dict)
    channel: str = "portal"
    beneficiary_party_id: int | None = None
    assisting_officer_id: int | None = None
    receiving_agency_id: int | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    parent_dossier: uuid.UUID | None = None
    decided_case_id: int | None = None
    draft_uuid: uuid.UUID | None = None
    unverified: tuple[str, ...] = ()
    language: str = "vi"
    applicant: PartyFacts | None = None
    again: Mapping[str, Any] | None = None
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission. `repeated`: the case was there already, made under the same key."""

    case_uuid: uuid.UUID
    number: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class FieldMistake:
    path: str
    message: str
    field_id: str = ""


class Incomplete(UserError):
    """The application lacks something or holds something wrong; `mistakes` say where."""

    status = 422

    def __init__(self, mistakes: list[FieldMistake]) -> None:
        self.mistakes = mistakes
        first = mistakes[0]
        super().__init__(
            f"Đơn còn {len(mistakes)} chỗ cần sửa. {first.message}",
            f"{len(mistakes)} answers need to be put right. {first.message}",
            field=first.path,
        )


class NewVersion(Conflict):
    """The service changed while the form was being filled in: a new version is in force."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Quy định của thủ tục “{name}” vừa thay đổi. Các câu trả lời của ông/bà vẫn được giữ; "
            "hãy xem lại biểu mẫu mới rồi nộp.",
            f"The rules of “{name}” have just changed. Your answers are kept: look through the new form, then submit.",
        )
