"""A gateway takes part by one command, renews its certificates itself, and tells what it exchanged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from motcua.cli.main import main
from motcua.engines.pki import Seal
from motcua.gateway.enrolling import fresh_key
from motcua.gateway.enrolment import Enrolment, read_enrolment
from motcua.gateway.renewal import Renewal
from motcua.gateway.reporting import Reporting
from motcua.gateway.sandbox import Sandbox, open_subsystem, own_certificate, pem_of
from motcua.gateway.settings import read_settings
from tests.gateway.control_plane import ControlPlaneHere
from tests.gateway.town import Town

ADDRESS = "127.0.0.1:5500"


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlaneHere]:
    """A control plane that knows the member GOV/02, and no gateway yet."""
    box = Sandbox(tmp_path / "exchange", dt.datetime.now(dt.UTC).replace(microsecond=0))
    box.add_gateway("gw-other", "127.0.0.1:1")
    box.add_member("GOV/02", [], [open_subsystem("portal", "gw-hue")])
    here = ControlPlaneHere(box, "GOV/02", "gw-hue", ADDRESS)
    yield here
    here.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a gateway that nothing is set for."""
    for name in ("CODE", "CONFIGURATION", "CONFIGURATION_KEYS"):
        monkeypatch.delenv(f"MOTCUA_GATEWAY_{name}", raising=False)
    monkeypatch.setenv("MOTCUA_GATEWAY_HOME", str(tmp_path / "gateway"))
    return tmp_path / "gateway"


def enrol(plane: ControlPlaneHere, place: Path, *options: str, fingerprint: str = "") -> int:
    secret = place.parent / "member.key"
    secret.write_text(plane.member_key + "\n")
    right = fingerprint or sha256(plane.public_pem).hexdigest()
    asked = [
        *("gateway", "enrol", plane.site, "--code", "gw-hue", "--address", ADDRESS),
        *("--key-file", str(secret), "--fingerprint", right, *options),
    ]
    return main(asked)


