"""Speaking to an axis, in any form of its interface; ours within the same installation needs no wire.

Redirects are not followed, certificates are checked, answers are bounded, secrets never stand in messages.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.dispatch.axis import authentication, exchange
from motcua.systems.dispatch.axis.answering import row_of
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisMember, Connection, Form

WAITS = httpx.Timeout(30.0, connect=10.0)
LARGEST = 96 << 20
"""Bytes of an answer: a file in base64 with its wrapping."""


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

    def agencies(self) -> list[dict[str, str]]:
        with acting(SYSTEM):
            return [{"id": each.organ_id, "name": each.name} for each in exchange.agencies()]


class _Remote:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._base = connection.endpoint.rstrip("/")

    def _call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        **more: Any,
    ) -> dict[str, Any]:
        try:
            with (
                httpx.Client(timeout=WAITS, follow_redirects=False) as http,
                http.stream(
                    method,
                    f"{self._base}{path}",
                    headers=dict(headers or {}),
                    content=content or None,
                    **more,
                ) as answer,
            ):
                body = _bounded(answer)
        except httpx.HTTPError as error:
            raise Unreachable(f"{type(error).__name__}: {self._base}") from error
        try:
            told = json.loads(body)
        except ValueError:
            raise Unreachable(f"HTTP {answer.status_code}, không phải câu trả lời của trục") from None
        return self._understood(told, answer.status_code)

    @staticmethod
    def _understood(told: Any, status: int) -> dict[str, Any]:
        if not isinstance(told, dict):
            raise Unreachable(f"HTTP {status}, không phải câu trả lời của trục")
        code = str(told.get("ErrorCode", "0" if status < 300 else Code.AXIS_FAULT.value))
        if code != "0":
            known = int(code) if code.isdigit() and int(code) in set(Code) else Code.AXIS_FAULT
            error = AxisError(Code(known), str(told.get("ErrorDesc", ""))[:400])
            if error.code is Code.AXIS_FAULT:
                raise Unreachable(error.said)
            raise error
        return told


def _bounded(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST:
            raise Unreachable(f"câu trả lời dài hơn {LARGEST >> 20} MB")
        parts.append(part)
    return b"".join(parts)


def _file(told: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(str(told.get("data", "")), validate=True)
    except ValueError:
        raise Unreachable("tệp trong câu trả lời không phải base64") from None


def _rows(told: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = told.get("data") or []
    return [{str(key): str(value) for key, value in row.items()} for row in rows if isinstance(row, dict)]


class _Vxp(_Remote):
    def _post(self, path: str, headers: Mapping[str, str], content: bytes = b"") -> dict[str, Any]:
        signed = authentication.signed_headers(
            self._connection.system_id, self._connection.secret, headers, content, clock.now()
        )
        return self._call(
            "POST", path, headers=signed | {"Content-Type": "application/octet-stream"}, content=content
        )

    def send(self, content: bytes) -> str:
        return str(self._post("/sendEdoc", {"serviceType": "eDoc", "messageType": "edoc"}, content)["DocId"])

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._post("/getReceivedEdocList", {"serviceType": "eDoc", "messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._post("/getEdoc", {"docId": doc_id}))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        told = {"docId": doc_id, "status": state, "statusDesc": quote(description), "organId": organ_id}
        self._post("/updateStatus", told)

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._post("/getAgenciesList", {}))


_tokens: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


class _WithToken(_Remote):
    """A token is fetched at need, and once more when the axis no longer takes it."""

    def _token(self) -> str:
        raise NotImplementedError

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        key = (self._base, self._connection.system_id)
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
                with _lock:
                    _tokens.pop(key, None)
                if error.code is not Code.WRONG_SECRET or attempt == 2:
                    raise
        raise Unreachable("không lấy được mã truy cập")


class _Session(_WithToken):
    def _token(self) -> str:
        told = {"systemId": self._connection.system_id, "secretKey": self._connection.secret}
        return str(self._call("POST", "/v1/auth/login", json=told)["token"])

    def send(self, content: bytes) -> str:
        files = {"file": ("vanban.edxml", content, "application/xml")}
        return str(self._ask("POST", "/v1/sendEdoc", files=files)["DocId"])

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._ask("GET", "/v1/syncReceivedEdocList", params={"messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._ask("GET", "/v1/getEdoc", params={"docId": doc_id}))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        told = {"docId": doc_id, "status": state, "statusDesc": description, "organId": organ_id}
        self._ask("POST", "/v1/updateStatus", json=told)

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._ask("GET", "/v1/getAgenciesList"))


class _Wso2(_WithToken):
    _PATH = "/truclienthong/v1.0.0"

    def _token(self) -> str:
        auth = (self._connection.system_id, self._connection.secret)
        told = self._call("POST", "/token", auth=auth, data={"grant_type": "client_credentials"})
        return str(told["access_token"])

    def send(self, content: bytes) -> str:
        headers = {"Content-Type": "application/xml"}
        return str(self._ask("POST", f"{self._PATH}/vanbans", content=content, headers=headers)["DocId"])

    def waiting(self, message_type: str) -> list[dict[str, str]]:
        return _rows(self._ask("GET", f"{self._PATH}/vanbans", params={"messageType": message_type}))

    def fetch(self, doc_id: str) -> bytes:
        return _file(self._ask("GET", f"{self._PATH}/vanbans/{quote(doc_id, safe='')}"))

    def note(self, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
        params = {"status": state, "desc": description, "organId": organ_id}
        self._ask("PUT", f"{self._PATH}/vanbans/{quote(doc_id, safe='')}", params=params)

    def agencies(self) -> list[dict[str, str]]:
        return _rows(self._ask("GET", f"{self._PATH}/donvilienthongs"))


_FORMS: dict[Form, Callable[[Connection], Axis]] = {
    Form.LOCAL: _Local,
    Form.VXP: _Vxp,
    Form.SESSION: _Session,
    Form.WSO2: _Wso2,
}
