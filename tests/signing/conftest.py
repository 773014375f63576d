"""What outsiders need: a folder with the authority's files as anyone would download them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from motcua.core.documents.models import Key
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
PIN, LABEL = "482916", "can-bo"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        yield


@pytest.fixture
def openssl(tmp_path: Path) -> Run:
    """`openssl("ocsp", …)`, run in the test's folder; its words are stdout and stderr together."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["openssl", *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def downloads(as_system: None, client: Client, tmp_path: Path) -> Path:
    """root.pem, officers.pem, … and their lists as .crl, from the public pages."""
    for name in ("root", "officers", "seals", "stamping", "issuer"):
        for kind in ("pem", "crl"):
            answer = client.get(f"/chung-thu/ca/{name}.{kind}")
            assert answer.status_code == 200
            (tmp_path / f"{name}.{kind}").write_bytes(answer.content)
    return tmp_path


def save(folder: Path, name: str, certificate: x509.Certificate) -> None:
    (folder / name).write_bytes(certificate.public_bytes(Encoding.PEM))


def save_key(folder: Path, name: str, key: Key) -> None:
    (folder / name).write_text(key.certificate_pem, encoding="ascii")


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The driver of a module with one token `can-bo`, PIN 482916, in a temporary folder."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="utf-8")
    former = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(config)
    done = subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "93751846"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"softhsm2 is missing or broken (apt-get install softhsm2): {done.stderr}"
    yield SOFTHSM
    if former is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = former
