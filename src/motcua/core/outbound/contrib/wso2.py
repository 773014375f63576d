"""`wso2`: a bearer token by client credentials (RFC 6749 4.4), as the provinces' LGSPs want it.

`key` and `secret_file` are the application's; `token_path` is where tokens are given, below the destination's
address, by default `/token`. A token is kept until shortly before its end and renewed when it is refused.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from motcua.core.outbound.authentication import Send, styles
from motcua.core.outbound.contrib import kept
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply, Request

EARLY = 30.0
"""Seconds before its end that a token is no longer used."""


@styles.register("wso2")
class BearerToken:
    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        token = kept.token(destination) or _fetch(destination, send)
        return replace(request, headers={"Authorization": f"Bearer {token}", **request.headers})

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        return reply.status == 401 and kept.drop(destination)


def _fetch(destination: Destination, send: Send) -> str:
    pair = f"{destination.setting('key')}:{destination.secret()}"
    asked = Request(
        "POST",
        destination.setting("token_path", "/token"),
        "token",
        {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode("ascii"),
            "Content-Type": "application/x-www-form-urlencoded",
        },
        b"grant_type=client_credentials",
        repeatable=True,
    )
    reply = send(asked)
    if reply.status != 200:
        raise Silent(destination.name, "refused us", f"token: {reply.status}")
    try:
        said = json.loads(reply.body)
        return kept.keep(destination, str(said["access_token"]), float(said.get("expires_in", 300)) - EARLY)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Silent(destination.name, "wrong answer", "token") from wrong
