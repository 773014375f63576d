"""Who calls, and what clocks, certificates and configurations allow."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from motcua.engines.pki import KeyKind
from motcua.gateway.configuration import ClientAccess, ConfigurationError, Right, Service, Subsystem
from motcua.gateway.reading import verify_log
from motcua.gateway.sandbox import Sandbox, open_subsystem, own_certificate, pem_of
from tests.gateway.town import CLIENT, Town, echo, error

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
