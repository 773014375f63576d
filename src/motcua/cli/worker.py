"""`motcua worker`: does the jobs that were enqueued with the business writes."""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import Callable
from typing import Any

import click

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 20.0
"""A worker that has not said so for this long is dead, and what it was at is done again."""

log = logging.getLogger(__name__)


@click.command()
@click.option("--threads", default=4, show_default=True, help="Jobs done at the same time.")
def worker(threads: int) -> None:
    """Do background work until told to stop; a job under way is finished first."""
    from motcua.cli.waking import wake

    wake()
    _find_jobs()
    asyncio.run(_work(threads))


def _find_jobs() -> None:
    """Import every room's `jobs`, where its tasks are declared."""
    from django.apps import apps

    for room in apps.get_app_configs():
        if room.name.startswith("motcua.") and importlib.util.find_spec(f"{room.name}.jobs"):
            importlib.import_module(f"{room.name}.jobs")


async def _work(threads: int) -> None:
    """Fetch and do jobs through a connection of the worker's own.

    The tasks themselves enqueue through Django's connection, within their transaction: so the application
    they know keeps its connector and the worker gets a copy with another one.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)
    mine = app.with_connector(app.connector.get_worker_connector())
    async with mine.open_async():
        rescue = asyncio.create_task(_rescue(mine))
        try:
            await mine.run_worker_async(
                concurrency=threads,
                fetch_job_polling_interval=POLL_SECONDS,
                abort_job_polling_interval=30.0,
                listen_notify=False,
                delete_jobs="never",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                shutdown_graceful_timeout=10.0,
                task_middleware=[_with_a_live_connection],
            )
        finally:
            rescue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rescue


def _with_a_live_connection(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Do the job on a connection that outlived no restart of the database."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()


async def _rescue(app: Any) -> None:
    """Give back, again and again, the jobs of workers that died over them; jobs are idempotent."""
    while True:
        with contextlib.suppress(Exception):
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
                log.warning("A worker died over job %s (%s); it is done again.", job.id, job.task_name)
                await app.job_manager.retry_job(job)
        await asyncio.sleep(HEARTBEAT_SECONDS)
