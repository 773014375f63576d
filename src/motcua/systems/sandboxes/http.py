"""A call and an answer, as plain as a sandbox server needs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path` is that below the server's own; header names in lower case; `address` is the server's URL."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    address: str = ""

    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `cut`: the connection ends after so many bytes of the body. `wait`: seconds before it begins."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int | None = None


Server = Callable[[Call], Answer]


def told(said: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(said, ensure_ascii=False).encode("utf-8"))
