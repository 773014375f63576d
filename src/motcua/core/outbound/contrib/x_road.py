"""`x_road`: the header by which a client names itself to its own security server (X-Road REST protocol 4.3).

`client: INSTANCE/CLASS/MEMBER/SUBSYSTEM`; the server knows the caller by its certificate or address.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4

from motcua.core.outbound.authentication import Send, styles
from motcua.core.outbound.destinations import Destination, WrongConnections
from motcua.core.outbound.wire import Reply, Request

SAFE = "'()+,-.=?"
"""Besides letters and digits, what stands unescaped in an identifier (X-Road, since 2023)."""


@styles.register("x_road")
class XRoadClient:
    def prove(self, destination: Destination, request: Request, send: Send) -> Request:
        headers = {"X-Road-Client": client_of(destination), "X-Road-Id": str(uuid4()), **request.headers}
        return replace(request, headers=headers)

    def lapsed(self, destination: Destination, reply: Reply) -> bool:
        return False


def client_of(destination: Destination) -> str:
    """Our identifier, each part percent-encoded by itself. Raises WrongConnections."""
    return identifier(destination.setting("client"), parts=(3, 4), place=f"destinations.{destination.name}")


def identifier(text: str, *, parts: tuple[int, ...], place: str) -> str:
    """`VN/GOV/G01/dân cư` as it travels. Raises WrongConnections when it has too few or too many parts."""
    found = text.split("/")
    if len(found) not in parts or not all(found):
        raise WrongConnections(
            f"{place}: {text!r} must have {' or '.join(map(str, parts))} parts, as VN/GOV/G01/app"
        )
    return "/".join(quote(one, safe=SAFE) for one in found)
