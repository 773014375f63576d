"""`c06`: how the population database is called through the exchange.

X-Road-Client, and in `Authorization: Basic` the user with a digest over address, user, moment and secret, so that
neither the secret nor a lasting token travels; `ApiKey`; the moment in `Timestamp`, in milliseconds. `auth_url` is
the address as it was agreed upon, by default the destination's.
"""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import replace
from uuid import uuid4

from motcua.core.outbound.authentication import Send, styles
from motcua.core.outbound.contrib.x_road import client_of
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.wire import Reply, Request


@styles.register("c06")
class PopulationOffice:
    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        moment = str(round(time.time() * 1000))  # their clock, not that of a sandbox
        user = destination.setting("user")
        address = destination.setting("auth_url", destination.url)
        proof = digest(address, user, moment, destination.secret())
        headers = {
            "X-Road-Client": client_of(destination),
            "X-Road-Id": str(uuid4()),
            "Timestamp": moment,
            "Authorization": "Basic " + base64.b64encode(f"{user}:{proof}".encode()).decode("ascii"),
            "ApiKey": destination.secret(name="api_key_file"),
        }
        return replace(request, headers={**headers, **request.headers})

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        return False


def digest(address: str, user: str, moment: str, secret: str) -> str:
    """SHA-256 of the four, one after the other, hexadecimal."""
    return hashlib.sha256(f"{address}{user}{moment}{secret}".encode()).hexdigest()
