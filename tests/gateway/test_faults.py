"""Broken services, dishonest clients, wrong clocks and certificates: what is said, and who is not disturbed."""

from __future__ import annotations

import datetime as dt
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from motcua.engines.pki import KeyKind
from motcua.gateway.configuration import ClientAccess, ConfigurationError, Quota, Right, Service, Subsystem
from motcua.gateway.reading import verify_log
from motcua.gateway.sandbox import Sandbox, open_subsystem, own_certificate, pem_of
from tests.gateway.town import CLIENT, SERVICE, Town, echo, plain

HEAD = (
    b"GET " + SERVICE.encode() + b"/mock1 HTTP/1.1\r\nHost: x\r\nX-Road-Client: " + CLIENT.encode() + b"\r\n"
)


# ---- services


def error(town: Town, path: str = SERVICE + "/mock1", **how: object) -> tuple[int, str]:
    answer = town.call(path, **how)  # type: ignore[arg-type]
    return answer.status, answer.header("X-Road-Error")


def test_a_service_that_hangs_is_given_up_and_others_are_served(tmp_path: Path) -> None:
    def quick(box: Sandbox) -> None:
        services = [
            Service("hangs", f"http://127.0.0.1:{hanging.port}", timeout_ms=700, rights=(Right(CLIENT),)),
        ]
        box.add_member("COM/4321", ["A"], [open_subsystem("TestClient", "A")])
        box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", services)])

    from tests.gateway.town import Provider

    hanging = Provider()
    hanging.answer = lambda request: None
    town = Town(tmp_path, sandbox=quick).start()
    try:
        assert error(town, f"{SERVICE}/hangs") == (504, "Server.ServerProxy.ServiceFailed.Timeout")
        assert town.health("B")["under_way"] == 0
    finally:
        hanging.close()
        town.close()


def test_a_service_that_is_not_there(town: Town) -> None:
    assert error(town, f"{SERVICE}/gone") == (500, "Server.ServerProxy.ServiceFailed.NetworkError")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_a_service_that_closes_early(town: Town, said: bytes) -> None:
    town.provider.answer = lambda request: said
    town.provider.closes = True
    assert error(town, method="POST", body=b"x") == (500, "Server.ServerProxy.ServiceFailed.NetworkError")


def test_a_service_that_does_not_speak_http(town: Town) -> None:
    town.provider.answer = lambda request: b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    assert error(town) == (500, "Server.ServerProxy.ServiceFailed.HttpError")


def test_an_answer_without_length_ends_with_its_connection(town: Town) -> None:
    town.provider.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"
    town.provider.closes = True
    assert town.call().body == b"until the end"


def test_a_service_that_answers_four_gigabytes_is_cut_off_at_its_limit(tmp_path: Path) -> None:
    sent = 0

    def endless(request: bytes) -> Iterator[bytes]:
        nonlocal sent
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"100000\r\n" + bytes(1_048_576) + b"\r\n"
        for _ in range(4_096):
            sent += 1
            yield chunk

    town = Town(tmp_path, sandbox=None)
    town.box.members.clear()
    town.add_members(largest_answer=3_000_000)
    town.box.publish()
    town.start()
    try:
        town.provider.answer = endless
        assert error(town) == (500, "Server.ServerProxy.ServiceFailed.TooLarge")
        assert sent < 64
        assert list((town.box.gateways["B"].place / "spool").iterdir()) == []
    finally:
        town.close()


