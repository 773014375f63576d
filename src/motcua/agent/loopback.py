"""The agent's door for the page: HTTP on this machine only, for the origins of the allow-list only.

A page hands over nothing but the pairing code; what is signed comes from the site itself, what is typed is typed here.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from motcua.agent.desk import Desk, NotSigned
from motcua.agent.site import Site, SiteError

PORT = 20262
LARGEST = 4096


class Loopback(ThreadingHTTPServer):
    """Serves `GET /` (is the agent here?), `POST /sign` with `{"code": …}` and `POST /forget` (a held PIN)."""

    daemon_threads = True

    def __init__(self, desk: Desk, sites: list[str], port: int = PORT) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.desk = desk
        self.sites = {site.rstrip("/"): Site(site) for site in sites}
        self.busy = Lock()

    @property
    def names(self) -> set[str]:
        """Under which names this door is called; another one is a page that rebinds its own name to this machine."""
        return {f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"}


class _Handler(BaseHTTPRequestHandler):
    server: Loopback

    def do_OPTIONS(self) -> None:
        if self._origin():
            self._answer(204, None)

    def do_GET(self) -> None:
        if self._origin():
            seconds, _ = self.server.desk.window.left
            self._answer(
                200, {"agent": "motcua", "busy": self.server.busy.locked(), "pin_held_seconds": seconds}
            )

    def do_POST(self) -> None:
        origin = self._origin()
        if not origin:
            return
        if self.path == "/forget":
            self.server.desk.window.forget()
            self._answer(200, {"held": False})
            return
        if self.path != "/sign":
            self._answer(404, {"detail": "Không có cửa này."})
            return
        size = int(self.headers.get("Content-Length") or 0)
        try:
            code = str(json.loads(self.rfile.read(size) if 0 < size <= LARGEST else b"")["code"])
        except (ValueError, KeyError, TypeError):
            self._answer(400, {"detail": "Thiếu mã ghép nối."})
            return
        self._sign(origin, code)

    def _sign(self, origin: str, code: str) -> None:
        if not self.server.busy.acquire(blocking=False):
            self._answer(409, {"detail": "Máy ký đang chờ ông/bà nhập mã PIN cho lần ký trước."})
            return
        try:
            outcomes = self.server.desk.sign(self.server.sites[origin], code)
        except (NotSigned, SiteError) as fault:
            self._answer(422, {"detail": str(fault)})
        else:
            good = sum(not one.fault for one in outcomes)
            self._answer(200, {"signed": good, "refused": len(outcomes) - good})
        finally:
            self.server.busy.release()

    def _origin(self) -> str:
        """The page's origin if it may come in; empty, and refused, otherwise."""
        origin = self.headers.get("Origin", "").rstrip("/")
        if self.headers.get("Host", "") in self.server.names and origin in self.server.sites:
            return origin
        self._answer(403, {"detail": "Trang này không có trong danh sách được phép."}, share=False)
        return ""

    def _answer(self, status: int, body: dict[str, Any] | None, *, share: bool = True) -> None:
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        self.send_response(status)
        if share:
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", ""))
            self.send_header("Access-Control-Allow-Methods", "GET, POST")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Vary", "Origin")
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """The agent's window is for the officer."""
