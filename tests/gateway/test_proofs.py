"""What remains of an exchange: a log that tells when it was touched, and containers that anybody can verify."""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from motcua.cli.gateway import gateway as command
from motcua.engines.asice import Reason, read_zip, verify_container, write_zip
from motcua.engines.asice.zips import ASIC_E
from motcua.engines.pki import Revocation
from motcua.engines.trust_lists import Evidence, Roots
from motcua.gateway.configuration import TimeStampingAuthority
from motcua.gateway.reading import Container, containers, verify_log
from motcua.gateway.sandbox import Sandbox, pem_of
from motcua.gateway.segments import segments_of
from tests.gateway.authorities import Authorities
from tests.gateway.town import SERVICE, Town, echo

PLACE = "xRoadInstance=DEV&memberClass=COM&memberCode=4321&subsystemCode=TestClient"


@pytest.fixture
def authorities() -> Iterator[Authorities]:
    made = Authorities()
    yield made
    made.close()


@pytest.fixture
def stamped(tmp_path: Path, authorities: Authorities) -> Iterator[Town]:
    """Gateways whose members' authority answers by OCSP, and a time-stamping authority."""

    def add(box: Sandbox) -> None:
        certificate = authorities.serve(box)
        assert box.trust is not None
        (authority,) = box.trust.authorities
        box.trust = replace(
            box.trust,
            authorities=(replace(authority, ocsp=f"{authorities.url}/ocsp"),),
            time_stamping=(TimeStampingAuthority("TSA", f"{authorities.url}/tsa", pem_of(certificate)),),
            ocsp_fresh_s=600,
            ocsp_grace_s=600,
        )

    town = Town(tmp_path, sandbox=add)
    yield town
    town.close()


def judge(container: Container, box: Sandbox) -> object:
    now = dt.datetime.now(dt.UTC)
    lists = [
        each.crl([], number=1, now=now - dt.timedelta(minutes=1), next_update=now + dt.timedelta(days=1))
        for each in (box.root, box.issuing)
    ]
    trust = Roots((box.root.certificate,))
    report = verify_container(container.content, trust, now=now, evidence=Evidence((), (), tuple(lists)))
    assert report.valid, report.finding
    assert report.trust_checked
    return report.stamped_at


def test_a_container_proves_who_said_what_and_when(stamped: Town) -> None:
    stamped.start()
    stamped.provider.answer = echo
    for number in range(5):
        body = os.urandom(2_000)
        assert stamped.call(method="POST", body=body, headers={"X-Road-Id": f"q-{number}"}).body == body
    for code in ("A", "B"):
        assert stamped.run(stamped.gateways[code].stamp_waiting()) > 0
    for code in ("A", "B"):
        found = containers(stamped.journal(code), "q-3")
        assert [each.is_answer for each in found] == [False, True]
        for each in found:
            assert judge(each, stamped.box) is not None
        files = read_zip(found[0].content)
        assert files["message.xml"].startswith(b"POST\r\n/r1/DEV/COM/1234/TestService/mock1\r\n")
        assert len(files["attachment1"]) == 2_000
        assert {
            "sig-hashchain.xml",
            "sig-hashchainresult.xml",
            "ts-hashchain.xml",
            "META-INF/timestamp.tst",
        } <= set(files)


def test_a_changed_message_is_found_by_x_road_s_reason(stamped: Town) -> None:
    stamped.start()
    stamped.call(method="POST", body=b"one", headers={"X-Road-Id": "q"})
    (request, _) = containers(stamped.journal(), "q")
    files = read_zip(request.content)
    files.pop("mimetype")
    changed = write_zip(ASIC_E, {**files, "attachment1": b"two"})
    report = verify_container(changed, None, now=dt.datetime.now(dt.UTC))
    assert report.reason is Reason.HASH_CHAIN_UNUSED_INPUTS


def test_containers_are_handed_out_as_x_road_does(stamped: Town) -> None:
    stamped.start()
    stamped.call(headers={"X-Road-Id": "q-7"})
    port = stamped.port("state")
    both = stamped.call(f"/asic?queryId=q-7&{PLACE}", port=port)
    assert (both.status, both.header("content-type")) == (200, "application/zip")
    assert zipfile.ZipFile(io.BytesIO(both.body)).namelist() == [
        "1-q-7-request.asice",
        "2-q-7-response.asice",
    ]
    one = stamped.call(f"/asic?queryId=q-7&{PLACE}&responseOnly&unique", port=port)
    assert one.header("content-type") == "application/vnd.etsi.asic-e+zip"
    assert verify_container(one.body, None, now=dt.datetime.now(dt.UTC)).stamped_at is not None
    assert stamped.call(f"/asic?queryId=q-7&{PLACE}&unique", port=port).status == 400
    assert stamped.call(f"/asic?queryId=none&{PLACE}", port=port).status == 404
    assert stamped.call("/asic?queryId=q-7", port=port).status == 400
    anchors = zipfile.ZipFile(io.BytesIO(stamped.call("/verificationconf", port=port).body))
    assert "verificationconf/configuration.json" in anchors.namelist()


