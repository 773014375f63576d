"""`motcua backup` and `motcua restore`: database, files and keys in one archive that can prove itself.

The archive is a tar: `manifest.json` (what is in it, each with size and SHA-256), `database.dump` (pg_dump's
own format), and `home/…`. The database is dumped first, so that every file a row names is there.
"""

import contextlib
import datetime as dt
import hashlib
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import click
import psycopg

from motcua.config import postgres
from motcua.config.home import folder, home
from motcua.config.postgres import binaries
from motcua.config.postgres.cluster import environment
from motcua.config.postgres.connection import dsn

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
LEFT_OUT = {"postgres", "identity", "static", "test", "backups"}
"""Of the home: the server's own folder, what is made anew, and earlier archives."""
BLOCK = 1 << 20


class BackupError(click.ClickException):
    """An archive cannot be written or read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an archive holds."""

    path: Path
    created: str
    files: int
    bytes: int


@click.command()
@click.argument("archive", required=False, type=click.Path(path_type=Path, dir_okay=False))
def backup(archive: Path | None) -> None:
    """Write database, files and keys into ARCHIVE (default: a dated one in the home's folder backups).

    The archive holds private keys: keep it where only those come who may sign for the installation.
    """
    summary = back_up(archive)
    click.echo(f"{summary.path}: {summary.files} files, {summary.bytes:,} bytes.")


@click.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--check", "only_check", is_flag=True, help="Only say whether the archive is whole.")
def restore(archive: Path, only_check: bool) -> None:
    """Read ARCHIVE into an empty home and an empty database."""
    summary = examine(archive) if only_check else read_back(archive)
    verb = "is whole" if only_check else "was read back"
    click.echo(f"{archive} of {summary.created} {verb}: {summary.files} files, {summary.bytes:,} bytes.")
    if not only_check:
        click.echo(
            "The public log stands still until it was compared with its witnesses "
            "(motcua log compare); then: motcua log resume STATEMENT."
        )


def back_up(archive: Path | None = None, *, of: Path | None = None) -> Summary:
    """Write the archive of the home `of`; it appears whole, by a rename, and only its owner can read it."""
    base = of or home()
    created = dt.datetime.now(dt.UTC)
    target = archive or folder("backups", of=base) / f"motcua-{created:%Y%m%dT%H%M%SZ}.tar"
    if target.exists():
        raise BackupError(f"{target} is there already. Choose another name.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as aside:
        dump = Path(aside) / DUMP
        with dump.open("wb") as file:
            _run(["pg_dump", "--format=custom", "--no-comments"], base, stdout=file)
        members = {DUMP: dump} | dict(_files_of(base))
        entries = {name: _describe(path) for name, path in members.items()}
        manifest = {
            "format": FORMAT,
            "created": created.isoformat(timespec="seconds"),
            "motcua": importlib.metadata.version("motcua"),
            "files": entries,
        }
        partial = Path(aside) / "archive"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                _add(tar, MANIFEST, io.BytesIO(_json(manifest)), len(_json(manifest)))
                for name, path in members.items():
                    with path.open("rb") as content:
                        _add(tar, name, content, int(entries[name]["bytes"]))
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    return _summary(target, manifest)


def examine(archive: Path) -> Summary:
    """Compare every file of the archive with its manifest; raises `BackupError` at the first that differs."""
    with _opened(archive) as (tar, manifest):
        for _ in _verified(tar, manifest, None):
            pass
    return _summary(archive, manifest)


def read_back(archive: Path, *, into: Path | None = None) -> Summary:
    """Put the archive into an empty home: the database in one transaction, then the files."""
    base = into or home()
    _require_empty(base)
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=".restore-", dir=base) as name,
        _opened(archive) as (tar, manifest),
    ):
        aside = Path(name)
        for _ in _verified(tar, manifest, aside):
            pass
        restore = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-comments"]
        if not postgres.is_embedded():
            restore.append("--no-owner")
        with (aside / DUMP).open("rb") as dump:
            _run([*restore, "--dbname"], base, stdin=dump)
        _pause_log(base, str(manifest["created"]))
        for path in (aside / "home").iterdir() if (aside / "home").is_dir() else ():
            shutil.move(path, base / path.name)
    return _summary(archive, manifest)


HALT = """
insert into ledger_loghalt (log, reason, evidence, at, statement)
select log, %s, jsonb_build_object('restored_from', %s::text, 'tree_size', size, 'root_hash', encode(root, 'base64')),
       now(), ''
  from ledger_treehead where log = 'results' order by size desc limit 1
on conflict do nothing
"""


