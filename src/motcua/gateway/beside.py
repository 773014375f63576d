"""What is asked of the gateway itself: listClients, containers, anchors; on its own port its state."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from motcua.gateway import metaservices
from motcua.gateway.faults import Fault, bad_request, wants_xml
from motcua.gateway.lines import last_value
from motcua.gateway.reading import Container, containers

if TYPE_CHECKING:
    from motcua.gateway.front import ClientConnection
    from motcua.gateway.process import Gateway
    from motcua.gateway.requests import Request

_ASICE = b"application/vnd.etsi.asic-e+zip"


class Beside:
    """Answers on the clients' port what X-Road answers there, and more on the local one."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, connection: ClientConnection, request: Request) -> None:
        path, _, raw = request.target.partition(b"?")
        query = {
            name: values[-1]
            for name, values in parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True).items()
        }
        if request.method not in (b"GET", b"HEAD"):
            raise bad_request("the address begins with /r1/")
        if path == b"/listClients":
            accept = last_value(request.headers, b"accept")
            kind, content = metaservices.list_clients(
                self.gateway.core.directory, query.get("xRoadInstance", ""), as_xml=not _wants_json(accept)
            )
            connection.answer(200, [(b"Content-Type", kind)], content)
        elif path == b"/asic":
            self._give_containers(connection, query)
        elif path == b"/verificationconf":
            connection.answer(200, [(b"Content-Type", b"application/zip")], self._anchors())
        elif path == b"/health":
            self._tell(
                connection, {"ready": self.health()["ready"]} if not connection.local else self.health()
            )
        elif connection.local and path == b"/operational":
            self._operational(connection, query)
        else:
            raise bad_request("the address begins with /r1/")

    def _tell(self, connection: ClientConnection, told: dict[str, Any]) -> None:
        status = 200 if told.get("ready", True) else 503
        content = json.dumps(told, ensure_ascii=False).encode()
        connection.answer(status, [(b"Content-Type", b"application/json;charset=utf-8")], content)

    # ---- containers

    def _give_containers(self, connection: ClientConnection, query: dict[str, str]) -> None:
        core = self.gateway.core
        names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
        subsystem = "/".join(query.get(each, "") for each in names)
        if not query.get("queryId") or "" in subsystem.split("/"):
            raise bad_request(f"/asic takes queryId, {', '.join(names)}")
        if "requestOnly" in query and "responseOnly" in query:
            raise bad_request("requestOnly or responseOnly, not both")
        client = core.directory.client(subsystem, core.settings.code)
        if not connection.local:
            try:
                core.directory.authenticate(client, connection.address, connection.certificate)
            except Fault as fault:
                fault.status = 401
                raise
        task = core.loop.create_task(self._find_containers(connection, query, subsystem))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _find_containers(
        self, connection: ClientConnection, query: dict[str, str], subsystem: str
    ) -> None:
        folder = self.gateway.settings.place / "journal"
        if "force" not in query:
            await self.gateway.stamp_waiting()
        found = await asyncio.to_thread(containers, folder, query["queryId"], subsystem)
        if "requestOnly" in query:
            found = [each for each in found if not each.is_answer]
        if "responseOnly" in query:
            found = [each for each in found if each.is_answer]
        if "unique" in query and len(found) > 1:
            self._refuse(connection, bad_request("there is more than one message of this id"))
        elif not found:
            self._refuse(connection, bad_request("there is no message of this id", 404))
        elif "force" not in query and not all(each.stamped for each in found):
            self._refuse(
                connection,
                Fault(
                    "Server.ClientProxy.TimestampingFailed",
                    "the time-stamp is still missing: try later, or ask with &force",
                ),
            )
        elif "unique" in query:
            self._give(connection, _ASICE, found[0].name, found[0].content)
        else:
            self._give(connection, b"application/zip", f"{query['queryId']}.zip", _zip(found))

    def _refuse(self, connection: ClientConnection, fault: Fault) -> None:
        if not connection.transport.is_closing():
            connection.refuse(fault)

    def _give(self, connection: ClientConnection, kind: bytes, name: str, content: bytes) -> None:
        safe = "".join(each if each.isalnum() or each in "-._" else "_" for each in name)
        if not connection.transport.is_closing():
            connection.answer(
                200,
                [
                    (b"Content-Type", kind),
                    (b"Content-Disposition", f'attachment; filename="{safe}"'.encode()),
                ],
                content,
            )

    def _anchors(self) -> bytes:
        """What a verifier needs: anchors as PEM, and the configuration as it was published."""
        trust = self.gateway.core.directory.configuration.trust
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for number, each in enumerate(trust.authorities):
                file.writestr(
                    f"verificationconf/authorities/{number}.pem",
                    "\n".join((each.certificate, *each.intermediates)),
                )
            for number, one in enumerate(trust.time_stamping):
                file.writestr(f"verificationconf/time-stamping/{number}.pem", one.certificate)
            cache = self.gateway.settings.place / "configuration.json"
            if cache.is_file():
                file.writestr("verificationconf/configuration.json", cache.read_bytes())
        return packed.getvalue()

    # ---- state

    def health(self) -> dict[str, Any]:
        """How this gateway stands, honestly: what is away, since when, and whether it takes messages."""
        gateway, core = self.gateway, self.gateway.core
        configuration, journal = core.directory.configuration, core.journal
        in_force = core.now() < configuration.expires_at
        ends = gateway.renewal.ends(core.directory, gateway.signing_keys)
        return {
            "ready": in_force and journal.has_room(),
            "gateway": core.settings.code,
            "configuration": {
                "version": configuration.version,
                "expires_at": configuration.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "in_force": in_force,
                "fault": gateway.configuration_fault,
            },
            "log": {
                "segment": journal.number,
                "groups": journal.groups,
                "records": journal.records,
                "bytes": journal.bytes,
                "cut_at_start": journal.cut,
                "durability": journal.durability.value,
                "has_room": journal.has_room(),
                "fault": journal.fault,
            },
            "time_stamps": {
                "waiting": len(core.waiting),
                "last": int(gateway.last_stamp),
                "fault": gateway.stamp_fault,
                "configured": bool(configuration.trust.time_stamping),
            },
            "ocsp": {"faults": dict(gateway.ocsp_faults)},
            "members": {"sealing": sorted(core.seals), "faults": dict(core.seal_faults)},
            "certificates": {
                "until": {name: f"{end:%Y-%m-%dT%H:%M:%SZ}" for name, end in ends.items()},
                "renewed_by_itself": gateway.enrolment is not None,
                "fault": gateway.renewal.fault,
            },
            "quotas": core.quotas.told(core.clock()),
            "reporting": {"fault": gateway.report_fault},
            "links": sorted(each.gateway for each in core.links),
            "connections": len(core.fronts.connections),
            "turned_away": core.fronts.turned_away,
            "under_way": len(core.consumer.under_way) + len(core.provider.under_way),
            "succeeded": core.operational.succeeded,
            "failed": core.operational.failed,
        }

    def _operational(self, connection: ClientConnection, query: dict[str, str]) -> None:
        self.gateway.core.operational.flush()
        try:
            lines, cursor = self.gateway.core.operational.read(
                query.get("after", ""), min(5_000, int(query.get("limit", "5000")))
            )
        except ValueError:
            raise bad_request(
                "after=FILE:OFFSET as the header Motcua-Cursor told it, limit=a number"
            ) from None
        content = "".join(each + "\n" for each in lines).encode()
        connection.answer(
            200,
            [(b"Content-Type", b"application/x-ndjson"), (b"Motcua-Cursor", cursor.encode())],
            content,
        )


def _wants_json(accept: bytes) -> bool:
    return b"json" in accept.lower() and not wants_xml(accept)


def _zip(found: list[Container]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for number, each in enumerate(found):
            file.writestr(f"{number + 1}-{each.name}", each.content)
    return packed.getvalue()
