"""Containers with CAdES: signed by one or several, kept for decades by archive manifests, attacked; OpenSSL judges."""

import datetime as dt
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines import cades
from motcua.engines.asice import (
    ContainerError,
    ContainerReport,
    Kind,
    Reason,
    archive_container,
    build_cades_container,
    build_container,
    build_simple_container,
    build_stamped_container,
    read_zip,
    verify_container,
    write_zip,
)
from motcua.engines.asice.zips import ASIC_E, ASIC_S
from motcua.engines.cades import Level
from motcua.engines.pki import sign_with
from motcua.engines.pki.tests.house import NOW, House
from motcua.engines.trust_lists import AlgorithmPolicy, Evidence, Roots
from motcua.engines.trust_lists.tests.later import Stamping, retiring_p256
from motcua.engines.xades import Claims
from motcua.engines.xades import sign as sign_xades
from motcua.engines.xmldsig import signer_for

DAY = dt.timedelta(days=1)
FILES = {"don.txt": "Đơn đề nghị".encode(), "ban-ve.bin": b"\x00" * 10}
YEAR_2045 = dt.datetime(2045, 5, 1, tzinfo=dt.UTC)
Change = Callable[[dict[str, bytes]], object]


@pytest.fixture
def house() -> House:
    return House()


def by_officer(house: House, content: bytes) -> bytes:
    key = house.officer_key
    return cades.sign(
        content,
        house.officer,
        lambda data: sign_with(key, data),
        at=house.now,
        chain=house.chain,
        timestamp=house.tsa.stamp,
    )


def by_agency(house: House, content: bytes) -> bytes:
    key = house.seal_key
    return cades.sign(content, house.seal, lambda data: sign_with(key, data), at=house.now, chain=house.chain)


def contained(house: House) -> bytes:
    return build_cades_container(FILES, [partial(by_officer, house)])


def judge(
    container: bytes,
    house: House,
    now: dt.datetime = NOW,
    *,
    evidence: Evidence | None = None,
    algorithms: AlgorithmPolicy | None = None,
    roots: tuple[Stamping, ...] = (),
) -> ContainerReport:
    beside = Evidence((), (), tuple(house.crls(now))) if evidence is None else evidence
    trust = Roots((house.root.certificate, *(one.root.certificate for one in roots)))
    return verify_container(container, trust, now=now, evidence=beside, algorithms=algorithms)


def changed(container: bytes, change: Change, kind: str = ASIC_E) -> bytes:
    files = read_zip(container)
    del files["mimetype"]
    change(files)
    return write_zip(kind, files)


def test_an_officer_and_an_agency_sign_the_same_files(house: House, tmp_path: Path) -> None:
    container = build_cades_container(FILES, [partial(by_officer, house), partial(by_agency, house)])
    report = judge(container, house)
    assert report.valid, report.finding
    assert (report.kind, report.files, report.warnings) == (Kind.ASIC_E, tuple(FILES), ())
    officer, agency = report.signatures
    assert (officer.signer, officer.at_is_proven) == ("Nguyễn Thị Ánh", True)
    assert (agency.signer, agency.at_is_proven) == ("Ủy ban nhân dân phường Phan Đình Phùng", False)
    files = read_zip(container)
    (tmp_path / "root.pem").write_bytes(house.root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "manifest").write_bytes(files["META-INF/ASiCManifest002.xml"])
    (tmp_path / "signature").write_bytes(files["META-INF/signature002.p7s"])
    told = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature"),
            *("-content", "manifest", "-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null"),
            *("-attime", str(int(NOW.timestamp()))),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert b"CAdES Verification successful" in told.stderr, told.stderr.decode()


def test_a_simple_container_holds_one_signed_file(house: House) -> None:
    container = build_simple_container("don.txt", FILES["don.txt"], by_officer(house, FILES["don.txt"]))
    report = judge(container, house)
    assert report.valid, report.finding
    assert (report.kind, report.files) == (Kind.ASIC_S, ("don.txt",))
    other = changed(container, lambda files: files.update({"don.txt": b"another"}), ASIC_S)
    assert judge(other, house).reason is Reason.ALTERED