# ---- clients


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", b"400"),
        (b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
        (b"Content-Length: +3\r\n\r\nabc", b"400"),
        (b"Content-Length: 3, 3\r\n\r\nabc", b"400"),
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
        (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"501"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", b"400"),
        (b"X-Folded: one\r\n two\r\n\r\n", b"400"),
        (b"X-Folded: one\r\n\tTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"X-Bare: one\nX-Road-Error: two\r\n\r\n", b"400"),
        (b"X-Null: a\0b\r\n\r\n", b"400"),
        (b"X-Huge: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"".join(b"X-%d: 1\r\n" % each for each in range(300)) + b"\r\n", b"431"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(
    town: Town, lines: bytes, status: bytes
) -> None:
    answer = town.raw(HEAD + lines + b"GET /listClients HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert b"X-Road-Error: Client.BadRequest\r\n" in answer
    assert len(re.findall(rb"HTTP/1\.1 \d\d\d ", answer)) == 1
    assert town.provider.requests == []


def test_pipelined_requests_are_answered_in_their_order(town: Town) -> None:
    town.provider.answer = lambda request: plain(request.split(b" ")[1])(request)
    requests = b"".join(
        b"GET %b/mock1/%d HTTP/1.1\r\nHost: x\r\nX-Road-Client: %b\r\n%b\r\n"
        % (SERVICE.encode(), number, CLIENT.encode(), b"Connection: close\r\n" if number == 7 else b"")
        for number in range(8)
    )
    answer = town.raw(requests)
    bodies = [each.partition(b"\r\n\r\n")[2] for each in answer.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [b"/%d" % number for number in range(8)]


def test_more_pipelined_than_is_reasonable_is_refused(town: Town) -> None:
    answer = town.raw((HEAD + b"\r\n") * 60)
    assert b"400 Bad Request" in answer or answer == b""


def test_a_client_that_waits_to_send_is_told_to(town: Town) -> None:
    town.provider.answer = echo
    with socket.create_connection(("127.0.0.1", town.port()), timeout=5) as connection:
        connection.sendall(
            HEAD.replace(b"GET", b"POST") + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"data")
        assert connection.recv(10_000).endswith(b"data")


def test_a_client_s_body_has_a_limit(own: Town) -> None:
    own.start(largest_request=1_000)
    answer = own.raw(HEAD.replace(b"GET", b"POST") + b"Content-Length: 1001\r\n\r\n" + bytes(1_001))
    assert answer.startswith(b"HTTP/1.1 413")


def test_connections_of_one_address_are_counted(own: Town) -> None:
    own.start(connections_of_one=3)
    held = [socket.create_connection(("127.0.0.1", own.port())) for _ in range(3)]
    time.sleep(0.05)
    answer = own.raw(b"")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"TooManyConnections" in answer
    for each in held:
        each.close()


def test_slow_clients_do_not_starve_others_and_are_left_in_the_end(own: Town) -> None:
    own.start(request_s=4.0, slow_s=4.0)
    much, asked = plain(bytes(12_000_000)), list[bytes]()

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return bytes(much(request))

    own.provider.answer = answer
    slow = [socket.create_connection(("127.0.0.1", own.port())) for _ in range(8)]
    for number, each in enumerate(slow):
        if number % 2:
            each.sendall(HEAD)  # never ends
        else:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            each.sendall(HEAD + b"\r\n")  # reads nothing
    until = time.monotonic() + 40
    while (own.health()["connections"] < 9 or len(asked) < 4) and time.monotonic() < until:
        time.sleep(0.02)
    own.provider.answer = plain(b"{}")
    assert own.call().status == 200
    assert own.health()["connections"] > 1, "they are still there: nobody waited for them"
    while own.health()["connections"] > 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert own.health()["connections"] == 1  # who asks
    for each in slow:
        each.close()


def test_who_went_away_is_not_called_for(own: Town) -> None:
    own.start()
    own.provider.answer = lambda request: None
    with socket.create_connection(("127.0.0.1", own.port())) as connection:
        connection.sendall(HEAD + b"\r\n")
        until = time.monotonic() + 40
        while own.health("B")["under_way"] == 0 and time.monotonic() < until:
            time.sleep(0.02)
    while own.health("B")["under_way"] and time.monotonic() < until:
        time.sleep(0.02)
    assert own.health("A")["under_way"] == own.health("B")["under_way"] == 0


def test_a_quota_is_kept_for_each_client(own: Town) -> None:
    own.box.extra["quotas"] = (Quota(service="DEV/COM/1234/TestService/mock1", per_minute=2),)
    own.box.publish()
    own.start()
    assert [own.call().status for _ in range(3)] == [200, 200, 429]
    answer = own.call()
    assert answer.header("X-Road-Error") == "Server.ServerProxy.QuotaExceeded"
    assert 0 < int(answer.header("Retry-After")) <= 60
    assert own.call(f"{SERVICE}/below").status == 200


def test_a_day_s_quota_outlives_a_restart_of_the_gateway(own: Town) -> None:
    own.box.extra["quotas"] = (Quota(service="DEV/COM/1234/TestService/mock1", per_day=2),)
    own.box.publish()
    own.start()
    assert own.call().status == 200
    own.stop("B")
    own.start("B")
    assert [own.call().status for _ in range(2)] == [200, 429]
    (use,) = own.health("B")["quotas"]
    assert (use["service"], use["today"]) == ("DEV/COM/1234/TestService/mock1", 2)


# ---- who calls


def tls_town(tmp_path: Path) -> tuple[Town, dict[str, ssl.SSLContext]]:
    contexts: dict[str, ssl.SSLContext] = {}

    def with_certificates(box: Sandbox) -> None:
        pems = {}
        for name, days in (("right", 30), ("other", 30), ("expired", 1), ("stranger", 30)):
            key = ec.generate_private_key(ec.SECP256R1())
            start = box.now - dt.timedelta(days=3)
            pems[name] = pem_of(own_certificate(name, key, start, days))
            path = tmp_path / f"{name}.pem"
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            path.write_text(private + pems[name])
            context = ssl.create_default_context(cadata=pem_of(box.gateways["A"].certificate))
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_cert_chain(path)
            contexts[name] = context
        contexts["none"] = ssl.create_default_context(cadata=pem_of(box.gateways["A"].certificate))
        contexts["none"].verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        client = Subsystem("TestClient", "A", client_certificates=(pems["right"], pems["expired"]))
        other = Subsystem("Other", "A", client_certificates=(pems["other"],))
        near = Subsystem("Near", "A", access=ClientAccess.NETWORK, client_networks=("10.0.0.0/8",))
        box.add_member("COM/4321", ["A"], [client, other, near])
        service = Service("mock1", "http://127.0.0.1:1", rights=(Right(CLIENT),))
        box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", [service])])

    town = Town(tmp_path / "town", sandbox=with_certificates)
    return town.start(clients_tls="127.0.0.1:0"), contexts


def test_a_client_proves_itself_by_its_own_certificate(tmp_path: Path) -> None:
    town, contexts = tls_town(tmp_path)
    try:
        port = town.port("clients_tls")

        def call(name: str) -> tuple[int, str]:
            answer = town.call(port=port, context=contexts[name])
            return answer.status, answer.header("X-Road-Error")

        refused = (403, "Server.ClientProxy.SslAuthenticationFailed")
        assert call("right") == (500, "Server.ServerProxy.ServiceFailed.NetworkError")  # it was let in
        assert call("other") == call("none") == refused
        for name in ("expired", "stranger"):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                call(name)
        assert error(town) == refused  # without TLS
        assert error(town, client="DEV/COM/4321/Near") == refused
        assert (
            town.call(
                "/asic?queryId=x&xRoadInstance=DEV&memberClass=COM&memberCode=4321&subsystemCode=TestClient"
            ).status
            == 401
        )
    finally:
        town.close()


@pytest.mark.parametrize("client", ["DEV/COM/1234/TestService", "DEV/COM/9999/Nobody", "DEV/COM/4321/none"])
def test_nobody_speaks_for_another_gateway_s_systems(town: Town, client: str) -> None:
    assert error(town, client=client) == (500, "Server.ClientProxy.UnknownMember")


@pytest.mark.parametrize(
    "client", ["DEV", "DEV/COM", "DEV/COM/4321", "DEV/COM/4321/a/b", "DEV/COM/43 21/a", "//", "%"]
)
def test_a_malformed_client_is_told_so(town: Town, client: str) -> None:
    assert error(town, client=client) == (400, "Client.BadRequest")


# ---- clocks and certificates between gateways


def test_a_wrong_clock_is_named(own: Town) -> None:
    own.start()
    assert own.call().status == 200
    own.offset["A"] = 400.0
    answer = own.call()
    assert answer.header("X-Road-Error") == "Server.ServerProxy.ClockSkew"
    assert "set the clocks" in answer.json["message"]
    own.offset["A"] = 60.0
    assert own.call().status == 200


def test_an_expired_configuration_stops_the_exchange_with_its_name(own: Town) -> None:
    own.start()
    own.offset["A"] = own.offset["B"] = 86_400.0 * 2
    assert error(own) == (500, "Server.ClientProxy.OutdatedGlobalConf")
    assert own.call("/health", port=own.port("state")).status == 503


def members_with(box: Sandbox, days: int) -> None:
    service = Service("mock1", "http://127.0.0.1:1", rights=(Right(CLIENT),))
    box.add_member(
        "COM/4321", ["A"], [open_subsystem("TestClient", "A")], days=days, since=dt.timedelta(days=days)
    )
    box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", [service])])


def test_an_expired_certificate_signs_nothing(tmp_path: Path) -> None:
    town = Town(tmp_path, sandbox=lambda box: members_with(box, 5)).start()
    try:
        answer = town.call()
        assert (answer.status, answer.header("X-Road-Error")) == (
            503,
            "Server.ClientProxy.CannotCreateSignature",
        )
        assert "counts from" in town.health()["members"]["faults"]["DEV/COM/4321"]
    finally:
        town.close()


def test_a_revoked_certificate_is_refused_by_the_other_side(own: Town) -> None:
    own.start()
    assert own.call().status == 200
    from motcua.gateway.directory import fingerprint

    assert own.box.trust is not None
    own.box.trust = replace(own.box.trust, revoked=(fingerprint(own.box.members[0].certificates[0]),))
    own.box.publish()
    own.run(own.gateways["B"].refresh())  # A has not heard yet
    assert error(own) == (500, "Server.ServerProxy.CertValidation")
    own.run(own.gateways["A"].refresh())
    assert error(own) == (503, "Server.ClientProxy.CannotCreateSignature")


def test_a_gateway_that_is_no_longer_listed_is_turned_away(own: Town) -> None:
    own.start()
    assert own.call().status == 200
    from motcua.gateway.directory import fingerprint

    assert own.box.trust is not None
    own.box.trust = replace(own.box.trust, revoked=(fingerprint(pem_of(own.box.gateways["A"].certificate)),))
    own.box.publish()
    own.run(own.gateways["B"].refresh())
    assert error(own) == (502, "Server.ClientProxy.NetworkError")


@pytest.mark.parametrize("whose", ["A", "B"])
def test_a_gateway_whose_own_certificate_has_expired_reaches_nobody(tmp_path: Path, whose: str) -> None:
    def aged(box: Sandbox) -> None:
        made = box.gateways[whose]
        old = own_certificate(whose.lower(), made.key, box.now - dt.timedelta(days=3), 1)
        (made.place / "keys" / "tls.crt").write_text(pem_of(old))
        box.gateways[whose] = replace(made, certificate=old)

    town = Town(tmp_path, sandbox=aged).start()
    try:
        assert error(town) == (502, "Server.ClientProxy.NetworkError")
        assert not town.provider.requests
    finally:
        town.close()


def test_a_provider_that_is_down_and_comes_back(own: Town) -> None:
    own.start("A")
    assert error(own) == (502, "Server.ClientProxy.NetworkError")
    own.start("B")
    assert own.call().status == 200
    own.stop("B")
    assert error(own)[0] == 502
    own.start("B")
    assert own.call().status == 200
    assert verify_log(own.journal("B")).answers == 2


def test_an_older_configuration_is_never_taken_back(own: Town) -> None:
    own.box.publish()
    own.start()
    newest = own.box.version
    own.box.version = 0
    own.box.publish()
    own.run(own.gateways["A"].refresh())
    assert own.health()["configuration"]["version"] == newest
    assert "older" in own.health()["configuration"]["fault"]


def test_the_exchange_goes_on_while_the_control_plane_is_away_even_over_a_restart(own: Town) -> None:
    own.start()
    own.box.published.unlink()
    own.stop()
    own.start()
    assert own.call().status == 200
    assert "No such file" in own.health()["configuration"]["fault"]


def test_without_any_configuration_it_does_not_start(own: Town) -> None:
    own.box.published.unlink()
    with pytest.raises(ConfigurationError, match="there is no configuration yet"):
        own.start("A")


@pytest.mark.parametrize("kind", [KeyKind.RSA2048])
def test_members_may_sign_by_rsa(tmp_path: Path, kind: KeyKind) -> None:
    town = Town.__new__(Town)
    original = Sandbox.__init__

    def with_rsa(self: Sandbox, folder: Path, now: dt.datetime) -> None:
        original(self, folder, now, kind)

    Sandbox.__init__ = with_rsa  # type: ignore[assignment,method-assign]
    try:
        Town.__init__(town, tmp_path)
    finally:
        Sandbox.__init__ = original  # type: ignore[method-assign]
    town.start()
    try:
        assert town.call().status == 200
        town.stop("B")
        assert verify_log(town.journal("B")).good
    finally:
        town.close()


def test_a_hundred_at_once_are_all_answered(own: Town) -> None:
    own.start()
    own.provider.answer = echo
    wrong: list[int] = []

    def work(number: int) -> None:
        for each in range(5):
            body = f"{number}-{each}".encode()
            if own.call(method="POST", body=body).body != body:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    own.stop()
    for code in ("A", "B"):
        verdict = verify_log(own.journal(code))
        assert (verdict.good, verdict.requests, verdict.answers) == (True, 100, 100)
