"""2 kB of JSON through a pair of signing gateways, beside the same two hops by nginx.

    load ─► A ─mutual TLS 1.3─► B ─► service          load ─► nginx ─mutual TLS 1.3─► nginx ─► service

Both ways have kept-alive connections, P-256 certificates, limits and time-outs on; the service is an nginx that
serves a file of 2 kB. Each hop is one process. What is compared is CPU time of a hop per answered request: our
A with the nginx in its place, our B with the nginx in its, the worse of the two counts. `signed`: each request
and each answer under a member's signature (P-256, in batches), verified on the other side, written to the log;
`durable`: each answer released only after its group is on the disk (fdatasync) at both ends. Latency: an open
loop at half of what the durable pair carried. Afterwards both logs are verified; `lost` counts answers that are
not in both.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from motcua.gateway.configuration import Right, Service
from motcua.gateway.reading import verify_log
from motcua.gateway.sandbox import Sandbox, open_subsystem, pem_of

ROUNDS = 5
SECONDS = 2.0
CONNECTIONS = 64
BODY = json.dumps(
    {"people": [{"number": f"0010900{n:05d}", "name": "Nguyễn Thị Ánh"} for n in range(31)]}
).encode()
_TARGET = "/r1/DEV/GOV/01/population/people/all.json"


def run() -> dict[str, float | int | str]:
    """Figures of the comparison. Raises RuntimeError without nginx, or when anything was answered wrongly."""
    program = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "")
    if not program:
        raise RuntimeError("the bench compares with nginx: apt-get install nginx-light")
    with tempfile.TemporaryDirectory(prefix="motcua-gateway-") as name:
        place = Path(name)
        place.chmod(0o711)  # nginx serves its files as another account
        with ExitStack() as stack:
            ways = {
                "nginx": stack.enter_context(nginx_way(place / "nginx", program)),
                "signed": stack.enter_context(gateway_way(place / "signed", program, "system")),
                "durable": stack.enter_context(gateway_way(place / "durable", program, "each")),
            }
            figures = measure(ways)
        figures["lost"] = sum(ways[each].lost() for each in ("signed", "durable"))
    return figures


def measure(ways: dict[str, Way]) -> dict[str, float | int | str]:
    for way in ways.values():
        way.load(0.5)  # warm
    for _ in range(ROUNDS):
        for way in ways.values():
            way.measure()
    figures = compare(ways)
    half = median(ways["durable"].rates) / 2
    slow, quick = list[float](), list[float]()
    for _ in range(3):
        quick.append(ways["nginx"].load(2.5, half)["p99_ms"])
        slow.append(ways["durable"].load(2.5, half)["p99_ms"])
    figures["p99_added_ms"] = round(median(slow) - median(quick), 2)
    figures["p99_ms"] = round(median(slow), 2)
    return figures


@dataclass
class Way:
    """One of the ways, with its two hops."""

    port: int
    hops: tuple[psutil.Process, psutil.Process]
    kept: Path
    cpu_us: list[tuple[float, float]] = field(default_factory=list)
    """Microseconds of each hop per answer, by round."""
    rates: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def load(self, seconds: float, rate: float = 0) -> dict[str, Any]:
        request = (
            f"GET {_TARGET} HTTP/1.1\r\nHost: gateway\r\nX-Road-Client: DEV/GOV/02/portal\r\n"
            "Accept: application/json\r\nUser-Agent: bench\r\n\r\n"
        ).encode()
        command = [
            sys.executable, "-m", "benchmarks._gateway_load",
            str(self.port), str(CONNECTIONS), str(seconds), str(rate),
        ]  # fmt: skip
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run([*command, file.name], input=request, check=True, timeout=60)
            told: dict[str, Any] = json.load(file)
        if told["errors"] or not told["answered"]:
            raise RuntimeError(
                f"{told['errors']} errors, {told['answered']} answers through port {self.port}"
            )
        self.ids += told["ids"]
        return told

    def measure(self) -> None:
        before = [cpu_of(each) for each in self.hops]
        told = self.load(SECONDS)
        after = [cpu_of(each) for each in self.hops]
        first, second = ((b - a) / told["answered"] * 1e6 for a, b in zip(before, after, strict=True))
        self.cpu_us.append((first, second))
        self.rates.append(told["answered"] / told["seconds"])

    def lost(self) -> int:
        """Answers that a client got and that are not in both logs, verified."""
        known: set[str] | None = None
        for code in ("A", "B"):
            verdict = verify_log(self.kept / code / "journal")
            if not verdict.good:
                raise RuntimeError(f"the log of {code} does not verify: {verdict.faults[:3]}")
            ids = {each.decode() for each in verdict.query_ids}
            known = ids if known is None else known & ids
        assert known is not None
        return len(set(self.ids) - known)


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds that a process with its threads has used."""
    times = process.cpu_times()
    used: float = times.user + times.system
    return used


def compare(ways: dict[str, Way]) -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for name in ("signed", "durable"):
        sides = []
        for hop in (0, 1):
            rounds = zip(ways["nginx"].cpu_us, ways[name].cpu_us, strict=True)
            sides.append(median(theirs[hop] / ours[hop] for theirs, ours in rounds))
        figures[f"ratio_{name}"] = round(min(sides), 3)
        figures[f"ratio_{name}_client_side"] = round(sides[0], 3)
        figures[f"ratio_{name}_provider_side"] = round(sides[1], 3)
    worst = median(max(each) for each in ways["durable"].cpu_us)
    figures["messages_per_cpu_second"] = round(1e6 / worst)
    figures["nginx_per_cpu_second"] = round(1e6 / median(max(each) for each in ways["nginx"].cpu_us))
    figures["answers_per_second"] = round(median(ways["durable"].rates))
    return figures


