"""Who may open what; and that nothing typed is lost with a session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, include, path

from motcua.core.identity import access, mandates, queries, stash
from motcua.core.identity.models import Account, Mandate, Party, Session
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM
from motcua.core.ledger.scope import acting

handler403, handler404 = "motcua.shell.views.forbidden", "motcua.shell.views.not_found"
pytestmark = pytest.mark.django_db
LAN_ANH, DUC = "019195001234", "019093005678"
CHAIR = "h55.237.chair"


@access.policy("citizen")
def desk_of_a_citizen(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"received {request.POST.get('name', '')}")


@access.policy("citizen", level=2)
def needs_level_2(request: HttpRequest) -> HttpResponse:
    return HttpResponse("level 2")


@access.policy("group:chair,vice_chair")
def signing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("signing")


def says_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open to all?")


urlpatterns = [
    path("thu/don/", desk_of_a_citizen),
    path("thu/muc-hai/", needs_level_2),
    path("thu/ky/", signing),
    path("thu/quen/", says_nothing),
    path("", include("motcua.config.urls")),
]


@pytest.fixture(autouse=True)
def _with_doors_to_try(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        where = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, where)
        elif isinstance(each, URLPattern):
            yield where, each.callback


def test_every_route_of_the_house_says_who_may_open_it() -> None:
    all_routes = list(routes(get_resolver("motcua.config.urls").url_patterns))
    silent = [where for where, view in all_routes if not access.declares_policy(view)]
    assert len(all_routes) > 20
    assert silent == []


def test_a_view_that_says_nothing_is_opened_for_nobody(client: Client) -> None:
    sign_in(client, LAN_ANH)
    page = client.get("/thu/quen/")
    assert page.status_code == 403
    assert "open to all?" not in page.content.decode()


def test_a_stranger_is_led_to_sign_in_and_back(client: Client) -> None:
    led = client.get("/thu/don/?trang=2")
    assert led.headers["Location"] == "/dang-nhap/?next=%2Fthu%2Fdon%2F%3Ftrang%3D2"


def test_a_citizen_does_not_sign_and_an_officer_does_not_apply(client: Client) -> None:
    sign_in(client, LAN_ANH)
    assert client.get("/thu/ky/").status_code == 403
    sign_in(client, CHAIR)
    assert client.get("/thu/don/").status_code == 403
    assert client.get("/thu/ky/").content == b"signing"


def test_an_officer_s_session_without_a_second_factor_opens_nothing(client: Client) -> None:
    sign_in(client, CHAIR, level=0)
    assert client.get("/thu/ky/").headers["Location"].startswith("/tai-khoan/xac-thuc/ung-dung/bat/?next=")


def test_a_service_of_level_2_offers_a_stronger_sign_in(client: Client) -> None:
    sign_in(client, LAN_ANH, level=1)
    led = client.get("/thu/muc-hai/", follow=True)
    page = led.content.decode()
    assert "cần đăng nhập ở mức 2" in page
    assert "/dang-nhap/qua/vneid/?next=%2Fthu%2Fmuc-hai%2F" in page
    sign_in(client, LAN_ANH, level=2)
    assert client.get("/thu/muc-hai/").content == b"level 2"


def test_one_statement_says_who_is_here(client: Client) -> None:
    sign_in(client, LAN_ANH)
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/thu/don/").status_code == 200
    asked = [
        each["sql"] for each in seen if "SAVEPOINT" not in each["sql"] and "set_config" not in each["sql"]
    ]
    asked = [each for each in asked if "current_setting" not in each]
    assert len(asked) == 1, asked
    assert "motcua_enter" in asked[0]


# A session that ends in the middle


def lose_session(client: Client) -> None:
    """The session's time runs out; the browser does not know yet."""
    from django.utils import timezone

    Session.objects.filter(session_key=client.cookies["phien"].value).update(
        expire_date=timezone.now() - dt.timedelta(hours=1)
    )


def typed(client: Client, **fields: str) -> Any:
    return client.post("/thu/don/", {"name": "Nguyễn Văn An", **fields})


def come_back(client: Client, username: str) -> None:
    """Sign in as the pages do: what the anonymous session holds goes along."""
    kept = client.session.get(stash.KEY)
    sign_in(client, username)
    if kept:
        session = client.session
        session[stash.KEY] = kept
        session.save()


def test_what_was_typed_when_the_session_ended_is_offered_back_and_sent_on(client: Client) -> None:
    sign_in(client, LAN_ANH)
    lose_session(client)
    led = typed(client, agreed="1")
    assert led.headers["Location"] == "/dang-nhap/?next=%2Ftai-khoan%2Fda-giu%2F"
    come_back(client, LAN_ANH)
    page = client.get("/tai-khoan/da-giu/").content.decode()
    assert 'action="/thu/don/"' in page
    assert 'value="Nguyễn Văn An"' in page
    assert "received Nguyễn Văn An" in typed(client).content.decode()