def test_archive_manifests_prove_it_in_2045(house: House) -> None:
    container = archive_container(
        contained(house), house.tsa.stamp, Evidence(house.chain, tuple(house.ocsps()))
    )
    assert judge(container, house).signatures[0].level is Level.B_LTA
    first, second = Stamping(2033), Stamping(2040)
    about_former = Evidence(house.chain, tuple(house.ocsps(first.now)), tuple(house.crls(first.now)))
    container = archive_container(container, first.stamp, about_former)
    container = archive_container(container, second.stamp, first.evidence(second.now))
    names = [name for name in read_zip(container) if "ArchiveManifest" in name]
    assert sorted(names) == [f"META-INF/ASiCArchiveManifest{one}.xml" for one in ("", 1, 2)]
    rules, roots = retiring_p256(), (first, second)
    report = judge(
        container, house, YEAR_2045, evidence=second.evidence(YEAR_2045), algorithms=rules, roots=roots
    )
    assert report.valid, report.finding
    assert report.signatures[0].at == NOW
    once = judge(contained(house), house, YEAR_2045, evidence=Evidence(), algorithms=rules, roots=roots)
    assert "retired unprotected" in once.finding


def test_a_time_stamped_container_is_kept_by_archive_manifests_too(house: House) -> None:
    container = build_stamped_container(FILES, house.tsa.stamp)
    container = archive_container(
        container, house.tsa.stamp, Evidence(house.chain, tuple(house.ocsps()), tuple(house.crls()))
    )
    later = Stamping(2033)
    about_former = Evidence(house.chain, tuple(house.ocsps(later.now)), tuple(house.crls(later.now)))
    container = archive_container(container, later.stamp, about_former)
    in_2042 = dt.datetime(2042, 5, 1, tzinfo=dt.UTC)
    report = judge(
        container,
        house,
        in_2042,
        evidence=later.evidence(in_2042),
        algorithms=retiring_p256(),
        roots=(later,),
    )
    assert report.valid, report.finding
    assert report.stamped_at == NOW


@pytest.mark.parametrize(("revoked", "good"), [("after", True), ("before", False)])
@pytest.mark.parametrize("archived", [False, True])
def test_a_time_stamp_decides_what_a_revocation_means(
    house: House, revoked: str, good: bool, archived: bool
) -> None:
    container = contained(house)
    if archived:
        container = archive_container(container, house.tsa.stamp, Evidence(house.chain, tuple(house.ocsps())))
    house.revoke(house.officer, NOW + (DAY if revoked == "after" else -DAY))
    report = judge(container, house, NOW + 2 * DAY)
    assert report.valid is good
    assert report.reason is (None if good else Reason.NOT_TRUSTED)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files: files.update({"don.txt": b"another"}), Reason.MALFORMED),
        (lambda files: files.update({"them.txt": b"slipped in"}), Reason.NOT_COVERED),
        (lambda files: files.pop("META-INF/signature001.p7s"), Reason.MALFORMED),
        (lambda files: files.pop("ban-ve.bin"), Reason.MALFORMED),
        (
            lambda files: files.update(
                {
                    "META-INF/ASiCManifest001.xml": files["META-INF/ASiCManifest001.xml"].replace(
                        b"octet-stream", b"octet_stream"
                    )
                }
            ),
            Reason.ALTERED,
        ),
    ],
)
def test_what_was_changed_since_is_told(house: House, change: Change, reason: Reason) -> None:
    assert judge(changed(contained(house), change), house).reason is reason


def test_a_former_archive_manifest_cannot_be_exchanged(house: House) -> None:
    evidence = Evidence(house.chain, tuple(house.ocsps()))
    once = archive_container(contained(house), house.tsa.stamp, evidence)
    house.now = NOW + DAY
    twice = archive_container(once, house.tsa.stamp, Evidence(house.chain, tuple(house.ocsps())))
    assert judge(twice, house, NOW + 2 * DAY).valid
    unrelated = read_zip(archive_container(contained(house), house.tsa.stamp, evidence))

    def exchange(files: dict[str, bytes]) -> None:
        files["META-INF/ASiCArchiveManifest.xml"] = unrelated["META-INF/ASiCArchiveManifest.xml"].replace(
            b"archive1.tst", b"archive2.tst"
        )

    assert not judge(changed(twice, exchange), house, NOW + 2 * DAY).valid
    report = judge(changed(twice, lambda files: files.pop("META-INF/archive1.tst")), house, NOW + 2 * DAY)
    assert report.reason is Reason.MALFORMED


def test_containers_that_cannot_be_archived_so_are_refused(house: House) -> None:
    signer = signer_for(house.officer, house.officer_key, chain=house.chain)
    by_xml = build_container(FILES, [sign_xades(FILES, signer, Claims(NOW)).xml])
    with pytest.raises(ContainerError, match="CAdES"):
        archive_container(by_xml, house.tsa.stamp, Evidence((), tuple(house.ocsps())))
    with pytest.raises(ContainerError, match="belongs to the container"):
        build_cades_container({"META-INF/x": b""}, [partial(by_officer, house)])
    with pytest.raises(ContainerError, match="at least one file"):
        build_cades_container({}, [])
