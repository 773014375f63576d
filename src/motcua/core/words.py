"""What a person typed, as text fit to be kept."""

from __future__ import annotations

from motcua.core.errors import UserError
from motcua.engines import text


def legible(typed: str, field: str | None = None, *, multiline: bool = False) -> str:
    """`typed` in the form it is stored. Raises UserError at `field` for bytes that are no text."""
    try:
        return text.normalise(typed, multiline=multiline)
    except text.Refused as refused:
        raise UserError(refused.message("vi"), refused.message("en"), field) from refused
