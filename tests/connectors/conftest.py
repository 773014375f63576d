"""The sandbox servers on a port of their own, and an installation that is connected to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from motcua.core.outbound import client
from motcua.systems.sandboxes import credentials, moods
from motcua.systems.sandboxes.servers import SERVERS, lgsp, national_portal, payment_platform
from motcua.systems.sandboxes.serving import served

Connect = Callable[..., None]
BOUNDS: dict[str, Any] = {"networks": ["127.0.0.0/8"], "read_seconds": 1, "total_seconds": 2}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(SERVERS, waits=True) as address:
        yield address


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No token, no open circuit, good moods; pauses between tries pass at once."""
    monkeypatch.setattr(client, "pause", lambda seconds: None)
    for forget in (client.forget, moods.forget, lgsp.forget, national_portal.forget, payment_platform.forget):
        forget()
    yield
    client.forget()
    moods.forget()


@pytest.fixture
def connections(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Write the file of connections; called with changes it writes it anew. A destination lies at its server."""
    for name, secret in (("secret", credentials.SECRET), ("api-key", credentials.API_KEY)):
        (tmp_path / name).write_text(secret + "\n", encoding="utf-8")

    def connect(
        registers: dict[str, Any] | None = None,
        payments: dict[str, str] | None = None,
        **changes: dict[str, Any],
    ) -> None:
        known = {name: {**said, **changes.get(name, {})} for name, said in destinations(site).items()}
        known |= {name: said for name, said in changes.items() if name not in known}
        file = tmp_path / f"connections-{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(
            yaml.safe_dump(
                {"destinations": known, "registers": registers or {}, "payments": payments or {}},
                allow_unicode=True,
            ),
            "utf-8",
        )
        monkeypatch.setenv("MOTCUA_CONNECTIONS", str(file))

    connect()
    return connect


def destinations(site: str) -> dict[str, dict[str, Any]]:
    proofs: dict[str, dict[str, Any]] = {
        "population": {
            "style": "c06",
            "client": credentials.CLIENT,
            "user": credentials.USER,
            "secret_file": "secret",
            "api_key_file": "api-key",
        },
        "lgsp": {"style": "wso2", "key": credentials.USER, "secret_file": "secret"},
        "axis": {"style": "xroad_vnpt", "system_id": credentials.SYSTEM_ID, "secret_file": "secret"},
        "national_portal": {
            "style": "session_in_body",
            "user": credentials.USER,
            "secret_file": "secret",
            "unit": "H55",
        },
        "payment_platform": {"style": "none", "partner": credentials.PARTNER, "secret_file": "secret"},
    }
    return {
        name: {"url": f"{site}/{name}", "authentication": proof, **BOUNDS} for name, proof in proofs.items()
    }


POPULATION: dict[str, Any] = {
    "population": {
        "from": "connector",
        "connector": "population_soap",
        "destination": "population",
        "options": {"service": "1.001193", "officer": "motcua", "unit": "H55", "account": "motcua"},
        "fresh_seconds": {"default": 3600},
        "source": "Nghị định 194/2025/NĐ-CP",
    }
}
