"""Which account of the machine runs PostgreSQL, which refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motcua.config.home import is_root
from motcua.config.postgres.errors import PostgresError

SERVICE_ACCOUNT = "motcua"


@dataclass(frozen=True, slots=True)
class Account:
    """The account that owns the data folder and runs the server."""

    name: str
    uid: int
    gid: int

    def owns_process(self) -> bool:
        """Whether this very process already runs under the account."""
        return os.geteuid() == self.uid

    def subprocess_options(self) -> Mapping[str, Any]:
        """Keyword arguments that make `subprocess` run a command under the account."""
        if self.owns_process():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Give `path` (not what is in it) to the account."""
        if not self.owns_process():
            os.chown(path, self.uid, self.gid)


def calling_user() -> str:
    """The name of the account that runs this process; peer authentication compares names."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise PostgresError(
            f"The user number {os.geteuid()} has no name on this machine, so PostgreSQL cannot tell who "
            "connects. "
            "Add it to /etc/passwd, or set DATABASE_URL to a server of your own."
        ) from error


def server_account() -> Account:
    """Who runs the server: the caller, or for root the system account `motcua`, made when absent."""
    if not is_root():
        return _account(calling_user())
    try:
        return _account(SERVICE_ACCOUNT)
    except KeyError:
        _create_service_account()
        return _account(SERVICE_ACCOUNT)


def _account(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create_service_account() -> None:
    remedy = f"useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {SERVICE_ACCOUNT}"
    if not shutil.which("useradd"):
        raise PostgresError(
            f"PostgreSQL does not run as root and the account {SERVICE_ACCOUNT} is missing. Create it "
            f"({remedy}), "
            "run as an ordinary user, or set DATABASE_URL."
        )
    made = subprocess.run(remedy.split(), capture_output=True, text=True, check=False)
    already_there = 9  # another process was quicker
    if made.returncode not in (0, already_there):
        raise PostgresError(
            f"PostgreSQL does not run as root and the account {SERVICE_ACCOUNT} could not be made: "
            f"{made.stderr.strip() or made.returncode}. Run as an ordinary user, or set DATABASE_URL."
        )
