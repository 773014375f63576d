"""The sandbox servers on a port of their own, for tests and for trying things by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from django.db import connection

from motcua.systems.sandboxes.http import Answer, Call, Server


@contextmanager
def served(servers: Mapping[str, Server], *, waits: bool = True) -> Iterator[str]:
    """Serve each at `/<name>/…` on a free port of this machine; gives `http://127.0.0.1:PORT`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            parts = urlsplit(self.path)
            _, _, rest = parts.path.partition("/")
            name, _, below = rest.partition("/")
            headers = {key.lower(): value for key, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            address = f"http://127.0.0.1:{port}/{name}"
            path = f"/{below}" if below else ""
            call = Call(self.command, path, dict(parse_qsl(parts.query)), headers, body, address)
            try:
                answer = servers[name](call) if name in servers else Answer(404)
            finally:
                connection.close()
            self.give(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815  (as http.server calls them)

        def give(self, answer: Answer) -> None:
            time.sleep(answer.wait if waits else 0)
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
            except OSError:
                self.close_connection = True  # whoever asked has gone away
            if answer.cut is not None:
                self.close_connection = True

        def log_message(self, *said: object) -> None:
            """Nothing: what is asked here is personal data in shape."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
