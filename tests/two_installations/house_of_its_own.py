"""The people of an installation as a process of its own: it does what its officers and its worker are told to.

One JSON command a line on standard input, one JSON answer a line on standard output. Home, database and file of
connections come by the environment, as for any other process of the house.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

Command = Callable[..., dict[str, Any]]


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "motcua.config.settings"
    import django

    django.setup()

    from motcua.cli.worker import _find_jobs
    from tests.two_installations import desks, offices

    _find_jobs()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        name = told.pop("command")
        command: Command = getattr(desks, name, None) or getattr(offices, name)
        said: dict[str, Any]
        try:
            said = {"answer": command(**told)}
        except Exception as fault:
            said = {"fault": f"{type(fault).__name__}: {fault}"}
        print(json.dumps(said, default=str), flush=True)


if __name__ == "__main__":
    main()