def test_an_administrator_enrols_a_gateway_and_a_person_approves(
    plane: ControlPlaneHere, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enrol(plane, place) == 1
    assert "gw-hue is applied: a person at" in capsys.readouterr().out
    plane.state = "approved"
    assert enrol(plane, place) == 0
    assert "is enrolled; start it with: motcua gateway" in capsys.readouterr().out

    settings = read_settings()
    assert (settings.code, settings.configuration_key) == ("gw-hue", plane.gateway_key)
    assert settings.configuration == f"{plane.site}/lien-thong/cau-hinh.json"
    for secret in ("enrolment.json", "keys/tls.key", "keys/GOV.02.key"):
        assert (place / secret).stat().st_mode & 0o077 == 0, f"{secret} is the account's own"
    keys = {path.name: path.read_bytes() for path in (place / "keys").glob("*.key")}

    assert enrol(plane, place) == 0, "again does no harm"
    assert {path.name: path.read_bytes() for path in (place / "keys").glob("*.key")} == keys
    assert plane.member_key not in (place / "enrolment.json").read_text()


def test_another_control_plane_s_key_is_not_believed(
    plane: ControlPlaneHere, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enrol(plane, place, fingerprint="00" * 32) == 1
    assert "not the one that you were told" in capsys.readouterr().err
    assert not (place / "control-plane").exists()
    assert not (place / "enrolment.json").exists()


def test_what_stands_in_the_way_is_said_plainly(
    plane: ControlPlaneHere, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gateway", "enrol", "http://lienthong.example.gov.vn", "--code", "gw-hue"]) == 2
    assert "keys do not travel without TLS" in capsys.readouterr().err
    assert main(["gateway", "enrol", "https://h/lien-thong/", "--code", "gw-hue"]) == 2
    (place.parent / "picture").write_bytes(b"\x89PNG\xff")
    asked = ["gateway", "enrol", "https://h", "--code", "gw-hue", "--key-file", str(place.parent / "picture")]
    assert main(asked) == 2
    assert "no key can be read from it" in capsys.readouterr().err
    plane.away = True
    assert enrol(plane, place) == 1
    assert "no control plane of an exchange answers here" in capsys.readouterr().err
    plane.away = False
    plane.member_key = "another"
    secret = place.parent / "wrong.key"
    secret.write_text("wrong")
    right = sha256(plane.public_pem).hexdigest()
    asked = ["gateway", "enrol", plane.site, "--code", "gw-hue", "--fingerprint", right]
    assert main([*asked, "--key-file", str(secret)]) == 1
    assert "No key, or it is no longer good." in capsys.readouterr().err
    assert main(["gateway"]) == 1
    assert "run `motcua gateway enrol`" in capsys.readouterr().err


# ---- renewal


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[tuple[Town, ControlPlaneHere]]:
    """Two gateways; the certificates of A and of its member end in three weeks."""

    def short(box: Sandbox) -> None:
        gateway = box.gateways["A"]
        gateway.certificate = own_certificate("a", gateway.key, box.now - dt.timedelta(days=1), days=21)
        (gateway.place / "keys" / "tls.crt").write_text(pem_of(gateway.certificate))

    town = Town(tmp_path / "town", sandbox=short)
    file = town.box.gateways["A"].place / "keys" / "COM.4321.key"
    file.unlink()
    start = town.now - dt.timedelta(days=1)
    certificate = town.box.issuing.issue_seal(
        Seal("COM/4321", "COM/4321"),
        fresh_key(file).public_key(),
        start=start,
        end=start + dt.timedelta(days=21),
    )
    town.box.members[0] = replace(town.box.members[0], certificates=(pem_of(certificate),))
    town.box.publish()
    plane = ControlPlaneHere(town.box, "COM/4321", "A", town.box.gateways["A"].peers)
    enrolment = {"site": plane.site, "code": "A", "member": "COM/4321", "key": plane.gateway_key}
    (town.box.gateways["A"].place / "enrolment.json").write_text(json.dumps(enrolment))
    yield town, plane
    plane.close()
    town.close()


def test_a_gateway_renews_its_certificates_with_new_keys_and_without_a_gap(
    ending: tuple[Town, ControlPlaneHere],
) -> None:
    town, _ = ending
    keys = town.box.gateways["A"].place / "keys"
    former = {name: (keys / name).read_bytes() for name in ("tls.key", "tls.crt", "COM.4321.key")}
    town.start(settled_s=0.5)
    assert town.call().status == 200
    a, b = town.gateways["A"], town.gateways["B"]
    town.run(a.renew_certificates())  # the process does so at its start too
    assert (keys / "tls.next.crt").is_file()
    assert former == {name: (keys / name).read_bytes() for name in former}, "not before the others know them"
    assert town.call().status == 200

    town.run(a.refresh())
    town.run(b.refresh())
    assert former["tls.key"] == (keys / "tls.key").read_bytes(), "listed, but not long enough"
    town.offset["A"] = 1.0
    town.run(a.refresh())
    assert not {name for name in former if (keys / name).read_bytes() == former[name]}
    assert not list(keys.glob("*.next.*"))
    town.stop("B")
    town.start("B")
    assert town.call().status == 200, "a new connection, with the new certificate"
    until = town.health()["certificates"]
    assert until["renewed_by_itself"] is True
    assert {each[:4] for each in until["until"].values()} >= {str((town.now + dt.timedelta(days=364)).year)}
    assert all(
        dt.datetime.fromisoformat(end) > town.now + dt.timedelta(days=300) for end in until["until"].values()
    )
    assert town.run(a.renew_certificates()) == [], "nothing ends soon any more"


def test_while_the_control_plane_is_away_renewal_waits_and_says_so(
    ending: tuple[Town, ControlPlaneHere],
) -> None:
    town, plane = ending
    plane.away = True
    town.start()
    assert town.run(town.gateways["A"].renew_certificates()) == []
    assert "503" in town.health()["certificates"]["fault"]
    assert town.call().status == 200
    plane.away = False
    town.run(town.gateways["A"].renew_certificates())
    assert town.health()["certificates"]["fault"] == ""


def test_a_crash_between_the_steps_of_a_renewal_is_mended_at_the_start(tmp_path: Path) -> None:
    former, new = fresh_key(tmp_path / "tls.key"), fresh_key(tmp_path / "tls.next.key")
    now = dt.datetime.now(dt.UTC)
    (tmp_path / "tls.crt").write_text(pem_of(own_certificate("a", new, now)))  # the first step was done
    enrolment = Enrolment("https://x", "A", "COM/4321", "k")
    Renewal(tmp_path, enrolment, now.timestamp, 1.0)
    assert fresh_key(tmp_path / "tls.key").public_key() == new.public_key() != former.public_key()
    assert not (tmp_path / "tls.next.key").exists()


# ---- telling


def test_what_was_exchanged_is_told_once_to_the_control_plane(
    ending: tuple[Town, ControlPlaneHere],
) -> None:
    town, plane = ending
    town.start()
    assert [town.call().status for _ in range(3)] == [200, 200, 200]
    operational = town.gateways["A"].core.operational
    operational.flush()
    enrolment = read_enrolment(town.box.gateways["A"].place)
    assert enrolment is not None
    reporting = Reporting(operational, enrolment)
    plane.away = True
    with pytest.raises(Exception, match="503"):
        reporting.tell()
    plane.away = False
    assert (reporting.tell(), reporting.tell()) == (3, 0)
    assert len(plane.told) == 3
    assert {each["side"] for each in plane.told} == {"client"}
    assert town.call().status == 200
    operational.flush()
    assert Reporting(operational, enrolment).tell() == 1, "after a restart from where it stopped"
