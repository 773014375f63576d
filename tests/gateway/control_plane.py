"""A control plane's API over a sandbox: what a gateway meets when it enrols, renews and tells (docs/exchange.md)."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.engines.pki import Seal, Service
from motcua.engines.pki.requests import public_key_of
from motcua.gateway.configuration import GatewayEntry
from motcua.gateway.sandbox import KEY_ID, Sandbox, pem_of


class ControlPlaneHere:
    """Answers as the real one does, for one member and its gateway."""

    def __init__(self, box: Sandbox, member: str, code: str, address: str) -> None:
        self.box, self.member, self.code, self.address = box, member, code, address
        self.state = ""
        """Of the gateway: asked for, approved."""
        self.away = False
        self.member_key, self.gateway_key = "key-of-the-member", "key-of-the-gateway"
        self.told: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.take()

            def do_POST(self) -> None:
                self.take()

            def take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                key = self.headers.get("Authorization", "").removeprefix("Bearer ")
                status, content, headers = outer.answer(self.command, self.path, key, body)
                self.send_response(status)
                for each in headers.items():
                    self.send_header(*each)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.site = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def public_pem(self) -> bytes:
        public = self.box.control.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def answer(self, method: str, path: str, key: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self.away:
            return 503, b"", {}
        if path == "/lien-thong/khoa-cau-hinh.pem":
            return 200, self.public_pem, {"Content-Disposition": f'attachment; filename="{KEY_ID}.pem"'}
        if key not in (self.member_key, self.gateway_key):
            return 401, json.dumps({"title": "No key, or it is no longer good.", "status": 401}).encode(), {}
        if path == "/lien-thong/cau-hinh.json":
            return 200, self.box.published.read_bytes(), {}
        known = {
            "/me": self._me,
            "/gateways": self._ask,
            f"/gateways/{self.code}/key": lambda told: {"key": self.gateway_key},
            "/certificates": self._certify,
            "/operations": self._operations,
        }
        found = known[path.removeprefix("/lien-thong/api/v1")](json.loads(body or b"null"))
        return 200, json.dumps(found).encode(), {}

    def _me(self, told: Any) -> dict[str, Any]:
        gateways = {self.code: self.state} if self.state else {}
        return {"member": self.member, "state": "approved", "gateways": gateways}

    def _ask(self, told: Any) -> dict[str, Any]:
        assert (told["code"], told["addresses"]) == (self.code, [self.address])
        self.state = "applied"
        return {"code": self.code, "state": self.state}

    def _operations(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        known = {each["request_id"] for each in self.told}
        fresh = [each for each in told if each["request_id"] not in known]
        self.told += fresh
        return {"taken": len(told), "new": len(fresh)}

    def _certify(self, told: Any) -> dict[str, Any]:
        key = public_key_of(told["request"].encode())
        start = self.box.now - dt.timedelta(hours=1)
        end = start + dt.timedelta(days=365)
        if told["kind"] == "tls":
            service = Service(self.code, self.code, self.code)
            pem = pem_of(
                self.box.issuing.issue_gateway(service, key, hosts=["127.0.0.1"], start=start, end=end)
            )
            self._list_gateway(pem)
        else:
            pem = pem_of(
                self.box.issuing.issue_seal(Seal(self.member, self.member), key, start=start, end=end)
            )
            self._list_member(pem)
        self.box.publish()
        return {"certificate": pem, "fingerprint": "", "valid_until": end.isoformat()}

    def _list_gateway(self, pem: str) -> None:
        entries = list(self.box.configuration().gateways)
        place = next((n for n, each in enumerate(entries) if each.code == self.code), None)
        if place is None:
            entries.append(GatewayEntry(self.code, f"DEV/{self.member}", (self.address,), (pem,)))
        else:
            former = entries[place]
            entries[place] = replace(former, certificates=(*former.certificates, pem))
        self.box.extra["gateways"] = tuple(entries)

    def _list_member(self, pem: str) -> None:
        for place, each in enumerate(self.box.members):
            if f"{each.member_class}/{each.code}" == self.member:
                self.box.members[place] = replace(each, certificates=(*each.certificates, pem))