# ---- the ways


@contextmanager
def gateway_way(place: Path, nginx: str, durability: str) -> Iterator[Way]:
    with ExitStack() as stack:
        static = stack.enter_context(static_service(place / "service", nginx))
        sandbox = Sandbox(place, dt.datetime.now(dt.UTC))
        ports = {code: free_port() for code in ("A", "B")}
        for code, port in ports.items():
            sandbox.add_gateway(code, f"127.0.0.1:{port}")
        service = Service("people", f"http://127.0.0.1:{static}", rights=(Right("DEV/GOV/02/portal"),))
        sandbox.add_member("GOV/02", ["A"], [open_subsystem("portal", "A")])
        sandbox.add_member("GOV/01", ["B"], [open_subsystem("population", "B", [service])])
        sandbox.publish()
        client = free_port()
        processes = [
            stack.enter_context(gateway_process(sandbox, code, client if code == "A" else 0, durability))
            for code in ("B", "A")
        ]
        wait_for(client)
        wait_for(ports["B"])
        yield Way(client, (psutil.Process(processes[1].pid), psutil.Process(processes[0].pid)), place)


@contextmanager
def gateway_process(
    sandbox: Sandbox, code: str, clients: int, durability: str
) -> Iterator[subprocess.Popen[bytes]]:
    """One gateway as it runs in earnest."""
    environment = {
        **os.environ,
        "MOTCUA_GATEWAY_CODE": code,
        "MOTCUA_GATEWAY_HOME": str(sandbox.gateways[code].place),
        "MOTCUA_GATEWAY_CONFIGURATION": str(sandbox.published),
        "MOTCUA_GATEWAY_CONFIGURATION_KEYS": str(sandbox.folder / "control-plane"),
        "MOTCUA_GATEWAY_CLIENTS": f"127.0.0.1:{clients}",
        "MOTCUA_GATEWAY_PEERS": sandbox.gateways[code].peers,
        "MOTCUA_GATEWAY_STATE": "127.0.0.1:0",
        "MOTCUA_GATEWAY_DURABILITY": durability,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "motcua.cli.main", "gateway"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def nginx_way(place: Path, nginx: str) -> Iterator[Way]:
    with ExitStack() as stack:
        static = stack.enter_context(static_service(place / "service", nginx))
        sandbox = Sandbox(place, dt.datetime.now(dt.UTC))
        for code in ("first", "second"):
            made = sandbox.add_gateway(code, "127.0.0.1:1")
            (place / f"{code}.pem").write_text(pem_of(made.certificate))
        client, between = free_port(), free_port()
        keys = {code: sandbox.gateways[code].place / "keys" for code in ("first", "second")}
        second = f"""
            upstream service {{ server 127.0.0.1:{static}; keepalive 64; }}
            server {{
                listen 127.0.0.1:{between} ssl backlog=1024;
                ssl_certificate {keys["second"]}/tls.crt; ssl_certificate_key {keys["second"]}/tls.key;
                ssl_protocols TLSv1.3; ssl_verify_client on; ssl_client_certificate {place}/first.pem;
                location / {{ proxy_pass http://service; {_PROXY} }}
            }}"""
        first = f"""
            upstream peer {{ server 127.0.0.1:{between}; keepalive 64; }}
            server {{
                listen 127.0.0.1:{client} backlog=1024;
                location / {{
                    proxy_pass https://peer; {_PROXY}
                    proxy_ssl_certificate {keys["first"]}/tls.crt;
                    proxy_ssl_certificate_key {keys["first"]}/tls.key;
                    proxy_ssl_trusted_certificate {place}/second.pem;
                    proxy_ssl_verify on; proxy_ssl_name second; proxy_ssl_protocols TLSv1.3;
                }}
            }}"""
        hops = [
            stack.enter_context(nginx_process(place / name, nginx, servers))
            for name, servers in (("nginx-2", second), ("nginx-1", first))
        ]
        wait_for(client)
        wait_for(between)
        yield Way(client, (psutil.Process(hops[1].pid), psutil.Process(hops[0].pid)), place)


_PROXY = """proxy_http_version 1.1; proxy_set_header Connection ""; proxy_connect_timeout 5s; proxy_read_timeout 60s;
    proxy_send_timeout 60s; limit_conn addresses 512; limit_req zone=requests burst=100000 nodelay;"""


@contextmanager
def nginx_process(place: Path, nginx: str, servers: str) -> Iterator[subprocess.Popen[bytes]]:
    """nginx as one process."""
    place.mkdir(parents=True, exist_ok=True)
    configuration = place / "nginx.conf"
    configuration.write_text(
        f"""daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; default_type application/json; keepalive_requests 100000000;
            client_body_temp_path {place}/b; proxy_temp_path {place}/p; fastcgi_temp_path {place}/f;
            uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
            client_max_body_size 100m; client_header_timeout 60s; client_body_timeout 60s; send_timeout 30s;
            limit_conn_zone $binary_remote_addr zone=addresses:1m;
            limit_req_zone $binary_remote_addr zone=requests:1m rate=1000000r/s;
            {servers}
        }}"""
    )
    process = subprocess.Popen([nginx, "-p", str(place), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def static_service(place: Path, nginx: str) -> Iterator[int]:
    """The service: its port."""
    port = free_port()
    (place / "files").mkdir(parents=True, exist_ok=True)
    (place / "files" / "all.json").write_bytes(BODY)
    servers = f"""server {{ listen 127.0.0.1:{port} backlog=1024; root {place}/files;
        location /r1/ {{ rewrite ^/r1/.*/all.json$ /all.json break; }} location / {{ }} }}"""
    with nginx_process(place, nginx, servers):
        wait_for(port)
        yield port


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port}")
