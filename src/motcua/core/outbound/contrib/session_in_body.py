"""`session_in_body`: the national portal's adapter gives a session, which then stands in the body of each call.

POST `login_path` `{username, password}` → `{session, error_code}`. A session has no told end: it is used until the
portal calls it wrong, by 401 or by an `error_code` among `lapsed_codes`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from motcua.core.outbound.authentication import Send, styles
from motcua.core.outbound.contrib import kept
from motcua.core.outbound.destinations import Destination, WrongConnections
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply, Request

USED_FOR = 20 * 60.0
"""Seconds after which a new session is opened anyway."""
GOOD = {"0", "00", ""}


@styles.register("session_in_body")
class SessionInBody:
    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        session = kept.token(destination) or _open(destination, send)
        try:
            said = json.loads(request.body)
        except ValueError as wrong:
            raise WrongConnections(f"{request.operation}: a session stands only in a body of JSON") from wrong
        body = json.dumps({"session": session, **said}, ensure_ascii=False).encode("utf-8")
        return replace(request, body=body, headers={"Content-Type": "application/json", **request.headers})

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        codes = str(destination.authentication.get("lapsed_codes", "401 SESSION_EXPIRED")).split()
        if reply.status != 401 and str(_said(reply).get("error_code", "")) not in codes:
            return False
        return kept.drop(destination)


def _open(destination: Destination, send: Send) -> str:
    body = {"username": destination.setting("user"), "password": destination.secret()}
    path = destination.setting("login_path", "/login")
    reply = send(
        Request(
            "POST",
            path,
            "login",
            {"Content-Type": "application/json"},
            json.dumps(body).encode(),
            repeatable=True,
        )
    )
    said = _said(reply)
    if str(said.get("error_code", "")) not in GOOD or not said.get("session"):
        raise Silent(destination.name, "refused us", "login")
    return kept.keep(destination, str(said["session"]), USED_FOR)


def _said(reply: Reply) -> dict[str, Any]:
    try:
        said = json.loads(reply.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
