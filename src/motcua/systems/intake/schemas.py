"""What goes over the wire. Field names are the field's English terms; the codes are the national lists'."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal, Self

from ninja import Field, Schema
from pydantic import model_validator

from motcua.core.cases.proofs import State


class PersonIn(Schema):
    """A person as the sending system has identified them; `level` is the assurance of their eID (0–2)."""

    name: str = Field(max_length=200)
    number: str | None = Field(None, pattern=r"^\d{12}$")
    born: dt.date | None = None
    sex: str = ""
    phone: str = Field("", max_length=20)
    email: str = Field("", max_length=200)
    level: Literal[0, 1, 2] = 0


class PaperIn(Schema):
    """A paper: the service's id for it, and a file (name, content in base64) or the presentation that proved it."""

    paper: str
    name: str = Field("", max_length=200)
    content: str = ""
    presentation: uuid.UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.name and self.content) == (self.presentation is not None):
            raise ValueError("give name and content of a file, or a presentation")
        return self


class ApplicationIn(Schema):
    """An application. `external_id` is the sender's own number: sent twice, it makes one case."""

    external_id: str = Field(min_length=1, max_length=100)
    service: str = Field(description="National code of the service, e.g. 1.001193")
    applicant: PersonIn
    submitter: PersonIn | None = None
    answers: dict[str, Any]
    papers: list[PaperIn] = []
    receiving_agency: str | None = Field(
        None, description="Code of a one-stop unit; else the competent agency's"
    )
    language: Literal["vi", "en"] = "vi"


class PresentationIn(Schema):
    """A paper that the applicant will prove by a credential. `external_id` is that of the application to come."""

    external_id: str = Field(min_length=1, max_length=100)
    service: str
    paper: str
    applicant: PersonIn
    answers: dict[str, Any] = Field(
        {}, description="Needed where one of them names whose credential it has to be"
    )


class PresentationAnswerIn(Schema):
    """What the sender's own wallet presented: one presentation under each name of the question (OpenID4VP 1.0)."""

    vp_token: dict[str, Any]


class PresentationOut(Schema):
    """How the proof of a paper stands. What was shown goes to the authority alone."""

    id: str
    state: State
    to_prove: list[str]
    link: str = Field(description="Opens a wallet (openid4vp://); empty unless it waits")
    page: str = Field(
        description="Where the person agrees with the wallet of their account here; empty unless it waits"
    )
    expires_at: dt.datetime
    answered_at: dt.datetime | None
    credential: str
    issuer: str
    fault: str = Field(description="Why the last answer does not count, in words")


class CaseOut(Schema):
    """Where a case stands. `status` is the number of the national list (1–10)."""

    uuid: str
    number: str
    external_id: str
    status: int
    status_name: str
    received_at: dt.datetime
    due_at: dt.datetime | None
    finished_at: dt.datetime | None
    handling_agency: str
    repeated: bool = False


class Mistake(Schema):
    path: str
    message: str


class Problem(Schema):
    """RFC 9457 problem details."""

    title: str
    status: int
    field: str | None = None
    mistakes: list[Mistake] = []
