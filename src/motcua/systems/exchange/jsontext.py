"""JSON as text, one way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from motcua.core.errors import UserError


def compact(value: Mapping[str, Any]) -> str:
    """Members sorted, no white space: equal things are equal texts."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def must_be_storable(value: Any, field: str) -> None:
    """Raises UserError at `field` for what no JSON or database keeps: NUL, half of a character, infinite numbers."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as wrong:
        raise UserError(
            "Có số quá lớn hoặc không phải là số.", "A number is too large, or none.", field
        ) from wrong
    try:
        text.encode()
    except UnicodeEncodeError as wrong:
        raise _unreadable(field, f"U+{ord(text[wrong.start]):04X}") from wrong
    if "\\u0000" in text and _has_nul(value):
        raise _unreadable(field, "U+0000")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_has_nul(one) for one in value)


def _unreadable(field: str, character: str) -> UserError:
    return UserError(
        f"Có ký tự {character} không phải chữ. Bỏ ký tự đó.", f"{character} is no text: take it out.", field
    )


def read(text: str) -> Any:
    return json.loads(text)
