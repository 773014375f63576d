"""Containers: documents with their signatures, exchanged messages one by one and in batches, and broken ones."""

import datetime as dt
import os
import re
import subprocess
import time
import zipfile
from collections.abc import Callable
from hashlib import sha512
from io import BytesIO
from pathlib import Path

import pytest

from motcua.engines.asice import (
    ContainerError,
    ContainerReport,
    DataRef,
    HashChainError,
    Kind,
    MessageStamp,
    Reason,
    Sealer,
    ZipLimits,
    build_chains,
    build_container,
    build_message_container,
    build_stamped_container,
    chain_result,
    chain_top,
    digest_message,
    read_zip,
    sign_batch,
    stamp_batch,
    verify_container,
    write_zip,
)
from motcua.engines.asice.hash_chain import verify_chain
from motcua.engines.asice.zips import ASIC_E, ASIC_S
from motcua.engines.pki import KeyKind
from motcua.engines.pki.tests.house import NOW, House
from motcua.engines.trust_lists import Evidence, Roots
from motcua.engines.xades import Claims, sign
from motcua.engines.xmldsig import DigestMethod, signer_for

DAY = dt.timedelta(days=1)
MESSAGES = [(f"GET /r1/VN/GOV/{number}\r\n".encode(), (b"{}",) * (number % 3)) for number in range(7)]


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def sealer(house: House) -> Sealer:
    signer = signer_for(house.seal, house.seal_key, chain=house.chain, digest=DigestMethod.SHA512)
    return Sealer(signer, Evidence((), tuple(house.ocsps(NOW))), lambda: NOW)


def judge(container: bytes, house: House, now: dt.datetime = NOW) -> ContainerReport:
    evidence = Evidence((), (), tuple(house.crls(now)))
    return verify_container(container, Roots((house.root.certificate,)), now=now, evidence=evidence)


def batched(house: House, number: int = 4) -> bytes:
    """A message signed and stamped together with others: number 4 has an attachment."""
    batch = sign_batch([digest_message(*each) for each in MESSAGES], sealer(house))
    others = [sealer(house).sign_message(b"other").signatures for _ in range(4)]
    stamped = stamp_batch([*others, batch.signatures], house.tsa.stamp)
    message, attachments = MESSAGES[number]
    stamp = MessageStamp.of(stamped, 4)
    return build_message_container(message, attachments, batch.message(number), stamp)


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_each_message_of_a_batch_is_proven_alone(house: House, number: int) -> None:
    report = judge(batched(house, number), house)
    assert report.valid, report.finding
    assert (report.kind, report.stamped_at, report.trust_checked) == (Kind.ASIC_E, NOW, True)
    assert report.files == ("message.xml", *(f"attachment{each + 1}" for each in range(number % 3)))
    assert report.warnings == ()
    (signature,) = report.signatures
    assert signature.signer == "Ủy ban nhân dân phường Phan Đình Phùng"
    assert (signature.at, signature.at_is_proven) == (NOW, True)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 33])
@pytest.mark.parametrize("attachments", [0, 2])
def test_batches_of_any_size_lead_to_one_top(house: House, size: int, attachments: int) -> None:
    messages = [(f"m{number}".encode(), (b"a",) * attachments) for number in range(size)]
    batch = sign_batch([digest_message(*each) for each in messages], sealer(house))
    for number, (message, files) in enumerate(messages):
        container = build_message_container(message, files, batch.message(number))
        report = verify_container(container, None, now=NOW)
        assert report.valid, report.finding
        assert not report.trust_checked
        swapped = build_message_container(message, files, batch.message((number + 1) % size))
        assert verify_container(swapped, None, now=NOW).valid is (size == 1)


def test_a_message_that_cannot_wait_is_signed_alone(house: House) -> None:
    message, attachments = b"PUT /\r\n", (b"one", b"two")
    signed = sealer(house).sign_message(message, attachments)
    stamp = MessageStamp.of(stamp_batch([signed.signatures], house.tsa.stamp), 0)
    report = judge(build_message_container(message, attachments, signed, stamp), house)
    assert report.valid, report.finding
    assert report.files == ("message.xml", "attachment1", "attachment2")
    unstamped = judge(build_message_container(message, attachments, signed), house)
    assert unstamped.valid
    assert not unstamped.signatures[0].at_is_proven


