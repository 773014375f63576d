"""Every address of the site: it says who may open it, turns others away, and breaks for nobody."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua.core.identity.access import declares_policy
from tests.conftest import SignedIn
from tests.people import CHAIR, CLERK, number

NOTHING = uuid.UUID("0197a000-0000-7000-8000-000000000000")
EXAMPLES = {
    "uuid": str(NOTHING),
    "uuidstr": str(NOTHING),
    "int": "999999",
    "slug": "khong-co",
    "str": "khong-co",
    "path": "khong/co",
    "code": "9.999999",
}
KINDS = re.compile(r"<(?:(\w+):)?\w+>")
DESK = ("/mot-cua/", "/bien-tap/")
ODD = ["", "0", "-1", "1e9", "NaN", "2026-02-30", "' or 1=1 --", "<script>", "\x00", "\u202e", "a" * 3000]


def patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, path)
        else:
            yield path, one


ROUTES = sorted(patterns(get_resolver()), key=lambda route: route[0])
PATHS = sorted({"/" + KINDS.sub(lambda kind: EXAMPLES[kind.group(1) or "str"], path) for path, _ in ROUTES})


def test_there_are_routes_to_test() -> None:
    assert len(PATHS) > 80
    assert not any("<" in path or "^" in path for path in PATHS), "an address that this test cannot fill in"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route[0] or "/")
def test_says_who_may_open_it(route: tuple[str, URLPattern]) -> None:
    assert declares_policy(route[1].callback)


def test_a_stranger_is_asked_to_sign_in_or_is_shown_a_public_page(client: Client, db: None) -> None:
    for path in PATHS:
        answer = client.get(path)
        where = f"{path}: {answer.status_code} {answer.headers.get('Location', '')}"
        assert answer.status_code < 500, where
        if path.startswith(DESK):
            assert answer.status_code in (302, 405), where
            assert answer.status_code == 405 or answer["Location"].startswith("/dang-nhap/"), where


def test_a_citizen_finds_no_door_to_the_desk(signed_in: SignedIn) -> None:
    citizen = signed_in(number("lan_anh"))
    for path in PATHS:
        if path.startswith(DESK):
            assert citizen.get(path).status_code in (403, 404, 405), path
            assert citizen.post(path).status_code in (403, 404, 405), path


@pytest.mark.parametrize("who", [number("lan_anh"), CLERK, CHAIR])
def test_no_page_breaks_for_those_who_may_open_it(signed_in: SignedIn, who: str) -> None:
    client = signed_in(who)
    for path in PATHS:
        assert client.get(path).status_code < 500, path
        assert client.get(path, headers={"Accept-Language": "en"}).status_code < 500, path


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.sampled_from(PATHS), value=st.sampled_from(ODD) | st.text(max_size=40))
def test_no_page_breaks_at_odd_parameters(signed_in: SignedIn, path: str, value: str) -> None:
    names = (
        "q",
        "ma",
        "tu",
        "den",
        "next",
        "trang",
        "ngay",
        "status",
        "service",
        "correct",
        "agency",
        "period",
        "so",
    )
    for client in (Client(), signed_in(number("lan_anh")), signed_in(CHAIR)):
        answer = client.get(path, dict.fromkeys(names, value))
        assert answer.status_code < 500, (path, value)
