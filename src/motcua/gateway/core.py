"""What the parts of a running gateway share."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import ssl
import time
from collections.abc import Callable

from motcua.gateway.consumer import Consumer
from motcua.gateway.directory import Directory
from motcua.gateway.faults import at_client
from motcua.gateway.front import ClientConnection
from motcua.gateway.fronts import Fronts, http_date
from motcua.gateway.journal import Journal
from motcua.gateway.links import network_error
from motcua.gateway.operational import Operational
from motcua.gateway.peer_link import PeerLink
from motcua.gateway.provider import Provider
from motcua.gateway.quotas import Quotas
from motcua.gateway.requests import Request
from motcua.gateway.seals import Seal
from motcua.gateway.services import Services
from motcua.gateway.settings import Settings, read_address
from motcua.gateway.signers import Signers
from motcua.gateway.stamping import Signature, Waiting

_log = logging.getLogger(__name__)
CONNECT_S = 5.0


class Core:
    """One gateway: its knowledge, its log, its connections."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        journal: Journal,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.directory = directory
        self.journal = journal
        self.loop = loop
        self.clock = clock
        self.spool = settings.spool
        self.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.operational = Operational(settings.place / "operational")
        self.services = Services(loop, self.spool)
        self.quotas = Quotas(settings.place / "quotas.json")
        self.signers = Signers(lambda: self.directory, clock, settings.skew_s)
        self.waiting = Waiting()
        self.fronts = Fronts(settings.connections, settings.connections_of_one)
        self.links: set[PeerLink] = set()
        self.seals: dict[str, Seal] = {}
        self.seal_faults: dict[str, str] = {}
        self.consumer = Consumer(self)
        self.provider = Provider(self)
        self.peer_context: ssl.SSLContext | None = None
        self.refresh_wanted = asyncio.Event()
        self.beside: Callable[[ClientConnection, Request], None] | None = None
        self._date: tuple[int, bytes] = (0, b"")

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)

    def is_busy(self) -> bool:
        """Whether any exchange is under way."""
        return bool(self.consumer.under_way or self.provider.under_way)

    def date(self) -> bytes:
        """The time as the header Date says it."""
        second = int(self.clock())
        if self._date[0] != second:
            self._date = (second, http_date(second))
        return self._date[1]

    def seal(self, member: str) -> Seal:
        """Who signs for `member` here. Raises Fault."""
        found = self.seals.get(member)
        if found is None:
            why = self.seal_faults.get(member, f"there is no key of {member} at this gateway")
            raise at_client("CannotCreateSignature", why, 503)
        return found

    def note_signature(self, signature: Signature) -> None:
        """A signature that was kept and waits for its time-stamp."""
        if self.directory.configuration.trust.time_stamping:
            self.waiting.add(signature)

    def other_version_seen(self, version: int) -> None:
        """Another gateway told its configuration's version: fetch ours anew when it is newer."""
        if version > self.directory.configuration.version:
            self.refresh_wanted.set()

    def answer_beside(self, connection: ClientConnection, request: Request) -> None:
        """What is asked of the gateway itself. Raises Fault."""
        assert self.beside is not None
        self.beside(connection, request)

    async def connect(self, gateway: str) -> PeerLink:
        """A connection to another gateway. Raises Fault."""
        entry = self.directory.gateways.get(gateway)
        if entry is None or not entry.addresses:
            raise network_error(gateway, "its address is not in the configuration")
        if self.peer_context is None:
            raise network_error(gateway, "this gateway has no TLS key")
        why: object = ""
        for address in entry.addresses:
            host, port = read_address("addresses", address)
            link = PeerLink(self, gateway, opened_here=True)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self.loop.create_connection(
                        lambda made=link: made,  # type: ignore[misc]
                        host,
                        port,
                        ssl=self.peer_context,
                        server_hostname=gateway.lower() if gateway.isalnum() else "gateway",
                    )
            except TimeoutError:
                why = f"{address} does not answer"
            except (ssl.SSLError, OSError) as error:
                why = f"{address}: {error}"
            else:
                if link.transport is not None and not link.transport.is_closing():
                    return link
                why = f"{address}: it is not the gateway {gateway}"
        raise network_error(gateway, why)

    def sweep(self) -> None:
        """Time-outs of everything; called twice a second."""
        now = self.loop.time()
        self.consumer.sweep(now)
        self.services.sweep()
        for link in list(self.links):
            link.sweep(now)
        for connection in list(self.fronts.connections):
            connection.sweep(now)
        self.journal.seek_room()

    def install(self, directory: Directory) -> None:
        """Put a newer configuration in force."""
        self.directory = directory
        self.services.forget()
        self.consumer.reconfigured()
        for link in list(self.links):
            marks = {mark for mark, code in directory.gateway_of.items() if code == link.gateway}
            if not marks - directory.revoked:
                link.transport.abort()
