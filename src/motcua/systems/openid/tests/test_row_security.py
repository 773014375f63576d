"""The second wall: whoever acts, the provider's tables show nothing to anybody but the system."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.systems.openid.tests.application import Application

HIDDEN = ("signingkey", "authorizationrequest", "subject", "grant", "refreshtoken", "spent", "consent")
OFFICER = Actor(ActorKind.OFFICER, "Cán bộ", officer_id=1, agency_id=1, unit_ids=(1,))


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from openid_{table}")
        return int(cursor.fetchone()[0])


@pytest.fixture
def signed_in(app: Application, person: Client) -> Application:
    """Somebody signed in by a pushed request and may come back: every table holds something."""
    pushed = app.push(person, scope="openid offline_access", prompt="consent").json()["request_uri"]
    asked = person.get("/oidc/authorize", {"client_id": app.id, "request_uri": pushed})
    assert asked.status_code == 302
    told = app.tokens(person, scope="openid offline_access")
    app.userinfo(person, told["access_token"])
    app.post(person, "/oidc/revoke", {"token": told["access_token"]})
    return app


@pytest.mark.parametrize("table", HIDDEN)
def test_nobody_but_the_system_sees_a_row(signed_in: Application, account: Account, table: str) -> None:
    with acting(SYSTEM):
        assert rows(table) > 0
        owner = actor_of(account, level=2)
    for actor in (owner, OFFICER, ANONYMOUS):
        with acting(actor):
            assert rows(table) == 0


def test_applications_are_read_by_all_and_written_by_the_system(signed_in: Application) -> None:
    with acting(OFFICER):
        assert rows("client") == 1
        with connection.cursor() as cursor:
            cursor.execute("update openid_client set state = 'approved', first_party = true")
            assert cursor.rowcount == 0
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(
                    "insert into openid_client (client_id, name, metadata, secret_digest,"
                    " registration_digest, state, require_pkce, rotate_refresh, fapi, first_party, created_at,"
                    " decided_by, reason) values ('x','x','{}','','','approved',false,false,false,true,now(),'','')"
                )


def test_the_test_itself_is_run_by_a_role_that_the_wall_holds(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
