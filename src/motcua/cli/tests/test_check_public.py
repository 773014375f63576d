"""`motcua check` says when something made up answers the public, and under which address people are seen."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.cli import check_public
from motcua.cli.check_points import Point
from motcua.core.identity import sources
from motcua.core.outbound import destinations
from motcua.core.outbound.destinations import Connections, Destination
from motcua.core.payments.actions import SANDBOX
from motcua.systems.eid import provider
from motcua.systems.eid.source import SandboxVneid


@pytest.fixture
def public(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of an installation that serves the public; there the made-up VNeID is not even loaded."""
    monkeypatch.delitem(sources.registry._plugins, provider.KEY)
    settings.MOTCUA_SANDBOX = False
    settings.MOTCUA_SITE = "https://dichvucong.example.gov.vn"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.MOTCUA_POPULATION, settings.MOTCUA_CARD_READER = "dan_cu_quoc_gia", ""
    return settings


def made_up() -> Point:
    (point,) = check_public.stand_ins()
    return point


def test_an_installation_of_real_connectors_is_good(public: Any) -> None:
    assert made_up().state == "good"


def test_a_sandbox_is_told_once_by_its_own_point(settings: Any) -> None:
    settings.MOTCUA_SANDBOX = True
    assert list(check_public.stand_ins()) == []


@pytest.mark.parametrize(
    ("name", "said"), [("MOTCUA_POPULATION", "numbers"), ("MOTCUA_CARD_READER", "cards")]
)
def test_a_made_up_connector_is_a_fault(public: Any, name: str, said: str) -> None:
    setattr(public, name, "sandbox")
    point = made_up()
    assert (point.state, f"{name}=sandbox" in point.says, said in point.says) == ("fault", True, True)


def test_the_made_up_vneid_is_a_fault_where_it_is_offered(
    public: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sources.registry._plugins, provider.KEY, SandboxVneid())
    assert "VNeID" in made_up().says


def test_a_made_up_bank_or_server_is_a_fault(public: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Destination("lgsp", "https://example.gov.vn/thu-nghiem/lgsp")
    known = Connections({"lgsp": trial}, {}, {"H55": SANDBOX})
    monkeypatch.setattr(destinations, "connections", lambda: known)
    says = made_up().says
    assert "payments of H55" in says
    assert "destination lgsp" in says


def seen(address: str, by: str = "X-Forwarded-For") -> Point:
    (point,) = check_public.addresses(lambda url: {"address": address, "by": by})
    return point


def test_whoever_is_seen_by_the_proxys_word_is_printed(public: Any) -> None:
    point = seen("203.0.113.9")
    assert (point.state, "203.0.113.9" in point.says) == ("good", True)


def test_a_proxy_that_tells_nobody_or_passes_on_anything_is_a_fault(public: Any) -> None:
    assert "does not say whom" in seen("127.0.0.1", "connection").says
    assert "passes on what the asker says" in seen(check_public.STRANGER).says


def test_tls_without_the_proxys_word_is_a_fault(public: Any) -> None:
    public.SECURE_PROXY_SSL_HEADER = None
    (point,) = check_public.addresses(lambda url: pytest.fail("nobody is to be asked"))
    assert (point.state, "MOTCUA_BEHIND_PROXY" in point.remedy) == ("fault", True)


def test_a_site_that_is_silent_is_a_weakness(public: Any) -> None:
    def silent(url: str) -> Any:
        raise OSError("refused")

    (point,) = check_public.addresses(silent)
    assert (point.state, "refused" in point.says) == ("weak", True)
