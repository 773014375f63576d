"""The control plane's API as a gateway uses it (docs/exchange.md): beside the data path, one call at a time."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from motcua.gateway.upkeep import Away, exchange

_API = "/lien-thong/api/v1"
_FILE_NAME = re.compile(r'filename="([0-9a-zA-Z_-]{1,64})\.pem"')


class Refused(Exception):
    """The control plane says no; the message is its own."""


@dataclass(frozen=True)
class Standing:
    """How a member and its gateways stand there."""

    member: str
    state: str
    gateways: dict[str, str]


def check_site(site: str) -> str:
    """The address without its last slash. Raises ValueError: keys do not travel in the clear."""
    parts = urlsplit(site)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ValueError(f"{site!r}: https://HOST is expected, the address of the control plane's site")
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError(f"{site!r}: keys do not travel without TLS; use https://")
    return site.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ControlPlane:
    """Calls with one key. All block; all raise Away when nobody answers and Refused when the answer is no."""

    def __init__(self, site: str, key: str) -> None:
        self.site = site
        self._key = key

    def configuration_key(self) -> tuple[str, bytes]:
        """(key id, PEM) of the key that signs the configuration."""
        status, headers, pem = exchange(f"{self.site}/lien-thong/khoa-cau-hinh.pem")
        named = _FILE_NAME.search(headers.get("content-disposition", ""))
        if status != 200 or named is None:
            raise Away(f"{self.site}: no control plane of an exchange answers here (status {status})")
        return named[1], pem

    def configuration(self) -> bytes:
        """As it is published now."""
        status, _, data = exchange(
            f"{self.site}/lien-thong/cau-hinh.json", headers={"Authorization": f"Bearer {self._key}"}
        )
        if status != 200:
            raise Refused(f"{self.site}: the configuration is not given to this key (status {status})")
        return data

    def standing(self) -> Standing:
        told = self._ask("GET", "/me")
        return Standing(str(told["member"]), str(told["state"]), dict(told["gateways"]))

    def ask_for_gateway(self, code: str, addresses: Sequence[str]) -> None:
        self._ask("POST", "/gateways", {"code": code, "addresses": list(addresses)})

    def gateway_key(self, code: str) -> str:
        """A key of the approved gateway's own."""
        return str(self._ask("POST", f"/gateways/{quote(code, safe='')}/key", {})["key"])

    def certify(self, kind: str, request: str) -> str:
        """The certificate (PEM) for a request; `kind` is tls or signing."""
        return str(self._ask("POST", "/certificates", {"kind": kind, "request": request})["certificate"])

    def tell(self, records: Sequence[str]) -> int:
        """Hand operational records in, lines of JSON; how many were new there."""
        return int(self._call("POST", "/operations", f"[{','.join(records)}]".encode())["new"])

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return self._call(method, path, None if body is None else json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Accept-Language": "en",
        }
        status, _, data = exchange(f"{self.site}{_API}{path}", body, headers=headers, method=method)
        try:
            told = json.loads(data)
        except ValueError:
            raise Away(f"{self.site}{_API}{path}: no API answers here (status {status})") from None
        if status >= 400:
            why = told.get("title", status) if isinstance(told, dict) else status
            raise Refused(f"{self.site} says: {why}")
        return told
