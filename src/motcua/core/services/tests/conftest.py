"""The packs that ship, and people of the services desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.services.pack import Pack, load, read_files

CATALOGUE = Path(__file__).parents[5] / "services"


def files_of(slug: str) -> dict[str, str]:
    return dict(read_files(CATALOGUE / slug))


@pytest.fixture(scope="session")
def birth() -> Pack:
    return load(CATALOGUE / "khai-sinh")


@pytest.fixture(scope="session")
def extract() -> Pack:
    return load(CATALOGUE / "trich-luc-ho-tich")


@pytest.fixture(scope="session")
def pension() -> Pack:
    return load(CATALOGUE / "tro-cap-huu-tri-xa-hoi")


@pytest.fixture
def editor() -> Actor:
    return Actor(
        ActorKind.OFFICER, "Bà Soạn", account_id=901, officer_id=901, groups=frozenset({"service_editor"})
    )


@pytest.fixture
def approver() -> Actor:
    return Actor(
        ActorKind.OFFICER, "Ông Duyệt", account_id=902, officer_id=902, groups=frozenset({"service_approver"})
    )
