"""Authorities of a sandbox on the network: OCSP and time-stamps, which can also be away."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509

from motcua.engines.pki import (
    OcspResponder,
    Revocation,
    Standing,
    TimeStampAuthority,
    generate_key,
    sign_with,
)
from motcua.gateway.sandbox import Sandbox


class Authorities:
    def __init__(self) -> None:
        self.away = False
        self.revoked: dict[int, Revocation] = {}
        self.asked = 0
        self._respond: dict[str, Callable[[bytes], bytes]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked += 1
                if outer.away:
                    self.send_error(503)
                    return
                answer = outer._respond[self.path](request)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, box: Sandbox) -> x509.Certificate:
        """Answer for the sandbox's issuer; the time-stamping authority's certificate."""
        now = dt.datetime.now(dt.UTC)
        start = now - dt.timedelta(days=2)
        ocsp_key, stamp_key = generate_key(), generate_key()
        responder = OcspResponder(
            box.issuing.certificate,
            box.issuing.issue_ocsp_responder("OCSP", ocsp_key.public_key(), start=start),
            ocsp_key,
            lambda serial: self.revoked.get(serial, Standing.GOOD),
        )
        certificate = box.issuing.issue_time_stamping("TSA", stamp_key.public_key(), start=start)
        tsa = TimeStampAuthority(
            certificate,
            (box.issuing.certificate,),
            lambda data: sign_with(stamp_key, data),
            lambda: dt.datetime.now(dt.UTC).replace(microsecond=0),
        )
        self._respond = {
            "/ocsp": lambda request: responder.respond(
                request, dt.datetime.now(dt.UTC).replace(microsecond=0)
            ),
            "/tsa": tsa.respond,
        }
        return certificate

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