def test_while_the_time_stamping_authority_is_away_the_exchange_goes_on_and_says_so(
    stamped: Town, authorities: Authorities
) -> None:
    stamped.start()
    authorities.away = True
    assert stamped.call(headers={"X-Road-Id": "q-1"}).status == 200
    assert stamped.run(stamped.gateways["A"].stamp_waiting()) == 0
    state = stamped.health()
    assert (state["ready"], state["time_stamps"]["waiting"]) == (True, 2)
    assert "Service Unavailable" in state["time_stamps"]["fault"]
    refused = stamped.call(f"/asic?queryId=q-1&{PLACE}", port=stamped.port("state"))
    assert refused.header("X-Road-Error") == "Server.ClientProxy.TimestampingFailed"
    assert stamped.call(f"/asic?queryId=q-1&{PLACE}&force", port=stamped.port("state")).status == 200
    stamped.stop("A")
    stamped.start("A")
    authorities.away = False
    assert stamped.health()["time_stamps"]["waiting"] == 2
    assert stamped.run(stamped.gateways["A"].stamp_waiting()) == 2
    assert stamped.health()["time_stamps"]["fault"] == ""
    assert all(judge(each, stamped.box) for each in containers(stamped.journal(), "q-1"))


def test_while_ocsp_is_away_the_last_answer_serves_until_its_grace_ends(
    stamped: Town, authorities: Authorities
) -> None:
    stamped.start()
    stamped.call()
    authorities.away = True
    for code in ("A", "B"):
        stamped.offset[code] = 900.0
        stamped.run(stamped.gateways[code]._renew_seals())
    assert stamped.call().status == 200
    stamped.offset["A"] = stamped.offset["B"] = 1_500.0
    stamped.run(stamped.gateways["A"]._renew_seals())
    answer = stamped.call()
    assert (answer.status, answer.header("X-Road-Error")) == (503, "Server.ClientProxy.CannotCreateSignature")


def test_a_certificate_revoked_at_its_authority_signs_no_more(
    stamped: Town, authorities: Authorities
) -> None:
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate(stamped.box.members[0].certificates[0].encode())
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    authorities.revoked[certificate.serial_number] = Revocation(certificate.serial_number, at)
    stamped.start()
    assert stamped.call().status == 503
    assert "is revoked" in stamped.health()["members"]["faults"]["DEV/COM/4321"]


# ---- the log


def test_the_log_turns_over_and_every_segment_follows_on_the_one_before(own: Town) -> None:
    own.start(segment_size=65_536)
    own.provider.answer = echo
    for number in range(12):
        answer = own.call(method="POST", body=os.urandom(20_000), headers={"X-Road-Id": f"q-{number}"})
        assert answer.status == 200
    own.stop()
    own.start(segment_size=65_536)
    own.call(headers={"X-Road-Id": "after"})
    own.stop()
    folder = own.journal()
    verdict = verify_log(folder)
    assert (verdict.good, verdict.answers) == (True, 13)
    assert verdict.segments > 4
    assert all(containers(folder, each) for each in ("q-0", "q-11", "after"))
    found = segments_of(folder)
    whole = found[1][1].read_bytes()
    found[1][1].unlink()
    assert any("the segment before it is missing" in each for each in verify_log(folder).faults)
    middle = len(whole) // 2
    found[1][1].write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert any("was changed or cut" in each for each in verify_log(folder).faults)
    told = CliRunner().invoke(command, ["verify-log", str(folder)])
    assert "the log is not what it was" in told.output
    found[1][1].write_bytes(whole)
    assert "the log is whole" in CliRunner().invoke(command, ["verify-log", str(folder)]).output


@pytest.mark.parametrize("torn", [b"\0\0\1\0\3half a batch", b"\xff" * 40, b"\0\0\0\x20\5" + bytes(32)])
def test_a_torn_tail_is_cut_off_and_the_log_goes_on(own: Town, torn: bytes) -> None:
    own.start()
    own.call(headers={"X-Road-Id": "before"})
    own.stop()
    ((_, path),) = segments_of(own.journal())
    with path.open("ab") as file:
        file.write(torn)
    assert verify_log(own.journal()).torn > 0
    own.start()
    assert own.health()["log"]["cut_at_start"] > 0
    own.call(headers={"X-Road-Id": "after"})
    own.stop()
    verdict = verify_log(own.journal())
    assert (verdict.good, verdict.torn, verdict.query_ids) == (True, 0, {b"before", b"after"})


