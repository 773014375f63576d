"""Where an installation keeps what is its own: `$MOTCUA_HOME`, by default `.motcua/` of the checkout.

Secrets are files of this folder, made once and readable by their owner only. A deployment that keeps them
elsewhere names each by `MOTCUA_<NAME>_FILE`, as container platforms mount them.
"""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

STATE_OF_ROOT = Path("/var/lib/motcua")
"""Where root keeps what other accounts must reach; a checkout may lie below a folder closed to them."""


class HomeError(Exception):
    """The home cannot be used; the message says what is wrong and how to mend it."""


def checkout() -> Path | None:
    """The source tree this package runs from, or None when it was installed as a wheel."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "src" / "motcua").is_dir() else None


def home() -> Path:
    """The absolute path of this installation's home; it need not exist yet."""
    given = os.environ.get("MOTCUA_HOME", "").strip()
    if given:
        return Path(given).expanduser().absolute()
    return (checkout() or Path.cwd()) / ".motcua"


def folder(name: str, *, of: Path | None = None) -> Path:
    """The sub-folder `name` of the home `of` (default: ours), made at need and open to its owner only."""
    place = (of or home()) / name
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise HomeError(
            f"{place} cannot be made: {error.strerror}. Run as the owner of {of or home()}, "
            "or set MOTCUA_HOME to a folder of your own."
        ) from error
    return place


def secret(name: str, *, of: Path | None = None, length: int = 64) -> str:
    """The secret text `name`, made from `length` random bytes on first use and the same ever after.

    Read from the file that `MOTCUA_<NAME>_FILE` names when that is set; such a file is never made by us.
    """
    elsewhere = os.environ.get(f"MOTCUA_{name.upper()}_FILE")
    if elsewhere:
        try:
            return Path(elsewhere).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise HomeError(
                f"MOTCUA_{name.upper()}_FILE names {elsewhere}, which cannot be read: {error.strerror}."
            ) from error
    return keep_once(folder("secrets", of=of) / name, secrets.token_urlsafe(length))


def keep_once(path: Path, text: str) -> str:
    """Write `text` to `path` (mode 0600) unless it is there; returns what stands there.

    Two processes that start together agree: the file appears whole by a hard link, and who comes second reads
    it.
    """
    if not path.exists():
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            Path(aside).unlink()
    kept = path.read_text(encoding="utf-8").strip()
    if not kept:
        raise HomeError(f"{path} is empty. Restore it from a backup, or remove it to have a new one made.")
    return kept


def is_root() -> bool:
    """Whether this process runs as root, for whom PostgreSQL needs another account."""
    return os.geteuid() == 0


def cluster_folder(of: Path | None = None) -> Path:
    """Where the embedded PostgreSQL of the home `of` lives.

    In the home itself for an ordinary user. For root below `/var/lib/motcua`, since the service account may
    not be able to enter the home; its name follows from the home's path and from an identity kept in the
    home, so that a fresh clone at the same path never meets the data of the one before.
    """
    base = of or home()
    if not is_root():
        return base / "postgres"
    identity = keep_once(folder("", of=base) / "identity", secrets.token_hex(16))
    digest = hashlib.sha256(f"{base.resolve()}\n{identity}".encode()).hexdigest()
    return STATE_OF_ROOT / digest[:12]
