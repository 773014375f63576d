"""What counts once: one statement says whether it was spent before, whoever else asks at the same time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from motcua.systems.openid.jose import digest
from motcua.systems.openid.models import Spent

SPEND = "insert into openid_spent (digest, expires_at) values (%s, %s) on conflict do nothing"


def spend(kind: str, parts: Sequence[str], until: dt.datetime) -> bool:
    """Spend it; False when it was spent already. It is remembered `until` then, when it has lapsed anyway."""
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [name_of(kind, parts), until])
        return bool(cursor.rowcount == 1)


def is_spent(kind: str, parts: Sequence[str]) -> bool:
    return Spent.objects.filter(digest=name_of(kind, parts)).exists()


def name_of(kind: str, parts: Sequence[str]) -> str:
    return digest("\n".join((kind, *parts)))