def changed(container: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    files = read_zip(container)
    change(files)
    files.pop("mimetype")
    return write_zip(ASIC_E, files)


def replacing(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], object]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        # the message is not the one that was hashed
        (replacing("message.xml", b"GET", b"PUT"), Reason.HASH_CHAIN_UNUSED_INPUTS),
        (replacing("attachment1", b"{}", b"[]"), Reason.HASH_CHAIN_UNUSED_INPUTS),
        (lambda files: files.update(more=b"x"), Reason.HASH_CHAIN_UNUSED_INPUTS),
        # a modified chain, one that leads nowhere, and one in circles
        (replacing("sig-hashchain.xml", b"<DigestValue>", b"<DigestValue>AAAA"), Reason.MALFORMED),
        (replacing("sig-hashchain.xml", b"#STEP1", b"#STEP9"), Reason.INVALID_HASH_CHAIN_REF),
        (replacing("sig-hashchain.xml", b"#STEP1", b"#STEP0"), Reason.INVALID_HASH_CHAIN_REF),
        (replacing("sig-hashchain.xml", b"#STEP1", b"/other.xml#STEP1"), Reason.INVALID_HASH_CHAIN_REF),
        (replacing("sig-hashchain.xml", b'id="STEP1"', b'id="STEP0"'), Reason.INVALID_HASH_CHAIN_REF),
        (lambda files: files.pop("sig-hashchain.xml"), Reason.INVALID_HASH_CHAIN_REF),
        (replacing("sig-hashchain.xml", b"<hc:HashChain ", b"<!DOCTYPE a><hc:HashChain "), Reason.MALFORMED),
        # what was signed is the result
        (replacing("sig-hashchainresult.xml", b"#STEP0", b"#STEP1"), Reason.ALTERED),
        (lambda files: files.pop("sig-hashchainresult.xml"), Reason.MALFORMED),
        (replacing("META-INF/signatures.xml", b"hashchainresult.xml", b"other.xml"), Reason.ALTERED),
        (
            replacing("META-INF/signatures.xml", b"application/hash-chain-result", b"text/plain"),
            Reason.ALTERED,
        ),
        # the time-stamp's side
        (replacing("ts-hashchainresult.xml", b"#STEP0", b"#STEP1"), Reason.MALFORMED),
        (replacing("ts-hashchain.xml", b"<DigestValue>", b"<DigestValue>AAAA"), Reason.MALFORMED),
        (
            replacing("META-INF/ASiCManifest.xml", b"<ds:DigestValue>", b"<ds:DigestValue>AAAA"),
            Reason.MALFORMED,
        ),
        (replacing("META-INF/ASiCManifest.xml", b"timestamp.tst", b"other.tst"), Reason.MALFORMED),
        (lambda files: files.update({"META-INF/timestamp.tst": b"0"}), Reason.INVALID_TIME_STAMP),
        (lambda files: files.pop("ts-hashchainresult.xml"), Reason.MALFORMED),
    ],
)
def test_broken_messages_are_refused_by_x_roads_names(
    house: House, change: Callable[[dict[str, bytes]], object], reason: Reason
) -> None:
    report = judge(changed(batched(house), change), house)
    assert not report.valid
    assert report.reason is reason, report.finding


def test_a_token_over_something_else_is_refused(house: House) -> None:
    other = read_zip(batched(house, 3))["META-INF/timestamp.tst"]
    house.now = NOW + DAY
    later = house.tsa.stamp(bytes(32))
    house.now = NOW
    for token in (other, later):
        stolen = read_zip(batched(house)) | {"META-INF/timestamp.tst": token}
        assert judge(changed(batched(house), exchange(stolen)), house).reason is Reason.INVALID_TIME_STAMP


def exchange(files: dict[str, bytes]) -> Callable[[dict[str, bytes]], object]:
    return lambda present: present.update(files)


def test_a_chain_that_nobody_signed_changes_nothing(house: House) -> None:
    """X-Road passes such a container too: the signature names the message itself."""
    message = b"GET /\r\n"
    plain = build_message_container(message, (), sealer(house).sign_message(message))
    chain = read_zip(batched(house, 3))
    added = changed(plain, lambda files: files.update({"sig-hashchain.xml": chain["sig-hashchain.xml"]}))
    assert judge(added, house).valid


