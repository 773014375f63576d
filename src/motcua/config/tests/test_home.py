"""The home: where it is, and that its secrets are made once and kept from others."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from motcua.config.home import HomeError, checkout, folder, home, secret


def test_the_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path / "here"))
    assert home() == tmp_path / "here"


def test_the_home_of_a_checkout_is_beside_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOTCUA_HOME", raising=False)
    root = checkout()
    assert root is not None
    assert home() == root / ".motcua"


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = secret("key", of=tmp_path)
    assert len(made) >= 64
    assert secret("key", of=tmp_path) == made != secret("other", of=tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_processes_that_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    askers = [fork.Process(target=lambda: answers.put(secret("key", of=tmp_path))) for _ in range(8)]
    for one in askers:
        one.start()
    assert len({answers.get(timeout=120) for _ in askers}) == 1
    assert [left.name for left in (tmp_path / "secrets").iterdir()] == ["key"]


def test_a_secret_can_come_from_a_file_that_is_mounted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mounted").write_text("from the vault\n")
    monkeypatch.setenv("MOTCUA_SECRET_KEY_FILE", str(tmp_path / "mounted"))
    assert secret("secret_key", of=tmp_path) == "from the vault"


def test_a_mounted_secret_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTCUA_SECRET_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(HomeError, match=r"MOTCUA_SECRET_KEY_FILE names .*absent"):
        secret("secret_key", of=tmp_path)


def test_an_emptied_secret_is_not_taken_for_one(tmp_path: Path) -> None:
    (folder("secrets", of=tmp_path) / "key").touch()
    with pytest.raises(HomeError, match="is empty"):
        secret("key", of=tmp_path)
