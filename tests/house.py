"""The site served to tests over HTTP, from a thread of the test's own process, on the run's database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings
from django.test.testcases import QuietWSGIRequestHandler

from motcua.config import testing
from motcua.core import jobs
from motcua.core.cases import reference, statuses
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox
from motcua.core.services import queries as services


@contextmanager
def served() -> Iterator[str]:
    """The address of the site while it is served; every commit stays until `fresh_world` ends."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override={})
    server.set_app(get_wsgi_application())
    address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    with override_settings(MOTCUA_SITE=address):
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            connections.close_all()


@contextmanager
def fresh_world() -> Iterator[None]:
    """The world as it was loaded, for tests that commit; it is put back afterwards."""
    forget()
    try:
        yield
    finally:
        connections.close_all()
        testing.renew_database()
        forget()


def forget() -> None:
    """What this process remembers of a former world: codes that were used there, too."""
    cache.clear()
    reference.forget()
    services.forget()
    statuses.by_code.cache_clear()
    sandbox.forget()


def work() -> None:
    """Let the worker do what is due."""
    with acting(SYSTEM):
        jobs.run_all()