def test_trust_is_asked_after_arithmetic(house: House) -> None:
    container = batched(house)
    stranger = verify_container(container, Roots((House().root.certificate,)), now=NOW)
    assert stranger.reason is Reason.INVALID_TIME_STAMP
    pinned = Roots((House().root.certificate,), time_stamps=(house.stamp,))
    assert verify_container(container, pinned, now=NOW).reason is Reason.NOT_TRUSTED
    assert verify_container(container, None, now=NOW).valid


def test_a_member_revoked_later_keeps_its_old_messages(house: House) -> None:
    house = House()
    container = batched(house)
    house.revoke(house.seal, NOW + DAY)
    report = judge(container, house, NOW + 2 * DAY)
    assert report.valid
    assert report.signatures[0].revoked_at == NOW + DAY
    house.revoke(house.seal, NOW - DAY)
    assert judge(container, house, NOW + 2 * DAY).reason is Reason.NOT_TRUSTED


FILES = {"Quyết định.pdf": b"%PDF-1.7", "phụ lục/bảng 1.csv": b"a;b\n"}


def test_documents_are_kept_with_the_signatures_of_two(house: House, tmp_path: Path) -> None:
    officer = sign(FILES, signer_for(house.officer, house.officer_key, chain=house.chain), Claims(NOW))
    seal = sign(
        FILES,
        signer_for(house.seal, house.seal_key, chain=house.chain),
        Claims(NOW),
        timestamp=house.tsa.stamp,
    )
    container = build_container(FILES, [officer.xml, seal.xml], {"Quyết định.pdf": "application/pdf"})
    report = judge(container, house)
    assert report.valid, report.finding
    assert [each.at_is_proven for each in report.signatures] == [False, True]
    assert report.files == tuple(FILES)
    assert container[30:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"
    (tmp_path / "c.asice").write_bytes(container)
    told = subprocess.run(
        ["unzip", "-t", "c.asice"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr

    added = changed(container, lambda files: files.update({"extra.txt": b"not signed"}))
    assert judge(added, house).reason is Reason.NOT_COVERED
    taken = changed(container, lambda files: files.pop("Quyết định.pdf"))
    assert judge(taken, house).reason is Reason.MALFORMED
    forged = changed(container, replacing("Quyết định.pdf", b"1.7", b"1.6"))
    assert judge(forged, house).reason is Reason.ALTERED
    for name in ("mimetype", "META-INF/x.xml"):
        with pytest.raises(ContainerError, match="rename the file"):
            build_container({name: b""}, [officer.xml])
    with pytest.raises(ContainerError, match="at least one"):
        build_container({}, [officer.xml])


def test_files_are_stamped_without_a_signer(house: House, tmp_path: Path) -> None:
    container = build_stamped_container(FILES, house.tsa.stamp)
    report = judge(container, house)
    assert report.valid, report.finding
    assert (report.stamped_at, report.signatures, report.files) == (NOW, (), tuple(FILES))
    assert (
        judge(changed(container, replacing("Quyết định.pdf", b"1.7", b"1.6")), house).reason
        is Reason.MALFORMED
    )
    simple = write_zip(
        ASIC_S, {"a.txt": b"text", "META-INF/timestamp.tst": house.tsa.stamp(_sha256(b"text"))}
    )
    assert (judge(simple, house).valid, judge(simple, house).kind) == (True, Kind.ASIC_S)
    wrong = write_zip(ASIC_S, {"a.txt": b"else", "META-INF/timestamp.tst": house.tsa.stamp(_sha256(b"text"))})
    assert judge(wrong, house).reason is Reason.INVALID_TIME_STAMP
    two = write_zip(ASIC_S, {"a": b"", "b": b"", "META-INF/timestamp.tst": house.tsa.stamp(_sha256(b""))})
    assert judge(two, house).reason is Reason.NOT_A_CONTAINER


def _sha256(data: bytes) -> bytes:
    return DigestMethod.SHA256.of(data)


def zipped(*entries: tuple[str, bytes], **options: int) -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, **options)
    return output.getvalue()


def link() -> bytes:
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return output.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a readable ZIP"),
        (b"hello", "not a readable ZIP"),
        (zipped(("a", b"x"))[:-30], "not a readable ZIP"),
        (b"#!/bin/sh\n" + zipped(("a", b"x")), "before the first"),
        (zipped(("../a", b"x")), "leads out"),
        (zipped(("/etc/a", b"x")), "leads out"),
        (zipped(("a/../../b", b"x")), "leads out"),
        (zipped(("a//b", b"x")), "leads out"),
        (zipped(("C:a", b"x")), "leads out"),
        (link(), "is a link"),
        (zipped(*((str(number), b"") for number in range(30))), "30 entries"),
        (zipped(("a", bytes(5_000_000)), compress_type=zipfile.ZIP_DEFLATED), "times its size"),
        (zipped(("a", os.urandom(1_100_000)), ("b", b"")), "more than the 1048576"),
        (zipped(("a", b"x"), ("A", b"y")), "there twice"),
        (zipped(("a", b"x")).replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x01\x00\x00\x00"), "encrypted"),
    ],
)
def test_zips_that_could_harm_their_reader_are_refused(data: bytes, said: str, house: House) -> None:
    limits = ZipLimits(entries=20, size=8 << 20 if "times" in said else 1 << 20)
    with pytest.raises(ContainerError, match=said):
        read_zip(data, limits)
    assert verify_container(data, None, now=NOW, limits=limits).reason is Reason.NOT_A_CONTAINER


def test_other_zips_are_no_containers(house: House) -> None:
    assert judge(zipped(("a", b"x")), house).reason is Reason.NOT_A_CONTAINER
    assert judge(write_zip("text/plain", {"a": b""}), house).reason is Reason.NOT_A_CONTAINER
    assert judge(write_zip(ASIC_E, {"a": b""}), house).reason is Reason.UNSIGNED
    late = zipped(("a", b"x"), ("mimetype", ASIC_E.encode()))
    assert "mimetype" in judge(late, house).warnings[0]
    assert Reason.UNSIGNED.text() != Reason.UNSIGNED.text("en")
    with pytest.raises(ValueError, match="time zone"):
        verify_container(late, None, now=NOW.replace(tzinfo=None))


def test_a_batch_costs_little_per_message() -> None:
    """Digests and chain of one message among 256, beside the signature that RSA-2048 would need for each."""
    house = House(KeyKind.RSA2048)
    by = sealer(house)
    messages = [digest_message(os.urandom(2048)) for _ in range(256)]
    begun = time.process_time()
    sign_batch(messages, by)
    per_message = (time.process_time() - begun) / len(messages)
    begun = time.process_time()
    for _ in range(20):
        by.sign_message(b"x")
    assert per_message * 4 < (time.process_time() - begun) / 20


def test_no_tree_is_built_on_the_way_of_a_message(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from lxml import etree

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("an XML tree was built")

    for name in ("fromstring", "tostring", "SubElement", "Element"):
        monkeypatch.setattr(etree, name, refuse)
    batch = sign_batch([digest_message(*each) for each in MESSAGES], sealer(house))
    signed = sealer(house).sign_message(b"alone")
    stamped = stamp_batch([batch.signatures, signed.signatures], house.tsa.stamp)
    assert len(stamped.chains) == 2
    assert re.match(rb"<ds:Signature ", batch.signatures)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 16, 17, 63, 64, 65, 75])
@pytest.mark.parametrize("files", [1, 2, 9])
def test_each_message_of_a_tree_finds_its_way_to_the_top(size: int, files: int) -> None:
    contents = [{f"f{n}": b"%d %d" % (i, n) for n in range(files)} for i in range(size)]
    leaves = [[DataRef(name, sha512(data).digest()) for name, data in each.items()] for each in contents]
    top, chains = build_chains(leaves)
    result = chain_result(top, "chain.xml")
    for each, chain in zip(contents, chains, strict=True):
        proven, absent = verify_chain(result, {**each, "chain.xml": chain.encode()}, list(each))
        assert (sorted(proven), absent) == (sorted(each), [])
    with pytest.raises(HashChainError):
        verify_chain(result, {**contents[-1], "f0": b"other", "chain.xml": chains[-1].encode()}, ["f0"])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 33])
@pytest.mark.parametrize("files", [1, 2, 3])
def test_the_top_is_found_without_chains(size: int, files: int) -> None:
    leaves = [[DataRef(f"f{n}", bytes([i, n]) * 32) for n in range(files)] for i in range(size)]
    assert chain_top([[each.digest for each in leaf] for leaf in leaves]) == build_chains(leaves)[0]
