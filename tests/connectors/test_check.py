"""`motcua check` tells how the systems outside do."""

from __future__ import annotations

import pytest

from motcua.cli.check import Point, _outside
from motcua.core.outbound.destinations import destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.lgsp import catalogues
from motcua.systems.sandboxes import moods
from tests.connectors.conftest import Connect

pytestmark = pytest.mark.django_db


def points() -> dict[str, Point]:
    return {point.name: point for point in _outside()}


def test_a_system_that_answers_is_good_and_one_that_rests_is_weak(connections: Connect) -> None:
    lgsp = destination("lgsp")
    catalogues.rows(lgsp, "magioitinh")
    assert (points()["to lgsp"].state, points()["to axis"].says) == ("good", "not called lately")
    moods.behave("lgsp", "down")
    for _ in range(lgsp.failures):
        with pytest.raises(Silent):
            catalogues.rows(lgsp, "magioitinh")
    told = points()["to lgsp"]
    assert told.state == "weak"
    assert "circuit open, mostly: server error" in told.says


def test_a_wrong_file_is_a_fault(connections: Connect) -> None:
    connections(lgsp={"url": "ftp://example"})
    assert points()["connections"].state == "fault"
    assert "destinations.lgsp.url" in points()["connections"].says
