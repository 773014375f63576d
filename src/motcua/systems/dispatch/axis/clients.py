"""Speaking to an axis, in any form of its interface; ours within the same installation needs no wire.

Redirects are not followed, certificates are checked, answers are bounded, secrets never stand in messages.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound import client as outbound
from motcua.core.outbound.destinations import Destination
from motcua.engines.edxml import written_day
from motcua.systems.dispatch.axis import authentication, directory, exchange
from motcua.systems.dispatch.axis.answering import row_of
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisMember, Connection, Form

LARGEST = 96 << 20
"""Bytes of an answer: a file in base64 with its wrapping."""


_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,200}")
"""What may stand in the header or address of our next call."""


class Unreachable(Exception):
    """The axis does not answer, or not as an axis does: to be tried again."""


class Axis(Protocol):
    """What an office asks of an axis."""

    def send(self, content: bytes) -> str:
        """The id on the axis. Raises AxisError (refused) or Unreachable (try again)."""
        ...

    def waiting(self, message_type: str) -> list[dict[str, str]]: ...

    def fetch(self, doc_id: str) -> bytes: ...

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None: ...

    def sent(self, since: dt.date) -> list[dict[str, str]]:
        """How far receivers are with what we sent since a day; nothing where an axis does not tell."""
        ...

    def agencies(self) -> list[dict[str, str]]: ...


def axis_of(connection: Connection) -> Axis:
    """The axis behind a connection."""
    return _FORMS[Form(connection.form)](connection)


class _Local:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _member(self) -> AxisMember:
        return authentication.by_secret(self._connection.system_id, self._connection.secret)

    def send(self, content: bytes) -> str:
        with acting(SYSTEM):
            return str(exchange.accept(self._member(), content).uuid)

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        with acting(SYSTEM):
            return [row_of(each) for each in exchange.received(self._member(), message_type)]

    def fetch(self, doc_id: str) -> bytes:
        with acting(SYSTEM):
            return exchange.fetch(self._member(), doc_id)

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        with acting(SYSTEM):
            exchange.note(self._member(), doc_id, state, description, organ_id)

    def sent(self, since: dt.date) -> list[dict[str, str]]:
        with acting(SYSTEM):
            return [row_of(each) for each in exchange.sent(self._member(), "edoc", since=since)]

    def agencies(self) -> list[dict[str, str]]:
        with acting(SYSTEM):
            return [{"id": each.organ_id, "name": each.name} for each in directory.agencies()]


class _Remote:
    """An axis outside, asked by the careful client: pinned addresses, bounded time and size, a circuit, a quiet log."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._destination = destination_of(connection)

    def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str = "",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Body | None = None,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        """What the axis answers. Raises AxisError (it refuses) or Unreachable (try again)."""
        told = dict(headers or {}) | ({"Content-Type": body.kind} if body else {})
        target = f"{path}?{urlencode(params)}" if params else path
        content = body.content if body else b""
        request = outbound.Request(method, target, operation or path, told, content, repeatable)
        try:
            reply = outbound.call(self._destination, request)
        except outbound.Silent as silence:
            if silence.why == "refused us":
                raise AxisError(Code.WRONG_SECRET) from silence
            raise Unreachable(silence.text()) from silence
        try:
            said = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise Unreachable(f"HTTP {reply.status}, không phải câu trả lời của trục") from None
        return _understood(said, reply.status)


class Body(NamedTuple):
    """What a call carries, and its media type."""

    kind: str
    content: bytes


def _json(told: Mapping[str, object]) -> Body:
    return Body("application/json", json.dumps(told, ensure_ascii=False).encode())


def _form_with_file(name: str, content: bytes) -> Body:
    """A multipart form (RFC 7578) of one file; its boundary does not occur in it."""
    boundary = f"motcua{hashlib.sha256(content).hexdigest()}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="vanban.edxml"\r\n'
        "Content-Type: application/xml\r\n\r\n"
    )
    whole = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return Body(f"multipart/form-data; boundary={boundary}", whole)


def destination_of(connection: Connection) -> Destination:
    """An axis as the careful client knows it."""
    return Destination(
        connection.name,
        connection.endpoint.rstrip("/"),
        networks=tuple(ip_network(one) for one in connection.networks),
        connect_seconds=10.0,
        read_seconds=30.0,
        total_seconds=120.0,
        largest_answer=LARGEST,
    )


def _understood(told: Any, status: int) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise Unreachable(f"HTTP {status}, không phải câu trả lời của trục")
    code = str(told.get("ErrorCode", "0" if status < 300 else Code.AXIS_FAULT.value))
    if code != "0":
        known = int(code) if code.isascii() and code.isdigit() and int(code) in set(Code) else Code.AXIS_FAULT
        error = AxisError(Code(known), str(told.get("ErrorDesc", ""))[:400])
        if error.code is Code.AXIS_FAULT:
            raise Unreachable(error.said)
        raise error
    return told


def _named(told: Mapping[str, Any], name: str) -> str:
    """What an answer says under `name`, without which it is none."""
    found = told.get(name)
    if not isinstance(found, str) or not found:
        raise Unreachable(f"câu trả lời của trục thiếu {name}")
    return found


