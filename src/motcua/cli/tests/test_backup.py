"""The drill: what was backed up stands again elsewhere; a damaged archive is refused."""

import os
import shutil
import signal
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from motcua.cli.backup import HALT, BackupError, back_up, examine, read_back
from motcua.cli.check import DATABASE_POINTS
from motcua.config.home import cluster_folder, secret
from motcua.config.postgres import ensure_running, status
from motcua.config.postgres.cluster import RELAXED
from motcua.core.ledger import heads, log
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import LogName
from motcua.core.ledger.scope import acting


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """A home that has lived and an empty one, each with the embedded server."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.delenv("MOTCUA_SECRET_KEY_FILE", raising=False)
    places = (Path(tempfile.mkdtemp(prefix="mc-")), Path(tempfile.mkdtemp(prefix="mc-")))
    yield places
    for place in places:
        found = status(place)
        if found.pid is not None:
            os.kill(found.pid, signal.SIGQUIT)
        shutil.rmtree(cluster_folder(place), ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


def live(home: Path) -> None:
    """A row of the owner's under row security, a key, and a paper."""
    server = ensure_running(home, settings=RELAXED)
    with psycopg.connect(server.owner_dsn) as owner:
        owner.execute("CREATE TABLE act (id bigint PRIMARY KEY, word text)")
        owner.execute("ALTER TABLE act ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY odd ON act USING (id % 2 = 1)")
    with psycopg.connect(server.owner_dsn) as owner:
        owner.execute("INSERT INTO act VALUES (1, 'Nguyễn'), (2, 'Trần')")
    secret("secret_key", of=home)
    (home / "files").mkdir()
    (home / "files" / "giấy.pdf").write_bytes(b"%PDF" + bytes(3_000_000))


def test_a_backup_is_restored_with_rows_rights_files_and_keys(
    homes: tuple[Path, Path], tmp_path: Path
) -> None:
    lived, empty = homes
    live(lived)
    summary = back_up(tmp_path / "one.tar", of=lived)
    assert summary.files == 3
    assert (tmp_path / "one.tar").stat().st_mode & 0o777 == 0o600
    ensure_running(empty, settings=RELAXED)
    read_back(tmp_path / "one.tar", into=empty)
    server = ensure_running(empty)
    with psycopg.connect(server.owner_dsn) as owner:
        assert owner.execute("SELECT word FROM act ORDER BY id").fetchall() == [("Nguyễn",), ("Trần",)]
    with psycopg.connect(server.app_dsn) as app:
        assert app.execute("SELECT id FROM act").fetchall() == [(1,)]
    assert secret("secret_key", of=empty) == secret("secret_key", of=lived)
    assert (empty / "secrets" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (empty / "files" / "giấy.pdf").read_bytes() == (lived / "files" / "giấy.pdf").read_bytes()


@pytest.mark.django_db
def test_a_restored_log_stands_still_until_somebody_answers_for_it() -> None:
    with acting(SYSTEM):
        log.submit(LogName.RESULTS, "test", b"one")
        assert log.seal(LogName.RESULTS) > 0
        head = log.newest_head(LogName.RESULTS)
        with connection.cursor() as cursor:
            for _ in range(2):
                cursor.execute(HALT, ["restored from a backup", "2026-11-20"])
        log.submit(LogName.RESULTS, "test", b"two")
        assert log.seal(LogName.RESULTS) == 0
        row = heads.halted(LogName.RESULTS)
        assert row is not None
        assert head is not None
        assert row.evidence["tree_size"] == head.size
        with connection.cursor() as cursor:
            (question,) = (asked for name, asked, *_ in DATABASE_POINTS if name == "public log")
            cursor.execute(question)
            assert cursor.fetchone() == (False,)
        heads.resume(LogName.RESULTS, "compared with both witnesses")
        assert log.seal(LogName.RESULTS) >= 2


def test_a_home_that_is_not_empty_is_left_alone(homes: tuple[Path, Path], tmp_path: Path) -> None:
    lived, _ = homes
    live(lived)
    back_up(tmp_path / "one.tar", of=lived)
    with pytest.raises(BackupError, match="is not empty"):
        read_back(tmp_path / "one.tar", into=lived)


def test_a_changed_byte_is_found_and_nothing_is_restored(homes: tuple[Path, Path], tmp_path: Path) -> None:
    lived, empty = homes
    live(lived)
    archive = tmp_path / "one.tar"
    back_up(archive, of=lived)
    assert examine(archive).files == 3
    with tarfile.open(archive) as tar:
        place = tar.getmember("home/files/giấy.pdf").offset_data + 100
    with archive.open("r+b") as file:
        file.seek(place)
        file.write(b"!")
    with pytest.raises(BackupError, match=r"giấy\.pdf is not what was backed up"):
        examine(archive)
    ensure_running(empty, settings=RELAXED)
    with pytest.raises(BackupError, match="damaged"):
        read_back(archive, into=empty)
    assert not (empty / "files").exists()


def test_an_archive_cut_short_is_found(homes: tuple[Path, Path], tmp_path: Path) -> None:
    lived, _ = homes
    live(lived)
    archive = tmp_path / "one.tar"
    back_up(archive, of=lived)
    os.truncate(archive, 40_000)
    with pytest.raises(BackupError, match=r"damaged|cut short"):
        examine(archive)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_text("hello")
    with pytest.raises(BackupError, match="damaged"):
        examine(tmp_path / "x.tar")
