"""What goes over the wire. Field names are the field's English terms; the codes are the national lists'."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Field, Schema


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
    """A paper: the service's id for it, a file name, and the content in base64."""

    paper: str
    name: str = Field(max_length=200)
    content: str


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
