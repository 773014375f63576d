"""The database of a test run: real PostgreSQL, migrated by its owner, met by tests as the app role.

`@pytest.mark.django_db` rolls back; with `transaction=True` the database is made anew from its template.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from motcua.config import testing


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Stands in for pytest-django's, which would make and migrate databases as the app role."""
    with django_db_blocker.unblock():
        testing.make_database()
    yield
    with django_db_blocker.unblock():
        from django.db import connections

        connections.close_all()
        testing.drop_database()


def _renew(case: TransactionTestCase) -> None:
    testing.renew_database()


def pytest_configure(config: Any) -> None:
    """Django would truncate tables after a test that committed: the app role may not.

    And migrations' rows would go.
    """
    TransactionTestCase._fixture_teardown = _renew  # type: ignore[method-assign]
