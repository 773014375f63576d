"""How this gateway takes part: where its control plane is, under which code and with which key it asks there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = "enrolment.json"


class EnrolmentError(Exception):
    """It cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Enrolment:
    """What a gateway knows of its own part, kept in `enrolment.json`."""

    site: str
    """The control plane's address, `https://lienthong.example.gov.vn`."""
    code: str
    member: str
    """`CLASS/CODE` of whom it belongs to."""
    key: str
    """By which it asks there; secret."""

    @property
    def configuration(self) -> str:
        return f"{self.site}/lien-thong/cau-hinh.json"


def read_enrolment(place: Path) -> Enrolment | None:
    """The enrolment of the gateway whose folder is `place`. Raises EnrolmentError when the file is broken."""
    path = place / FILE
    if not path.is_file():
        return None
    try:
        return Enrolment(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise EnrolmentError(f"{path} cannot be read ({error}): enrol again") from error
