"""An adapter of the document axis: it checks the signed headers, and says which agencies it knows."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from motcua.core.outbound.contrib.xroad_vnpt import HANOI, PREFIX, VERSION, canonical
from motcua.systems.sandboxes import credentials
from motcua.systems.sandboxes.http import Answer, Call, told

PATIENCE = dt.timedelta(minutes=15)
AGENCIES = [
    {"id": "000.00.00.H55", "name": "Ủy ban nhân dân tỉnh Thái Nguyên"},
    {"id": "000.00.00.G15", "name": "Bộ Tư pháp"},
]


def answer(call: Call) -> Answer:
    fault = _fault(call)
    if fault:
        return told({"status": "FAIL", "ErrorCode": "15", "ErrorDesc": fault})
    if (call.method, call.path) == ("POST", "/getAgenciesList"):
        return told({"status": "OK", "ErrorCode": "0", "ErrorDesc": "", "data": AGENCIES})
    return Answer(404)


def _fault(call: Call) -> str:
    """What is wrong with the proof, nothing when it holds."""
    told_headers = {
        name.removeprefix(PREFIX.lower()): value
        for name, value in call.headers.items()
        if name.startswith(PREFIX.lower())
    }
    names = told_headers.get("sign-header-key", "").split(";")
    if told_headers.get("version") != VERSION or told_headers.get("systemid") != credentials.SYSTEM_ID:
        return "SystemId"
    if not {"systemid", "timestamp"} <= set(names) or not all(name.lower() in told_headers for name in names):
        return "Thiếu tiêu đề được ký"
    signed = canonical({name: told_headers[name.lower()] for name in names})
    proof = hmac.new(credentials.SECRET.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(proof, told_headers.get("sign-header", "")):
        return "Chữ ký tiêu đề không đúng"
    try:
        moment = dt.datetime.strptime(told_headers["timestamp"].split("+")[0], "%d%m%YT%H%M%S").replace(
            tzinfo=HANOI
        )
    except ValueError:
        return "Thời điểm không đúng"
    return "" if abs(dt.datetime.now(HANOI) - moment) < PATIENCE else "Thời điểm quá xa"
