"""What waits for an officer's signature besides the steps of cases: rooms say so, the page of signing by device asks.

A queue is a plug-in of kind `signing_queue`. Its name begins the keys of what it holds: `letter:…` is of `letter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from motcua.core.documents.models import Document
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import Actor
from motcua.core.plugins import Registry, UnknownPlugin


@dataclass(frozen=True, slots=True)
class ToSign:
    """One thing that waits, as the page lists it."""

    key: str
    number: str
    title: str
    about: str


class SigningQueue(Protocol):
    """Where things wait for signatures."""

    def waiting(self, actor: Actor) -> list[ToSign]:
        """What waits for this officer, the most urgent first."""
        ...

    def document(self, actor: Actor, key: str) -> Document:
        """The draft of what was chosen, set as it will be signed. Raises UserError, NotFound."""
        ...

    def signed(self, actor: Actor, key: str) -> None:
        """The document is signed: end the step. Raises UserError, which undoes the signature."""
        ...


signing_queues: Registry[SigningQueue] = Registry("signing_queue")


def waiting(actor: Actor) -> list[ToSign]:
    """What waits in all queues."""
    return [each for name in signing_queues.names() for each in signing_queues.get(name).waiting(actor)]


def queue_of(key: str) -> SigningQueue:
    """The queue that a key is of. Raises NotFound."""
    try:
        return signing_queues.get(key.partition(":")[0])
    except UnknownPlugin:
        raise NotFound() from None
