"""`xroad_vnpt`: the headers of the document axis and of some provinces' adapters (VXP).

Each header of the call is doubled as `XroadVnpt-<name>`; the doubles are named in a list and signed by HMAC-SHA-256
with the secret shared with `system_id`. The moment is local time, `ddMMyyyy'T'HHmmss+SSSS`, the last four digits
being milliseconds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from motcua.core.outbound.authentication import Send, styles
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.wire import Reply, Request

PREFIX = "XroadVnpt-"
VERSION = "3.0.201608"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@styles.register("xroad_vnpt")
class SignedHeaders:
    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        moment = dt.datetime.now(HANOI)
        signed = signature(request.headers, destination.setting("system_id"), destination.secret(), moment)
        return replace(request, headers={**request.headers, **signed})

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        return False


def signature(headers: Mapping[str, str], system_id: str, secret: str, moment: dt.datetime) -> dict[str, str]:
    """The headers to be added to those of a call."""
    told = {**headers, "systemid": system_id, "timestamp": written(moment)}
    text = canonical(told)
    return {
        **{f"{PREFIX}{name}": value for name, value in told.items()},
        f"{PREFIX}sign-header-key": ";".join(told),
        f"{PREFIX}sign-header": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
        f"{PREFIX}hash-header": hashlib.sha256(text).hexdigest(),
        f"{PREFIX}version": VERSION,
    }


def canonical(told: Mapping[str, str]) -> bytes:
    """What is signed: the JSON object of the doubled headers, in their order, without spaces."""
    return json.dumps(dict(told), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def written(moment: dt.datetime) -> str:
    return f"{moment:%d%m%YT%H%M%S}+{moment.microsecond // 1000:04}"
