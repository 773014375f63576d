"""An installation as a process of its own: it serves its site, and does what its officers and its worker are told to.

One JSON command a line on standard input, one JSON answer a line on standard output. Home, database, port and file of
connections come by the environment, as for any other process of the house.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

Command = Callable[..., dict[str, Any]]


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "motcua.config.settings"
    import django

    django.setup()

    from motcua.cli.worker import _find_jobs
    from tests.two_installations import desks

    _find_jobs()
    _serve(int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        command: Command = getattr(desks, told.pop("command"))
        said: dict[str, Any]
        try:
            said = {"answer": command(**told)}
        except Exception as fault:
            said = {"fault": f"{type(fault).__name__}: {fault}"}
        print(json.dumps(said, default=str), flush=True)


def _serve(port: int) -> None:
    """The site over HTTP, from threads of this process, each with a database connection of its own."""
    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.core.wsgi import get_wsgi_application
    from django.test.testcases import QuietWSGIRequestHandler

    server = ThreadedWSGIServer(("127.0.0.1", port), QuietWSGIRequestHandler, connections_override={})
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


if __name__ == "__main__":
    main()
