"""JSON as text, one way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def compact(value: Mapping[str, Any]) -> str:
    """Members sorted, no white space: equal things are equal texts."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> Any:
    return json.loads(text)
