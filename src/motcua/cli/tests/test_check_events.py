"""`motcua check` says whether NATS carries events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motcua.cli.check import _events
from motcua.systems.exchange.tests.conftest import NatsServer, by_nats


def test_the_check_says_whether_nats_is_there(tmp_path: Path, settings: Any) -> None:
    assert list(_events()) == [], "not asked for, not looked at"
    server = NatsServer(tmp_path / "store")
    server.start()
    try:
        by_nats(server, settings)
        assert [(point.name, point.state) for point in _events()] == [("events", "good")]
    finally:
        server.kill()
    (point,) = _events()
    assert (point.state, "NATS" in point.says) == ("fault", True)
