"""People and organisations sign in by a certified provider of others, over HTTP: npm's oidc-provider."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey
from pytest_django.plugin import DjangoDbBlocker

from motcua.core.identity.contrib.openid_provider.sources import register_all
from motcua.core.identity.models import Account, PartyKind, Session
from motcua.core.identity.sources import registry
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.people import number

CLIENTS = Path(__file__).parents[1] / "clients"
NODE = Path(sys.executable).with_name("node")
KEY, START = "thu", "/dang-nhap/qua/thu/"
LEVEL_1, LEVEL_2 = "urn:vn:eid:level:1", "urn:vn:eid:level:2"
COMPANY = "0100109106"
Vouch = Callable[..., None]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rely")


@pytest.fixture(scope="module")
def vouch(told: Path) -> Vouch:
    """Says for whom the provider vouches from now on."""

    def say(*, sub: str = "s-1", acr: str = LEVEL_2, **claims: str) -> None:
        (told / "who.json").write_text(json.dumps({"sub": sub, "acr": acr, "claims": claims}), "utf-8")

    return say


@pytest.fixture(scope="module", params=["ES256", "PS256", "RS256"])
def site(
    world: str, told: Path, vouch: Vouch, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The served site, which relies on a provider of others that signs by that algorithm."""
    from django.conf import settings

    vouch()
    key = ECKey.generate_key("P-256", {"kid": "ours"})
    (told / "key.jwk").write_text(json.dumps(key.as_dict(private=True)), "utf-8")
    provider = subprocess.Popen(
        [str(NODE), "rely-provider.mjs", world, str(told / "key.jwk"), str(told / "who.json")],
        cwd=CLIENTS, stdout=subprocess.PIPE, text=True, env={"SIGNED_BY": request.param}, start_new_session=True,
    )  # fmt: skip
    assert provider.stdout is not None
    issuer = provider.stdout.readline().strip()
    (told / "sources.yaml").write_text(DESCRIPTION.format(key=KEY, issuer=issuer), "utf-8")
    before = settings.MOTCUA_SITE
    settings.MOTCUA_SITE = world
    register_all(told / "sources.yaml")
    with django_db_blocker.unblock():
        yield world
    registry._plugins.pop(KEY)
    settings.MOTCUA_SITE = before
    os.killpg(provider.pid, signal.SIGTERM)  # node runs below a starter of its own
    provider.wait(timeout=60)


DESCRIPTION = """
sources:
  {key}:
    name: Nhà cung cấp thử
    issuer: {issuer}
    client_id: motcua
    authentication: private_key_jwt
    key_file: key.jwk
    scope: openid profile citizen
    levels: {{"urn:vn:eid:level:1": 1, "urn:vn:eid:level:2": 2}}
    claims: {{number: citizen_id, name: full_name}}
    organisation: {{number: tax_code, name: organisation_name}}
    userinfo: true
"""


def sign_in(browser: httpx.Client, site: str, path: str = START) -> httpx.Response:
    """Follow the redirects there and back, as a browser does."""
    answer = browser.get(f"{site}{path}", follow_redirects=True)
    assert str(answer.url).startswith(site), answer.text[:2000]
    return answer


def test_a_person_signs_in_and_has_an_account_of_that_level(site: str, vouch: Vouch) -> None:
    vouch(sub="huong", acr=LEVEL_2, citizen_id=number("huong"), full_name="X")
    with httpx.Client() as browser:
        answer = sign_in(browser, site, f"{START}?next=/tai-khoan/")
        assert answer.url.path == "/tai-khoan/"
        assert number("huong") in answer.text
        key = browser.cookies["phien"]
    with acting(SYSTEM):
        assert Session.objects.get(session_key=key).level == 2


def test_who_is_vouched_for_at_level_1_is_offered_more_where_more_is_needed(site: str, vouch: Vouch) -> None:
    vouch(sub="duc", acr=LEVEL_1, citizen_id=number("duc"), full_name="X")
    with httpx.Client() as browser:
        sign_in(browser, site)
        with acting(SYSTEM):
            assert Session.objects.get(session_key=browser.cookies["phien"]).level == 1
        page = browser.get(f"{site}/tai-khoan/nang-muc/?muc=2&next=/tai-khoan/").text
        assert f"{START}?next=%2Ftai-khoan%2F&amp;muc=2" in page
        vouch(sub="duc", acr=LEVEL_2, citizen_id=number("duc"), full_name="X")
        sign_in(browser, site, f"{START}?next=/tai-khoan/&muc=2")
        with acting(SYSTEM):
            assert Session.objects.get(session_key=browser.cookies["phien"]).level == 2


def test_an_organisation_signs_in_without_a_level_as_a_party_of_its_own(site: str, vouch: Vouch) -> None:
    vouch(sub="cty", acr=LEVEL_1, tax_code=COMPANY, organisation_name="Công ty Thử")
    with httpx.Client() as browser:
        answer = sign_in(browser, site, f"{START}?next=/ho-so/")
        assert answer.status_code == 200
        key = browser.cookies["phien"]
    with acting(SYSTEM):
        account = Account.objects.select_related("party").get(username=COMPANY)
        assert account.party is not None
        assert (account.party.kind, account.party.name, account.party.level) == (
            PartyKind.ORGANISATION, "Công ty Thử", 0,
        )  # fmt: skip
        assert Session.objects.get(session_key=key).account_id == account.pk


def test_signing_out_here_leads_to_signing_out_there_which_ends_every_session_made_from_there(
    site: str, vouch: Vouch
) -> None:
    """The provider tells the site by a back-channel logout token: the second browser is out too."""
    vouch(sub="mai", acr=LEVEL_2, citizen_id=number("mai"), full_name="X")
    with httpx.Client() as here, httpx.Client() as elsewhere:
        sign_in(here, site)
        sign_in(elsewhere, site)
        page = here.get(f"{site}/dang-xuat/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        left = here.post(f"{site}/dang-xuat/", data={"csrfmiddlewaretoken": token[1]}, follow_redirects=True)
        assert left.url.path == "/dang-xuat/da-roi/"
        assert "Đăng xuất cả ở Nhà cung cấp thử" in left.text
        there = re.search(r'href="(http://127[^"]+session/end[^"]+)"', left.text)
        assert there is not None
        form = elsewhere.get(there[1].replace("&amp;", "&"))
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', form.text)
        action = re.search(r'action="([^"]+)"', form.text)
        assert xsrf is not None, form.text
        assert action is not None, form.text
        done = elsewhere.post(action[1], data={"xsrf": xsrf[1], "logout": "yes"}, follow_redirects=True)
        assert done.url.path == "/dang-xuat/da-roi/", done.text[:500]
        assert elsewhere.get(f"{site}/tai-khoan/").headers["location"].startswith("/dang-nhap/")


def test_an_answer_meant_for_another_question_signs_nobody_in(site: str, vouch: Vouch) -> None:
    """A stolen answer, put into another browser (RFC 6749 section 10.12)."""
    vouch(sub="lan_anh", acr=LEVEL_2, citizen_id=number("lan_anh"), full_name="X")
    with httpx.Client() as thief, httpx.Client() as victim:
        answer = thief.get(f"{site}{START}")
        while urlsplit(str(answer.headers["location"])).path != f"{START}tro-ve/":
            answer = thief.get(str(answer.url.join(answer.headers["location"])))
        stolen = answer.headers["location"]
        assert {"code", "state", "iss"} <= set(parse_qs(urlsplit(stolen).query))
        assert victim.get(stolen).status_code == 400
        assert victim.get(f"{site}/tai-khoan/").status_code == 302