def _file(told: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(str(told.get("data", "")), validate=True)
    except ValueError:
        raise Unreachable("tệp trong câu trả lời không phải base64") from None


def _rows(told: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = told.get("data") or []
    if not isinstance(rows, list):
        raise Unreachable("danh sách trong câu trả lời không phải danh sách")
    found = [{str(key): str(value) for key, value in row.items()} for row in rows if isinstance(row, dict)]
    return [row for row in found if _IDENTIFIER.fullmatch(row.get("docId", "0"))]


class _Vxp(_Remote):
    def _post(self, path: str, headers: Mapping[str, str], content: bytes = b"") -> dict[str, Any]:
        signed = authentication.signed_headers(
            self._connection.system_id, self._connection.secret, headers, content, clock.now()
        )
        body = Body("application/octet-stream", content)
        return self._call("POST", path, headers=signed, body=body, repeatable=not content)

    def send(self, content: bytes) -> str:
        told = {"serviceType": "eDoc", "messageType": "edoc"}
        return _named(self._post("/sendEdoc", told, content), "DocId")

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._post("/getReceivedEdocList", {"serviceType": "eDoc", "messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._post("/getEdoc", {"docId": doc_id}))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        told = {"docId": doc_id, "status": state, "statusDesc": quote(description), "organId": organ_id}
        self._post("/updateStatus", told)

    def sent(self, since: dt.date) -> list[dict[str, str]]:
        told = {"serviceType": "eDoc", "messageType": "edoc", "fromDate": written_day(since)}
        return _rows(self._post("/getSentEdocList", told))

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._post("/getAgenciesList", {}))


def renewed_at(connection: Connection, secret: str, sealed: str) -> dt.datetime:
    """Bring a sealed new secret to the axis, proved by `secret`; when it will end. Raises AxisError or Unreachable.

    Axes of other makers have no such call, and say so in their own way.
    """
    told = {"newSecret": sealed}
    headers = authentication.signed_headers(connection.system_id, secret, told, b"", clock.now())
    said = _Remote(connection)._call("POST", "/renewSecret", headers=headers)
    try:
        return dt.datetime.fromisoformat(_named(said, "until"))
    except ValueError:
        raise Unreachable("câu trả lời của trục thiếu ngày hết hạn") from None


_tokens: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


class _WithToken(_Remote):
    """A token is fetched at need, and once more when the axis no longer takes it."""

    def _token(self) -> str:
        raise NotImplementedError

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        key = (self._destination.url, self._connection.system_id)
        told = more.pop("headers", {})
        for attempt in (1, 2):
            with _lock:
                token = _tokens.get(key)
            if token is None:
                token = self._token()
                with _lock:
                    _tokens[key] = token
            headers = {"Authorization": f"Bearer {token}", **told}
            try:
                return self._call(method, path, headers=headers, **more)
            except AxisError as error:
                if error.code is not Code.WRONG_SECRET:
                    raise
                with _lock:
                    _tokens.pop(key, None)
                if attempt == 2:
                    raise
        raise Unreachable("không lấy được mã truy cập")


class _Session(_WithToken):
    def _token(self) -> str:
        told = {"systemId": self._connection.system_id, "secretKey": self._connection.secret}
        return _named(self._call("POST", "/v1/auth/login", body=_json(told)), "token")

    def send(self, content: bytes) -> str:
        body = _form_with_file("file", content)
        return _named(self._ask("POST", "/v1/sendEdoc", body=body, repeatable=False), "DocId")

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._ask("GET", "/v1/syncReceivedEdocList", params={"messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._ask("GET", "/v1/getEdoc", params={"docId": doc_id}))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        told = {"docId": doc_id, "status": state, "statusDesc": description, "organId": organ_id}
        self._ask("POST", "/v1/updateStatus", body=_json(told))

    def sent(self, since: dt.date) -> list[dict[str, str]]:
        params = {"messageType": "edoc", "fromDate": written_day(since)}
        return _rows(self._ask("GET", "/v1/syncSentEdocList", params=params))

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._ask("GET", "/v1/getAgenciesList"))


class _Wso2(_WithToken):
    _PATH = "/truclienthong/v1.0.0"

    def _token(self) -> str:
        pair = f"{self._connection.system_id}:{self._connection.secret}"
        proof = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        body = Body("application/x-www-form-urlencoded", b"grant_type=client_credentials")
        return _named(self._call("POST", "/token", headers=proof, body=body), "access_token")

    def send(self, content: bytes) -> str:
        body = Body("application/xml", content)
        return _named(self._ask("POST", f"{self._PATH}/vanbans", body=body, repeatable=False), "DocId")

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._ask("GET", f"{self._PATH}/vanbans", params={"messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._ask("GET", self._of(doc_id), operation="getEdoc"))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        params = {"status": state, "desc": description, "organId": organ_id}
        self._ask("PUT", self._of(doc_id), operation="updateStatus", params=params)

    def sent(self, since: dt.date) -> list[dict[str, str]]:
        return []

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._ask("GET", f"{self._PATH}/donvilienthongs"))

    def _of(self, doc_id: str) -> str:
        return f"{self._PATH}/vanbans/{quote(doc_id, safe='')}"


_FORMS: dict[Form, Callable[[Connection], Axis]] = {
    Form.LOCAL: _Local,
    Form.VXP: _Vxp,
    Form.SESSION: _Session,
    Form.WSO2: _Wso2,
}
