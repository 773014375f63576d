"""An officer, and a clock that returns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.verification.house import Officer


@pytest.fixture
def officer(db: None) -> Iterator[Officer]:
    with acting(SYSTEM):
        yield Officer.enrolled()
    clock.move_sandbox_to(None)
