"""An exchange of two members: the province, which knows people, and the ward, which asks."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.cache import cache

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import enter
from motcua.systems.exchange import bus, certifying, contracts, granting, membership, offering
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.models import (
    Gateway,
    Member,
    Purpose,
    Standing,
    Subscription,
    Subsystem,
    Topic,
    Version,
)

EDITOR = Actor(ActorKind.OFFICER, "Biên tập", account_id=901, groups=frozenset({"service_editor"}), level=2)
APPROVER = Actor(
    ActorKind.OFFICER, "Người duyệt", account_id=902, groups=frozenset({"service_approver"}), level=2
)
DOCUMENT = """\
openapi: 3.0.3
info: {title: Dân cư, version: "1"}
paths:
  /people/{id}:
    get: {summary: Một người, responses: {"200": {description: ok}}}
  /people/{id}/address:
    get: {summary: Nơi ở, responses: {"200": {description: ok}}}
    put: {summary: Sửa nơi ở, responses: {"204": {description: ok}}}
"""


def request_of(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate request of the key, PEM."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "anything")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()


@dataclass
class World:
    province: Member
    ward: Member
    province_gateway: Gateway
    ward_gateway: Gateway
    register: Subsystem
    onestop: Subsystem
    purpose: Purpose
    people: Version
    ward_key: str


def join(code: str, name: str) -> tuple[Member, Gateway, str]:
    """A member that applied, was approved, and has a certified gateway; with the gateway's key."""
    member, _ = membership.apply(EDITOR, member_class="GOV", code=code, name=name, contact="Bà Hoa")
    member = membership.decide_member(APPROVER, member, approve=True)
    gateway = membership.apply_gateway(EDITOR, member, code=f"gw-{code}", addresses=["127.0.0.1:25500"])
    key = membership.decide_gateway(APPROVER, gateway, approve=True)
    gateway = Gateway.objects.select_related("member").get(pk=gateway.pk)
    certifying.certify_gateway(SYSTEM, gateway, request_of(ec.generate_private_key(ec.SECP256R1())))
    certifying.certify_member(SYSTEM, gateway, request_of(ec.generate_private_key(ec.SECP256R1())))
    return member, gateway, key


@pytest.fixture
def exchange(db: None) -> World:
    cache.clear()
    enter(SYSTEM)
    return exchange_of_two()


def exchange_of_two() -> World:
    """The two members with what they need, made in the present transaction."""
    province, province_gateway, _ = join("H55", "Ủy ban nhân dân tỉnh")
    ward, ward_gateway, key = join("H55.237", "Ủy ban nhân dân phường")
    register = membership.add_subsystem(
        EDITOR, province, code="dan-cu", name="Dân cư", gateway=province_gateway
    )
    onestop = membership.add_subsystem(EDITOR, ward, code="mot-cua", name="Một cửa", gateway=ward_gateway)
    purpose = offering.add_purpose(EDITOR, "khai-sinh", "Đăng ký khai sinh", "Luật Hộ tịch điều 16")
    people = published(
        offering.offer(
            EDITOR,
            register,
            code="tra-cuu",
            title="Tra cứu dân cư",
            legal_basis="Luật Căn cước điều 10",
            base_url="http://127.0.0.1:20001/people",
            document=DOCUMENT,
        ),
    )
    return World(province, ward, province_gateway, ward_gateway, register, onestop, purpose, people, key)


class NatsServer:
    """A real nats-server on a free port, with its store below `folder`; it can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self._options = folder, options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/usr/bin")
        assert program, "nats-server is missing: apt-get install nats-server"
        self._process = subprocess.Popen(
            [
                program,
                "-js",
                "-a",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-sd",
                str(self.folder),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        for _ in range(500):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    if line.recv(4) == b"INFO":
                        return
            except OSError:
                assert self._process is not None
                assert self._process.poll() is None, "nats-server ended at once"
                threading.Event().wait(0.02)
        raise AssertionError("nats-server does not answer")

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.kill()


def by_nats(server: NatsServer, settings: Any) -> None:
    """Events travel by this server, in a stream of their own."""
    carrying._rest.until = 0
    settings.MOTCUA_EVENTS_NATS = [server.address]
    settings.MOTCUA_EVENTS_STREAM = f"t-{uuid.uuid4().hex}"


def carried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test tells in its one transaction, which never ends, is carried at once."""
    monkeypatch.setattr(carrying, "carry_soon", carrying._carry_now)


def published(version: Version) -> Version:
    """One proposes, another publishes."""
    return contracts.decide(APPROVER, contracts.propose(EDITOR, version), approve=True)


def allow(world: World, endpoint: tuple[str, str] = ("", "")) -> None:
    granting.grant(
        EDITOR,
        world.people,
        subsystem=world.onestop,
        purposes=["khai-sinh"],
        legal_basis="Luật Hộ tịch",
        endpoint=endpoint,
    )


# ---- events

SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
Move = Callable[[dt.timedelta], None]


@pytest.fixture(params=["postgresql", "jetstream"])
def road(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What carries events: what is promised of them is promised by both."""
    if request.param == "jetstream":
        by_nats(request.getfixturevalue("nats_server"), settings)
        if not any(mark.kwargs.get("transaction") for mark in request.node.iter_markers("django_db")):
            carried_at_once(monkeypatch)


@pytest.fixture
def topic(exchange: World) -> Topic:
    return bus.declare_topic(
        EDITOR, exchange.register, code="ho-tich", title="Hộ tịch", legal_basis="Luật Hộ tịch", schema=SCHEMA
    )


@pytest.fixture
def hears(exchange: World, topic: Topic) -> Subscription:
    asked = bus.subscribe(EDITOR, topic, exchange.onestop, why="cập nhật hồ sơ", attempts=3)
    assert asked.state == Standing.APPLIED
    return bus.decide_subscription(APPROVER, asked, approve=True)


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Put the clock forward."""
    real, ahead = clock.now, [dt.timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])

    def forward(by: dt.timedelta) -> None:
        ahead[0] += by

    return forward
