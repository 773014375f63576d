"""A gateway's process: read settings and keys, open the log, listen, keep what must be kept up, stop in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

from motcua.gateway import upkeep
from motcua.gateway.archive import archive_old
from motcua.gateway.beside import Beside
from motcua.gateway.configuration import Configuration, ConfigurationError, read_configuration
from motcua.gateway.control_plane import Refused
from motcua.gateway.core import Core
from motcua.gateway.directory import Directory
from motcua.gateway.enrolling import TLS
from motcua.gateway.enrolment import read_enrolment
from motcua.gateway.front import ClientConnection
from motcua.gateway.journal import Journal
from motcua.gateway.keys import control_plane_keys, load_signing_keys
from motcua.gateway.litter import clear_litter
from motcua.gateway.peer_link import PeerLink
from motcua.gateway.reading import unstamped
from motcua.gateway.renewal import Renewal
from motcua.gateway.reporting import Reporting
from motcua.gateway.segments import Kind
from motcua.gateway.settings import SettingError, Settings, read_address
from motcua.gateway.stamping import stamp
from motcua.gateway.tls import Tls
from motcua.gateway.trust import Untrusted

_log = logging.getLogger(__name__)
CACHE = "configuration.json"


class Gateway:
    """One running gateway; `start` and `stop` on its loop."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.control_keys = control_plane_keys(settings.configuration_keys)
        self.enrolment = read_enrolment(settings.place)
        self.renewal = Renewal(settings.keys, self.enrolment, clock, settings.settled_s)
        self.signing_keys = load_signing_keys(settings.keys)
        self.configuration_fault = self.stamp_fault = self.report_fault = ""
        self.ocsp_faults: dict[str, str] = {}
        self.last_stamp = 0.0
        self.started = clock()
        self._tls: Tls | None = None
        self._servers: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.ports: dict[str, int] = {}

    # ---- starting

    async def start(self) -> None:
        """Raises SettingError, ConfigurationError, JournalError or OSError with what is wrong."""
        loop = asyncio.get_running_loop()
        configuration = await self._first_configuration()
        settings = self.settings
        if settings.code not in {each.code for each in configuration.gateways}:
            raise SettingError(
                f"MOTCUA_GATEWAY_CODE={settings.code!r}: the configuration has no such gateway"
            )
        journal = Journal(
            settings.place / "journal",
            settings.code,
            segment_size=settings.segment_size,
            durability=settings.durability,
            clock=self.clock,
        )
        waiting = await asyncio.to_thread(lambda: list(unstamped(settings.place / "journal")))
        journal.open(loop)
        self.core = Core(settings, Directory(configuration), journal, loop, self.clock)
        for each in waiting:
            self.core.waiting.add(each)
        self.core.beside = Beside(self)
        self._load_tls()
        await self._renew_seals()
        await self._listen(loop)
        self._tasks = [
            loop.create_task(each)
            for each in (
                self._sweep(),
                self._refresh(),
                self._stamp(),
                self._keep_seals(),
                self._archive(),
                self._renew(),
                self._report(),
            )
        ]

    async def _first_configuration(self) -> Configuration:
        """The published one, else the one kept from before."""
        cache = self.settings.place / CACHE
        kept: Configuration | None = None
        if cache.is_file():
            with contextlib.suppress(ConfigurationError):
                kept = read_configuration(cache.read_bytes(), self.control_keys)
        try:
            data = await asyncio.to_thread(self._fetch)
            fresh = read_configuration(data, self.control_keys)
        except (upkeep.Away, ConfigurationError) as error:
            self.configuration_fault = str(error)
            if kept is None:
                raise ConfigurationError(
                    f"there is no configuration yet, and none can be had: {error}"
                ) from error
            return kept
        if kept is not None and kept.version > fresh.version:
            self.configuration_fault = f"the published version {fresh.version} is older than {kept.version}"
            return kept
        upkeep.keep_file(cache, data)
        return fresh

    def _fetch(self) -> bytes:
        return upkeep.fetch(self.settings.configuration, key=self.settings.configuration_key)

    def _load_tls(self) -> None:
        if (self.settings.keys / "tls.key").is_file():
            self._tls = Tls(self.settings.keys)
            self._tls.trust(self.core.directory, self.settings.code)
            self.core.peer_context = self._tls.asking

    def _take_up_certificates(self) -> None:
        """Renewed ones, once everybody knows them; connections that are open keep theirs."""
        taken = self.renewal.take_up(self.core.directory)
        if TLS in taken and self._tls is not None:
            self._tls.use_certificate()
        if taken:
            self.signing_keys = load_signing_keys(self.settings.keys)
            _log.info("renewed certificates are in use: %s", ", ".join(taken))

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        core, settings = self.core, self.settings
        await self._serve(loop, "state", settings.state, lambda: ClientConnection(core, local=True), None)
        if settings.clients:
            await self._serve(loop, "clients", settings.clients, lambda: ClientConnection(core), None)
        if settings.clients_tls:
            if self._tls is None:
                raise SettingError(f"MOTCUA_GATEWAY_CLIENTS_TLS: {settings.keys}/tls.key is not there")
            await self._serve(
                loop, "clients_tls", settings.clients_tls, lambda: ClientConnection(core), self._tls.clients
            )
        if self._tls is not None and settings.peers:
            await self._serve(
                loop,
                "peers",
                settings.peers,
                lambda: PeerLink(core, "", opened_here=False),
                self._tls.answering,
            )

    async def _serve(
        self,
        loop: asyncio.AbstractEventLoop,
        name: str,
        address: str,
        factory: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None,
    ) -> None:
        host, port = read_address(f"MOTCUA_GATEWAY_{name.upper()}", address)
        try:
            server = await loop.create_server(factory, host, port, ssl=context, backlog=1024)
        except OSError as error:
            raise SettingError(
                f"MOTCUA_GATEWAY_{name.upper()}: {address} cannot be listened on: {error}"
            ) from error
        self._servers.append(server)
        self.ports[name] = server.sockets[0].getsockname()[1]

    # ---- upkeep

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.core.sweep()
            self.core.operational.flush()
            self.core.quotas.keep(self.core.clock())

    async def _refresh(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.settings.refresh_s):
                    await self.core.refresh_wanted.wait()
            self.core.refresh_wanted.clear()
            await self.refresh()
            await asyncio.sleep(1)

    async def refresh(self) -> None:
        """Fetch the configuration; a newer one is put in force."""
        try:
            data = await asyncio.to_thread(self._fetch)
            fresh = read_configuration(data, self.control_keys)
        except (upkeep.Away, ConfigurationError) as error:
            self.configuration_fault = str(error)
            return
        current = self.core.directory.configuration
        if fresh.version < current.version:
            self.configuration_fault = (
                f"the published version {fresh.version} is older than {current.version}"
            )
            return
        self.configuration_fault = ""
        if fresh == current:
            self._take_up_certificates()
            return
        try:
            upkeep.keep_file(self.settings.place / CACHE, data)
        except OSError as error:
            self.configuration_fault = f"the configuration cannot be kept: {error.strerror}"
        self.core.install(Directory(fresh))
        if self._tls is not None:
            self._tls.trust(self.core.directory, self.settings.code)
        self._take_up_certificates()
        await self._renew_seals()

    async def renew_certificates(self) -> list[str]:
        """Ask for what ends soon; the names that came. They are used once everybody knows them."""
        ends = self.renewal.ends(self.core.directory, self.signing_keys)
        try:
            came = await asyncio.to_thread(self.renewal.ask, ends)
        except (upkeep.Away, Refused) as error:
            self.renewal.fault = str(error)
            return []
        self.renewal.fault = ""
        return came

    async def _renew(self) -> None:
        while True:
            await self.renew_certificates()
            await asyncio.sleep(600 if self.renewal.fault else 21_600)

    async def _report(self) -> None:
        """What was exchanged, to the control plane where this gateway is enrolled."""
        if self.enrolment is None:
            return
        reporting = Reporting(self.core.operational, self.enrolment)
        while True:
            await asyncio.sleep(self.settings.report_s)
            self.core.operational.flush()
            try:
                await asyncio.to_thread(reporting.tell)
                self.report_fault = ""
            except (upkeep.Away, Refused, OSError) as error:
                self.report_fault = str(error)

    async def _keep_seals(self) -> None:
        while True:
            fresh = self.core.directory.configuration.trust.ocsp_fresh_s
            await asyncio.sleep(30 if self.ocsp_faults else max(1, fresh / 3))
            await self._renew_seals()

    async def _renew_seals(self) -> None:
        """Seals of all members whose keys are here, with OCSP responses as fresh as can be had."""
        from motcua.gateway.keys import make_seal
        from motcua.gateway.ocsp_upkeep import responses_for

        core = self.core
        instance = core.directory.configuration.instance
        for name, key in self.signing_keys.items():
            member = f"{instance}/{name}"
            if member not in core.directory.members:
                core.seal_faults[member] = "the configuration does not have this member"
                core.seals.pop(member, None)
                continue
            responses, fault = await asyncio.to_thread(
                responses_for, key, core.directory, member, self.settings.place / "ocsp"
            )
            if fault:
                self.ocsp_faults[member] = fault
            else:
                self.ocsp_faults.pop(member, None)
            try:
                core.seals[member] = make_seal(member, key, core.directory, responses, core.now())
                core.seal_faults.pop(member, None)
            except Untrusted as error:
                core.seals.pop(member, None)
                core.seal_faults[member] = str(error)

    async def _stamp(self) -> None:
        while True:
            await asyncio.sleep(self.settings.stamp_s)
            await self.stamp_waiting()

    async def stamp_waiting(self) -> int:
        """Time-stamp what waits for it; how many signatures were. Without an authority nothing is asked."""
        authorities = self.core.directory.configuration.trust.time_stamping
        done = 0
        while authorities and (signatures := self.core.waiting.first()):
            for authority in authorities:
                try:
                    stamped = await asyncio.to_thread(
                        stamp, signatures, partial(upkeep.ask_stamp, authority.url)
                    )
                except upkeep.Away as error:
                    self.stamp_fault = str(error)
                    continue
                kept = self.core.loop.create_future()
                self.core.journal.append(
                    Kind.STAMP, stamped.pack(), partial(kept.set_result, None), kept.set_exception
                )
                try:
                    await kept
                except OSError as error:
                    self.stamp_fault = f"the time-stamp could not be kept: {error}"
                    return done
                self.core.waiting.done(len(signatures))
                self.stamp_fault, self.last_stamp = "", self.clock()
                done += len(signatures)
                break
            else:
                return done
        return done

    async def _archive(self) -> None:
        while True:
            await self.archive()
            await asyncio.sleep(3_600)

    async def archive(self) -> list[int]:
        """Move what is older than `keep_days`; the numbers of its segments."""
        place = self.settings.place
        return await asyncio.to_thread(
            archive_old,
            place / "journal",
            place / "archive",
            before=self.clock() - self.settings.keep_days * 86_400,
            needs_stamps=bool(self.core.directory.configuration.trust.time_stamping),
        )

    # ---- stopping

    async def stop(self) -> None:
        """Refuse new connections, let exchanges under way end for a moment, close the log."""
        for server in self._servers:
            server.close()
        until = self.core.loop.time() + 5
        while self.core.consumer.under_way and self.core.loop.time() < until:
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        for connection in list(self.core.fronts.connections):
            connection.transport.close()
        for link in list(self.core.links):
            link.transport.close()
        self.core.services.close()
        await asyncio.sleep(0)
        self.core.operational.flush()
        self.core.quotas.keep(self.core.clock())
        await asyncio.to_thread(self.core.journal.close)


async def serve_until_stopped(settings: Settings, told: Callable[[Gateway], None]) -> None:
    """Run a gateway until SIGTERM or SIGINT."""
    gateway = Gateway(settings)
    await gateway.start()
    told(gateway)
    tidying = asyncio.create_task(clear_litter(gateway.core.is_busy))
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    await stopped.wait()
    tidying.cancel()
    await gateway.stop()


def run(settings: Settings, told: Callable[[Gateway], None]) -> None:
    uvloop.run(serve_until_stopped(settings, told))
