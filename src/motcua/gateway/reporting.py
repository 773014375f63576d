"""Telling the control plane what was exchanged, when it does not come to ask: from a cursor on, nothing twice."""

from __future__ import annotations

from motcua.gateway.control_plane import ControlPlane
from motcua.gateway.enrolment import Enrolment
from motcua.gateway.operational import Operational
from motcua.gateway.upkeep import keep_file

MOST = 2_000


class Reporting:
    """Hands operational lines in; the place reached is kept in `told`."""

    def __init__(self, operational: Operational, enrolment: Enrolment) -> None:
        self._operational = operational
        self._plane = ControlPlane(enrolment.site, enrolment.key)
        self._path = operational.folder / "told"

    def tell(self) -> int:
        """All that is new; how many lines. Blocks. Raises Away, Refused: they stay for the next time."""
        told = 0
        while True:
            cursor = self._path.read_text() if self._path.is_file() else ""
            lines, reached = self._operational.read(cursor, MOST)
            if lines:
                self._plane.tell(lines)
                told += len(lines)
            if reached != cursor:
                keep_file(self._path, reached.encode())
            if len(lines) < MOST:
                return told
