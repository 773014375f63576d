"""What every other test stands on: its database is real, its own, and clean."""

import os

import pytest
from django.db import connection, connections

from motcua.config import testing


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_tests_meet_the_database_as_the_app_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == ("motcua_app", testing.DATABASE)


@pytest.mark.django_db
def test_a_test_leaves_nothing_behind() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())")
    assert rows() > 1


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing_behind_either() -> None:
    before = rows()
    test_a_test_leaves_nothing_behind()
    connection.close()
    assert rows() == before + 1
    testing.renew_database()
    assert rows() == before


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_can_be_met_too() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("motcua_owner",)


def test_programs_started_by_a_test_find_its_database_and_home() -> None:
    assert testing.DATABASE in os.environ["DATABASE_URL"]
    assert os.environ["MOTCUA_HOME"].endswith(str(os.getpid()))
