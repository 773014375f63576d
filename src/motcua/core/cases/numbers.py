"""Case numbers by the receiving unit's pattern (Circular 01/2018/TT-VPCP art. 19; agency ids of Decision 20/2020).

`{agency}-{yymmdd}-{serial:04}` gives H55.242-261121-0001. The serial counts per agency and day, is at least as
wide as written and grows past it: 9,999 is followed by 10000.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from motcua.core.errors import UserError

USUAL = "{agency}-{yymmdd}-{serial:04}"
_SERIAL = re.compile(r"\{serial(?::0?(\d+))?\}")
_FIELD = re.compile(r"\{([a-z]+)\}")
_KNOWN = {"agency", "former", "yymmdd", "yyyymmdd"}


@dataclass(frozen=True, slots=True)
class NumberShape:
    """A pattern filled in but for the serial, which the database gives in the submitting transaction."""

    scope: str
    prefix: str
    width: int
    suffix: str

    def with_serial(self, serial: int) -> str:
        return f"{self.prefix}{serial:0{self.width}d}{self.suffix}"


def shape(pattern: str, agency_code: str, former_code: str, day: dt.date) -> NumberShape:
    """Fill in all but the serial. Raises UserError for a pattern without exactly one serial or with unknown fields."""
    check(pattern)
    match = _SERIAL.search(pattern)
    assert match is not None
    values = {
        "agency": agency_code,
        "former": former_code or agency_code,
        "yymmdd": day.strftime("%y%m%d"),
        "yyyymmdd": day.strftime("%Y%m%d"),
    }

    def fill(text: str) -> str:
        return _FIELD.sub(lambda field: values[field.group(1)], text)

    return NumberShape(
        scope=agency_code,
        prefix=fill(pattern[: match.start()]),
        width=int(match.group(1) or 1),
        suffix=fill(pattern[match.end() :]),
    )


def check(pattern: str) -> None:
    """Raise UserError unless the pattern gives every case of every day its own number."""
    if len(_SERIAL.findall(pattern)) != 1:
        raise UserError(
            f"Mẫu mã hồ sơ “{pattern}” phải có đúng một số thứ tự, ví dụ {USUAL}.",
            f"The number pattern “{pattern}” needs exactly one serial, as in {USUAL}.",
            field="pattern",
        )
    fields = set(_FIELD.findall(_SERIAL.sub("", pattern)))
    unknown = fields - _KNOWN
    if unknown:
        raise UserError(
            f"Mẫu mã hồ sơ “{pattern}” có phần không hiểu: {', '.join(sorted(unknown))}.",
            f"The number pattern “{pattern}” has parts nobody knows: {', '.join(sorted(unknown))}.",
            field="pattern",
        )
    if not fields & {"yymmdd", "yyyymmdd"} or not fields & {"agency", "former"}:
        raise UserError(
            f"Mẫu mã hồ sơ “{pattern}” phải có cơ quan và ngày, vì số thứ tự đếm theo cơ quan và ngày.",
            f"The number pattern “{pattern}” needs the agency and the day, since the serial counts per agency and day.",
            field="pattern",
        )
