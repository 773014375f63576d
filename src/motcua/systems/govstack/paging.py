"""Lists as these APIs page and sort them, and identifiers that may be anything."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from motcua.systems.govstack.speaking import NotSaid, number

MOST = 200


def page(request: HttpRequest, rows: QuerySet[Any], sorted_by: Mapping[str, str], default: str) -> list[Any]:
    """`firstResult` (from 0), `maxResult`, `sortBy` and `sortOrder` (asc, desc; desc without a word)."""
    wanted = request.GET.get("sortBy", "")
    if wanted and wanted not in sorted_by:
        raise NotSaid(
            f"Không sắp xếp được theo “{wanted[:40]}”.", f"sortBy: one of {', '.join(sorted_by)}.", "sortBy"
        )
    order = request.GET.get("sortOrder", "desc")
    if order not in ("asc", "desc"):
        raise NotSaid("sortOrder là asc hoặc desc.", "sortOrder: asc or desc.", "sortOrder")
    column = sorted_by.get(wanted, default)
    first = number(request, "firstResult", 0, 10**6, least=0)
    size = number(request, "maxResult", MOST, MOST)
    sign = "-" if order == "desc" else ""
    return list(rows.order_by(f"{sign}{column}", f"{sign}pk")[first : first + size])


NOBODYS = uuid.UUID(int=0)


def identifier(said: str) -> uuid.UUID:
    """The identifier; what is none of ours is that of nothing."""
    try:
        return uuid.UUID(said)
    except ValueError:
        return NOBODYS
