"""`motcua check` says whether the place where accounts are kept answers, and that faces travel sealed."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.cli.check import _accounts, _settings
from motcua.core.identity import sources
from motcua.core.outbound import anywhere, client
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply
from motcua.systems.openid import source


@pytest.fixture
def elsewhere(settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    settings.MOTCUA_OPENID_ISSUER = "https://tai-khoan.example.vn/oidc"
    monkeypatch.setitem(sources.registry._plugins, source.KEY, source.Motcua())
    client.forget()
    return "https://tai-khoan.example.vn/oidc"


def test_accounts_kept_here_are_not_looked_for_elsewhere() -> None:
    assert list(_accounts()) == []


def test_a_provider_that_answers_is_good(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = (
        f'{{"issuer": "{elsewhere}", "authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "j"}}'
    )
    answers = {"j": b'{"keys": []}'}
    monkeypatch.setattr(anywhere, "ask", lambda url, **_: Reply(200, {}, answers.get(url, document.encode())))
    (point,) = _accounts()
    assert point.state == "good"


def test_a_provider_that_is_silent_or_another_is_a_fault(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(url: str, **_: Any) -> Reply:
        raise Silent("tai-khoan.example.vn", "time-out")

    monkeypatch.setattr(anywhere, "ask", silent)
    (point,) = _accounts()
    assert (point.state, "time-out" in point.says) == ("fault", True)
    monkeypatch.setattr(
        anywhere, "ask", lambda url, **_: Reply(200, {}, b'{"issuer": "https://evil.example"}')
    )
    (point,) = _accounts()
    assert (point.state, "calls itself" in point.says) == ("fault", True)


def test_a_face_in_the_open_is_a_fault(settings: Any) -> None:
    settings.MOTCUA_FACES = ["https://cong.example.vn", "http://mot-cua.example.vn"]
    (point,) = [point for point in _settings() if point.name == "faces"]
    assert (point.state, point.says.startswith("http://mot-cua.example.vn:")) == ("fault", True)
    settings.MOTCUA_FACES = ["https://cong.example.vn"]
    (point,) = [point for point in _settings() if point.name == "faces"]
    assert point.state == "good"
    settings.MOTCUA_FACES = []
    assert not [point for point in _settings() if point.name == "faces"]
