"""Readers of chips that the site itself asks, kind `card_reader`. Without one, a reader's program hands over a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings

from motcua.core.errors import Text
from motcua.core.plugins import Registry
from motcua.engines.identity_documents import CardTrust


class CardReader(Protocol):
    """A reader. `sandbox` ones have made-up documents lying ready, and authorities that vouch for them."""

    name: Text

    def documents(self, lang: str) -> Sequence[tuple[str, str]]:
        """(key, title) of what may be laid on the reader; empty where one simply lays it there."""
        ...

    def moods(self, lang: str) -> Sequence[tuple[str, str]]:
        """(key, title) of what may go wrong; empty where nobody chooses that."""
        ...

    def read(self, document: str, mood: str, challenge: bytes) -> bytes:
        """A reading, as `identity_documents.read_reading` takes it. Raises UserError when there is nothing to read."""
        ...

    def vouched_for(self) -> CardTrust:
        """Authorities that the reader brings; believed in a sandbox only."""
        ...


readers: Registry[CardReader] = Registry("card_reader")


def reader() -> CardReader | None:
    """The reader of this installation, by `MOTCUA_CARD_READER`."""
    key = settings.MOTCUA_CARD_READER
    return readers.get(key) if key else None
