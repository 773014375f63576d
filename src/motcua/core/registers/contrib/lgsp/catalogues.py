"""Common catalogues of an LGSP: `/dmdc/Metadata/{code}` says what the columns are, `/dmdc/Category/{code}` the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from motcua.core.errors import NotFound, UserError
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.lgsp import calling

CODE = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    name: str
    type: str


def columns(place: Destination, catalogue: str) -> list[Column]:
    """What a catalogue's rows consist of. Raises NotFound, Silent."""
    said = calling.get(place, f"/dmdc/Metadata/{_checked(catalogue)}", {}, "dmdc.Metadata")
    if said is None:
        raise _unknown(catalogue)
    names = ("PropertyCode", "PropertyName", "PropertyType")
    return [Column(*(str(one.get(name) or "") for name in names)) for one in calling.a_list(place, said)]


def rows(place: Destination, catalogue: str) -> list[dict[str, Any]]:
    """Every row of a catalogue (`madantoc`, `magioitinh`, `matenvanbanhanhchinh` …). Raises NotFound, Silent."""
    said = calling.get(place, f"/dmdc/Category/{_checked(catalogue)}", {}, "dmdc.Category")
    if said is None:
        raise _unknown(catalogue)
    return calling.a_list(place, said)


def add(place: Destination, catalogue: str, new: Sequence[dict[str, Any]]) -> int:
    """Hand rows in; how many were taken. Raises Silent when it is not all of them: nobody may guess which."""
    said = calling.post(place, f"/dmdc/Category/{_checked(catalogue)}", list(new), "dmdc.Category.add")
    if said is None:
        raise _unknown(catalogue)
    count = calling.an_object(place, said).get("Count")
    if not isinstance(count, int) or count != len(new):
        raise Silent(place.name, "wrong answer", f"{count} of {len(new)} rows taken")
    return count


def _checked(catalogue: str) -> str:
    if not CODE.fullmatch(catalogue):
        raise UserError(f"“{catalogue}” không phải mã danh mục.", f"{catalogue!r} is no code of a catalogue.")
    return catalogue


def _unknown(catalogue: str) -> NotFound:
    return NotFound(f"Không có danh mục “{catalogue}”.", f"There is no catalogue {catalogue!r}.")