def _pause_log(base: Path, created: str) -> None:
    """Let nothing be signed into the public log that was read back, before somebody has compared it with witnesses.

    Entries that came after the backup were signed and seen; a log that went on without them would show two histories.
    """
    with psycopg.connect(_database(base)) as connection:
        row = connection.execute("select to_regclass('public.ledger_loghalt')").fetchone()
        if row is not None and row[0] is not None:
            reason = f"restored from the backup of {created}; not compared with the witnesses yet"
            connection.execute(HALT, [reason, created])


def _require_empty(base: Path) -> None:
    left = sorted(path.name for path in base.iterdir() if path.name not in LEFT_OUT) if base.is_dir() else []
    if left:
        raise BackupError(
            f"{base} is not empty ({', '.join(left[:5])}). Set MOTCUA_HOME to a new folder, or move it away."
        )
    with psycopg.connect(_database(base)) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if row is None or row[0]:
        raise BackupError("The database is not empty. Restore into a new one.")


def _database(base: Path) -> str:
    """Who may dump and restore: the superuser of the embedded server, the owner of any other."""
    if not postgres.is_embedded():
        return dsn(postgres.connection_parameters()["owner"])
    postgres.ensure_running(base)
    return dsn(postgres.embedded_parameters(postgres.SUPERUSER, base))


def _run(
    command: list[str], base: Path, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
) -> None:
    """Run one of PostgreSQL's programs on our database; the conninfo is its last argument."""
    database = _database(base)
    programs = postgres.programs(base) if postgres.is_embedded() else binaries.find()
    path = programs.program(command[0])
    done = subprocess.run(
        [path, *command[1:], database],
        env=environment(),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")


def _files_of(base: Path) -> Iterator[tuple[str, Path]]:
    """The files of the home that belong into an archive, by their name in it."""
    for path in sorted(base.rglob("*")):
        place = path.relative_to(base)
        if place.parts[0] in LEFT_OUT or place.parts[0].startswith((".backup-", ".restore-")):
            continue
        if path.is_file() and not path.is_symlink():
            yield str(PurePosixPath("home", *place.parts)), path


def _describe(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return {"bytes": size, "sha256": digest.hexdigest(), "mode": path.stat().st_mode & 0o777}


def _json(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest, indent=1, ensure_ascii=False).encode()


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, content)


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, Any]]]:
    """The archive and its manifest, which comes first in it."""
    try:
        with tarfile.open(archive, mode="r:") as tar:
            first = tar.next()
            file = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
            if file is None:
                raise BackupError(f"{archive} has no manifest: it was not written by motcua backup.")
            manifest = json.load(file)
            if manifest.get("format") != FORMAT:
                raise BackupError(
                    f"{archive} has format {manifest.get('format')}; this version reads {FORMAT}."
                )
            yield tar, manifest
    except (tarfile.TarError, ValueError, KeyError) as error:
        raise BackupError(f"{archive} is damaged: {error}.") from error


def _verified(tar: tarfile.TarFile, manifest: dict[str, Any], into: Path | None) -> Iterator[str]:
    """Yield each file once it proved to be what the manifest says; written below `into` when given."""
    missing = dict(manifest["files"])
    for entry in tar:
        if entry.name == MANIFEST:
            continue
        wanted = missing.pop(entry.name, None)
        content = tar.extractfile(entry) if entry.isfile() else None
        parts = PurePosixPath(entry.name).parts
        if wanted is None or content is None or ".." in parts or PurePosixPath(entry.name).is_absolute():
            raise BackupError(f"{entry.name} is not in the manifest: the archive was tampered with.")
        with contextlib.ExitStack() as stack:
            stack.enter_context(content)
            out = stack.enter_context(_created(into.joinpath(*parts), wanted["mode"])) if into else None
            if _copy(content, out) != wanted["sha256"]:
                raise BackupError(f"{entry.name} is not what was backed up: the archive is damaged.")
        yield entry.name
    if missing:
        raise BackupError(f"{', '.join(sorted(missing)[:5])} is missing: the archive is cut short.")


def _created(path: Path, mode: int) -> IO[bytes]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")


def _copy(content: IO[bytes], out: IO[bytes] | None) -> str:
    """Copy, and return the SHA-256 of what was read."""
    digest = hashlib.sha256()
    while block := content.read(BLOCK):
        digest.update(block)
        if out is not None:
            out.write(block)
    return digest.hexdigest()


def _summary(path: Path, manifest: dict[str, Any]) -> Summary:
    files = manifest["files"].values()
    return Summary(path, manifest["created"], len(files), sum(int(each["bytes"]) for each in files))
