"""Two installations on one machine: each with a home, a database, a site and a gateway of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from psycopg import sql

from motcua.config import testing
from motcua.config.postgres import APP_ROLE, OWNER_ROLE, embedded_parameters
from motcua.config.postgres.connection import url
from motcua.gateway.sandbox import write_key
from tests.gateway.town import free_port

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = {"networks": ["127.0.0.0/8"], "tries": 1, "total_seconds": 8, "rest_seconds": 0.1}


class Installation:
    """One of the two; `start` and `stop` it with all its processes."""

    def __init__(self, folder: Path, code: str) -> None:
        self.home, self.code = folder, code
        self.ports = {name: free_port() for name in ("site", "clients", "peers", "state")}
        self.site = f"http://127.0.0.1:{self.ports['site']}"
        self._database = f"test_motcua_{code.replace('.', '_').lower()}_{os.getpid()}"
        self._house: subprocess.Popen[str] | None = None
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
        self._house = subprocess.Popen(
            [sys.executable, "-m", "tests.two_installations.house_of_its_own", str(self.ports["site"])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment, cwd=ROOT,
        )  # fmt: skip

    def wait_for_site(self) -> None:
        assert self._read() == {"ready": True}

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
    def journal(self) -> Path:
        return self.home / "gateway" / "journal"

    def enrol(self, control: str, api_key: str, key_id: str, control_key: str) -> None:
        """What its administrator does once: keys made here, certified by the control plane, and its public key."""
        place = self.home / "gateway"
        for kind, name in (("tls", "tls"), ("signing", f"GOV.{self.code}")):
            key = ec.generate_private_key(ec.SECP256R1())
            write_key(place / "keys" / f"{name}.key", key)
            body = {"kind": kind, "request": _request(key)}
            told = call(
                f"{control}/lien-thong/api/v1/certificates", "POST", body, Authorization=f"Bearer {api_key}"
            )
            assert told[0] == 200, told
            if kind == "tls":
                (place / "keys" / "tls.crt").write_text(told[1]["certificate"])
        (place / "control-plane").mkdir()
        (place / "control-plane" / f"{key_id}.pem").write_text(control_key)
        self._configuration = f"{control}/lien-thong/cau-hinh/{api_key}.json"

    def open_gateway(self) -> None:
        own = {
            "MOTCUA_GATEWAY_CODE": f"gw-{self.code}",
            "MOTCUA_GATEWAY_CONFIGURATION": self._configuration,
            "MOTCUA_GATEWAY_REFRESH": "1",
        }
        for name in ("clients", "peers", "state"):
            own[f"MOTCUA_GATEWAY_{name.upper()}"] = f"127.0.0.1:{self.ports[name]}"
        self._gateway = subprocess.Popen(
            [sys.executable, "-m", "motcua.cli.main", "gateway"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**self._environment, **own}, cwd=ROOT,
        )  # fmt: skip

    def wait_for_gateway(self) -> None:
        assert self._gateway is not None
        assert self._gateway.stdout is not None
        line = self._gateway.stdout.readline()
        assert line.startswith(f"gateway gw-{self.code}"), line

    def close_gateway(self) -> None:
        if self._gateway is not None:
            self._gateway.send_signal(signal.SIGTERM)
            self._gateway.wait(timeout=20)
            self._gateway = None

    def ask_people_of(self, service: str) -> None:
        """The file of connections: the population register is kept elsewhere, and asked through our gateway."""
        path = f"/records/{{key}}?purpose=birth&legal_basis={quote('Luật Hộ tịch điều 16')}"
        said = {
            "destinations": {
                "gateway": {
                    "url": f"http://127.0.0.1:{self.ports['clients']}",
                    "authentication": {"style": "x_road", "client": f"VN/GOV/{self.code}/mot-cua"},
                    **BOUNDS,
                }
            },
            "registers": {
                "population": {
                    "from": "exchange",
                    "destination": "gateway",
                    "options": {"service": service, "paths": {"person": path}, "purpose": "khai-sinh"},
                }
            },
        }
        (self.home / "connections.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")

    # ---- coming and going

    def close_site(self) -> None:
        if self._house is not None:
            assert self._house.stdin is not None
            self._house.stdin.close()
            self._house.wait(timeout=20)
            self._house = None

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


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate request of the key, PEM."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()