def test_the_pages_themselves_carry_it_through_sign_in(client: Client) -> None:
    from django.core.cache import cache

    from motcua.core.identity.demo import PASSWORD, demo_code

    cache.clear()
    typed(client)
    client.post("/dang-nhap/", {"login": LAN_ANH, "password": PASSWORD, "next": "/tai-khoan/da-giu/"})
    landed = client.post("/dang-nhap/buoc-hai/", {"code": demo_code(LAN_ANH)})
    assert landed.headers["Location"] == "/tai-khoan/da-giu/"
    assert 'value="Nguyễn Văn An"' in client.get("/tai-khoan/da-giu/").content.decode()


def test_the_next_person_at_the_computer_does_not_get_it(client: Client) -> None:
    sign_in(client, LAN_ANH)
    lose_session(client)
    typed(client)
    come_back(client, DUC)
    assert client.get("/tai-khoan/da-giu/").headers["Location"] == "/"


def test_a_forged_token_does_not_stop_a_lost_session_from_being_kept() -> None:
    careful = Client(enforce_csrf_checks=True)
    token = careful.get("/dang-nhap/").cookies["csrftoken"].value
    led = careful.post("/thu/don/", {"name": "An", "csrfmiddlewaretoken": token})
    assert led.status_code == 302
    assert careful.post("/thu/don/", {"name": "An", "csrfmiddlewaretoken": "x" * 32}).status_code == 403


def expired_page(**headers: str) -> tuple[Client, Any]:
    """A form sent with a token that holds no longer, by somebody signed in."""
    careful = Client(enforce_csrf_checks=True)
    sign_in(careful, LAN_ANH)
    careful.get("/tai-khoan/")
    posted = {"name": "Nguyễn Văn An", "csrfmiddlewaretoken": "x" * 32}
    return careful, careful.post("/thu/don/", posted, headers=headers)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}], ids=["fetch", "origin"]
)
def test_what_was_typed_on_a_page_that_expired_is_offered_back(headers: dict[str, str]) -> None:
    browser, answer = expired_page(**headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tai-khoan/da-giu/")
    page = browser.get("/tai-khoan/da-giu/").content.decode()
    assert "ông/bà không làm gì sai" in page
    assert 'action="/thu/don/"' in page
    assert 'value="Nguyễn Văn An"' in page
    assert "Nguyễn Văn An" not in browser.get("/thu/don/").content.decode()
    assert "you did nothing wrong" in browser.get("/tai-khoan/da-giu/?lang=en").content.decode()


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_words_from_another_site_are_never_kept(headers: dict[str, str]) -> None:
    browser, answer = expired_page(**headers)
    assert answer.status_code == 403
    assert browser.get("/tai-khoan/da-giu/").headers["Location"] == "/"


def kept_request(client: Client, account: Account | None, posted: dict[str, str] | None = None) -> Any:
    request = RequestFactory().post("/thu/don/", posted or {"name": "An", "password": "bí mật"})
    request.session = client.session
    request.account = account  # type: ignore[attr-defined]
    return request


def test_secrets_are_never_kept_and_what_is_kept_is_not_readable_in_the_database(client: Client) -> None:
    posted = {"name": "Nguyễn Văn An", "password": "bí mật"}
    request = kept_request(client, Account.objects.get(username=LAN_ANH), posted)
    assert stash.keep(request)
    assert "Nguyễn" not in str(request.session[stash.KEY])
    kept = stash.take(request, "/thu/don/")
    assert kept is not None
    assert kept.fields.dict() == {"name": "Nguyễn Văn An"}
    assert stash.take(request) is None


def test_it_is_kept_for_half_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    request = kept_request(client, Account.objects.get(username=LAN_ANH))
    stash.keep(request)
    import time

    now = time.time()
    monkeypatch.setattr("motcua.core.identity.stash.time.time", lambda: now + 29 * 60)
    assert stash.look(request) is not None
    monkeypatch.setattr("motcua.core.identity.stash.time.time", lambda: now + 31 * 60)
    assert stash.look(request) is None


def test_too_much_is_not_kept(client: Client) -> None:
    request = kept_request(client, None, {"text": "ă" * stash.LARGEST})
    assert not stash.keep(request)
    assert stash.KEY not in request.session


# Row security


def test_a_citizen_sees_their_own_party_and_whom_they_represent_and_nobody_else() -> None:
    with acting(SYSTEM):
        lan_anh, duc = (Party.objects.get(personal_number=number) for number in (LAN_ANH, DUC))
        actor = queries.actor_of(Account.objects.get(username=LAN_ANH))
    with acting(actor):
        assert list(Party.objects.values_list("pk", flat=True)) == [lan_anh.pk]
    with acting(SYSTEM):
        mandates.give(SYSTEM, principal=duc, representative=lan_anh, kind="proxy", evidence="Giấy ủy quyền")
    with acting(actor):
        assert set(Party.objects.values_list("pk", flat=True)) == {lan_anh.pk, duc.pk}
        assert Mandate.objects.count() == 1


def test_a_stranger_sees_no_party_at_all() -> None:
    with acting(ANONYMOUS):
        assert not Party.objects.exists()


def test_a_citizen_cannot_rewrite_another_s_party() -> None:
    with acting(SYSTEM):
        actor = queries.actor_of(Account.objects.get(username=LAN_ANH))
    with acting(actor):
        assert Party.objects.filter(personal_number=DUC).update(name="Không phải tôi") == 0
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=DUC).name == "TRẦN MINH ĐỨC"
