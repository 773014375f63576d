"""The world of the tests holds the registers; here they are met as the system, with an obedient sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox


@pytest.fixture
def registers(db: None) -> Iterator[None]:
    sandbox.forget()
    with acting(SYSTEM):
        yield
    sandbox.forget()


@pytest.fixture
def officer() -> Actor:
    return Actor(ActorKind.OFFICER, "Đặng Thị Hồng Thủy", officer_id=1, agency_id=1, unit_ids=(1,))
