"""The database of a test run: real PostgreSQL, migrated by its owner, met by tests as the app role.

`@pytest.mark.django_db` rolls back; with `transaction=True` the database is made anew from its template.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.signals import connection_created
from django.test import Client, TransactionTestCase
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


@pytest.fixture(scope="module", autouse=True)
def connections_of_its_own() -> Iterator[None]:
    """Each file of tests begins with connections of its own.

    While a browser is open, its event loop gives this thread other connections; those from before it would else
    outlive the database that a journey puts back.
    """
    yield
    testing.close_connections()


def pytest_configure(config: pytest.Config) -> None:
    """Renew the database after a test that committed, and let none look at protected rows while nobody acts.

    Django would truncate its tables: the app role may not, and rows that migrations wrote would be lost.
    """
    connection_created.connect(testing.watch)
    setattr(TransactionTestCase, "_fixture_teardown", lambda case: testing.renew_database())  # noqa: B010


class ScopedClient(Client):
    """A test's client. A test and its requests share one transaction; after each request the test acts again."""

    def request(self, **request: Any) -> Any:
        from django.db import connection

        from motcua.core.ledger import scope

        if not connection.in_atomic_block:
            return super().request(**request)
        before = scope.current()
        try:
            return super().request(**request)
        finally:
            scope.restore(before)


@pytest.fixture
def client() -> Client:
    return ScopedClient()
