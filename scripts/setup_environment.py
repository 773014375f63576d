"""Make `.venv` from the locks and build the assets, unless both are as the sources ask.

    setup_environment.py run|test [--packages]

Standard library only, since nothing else is there yet. The environment is built aside, in `.venv.new`, and
takes its place by a rename when it is whole; a stamp tells what it was built from. Nothing outside the
checkout is written.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
ASIDE = ROOT / ".venv.new"
BEFORE = ROOT / ".venv.old"
CACHE = ROOT / ".venv.cache"
CLIENTS = ROOT / "tests" / "clients"
ASSETS = ROOT / "src" / "motcua" / "shell" / "static" / "dist"
PROGRAM_OF = {
    "poppler-utils": "pdfsig",
    "zbar-tools": "zbarimg",
    "softhsm2": "softhsm2-util",
    "nginx-light": "nginx",
}
"""The program by which a Debian package is recognised, on other systems too."""


class SetupError(Exception):
    """Something is missing or failed; the message says what, and what to do."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: list[str]) -> int:
    """Prepare what `arguments` ask for; 0 good, 1 failed, 2 the machine lacks something."""
    kind = arguments[0] if arguments else ""
    if kind not in ("run", "test") or arguments[1:] not in ([], ["--packages"]):
        print("usage: scripts/setup run|test [--packages]", file=sys.stderr)
        return 2
    try:
        if "--packages" in arguments:
            require_packages()
        with alone():
            if not environment_serves(kind):
                build_environment(kind)
            if not assets_are_built():
                build_assets()
            if kind == "test" and not clients_are_installed():
                install_clients()
    except SetupError as error:
        print(error, file=sys.stderr)
        return error.code
    return 0


def require_packages() -> None:
    """Refuse when a Debian package that the tests need is not installed."""
    wanted = (ROOT / "deploy" / "test-packages.txt").read_text(encoding="utf-8").split()
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    missing = [name for name in wanted if not shutil.which(PROGRAM_OF.get(name, name), path=places)]
    if missing:
        raise SetupError(
            f"The tests need {', '.join(missing)}. Install: apt-get install -y {' '.join(missing)}", code=2
        )


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the checkout, so that two set-ups at once do not build into one another."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def environment_serves(kind: str) -> bool:
    """Whether `.venv` was built from today's locks, for `kind` or for more."""
    stamp = _read(ENVIRONMENT / "stamp")
    serving = [_digest_of_locks("test")] + ([_digest_of_locks("run")] if kind == "run" else [])
    return stamp in serving and (ENVIRONMENT / "bin" / "python").exists()


def build_environment(kind: str) -> None:
    """Build the environment aside, then rename it into place."""
    say(f"Preparing the environment ({kind}); this takes about half a minute …")
    for left in (ASIDE, BEFORE):
        shutil.rmtree(left, ignore_errors=True)
    step([sys.executable, "-m", "venv", str(ASIDE)], "Python's venv")
    pip = [str(ASIDE / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-input", "--cache-dir", str(CACHE / "pip")]
    lock = str(ROOT / "requirements" / f"{kind}.txt")
    step([*pip, "--require-hashes", "--requirement", lock], "pip")
    step([*pip, "--no-deps", "--no-index", "--no-build-isolation", "--editable", str(ROOT)], "pip")
    _move_scripts()
    (ASIDE / "stamp").write_text(_digest_of_locks(kind) + "\n")
    if ENVIRONMENT.exists():
        ENVIRONMENT.rename(BEFORE)
    ASIDE.rename(ENVIRONMENT)
    shutil.rmtree(BEFORE, ignore_errors=True)


def _move_scripts() -> None:
    """Let the scripts of the environment name the place it will be renamed to."""
    old, new = os.fsencode(ASIDE), os.fsencode(ENVIRONMENT)
    for script in [ASIDE / "pyvenv.cfg", *(ASIDE / "bin").iterdir()]:
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if old in content and b"\0" not in content:
            script.write_bytes(content.replace(old, new))


def assets_are_built() -> bool:
    """Whether the built assets are those of today's sources."""
    return _read(ENVIRONMENT / "assets-stamp") == _digest_of_assets() and any(ASSETS.glob("*"))


def build_assets() -> None:
    """Fetch the packages of the lock with Node from the environment, and build theme and scripts."""
    if not (ROOT / "package.json").exists():
        return
    say("Building the assets …")
    stamp = ENVIRONMENT / "assets-stamp"
    stamp.unlink(missing_ok=True)
    npm = str(ENVIRONMENT / "bin" / "npm")
    _install_lock(ROOT)
    step([npm, "run", "build", "--silent"], "npm run build")
    stamp.write_text(_digest_of_assets() + "\n")


def clients_are_installed() -> bool:
    """Whether the outside programs that tests drive are those of today's lock."""
    return _read(CLIENTS / "node_modules" / "stamp") == _digest_of_clients()


def install_clients() -> None:
    """Fetch the outside programs that tests drive with Node from the environment."""
    if not (CLIENTS / "package.json").exists():
        return
    say("Fetching the outside clients that tests drive …")
    _install_lock(CLIENTS)
    (CLIENTS / "node_modules" / "stamp").write_text(_digest_of_clients() + "\n")


def _install_lock(folder: Path) -> None:
    npm = str(ENVIRONMENT / "bin" / "npm")
    step(
        [
            *(npm, "ci", "--prefix", str(folder)),
            *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
        ],
        "npm ci",
    )


def step(command: list[str], name: str) -> None:
    """Run one command, quiet unless it fails; its words then come before the message."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER", "PIP_PREFIX")
    }
    environment["PATH"] = f"{ENVIRONMENT / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["npm_config_cache"] = str(CACHE / "npm")
    environment["npm_config_update_notifier"] = "false"
    environment["HOME"] = environment.get("HOME") or str(CACHE)
    CACHE.mkdir(exist_ok=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise SetupError(
            f"{name} failed (above). Check the network and the free disk space, then repeat the command."
        )


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _digest_of_locks(kind: str) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built_from = repr([project["build-system"], project["project"]])
    files = [ROOT / "requirements" / f"{kind}.txt", Path(__file__)]
    return _digest([kind, str(ROOT), built_from], files)


def _digest_of_assets() -> str:
    sources = [ROOT / "package.json", ROOT / "package-lock.json", *(ROOT / "scripts").glob("*.mjs")]
    sources += [path for path in (ROOT / "src" / "motcua" / "shell" / "assets").rglob("*") if path.is_file()]
    return _digest([], [path for path in sources if path.exists()])


def _digest_of_clients() -> str:
    return _digest([], [CLIENTS / "package.json", CLIENTS / "package-lock.json"])


def _digest(words: list[str], files: list[Path]) -> str:
    """A digest of the words, and of the names and contents of the files."""
    digest = hashlib.sha256("\n".join(words).encode())
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