def test_a_forged_record_with_a_right_link_is_still_found_by_its_signature(own: Town) -> None:
    from hashlib import sha256

    from motcua.gateway.reading import link_before
    from motcua.gateway.segments import HEADER, LINK_SIZE, Kind

    own.start()
    own.call(method="POST", body=b"ten-apples")
    own.stop()
    ((_, path),) = segments_of(own.journal())
    data = path.read_bytes().replace(b"ten-apples", b"two-apples")
    before = link_before(data)
    assert before is not None
    rebuilt, group, place = b"", b"", 0
    while place < len(data):
        length, kind = HEADER.unpack_from(data, place)
        end = place + HEADER.size + length
        if kind == Kind.LINK:
            before = sha256(before + group).digest()
            rebuilt += group + HEADER.pack(LINK_SIZE, Kind.LINK) + before
            group = b""
        else:
            group += data[place:end]
        place = end
    path.write_bytes(rebuilt)
    verdict = verify_log(own.journal())
    assert not verdict.good
    assert any("signature" in each for each in verdict.faults)


def test_when_there_is_no_room_new_messages_are_refused_and_taken_again_when_there_is(
    own: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.start(segment_size=65_536)
    own.provider.answer = echo
    real, full = os.posix_fallocate, [True]

    def allocate(handle: int, start: int, size: int) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle, start, size)

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    answered, answer = 0, own.call(method="POST", body=os.urandom(9_000))
    while answer.status == 200 and answered < 50:
        answered += 1
        answer = own.call(method="POST", body=os.urandom(9_000))
    assert 2 <= answered < 50
    assert answer.status == 503
    assert answer.header("X-Road-Error").endswith(".LoggingFailed")
    assert not own.health()["ready"] or not own.health("B")["ready"]
    full[0] = False
    for code in ("A", "B"):
        own.loop.call_soon_threadsafe(own.gateways[code].core.journal.seek_room)
    own.health("A"), own.health("B")
    assert own.call().status == 200
    own.stop()
    for code in ("A", "B"):
        verdict = verify_log(own.journal(code))
        assert verdict.good
        assert verdict.answers >= answered + 1


def test_a_body_beyond_what_is_kept_leaves_its_digest(own: Town) -> None:
    own.start(largest_logged=100_000)
    content = os.urandom(300_000)
    own.provider.answer = echo
    assert own.call(method="POST", body=content, headers={"X-Road-Id": "q"}).body == content
    for each in containers(own.journal(), "q"):
        report = verify_container(each.content, None, now=dt.datetime.now(dt.UTC))
        assert (report.valid, report.absent) == (True, ("attachment1",))


def test_two_gateways_never_write_the_same_log(own: Town) -> None:
    from motcua.gateway.segments import JournalError

    own.start()
    with pytest.raises(JournalError, match="in use by another gateway"):
        own.start("A")


def test_the_command_exports_what_others_verify(own: Town, tmp_path: Path) -> None:
    own.start()
    own.call(SERVICE + "/mock1", headers={"X-Road-Id": "q/../7"})
    told = CliRunner().invoke(
        command, ["export", "q/../7", "--log", str(own.journal()), "--to", str(tmp_path / "out")]
    )
    assert told.exit_code == 0, told.output
    written = sorted((tmp_path / "out").iterdir())
    assert [each.name for each in written] == ["1-q_.._7-request.asice", "2-q_.._7-response.asice"]
    assert all(
        verify_container(each.read_bytes(), None, now=dt.datetime.now(dt.UTC)).valid for each in written
    )


def test_operational_data_is_read_from_where_one_stopped(own: Town) -> None:
    own.start()
    own.call()
    first = own.call("/operational", port=own.port("state"))
    assert len(first.body.splitlines()) == 1
    own.call(SERVICE + "/none-may")
    later = own.call(f"/operational?after={first.header('motcua-cursor')}", port=own.port("state"))
    assert b'"fault": "Server.ServerProxy.AccessDenied"' in later.body
    assert len(later.body.splitlines()) == 1
    assert own.call("/operational?after=x", port=own.port("state")).status == 400
    assert own.call("/operational").status == 400  # not on the clients' port


def test_old_segments_go_to_the_archive_where_the_chain_goes_on(own: Town) -> None:
    own.start(segment_size=65_536, keep_days=30)
    own.provider.answer = echo
    for number in range(8):
        assert (
            own.call(method="POST", body=os.urandom(20_000), headers={"X-Road-Id": f"q-{number}"}).status
            == 200
        )
    assert own.run(own.gateways["A"].archive()) == []
    own.offset["A"] = 31 * 86_400.0
    moved = own.run(own.gateways["A"].archive())
    own.stop()
    assert moved[0] == 1
    archive = own.box.gateways["A"].place / "archive"
    old, rest = verify_log(archive), verify_log(own.journal())
    assert (old.good, rest.good) == (True, True)
    assert old.answers + rest.answers == 8
    assert verify_log(own.journal(), bytes.fromhex(old.last_link)).good
    assert len((archive / "index.ndjson").read_text().splitlines()) == len(moved)
    assert containers(archive, "q-0")
    own.offset["A"] = 0.0
    own.start(segment_size=65_536)
    assert own.call().status == 200
