"""The site as the agent sees it: a code opens one round of signing; signatures and faults go back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

WAITS = 20.0
"""Seconds for an answer."""


class SiteError(Exception):
    """The site refused or cannot be reached; the message is for the officer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits for its signature. `to_sign` are the bytes that get signed."""

    id: str
    title: str
    number: str
    to_sign: bytes


@dataclass(frozen=True, slots=True)
class Round:
    """What one code opens: whose certificate has to sign (its serial number), and what."""

    token: str
    officer: str
    agency: str
    serial: int
    documents: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the site made of a signature; `fault` is empty when it was taken."""

    id: str
    fault: str = ""


class Site:
    """One site, by its address."""

    def __init__(self, address: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.address = address.rstrip("/")
        self._http = httpx.Client(timeout=WAITS, transport=transport)

    def open_round(self, code: str) -> Round:
        """Pair by the code that the page shows. It works once. Raises SiteError."""
        said = self._post("ghep", {"code": code})
        return Round(
            token=str(said["token"]),
            officer=str(said["officer"]),
            agency=str(said["agency"]),
            serial=int(str(said["serial"]), 16),
            documents=tuple(
                Waiting(one["id"], one["title"], one["number"], base64.b64decode(one["to_sign"]))
                for one in said["documents"]
            ),
        )

    def hand_in(self, round_: Round, signatures: Mapping[str, bytes]) -> list[Outcome]:
        """Give signatures by document. The same ones again change nothing. Raises SiteError."""
        made = {name: base64.b64encode(each).decode("ascii") for name, each in signatures.items()}
        said = self._post("ky", {"signatures": made}, round_.token)
        return [Outcome(one["id"], one.get("fault", "")) for one in said["documents"]]

    def tell_fault(self, round_: Round, fault: str) -> None:
        """Say on the page why nothing was signed; the documents still wait."""
        self._post("loi", {"fault": fault[:300]}, round_.token)

    def _post(self, door: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = self._http.post(
                f"{self.address}/chung-thu/may-ky/{door}", json=dict(body), headers=headers
            )
            found = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise SiteError(f"Không kết nối được {self.address} ({fault}). Văn bản vẫn chờ ký.") from fault
        if answer.status_code >= 400 or not isinstance(found, dict):
            detail = found.get("detail") if isinstance(found, dict) else ""
            raise SiteError(str(detail or f"{self.address} trả lời mã {answer.status_code}."))
        return found
