"""Operational data: records as gateways write them, taken in once, and the figures made of them."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.exchange.models import Call, Gateway, Side

MOST = 5_000
"""Records in one hand-over."""
_SERVICE = re.compile(r"[^/]+(/[^/]+){4}")
_CLIENT = re.compile(r"[^/]+(/[^/]+){2,3}")
_DIGEST = re.compile(r"[A-Za-z0-9+/=_-]{0,128}")


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls of one client of one service; milliseconds."""

    client: str
    service: str
    calls: int
    succeeded: int
    p50: float
    p95: float
    p99: float

    @property
    def share(self) -> float:
        return self.succeeded / self.calls if self.calls else 0.0


def take_in(gateway: Gateway, records: Sequence[Mapping[str, Any]]) -> int:
    """Keep what a gateway tells of its calls; told again, it is there once. Returns how many were new.

    The fields are those of `motcua.gateway.operational.Record`; where the gateway knows them also `request_digest`,
    `answer_digest`, and `people` (personal numbers: only blind indexes are kept). Raises UserError naming the record.
    """
    if len(records) > MOST:
        raise UserError(f"Tối đa {MOST} bản ghi mỗi lần.", f"At most {MOST} records at a time.")
    rows = [_call(gateway, number, record) for number, record in enumerate(records)]
    before = _count(gateway, rows)
    Call.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return _count(gateway, rows) - before


def _count(gateway: Gateway, rows: Sequence[Call]) -> int:
    return Call.objects.filter(gateway=gateway, message__in=[row.message for row in rows]).count()


def _call(gateway: Gateway, number: int, record: Mapping[str, Any]) -> Call:
    def take(name: str, kind: type, default: Any = None) -> Any:
        value = record.get(name, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise _wrong(number, name, f"{kind.__name__} is expected")
        return value

    side = take("side", str)
    if side not in Side.values:
        raise _wrong(number, "side", "client or provider")
    client, service = take("client", str), take("service", str)
    if not _CLIENT.fullmatch(client):
        raise _wrong(number, "client", "INSTANCE/CLASS/MEMBER[/SUBSYSTEM]")
    if not _SERVICE.fullmatch(service):
        raise _wrong(number, "service", "INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE")
    begun, ended = take("request_in", float), take("answer_out", float, 0.0)
    if not 0 < begun < 32_503_680_000:
        raise _wrong(number, "request_in", "seconds since 1970")
    digests = [take(name, str, "") for name in ("request_digest", "answer_digest")]
    if not all(_DIGEST.fullmatch(one) for one in digests):
        raise _wrong(number, "request_digest", "hex or base64, 128 letters at most")
    people = take("people", list, [])
    fault = take("fault", str, "")
    return Call(
        gateway=gateway,
        side=side,
        message=take("query_id", str)[:200],
        client=client,
        service=service,
        endpoint=take("method", str, ""),
        purpose=take("purpose", str, ""),
        at=dt.datetime.fromtimestamp(begun, dt.UTC),
        ms=min(max(0, round((ended - begun) * 1000)), 2**31 - 1),
        status=take("status", int, 0),
        succeeded=not fault,
        fault=fault[:200],
        request_digest=_same_way(digests[0]),
        answer_digest=_same_way(digests[1]),
        request_bytes=max(0, take("request_size", int, 0)),
        answer_bytes=max(0, take("answer_size", int, 0)),
        people=sorted({blind(PERSON, str(one)) for one in people}),
    )


def _same_way(digest: str) -> str:
    """A digest in hex, however it was written, so that two ends that agree are seen to agree."""
    try:
        raw = bytes.fromhex(digest)
    except ValueError:
        try:
            raw = base64.b64decode(digest + "=" * (-len(digest) % 4), validate=True)
        except ValueError:
            return digest
    return raw.hex()


def _wrong(number: int, name: str, expected: str) -> UserError:
    return UserError(
        f"Bản ghi {number + 1}, mục {name}: chưa đúng ({expected}).",
        f"Record {number + 1}, {name}: {expected}.",
        field=f"[{number}].{name}",
    )


# ---- figures


FIGURES = """
select client, service, count(*), count(*) filter (where succeeded),
       percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms)
  from exchange_call
 where side = %(side)s and at >= %(since)s and at < %(until)s
   and (%(name)s = '' or client like %(name)s || '%%' or service like %(name)s || '%%')
 group by client, service order by count(*) desc, client, service limit 200
"""


def figures(
    since: dt.datetime, until: dt.datetime | None = None, *, side: str = Side.CLIENT, name: str = ""
) -> list[Figures]:
    """Counts, success and percentiles by client and service, as the side that asks saw them. `name` narrows to a
    member or system by the beginning of its identifier."""
    with connection.cursor() as cursor:
        cursor.execute(
            FIGURES,
            {"side": side, "since": since, "until": until or clock.now(), "name": name.replace("%", "")},
        )
        rows = cursor.fetchall()
    return [Figures(row[0], row[1], row[2], row[3], *(round(value, 1) for value in row[4])) for row in rows]


USED = """
select client, count(*) from exchange_call
 where side = 'provider' and at >= %(since)s and fault not like '%%QuotaExceeded%%'
   and (%(client)s = '' or client = %(client)s) and (%(service)s = '' or service = %(service)s)
 group by client order by count(*) desc, client limit 50
"""


def quota_day(now: dt.datetime) -> dt.datetime:
    """When the day of quotas began: gateways count days of UTC."""
    return now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def used_today(*, client: str = "", service: str = "") -> list[tuple[str, int]]:
    """Calls of the quota's day by client, as the answering gateways told them (five minutes old at most)."""
    with connection.cursor() as cursor:
        cursor.execute(USED, {"since": quota_day(clock.now()), "client": client, "service": service})
        return [(row[0], row[1]) for row in cursor.fetchall()]


def calls_about(personal_number: str, limit: int = 100) -> list[Call]:
    """Calls in which a person's data was asked for, as either end told them: each message once, newest first."""
    rows = Call.objects.filter(people__contains=[blind(PERSON, personal_number)]).order_by("-at")
    seen = dict[str, Call]()
    for row in rows[: 2 * limit]:
        seen.setdefault(row.message, row)
    return list(seen.values())[:limit]
