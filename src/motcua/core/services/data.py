"""The services that ship: taken in and put in force."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import actions


def catalogue() -> Path:
    """The folder of the packs that ship: in the installed package, else in the checkout."""
    package = Path(str(resources.files("motcua")))
    installed = package / "catalogue"
    return installed if installed.is_dir() else package.parents[1] / "services"


def load(progress: Callable[[str], None]) -> None:
    """Put every pack of the catalogue in force; those that are, unchanged, stay as they are."""
    for folder in sorted(catalogue().iterdir()):
        if (folder / "service.yaml").is_file():
            with acting(SYSTEM):
                version = actions.publish(SYSTEM, actions.import_pack(SYSTEM, folder))
            progress(f"{version.service.code} {version.service.name}")
