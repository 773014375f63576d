"""Two installations on one machine: each with a home, a database, a site and a gateway of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import yaml
from psycopg import sql

from motcua.config import testing
from motcua.config.postgres import APP_ROLE, OWNER_ROLE, embedded_parameters
from motcua.config.postgres.connection import url
from tests.gateway.town import free_port

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = {"networks": ["127.0.0.0/8"], "tries": 1, "total_seconds": 40, "rest_seconds": 0.1}


class Installation:
    """One of the two; `start` and `stop` it with all its processes."""

    def __init__(self, folder: Path, code: str) -> None:
        self.home, self.code = folder, code
        self.ports = {name: free_port() for name in ("site", "clients", "peers", "state")}
        self.site = f"http://127.0.0.1:{self.ports['site']}"
        self._database = f"test_motcua_{code.replace('.', '_').lower()}_{os.getpid()}"
        self._house: subprocess.Popen[str] | None = None
        self._site: subprocess.Popen[bytes] | None = None
        self._enrolling: subprocess.Popen[str] | None = None
        self._gateway: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True)
        with psycopg.connect(testing._superuser(), autocommit=True) as server:
            testing._drop(server, self._database)
            names = (self._database, testing._template(), OWNER_ROLE)
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*map(sql.Identifier, names))
            )

    @property
    def _environment(self) -> dict[str, str]:
        own = {
            "MOTCUA_HOME": str(self.home),
            "MOTCUA_SITE": self.site,
            "MOTCUA_SANDBOX": "1",
            "MOTCUA_EXCHANGE_GATEWAY_ADDRESSES": "127.0.0.1",
            "DATABASE_URL": url(embedded_parameters(APP_ROLE, testing.TESTS, self._database)),
            "DATABASE_OWNER_URL": url(embedded_parameters(OWNER_ROLE, testing.TESTS, self._database)),
        }
        return {**os.environ, **own}

    # ---- the site and its people

    def open_site(self) -> None:
        """The site as `motcua serve` runs it, with one process, and beside it whoever works there."""
        self._site = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "motcua.config.wsgi:application"),
                *("--host", "127.0.0.1", "--port", str(self.ports["site"]), "--no-ws", "--log-level", "warning"),
                *("--workers", "1", "--blocking-threads", "3", "--workers-kill-timeout", "5"),
            ],
            env=self._environment, cwd=ROOT, process_group=0,
        )  # fmt: skip
        self._house = subprocess.Popen(
            [sys.executable, "-m", "tests.two_installations.house_of_its_own"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment, cwd=ROOT,
        )  # fmt: skip

    def wait_for_site(self) -> None:
        assert self._read() == {"ready": True}
        until = time.monotonic() + 180
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if call(f"{self.site}/lien-thong/api/v1/me", "GET")[0] == 401:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the site of {self.code} does not answer")

    def do(self, command: str, **told: Any) -> Any:
        """Let somebody there do something; what they see of it."""
        assert self._house is not None
        assert self._house.stdin is not None
        self._house.stdin.write(json.dumps({"command": command, **told}) + "\n")
        self._house.stdin.flush()
        said = self._read()
        assert "answer" in said, f"{self.code}, {command}: {said['fault']}"
        return said["answer"]

    def _read(self) -> dict[str, Any]:
        assert self._house is not None
        assert self._house.stdout is not None
        line = self._house.stdout.readline()
        assert line, f"the installation {self.code} has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    # ---- the gateway

    @property
    def peers(self) -> str:
        return f"127.0.0.1:{self.ports['peers']}"

    @property
    def _said(self) -> Path:
        return self.home / "gateway.log"

    @property
    def journal(self) -> Path:
        return self.home / "gateway" / "journal"

    def operational(self) -> str:
        """What the gateway has told of its calls so far."""
        files = sorted((self.home / "gateway").rglob("operational-*.ndjson"))
        return "".join(file.read_text("utf-8") for file in files)

    def begin_enrolling(self, control: str, api_key: str, control_key: str) -> None:
        """What its administrator does once, by the command."""
        secret = self.home / "member.key"
        secret.write_text(api_key)
        self._enrolling = subprocess.Popen(
            [
                *(sys.executable, "-m", "motcua.cli.main", "gateway", "enrol", control),
                *("--code", f"gw-{self.code}", "--address", self.peers, "--key-file", str(secret)),
                *("--fingerprint", sha256(control_key.encode()).hexdigest()),
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment, cwd=ROOT,
        )  # fmt: skip

    def is_enrolled(self) -> bool:
        """False while the command waits for the configuration to be published."""
        assert self._enrolling is not None
        status = self._enrolling.poll()
        if status is None:
            return False
        assert self._enrolling.stdout is not None
        assert status == 0, self._enrolling.stdout.read()
        return True

    def open_gateway(self) -> None:
        own = {"MOTCUA_GATEWAY_REFRESH": "1"}
        for name in ("clients", "peers", "state"):
            own[f"MOTCUA_GATEWAY_{name.upper()}"] = f"127.0.0.1:{self.ports[name]}"
        self._gateway = subprocess.Popen(
            [sys.executable, "-m", "motcua.cli.main", "gateway"],
            stdout=subprocess.PIPE, stderr=self._said.open("w"), text=True, env={**self._environment, **own}, cwd=ROOT,
        )  # fmt: skip

    def wait_for_gateway(self) -> None:
        assert self._gateway is not None
        assert self._gateway.stdout is not None
        line = self._gateway.stdout.readline()
        assert line.startswith(f"gateway gw-{self.code}"), self._said.read_text()

    def close_gateway(self) -> None:
        if self._gateway is not None:
            self._gateway.send_signal(signal.SIGTERM)
            self._gateway.wait(timeout=120)
            self._gateway = None

    def ask_people_of(self, service: str) -> None:
        """The file of connections: the population register is kept elsewhere, and asked through our gateway."""
        path = f"/records/{{key}}?purpose=birth&legal_basis={quote('Luật Hộ tịch điều 16')}"
        said = {
            "destinations": self._gateways("mot-cua"),
            "registers": {
                "population": {
                    "from": "exchange",
                    "destination": "gateway",
                    "options": {"service": service, "paths": {"person": path}, "purpose": "khai-sinh"},
                }
            },
        }
        self._connect(said)

    def share_who_asked(self, name: str, service: str, own_system: str) -> None:
        """The file of connections: who asked about a person is asked there too, and told there."""
        file = self.home / "connections.yaml"
        said = (
            yaml.safe_load(file.read_text("utf-8"))
            if file.exists()
            else {"destinations": self._gateways(own_system)}
        )
        self._connect({**said, "who_asked": [{"name": name, "service": service}]})

    def _gateways(self, own_system: str) -> dict[str, Any]:
        return {
            "gateway": {
                "url": f"http://127.0.0.1:{self.ports['clients']}",
                "authentication": {"style": "x_road", "client": f"VN/GOV/{self.code}/{own_system}"},
                **BOUNDS,
            }
        }

    def _connect(self, said: dict[str, Any]) -> None:
        (self.home / "connections.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")

    # ---- coming and going

    def close_site(self) -> None:
        if self._house is not None:
            assert self._house.stdin is not None
            self._house.stdin.close()
            self._house.wait(timeout=120)
            self._house = None
        if self._site is not None:
            self._site.send_signal(signal.SIGTERM)
            self._site.wait(timeout=120)
            self._site = None

    def stop(self) -> None:
        self.close_gateway()
        self.close_site()

    def end(self) -> None:
        self.stop()
        with psycopg.connect(testing._superuser(), autocommit=True) as server:
            testing._drop(server, self._database)


def call(address: str, method: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """A call as a system makes it: status, and the body read as JSON. `X_Road_Client=` is the header X-Road-Client."""
    scheme, _, rest = address.partition("://")
    assert scheme == "http"
    host, slash, path = rest.partition("/")
    connection = http.client.HTTPConnection(host, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, slash + path, content, {"Content-Type": "application/json", **sent})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()
