"""Asking again where the other side was silent, and forgetting what no longer matters."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from motcua.core import clock, jobs
from motcua.core.registers import actions

REMEMBERED = dt.timedelta(days=1)
"""How long a request's number is known: a signature of five minutes ago is refused anyway (core/signed_requests.py)."""
AT_ONCE = 20_000
FORGET = """
delete from registers_seenrequest
 where id in (select id from registers_seenrequest where at < %s limit %s)
"""


@jobs.task(name="registers.ask_for_number_again", retry=20)
def ask_for_number_again(request_id: int) -> None:
    actions.ask_for_number_again(request_id)


@jobs.task(name="registers.forget_requests", lock="registers.forget_requests", every="20 * * * *")
def forget_requests(timestamp: int = 0) -> int:
    """Each hour: forget the numbers of signed requests that could not come again; how many."""
    gone: int = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(FORGET, [clock.now() - REMEMBERED, AT_ONCE])
            gone += int(cursor.rowcount)
            if cursor.rowcount < AT_ONCE:
                return gone
