from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.town import Town, plain


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Both gateways, running for all tests of a file."""
    town = Town(tmp_path_factory.mktemp("exchange")).start()
    yield town
    town.close()


@pytest.fixture
def town(running: Town) -> Town:
    running.provider.requests.clear()
    running.provider.answer = plain(b'{"ok":true}')
    running.provider.closes = False
    return running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Town]:
    """Gateways of one test's own, not yet started."""
    town = Town(tmp_path)
    yield town
    town.close()
