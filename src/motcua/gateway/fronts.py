"""All connections of clients, counted; and the time as HTTP says it."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motcua.gateway.front import ClientConnection


class Fronts:
    """All connections of clients, counted by address."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self.connections: set[ClientConnection] = set()
        self._by_address: dict[str, int] = {}
        self.turned_away = 0

    def enter(self, connection: ClientConnection) -> bool:
        of_one = self._by_address.get(connection.address, 0)
        self.connections.add(connection)
        self._by_address[connection.address] = of_one + 1
        if len(self.connections) > self._most or of_one >= self._most_of_one:
            self.turned_away += 1
            return False
        return True

    def leave(self, connection: ClientConnection) -> None:
        if connection in self.connections:
            self.connections.discard(connection)
            left = self._by_address[connection.address] - 1
            if left:
                self._by_address[connection.address] = left
            else:
                del self._by_address[connection.address]


def http_date(at: float) -> bytes:
    return formatdate(at, usegmt=True).encode()
