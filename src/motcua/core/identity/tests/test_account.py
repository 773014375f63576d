"""One's own account: sessions, password, language, for whom and where one acts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from motcua.core import clock
from motcua.core.errors import NotAllowed
from motcua.core.identity import actions, mandates, queries
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.identity.devices import device_name
from motcua.core.identity.models import Account, Mandate, Party, Session
from motcua.core.identity.testing import sign_in
from motcua.core.jobs import defer, run_all
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency, Appointment, Position
from motcua.core.registers.models import Record

pytestmark = pytest.mark.django_db
LAN_ANH, DUC, SUU = "019195001234", "019093005678", "019149000123"
CHAIR, CLERK = "h55.237.chair", "h55.237.00.one-stop-clerk"


@pytest.fixture(autouse=True)
def _nobody_was_wrong_before() -> None:
    cache.clear()


def actor_seen(client: Client) -> Actor:
    """Whom the site takes the client for."""
    page = client.get("/tai-khoan/")
    assert page.status_code == 200
    actor: Actor = page.wsgi_request.actor  # type: ignore[attr-defined]
    return actor


def test_the_account_page_says_who_one_is(client: Client) -> None:
    sign_in(client, LAN_ANH)
    page = client.get("/tai-khoan/").content.decode()
    for told in (LAN_ANH, "08/03/1995", "Xác thực hai bước", "Đang bật"):
        assert told in page


def test_every_page_of_the_account_is_written_in_english_too(client: Client) -> None:
    sign_in(client, LAN_ANH, level=1)
    for path in ("", "phien/", "thay-mat/", "xac-thuc/", "nang-muc/?muc=2", "mat-khau/"):
        page = client.get(f"/tai-khoan/{path}", headers={"Accept-Language": "en"}, follow=True)
        assert page.status_code == 200, path
    client.post("/tai-khoan/ngon-ngu/", {"language": "en"})
    assert "Two-step sign-in" in client.get("/tai-khoan/").content.decode()
    assert Account.objects.get(username=LAN_ANH).language == "en"


def test_signing_out_elsewhere_leaves_only_this_session(client: Client) -> None:
    sign_in(client, LAN_ANH)
    other = Client()
    sign_in(other, LAN_ANH)
    page = client.get("/tai-khoan/phien/").content.decode()
    assert page.count("Thiết bị này</h2>") == 1
    assert page.count("Thiết bị khác</h2>") == 1
    client.post("/tai-khoan/phien/ket-thuc/")
    assert other.get("/tai-khoan/").status_code == 302
    assert client.get("/tai-khoan/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_new_password_ends_the_sessions_that_knew_the_old_one(client: Client) -> None:
    sign_in(client, LAN_ANH)
    other = Client()
    sign_in(other, LAN_ANH)
    new = "Một câu dài dễ nhớ 2026"
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/tai-khoan/mat-khau/", posted).status_code == 302
    assert client.get("/tai-khoan/").status_code == 200
    assert other.get("/tai-khoan/").status_code == 302
    assert Account.objects.get(username=LAN_ANH).check_password(new)


def test_a_weak_password_is_refused_with_the_reason(client: Client) -> None:
    sign_in(client, LAN_ANH)
    posted = {"oldpassword": PASSWORD, "password1": "12345678", "password2": "12345678"}
    page = client.post("/tai-khoan/mat-khau/", posted)
    assert page.status_code == 200
    assert "id_password1-error" in page.content.decode()
    assert Account.objects.get(username=LAN_ANH).check_password(PASSWORD)


def test_the_history_shows_who_tried(client: Client) -> None:
    Client().post("/dang-nhap/", {"login": LAN_ANH, "password": "not this one"})
    client.post("/dang-nhap/", {"login": LAN_ANH, "password": PASSWORD})
    client.post("/dang-nhap/buoc-hai/", {"code": demo_code(LAN_ANH)})
    page = client.get("/tai-khoan/phien/").content.decode()
    assert "Sai mật khẩu" in page
    assert "mật khẩu, bước hai" in page


@pytest.fixture
def parent_and_child() -> tuple[Account, Record]:
    """An account of a mother, and the population record of a child of hers under 18."""
    with acting(SYSTEM):
        people = {row.key: row for row in Record.objects.filter(register_id="population", superseded_at=None)}
        for child in people.values():
            mother = people.get(child.facts.get("mother_number", ""))
            if (
                mother
                and not mother.facts.get("dead_on")
                and child.facts["born"] > f"{clock.today().year - 15}"
            ):
                party = actions.party_from_register(SYSTEM, mother.key, purpose="thử", kind="eid")
                return actions.open_account(SYSTEM, party, PASSWORD), child
    raise AssertionError("the made-up population holds no mother of a minor")


def test_a_mother_acts_for_her_child_whom_the_register_knows(
    client: Client, parent_and_child: tuple[Account, Record]
) -> None:
    mother, child = parent_and_child
    sign_in(client, mother)
    page = client.get("/lam-thay/")
    assert child.facts["name"] in page.content.decode()
    with acting(SYSTEM):
        mandate = Mandate.objects.get(principal__personal_number=child.key)
    client.post("/lam-thay/", {"mandate": str(mandate.uuid)})
    actor = actor_seen(client)
    assert (actor.principal, actor.party_id) == (mandate.principal_id, mother.party_id)
    client.post("/lam-thay/", {"mandate": ""})
    assert actor_seen(client).principal == mother.party_id


def test_nobody_acts_for_who_gave_no_mandate(
    client: Client, parent_and_child: tuple[Account, Record]
) -> None:
    mother, _ = parent_and_child
    sign_in(client, mother)
    client.get("/lam-thay/")
    with acting(SYSTEM):
        mandate = Mandate.objects.filter(representative_id=mother.party_id).first()
    assert mandate is not None
    stranger = Client()
    sign_in(stranger, DUC)
    assert stranger.post("/lam-thay/", {"mandate": str(mandate.uuid)}).status_code == 404


def test_a_mandate_revoked_ends_at_once(client: Client) -> None:
    with acting(SYSTEM):
        old, son = (Party.objects.get(personal_number=number) for number in (SUU, DUC))
        mandate = mandates.give(
            SYSTEM, principal=old, representative=son, kind="proxy", evidence="Giấy ủy quyền 12/2026"
        )
    sign_in(client, DUC, mandate=mandate)
    assert actor_seen(client).principal == old.pk
    with acting(SYSTEM):
        mandates.revoke(SYSTEM, mandate)
    assert actor_seen(client).principal == son.pk


def test_a_mandate_out_of_its_time_is_worth_nothing(client: Client) -> None:
    with acting(SYSTEM):
        old, son = (Party.objects.get(personal_number=number) for number in (SUU, DUC))
        mandate = mandates.give(
            SYSTEM, principal=old, representative=son, kind="proxy", evidence="Giấy ủy quyền 12/2026"
        )
        mandate.valid_from = clock.today() - dt.timedelta(days=9)
        mandate.valid_until = clock.today() - dt.timedelta(days=1)
        mandate.save()
    sign_in(client, DUC, mandate=mandate)
    assert actor_seen(client).principal == son.pk


def test_a_citizen_gives_only_their_own_mandate() -> None:
    with acting(SYSTEM):
        old, son = (Party.objects.get(personal_number=number) for number in (SUU, DUC))
        actor = queries.actor_of(Account.objects.get(username=DUC))
        with pytest.raises(NotAllowed):
            mandates.give(actor, principal=old, representative=son, kind="proxy", evidence="không có")


def test_an_officer_of_two_agencies_works_in_one_at_a_time_with_its_duties_only(client: Client) -> None:
    account = Account.objects.select_related("officer").get(username=CLERK)
    assert account.officer is not None
    with acting(SYSTEM):
        committee = Agency.objects.get(code="H55.237")
        desk = Agency.objects.get(code="H55.237.00")
        post = Position.objects.get(code="social_officer")
        Appointment.objects.create(
            officer=account.officer, position=post, agency=committee, valid_from=dt.date(2026, 1, 1)
        )
    sign_in(client, account, agency=desk)
    there = actor_seen(client)
    assert (there.agency_id, there.unit_ids, there.has("social_officer")) == (desk.pk, (desk.pk,), False)
    client.post("/tai-khoan/co-quan/", {"agency": str(committee.pk)})
    here = actor_seen(client)
    assert (here.agency_id, here.unit_ids) == (committee.pk, (committee.pk,))
    assert here.has("social_officer")
    assert not here.has("one_stop")
    elsewhere = Agency.objects.get(code="H05.200")
    assert client.post("/tai-khoan/co-quan/", {"agency": str(elsewhere.pk)}).status_code == 404


def test_outside_the_web_an_officer_is_the_same_actor(client: Client) -> None:
    account = sign_in(client, CHAIR)
    seen = actor_seen(client)
    with acting(SYSTEM):
        made = queries.actor_of(account, level=2)
    assert made == seen


def test_the_demonstration_s_accounts_are_loaded_once() -> None:
    from motcua.core.identity import data

    with acting(SYSTEM):
        before = (Account.objects.count(), Event.objects.count(), Session.objects.count())
        data.load()
        assert (Account.objects.count(), Event.objects.count(), Session.objects.count()) == before
    for username in (
        *data.demo_numbers(),
        CHAIR,
        CLERK,
        "h05.200.civil-status-officer",
        "h55.01.service-approver",
    ):
        assert Account.objects.filter(username=username).exists(), username


def test_outside_a_sandbox_no_demonstration_account_is_made(settings: object) -> None:
    from motcua.core.identity import data

    with acting(SYSTEM):
        Session.objects.all().delete()
        account = Account.objects.get(username=DUC)
        account.delete()
        settings.MOTCUA_SANDBOX = False  # type: ignore[attr-defined]
        data.load()
        assert not Account.objects.filter(username=DUC).exists()


def test_sessions_long_over_are_forgotten_and_living_ones_are_not(client: Client) -> None:
    sign_in(client, LAN_ANH)
    sign_in(other := Client(), DUC)
    long_ago = timezone.now() - dt.timedelta(days=2)
    Session.objects.filter(session_key=other.cookies["phien"].value).update(expire_date=long_ago)
    defer("identity.forget_sessions")
    run_all()
    assert Session.objects.filter(account__username=LAN_ANH).count() == 1
    assert not Session.objects.filter(account__username=DUC).exists()
