"""“Try it” in the catalogue: a real call to a sandbox, never to data of people, never to where it must not go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from tests.people import CLERK

from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import offering, sandbox
from motcua.systems.exchange.models import Version
from motcua.systems.exchange.tests.conftest import EDITOR, World, published


@pytest.fixture
def provider() -> Iterator[str]:
    """A sandbox provider somewhere on the network."""

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = sandbox.answer("GET", self.path.removeprefix("/thu"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/thu"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clerk(exchange: World, client: Client) -> Client:
    with acting(SYSTEM):
        sign_in(client, CLERK)
    return client


def offered(world: World, base_url: str, **more: Any) -> Version:
    made = offering.offer(
        EDITOR,
        world.register,
        code="thu",
        title="Dịch vụ thử",
        legal_basis="Thử",
        base_url=base_url,
        document=sandbox.DOCUMENT,
        personal=False,
        **more,
    )
    return published(made)


def tried(client: Client, version: Version, path: str) -> tuple[int, str]:
    answer = client.post(
        f"/lien-thong/danh-muc/{version.service.uuid}/",
        {"act": "try", "version": version.number, "path": path},
    )
    return answer.status_code, answer.content.decode()


def test_a_clerk_finds_a_sandbox_in_the_catalogue_and_tries_it(
    exchange: World, clerk: Client, provider: str
) -> None:
    version = offered(exchange, provider, sandbox=True)
    assert "Dùng thử được" in clerk.get("/lien-thong/danh-muc/?q=thử").content.decode()
    status, page = tried(clerk, version, "/nguoi/001099000011")
    assert status == 200
    assert "Trả lời 200" in page
    assert "Nguyễn Văn Mẫu" in page
    assert "Trả lời 404" in tried(clerk, version, "/nguoi/7")[1]
    assert "Trả lời 503" in tried(clerk, version, "/loi?ma=503")[1]


@pytest.mark.parametrize("path", ["nguoi", "/../secret", "/a b", "/a#b", "", "/\r\nHost: x"])
def test_a_path_that_leads_astray_is_refused_and_kept(
    exchange: World, clerk: Client, provider: str, path: str
) -> None:
    status, page = tried(clerk, offered(exchange, provider, sandbox=True), path)
    assert (status, "Đường dẫn bắt đầu bằng /" in page) == (400, True)


def test_a_real_service_is_never_tried(exchange: World, clerk: Client, provider: str) -> None:
    version = offered(exchange, provider)
    assert "Gọi thử" not in clerk.get(f"/lien-thong/danh-muc/{version.service.uuid}/").content.decode()
    status, page = tried(clerk, version, "/nguoi/001099000011")
    assert (status, "Chỉ gọi thử được dịch vụ thử" in page) == (400, True)
    assert "Nguyễn Văn Mẫu" not in page


def test_a_sandbox_that_is_away_says_so_and_inner_addresses_are_not_reached(
    exchange: World, clerk: Client, settings: Any
) -> None:
    away = offered(exchange, "http://127.0.0.1:9/thu", sandbox=True)
    status, page = tried(clerk, away, "/nguoi/1")
    assert status == 400
    assert "/nguoi/1" in page, "what was typed is kept"
    settings.MOTCUA_SANDBOX = False
    settings.MOTCUA_SITE = "https://motcua.example.gov.vn"
    assert tried(clerk, away, "/nguoi/1")[0] == 400
