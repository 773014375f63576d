"""Two installations form an axis: each with a home, a database and certificates of its own, HTTP between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.config import home as homes
from motcua.config import testing
from motcua.config.postgres import APP_ROLE, OWNER_ROLE, embedded_parameters
from motcua.config.postgres.connection import url
from motcua.core import jobs
from motcua.core.documents import trust
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Appointment
from motcua.systems.dispatch.actions import admitting, connecting, drafting, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Connection, Form, Incoming, Outgoing
from tests import house

OURS = "H55.237"


class Other:
    """The second installation."""

    def __init__(self, folder: Path) -> None:
        self._name = f"test_motcua_b_{os.getpid()}"
        homes.secret("data_key", of=folder, length=32)
        with psycopg.connect(testing._superuser(), autocommit=True) as server:
            testing._drop(server, self._name)
            server.execute(f"CREATE DATABASE {self._name} TEMPLATE {testing._template()} OWNER {OWNER_ROLE}")
        environment = {
            **os.environ,
            "MOTCUA_HOME": str(folder),
            "DATABASE_URL": url(embedded_parameters(APP_ROLE, testing.TESTS, self._name)),
            "DATABASE_OWNER_URL": url(embedded_parameters(OWNER_ROLE, testing.TESTS, self._name)),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.dispatch.other_installation"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        assert self._read() == {"ready": True}

    def do(self, command: str, **told: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **told}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the second installation has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=120)
        with psycopg.connect(testing._superuser(), autocommit=True) as server:
            testing._drop(server, self._name)


@pytest.fixture
def other(transactional_db: None, tmp_path: Path) -> Iterator[Other]:
    made = Other(tmp_path / "b")
    try:
        yield made
    finally:
        made.end()


def officer(position: str) -> Actor:
    row = Appointment.objects.select_related("officer", "agency").get(
        agency__code=OURS, position__code=position
    )
    return Actor(
        ActorKind.OFFICER, row.officer.name, officer_id=row.officer_id, agency_id=row.agency_id,
        unit_ids=(row.agency_id,), level=2,
    )  # fmt: skip


def letter_to(organ: str, subject: str, **more: Any) -> Outgoing:
    """Signed and sent by the first installation."""
    with acting(SYSTEM):
        clerk, chair = officer("civil_status_officer"), officer("chair")
        given = Draft(
            "CV", subject, "Kính đề nghị.", [(organ, "Nơi nhận")], leader_id=chair.officer_id, **more
        )
        letter = drafting.draft(clerk, clerk.agency_id or 0, given)
        drafting.submit(clerk, letter.uuid)
        signing.sign(chair, letter.uuid)
        sending.send(clerk, letter.uuid)
        jobs.run_all()
        letter.refresh_from_db()
        return letter


def poll() -> None:
    with acting(SYSTEM):
        poll_one(Connection.objects.get().pk)
        jobs.run_all()


def test_letters_go_between_two_installations_received_refused_recalled_replaced_and_answered(
    other: Other,
) -> None:
    neighbour = _neighbour()
    with house.fresh_world(), house.served() as address:
        with acting(SYSTEM):
            ours = officer("chair")
            _, secret = admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", [(neighbour, "UBND của Bắc Ninh")])
            _, own = admitting.admit(SYSTEM, "tinh-a", "Thái Nguyên", [(OURS, "UBND phường Phan Đình Phùng")])
            chain = "".join(each.public_bytes(Encoding.PEM).decode() for each in trust.house().intermediates)
            theirs = other.do(
                "connect", endpoint=f"{address}/van-ban/truc", secret=secret, organ=neighbour, trust_pem=chain
            )
            connecting.connect(
                SYSTEM, "Trục tỉnh", Form.LOCAL, system_id="tinh-a", secret=own, organ_ids=[OURS],
                trust_pem=theirs["trust_pem"],
            )  # fmt: skip
        assert ours.agency_id

        received = letter_to(neighbour, "V/v đề nghị xác minh")
        (came,) = other.do("poll")["incoming"]
        assert (came["status"], came["signature"], came["trusted"]) == ("01", "valid", True)
        other.do("act", organ=neighbour, uuid=came["uuid"], do="enter")

        refused = letter_to(neighbour, "V/v gửi nhầm")
        second = other.do("poll")["incoming"][1]
        other.do("act", organ=neighbour, uuid=second["uuid"], do="refuse", reason="Không đúng thẩm quyền")
        poll()
        with acting(SYSTEM):
            assert received.sendings.get().status == "03"
            assert refused.sendings.get().notes.get(code="02").description == "Không đúng thẩm quyền"
            sending.recall(officer("civil_status_officer"), received.uuid, "Sai số liệu")
            jobs.run_all()
        assert other.do("poll")["incoming"][0]["standing"] == "asked_back"
        other.do("act", organ=neighbour, uuid=came["uuid"], do="agree")
        poll()
        with acting(SYSTEM):
            received.refresh_from_db()
            assert received.stage == "recalled"

        old = letter_to(neighbour, "V/v xác minh lần hai")
        other.do("poll")
        letter_to(neighbour, "V/v xác minh, bản đúng", concerns=old, business="3")
        rows = other.do("poll")["incoming"]
        assert [each["standing"] for each in rows] == ["withdrawn", "", "replaced", ""]
        other.do("act", organ=neighbour, uuid=rows[3]["uuid"], do="enter")
        told = other.do("answer", organ=neighbour, uuid=rows[3]["uuid"], to=[OURS, "UBND phường"])
        assert told["states"] == ["sent"]
        poll()
        with acting(SYSTEM):
            back = Incoming.objects.get()
            assert back.responds_to is not None
            assert back.responds_to.subject == "V/v xác minh, bản đúng"
            assert (back.signature, back.trusted) == ("valid", True)


def _neighbour() -> str:
    """A commune of the other province that has officers."""
    with acting(SYSTEM):
        return str(
            Appointment.objects.filter(position__code="civil_status_officer", agency__code__startswith="H05.")
            .order_by("agency__code")
            .values_list("agency__code", flat=True)[0]
        )
