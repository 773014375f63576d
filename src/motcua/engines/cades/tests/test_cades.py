"""Signed messages: the four levels, what a revocation means to each, decades, attacks; OpenSSL judges ours."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines import cades
from motcua.engines.cades import CadesReport, Level
from motcua.engines.cades.message import BrokenMessage
from motcua.engines.pki import KeyKind, sign_with
from motcua.engines.pki.tests.house import NOW, House
from motcua.engines.trust_lists import AlgorithmPolicy, Evidence, Reason, Roots
from motcua.engines.trust_lists.tests.later import Stamping, retiring_p256

DAY = dt.timedelta(days=1)
MINUTES = "Biên bản họp".encode()


@pytest.fixture(scope="module", params=[KeyKind.P256, KeyKind.RSA2048])
def any_house(request: pytest.FixtureRequest) -> House:
    return House(request.param)


@pytest.fixture
def house() -> House:
    return House()


def signed(house: House, level: Level = Level.B_LTA, *, enclosed: bool = False) -> bytes:
    message = cades.sign(
        MINUTES,
        house.officer,
        lambda data: sign_with(house.officer_key, data),
        at=house.now,
        chain=house.chain,
        enclosed=enclosed,
    )
    if level is not Level.B_B:
        message = cades.add_time_stamp(message, house.tsa.stamp)
    if level in (Level.B_LT, Level.B_LTA):
        message = cades.embed_evidence(message, Evidence(house.chain, tuple(house.ocsps())))
    return cades.archive(message, house.tsa.stamp, MINUTES) if level is Level.B_LTA else message


def judge(
    message: bytes,
    house: House,
    *,
    now: dt.datetime | None = None,
    content: bytes = MINUTES,
    evidence: Evidence | None = None,
    algorithms: AlgorithmPolicy | None = None,
    roots: Roots | None = None,
) -> CadesReport:
    now = now or house.now
    beside = Evidence((), (), tuple(house.crls(now))) if evidence is None else evidence
    (report,) = cades.verify(
        message,
        {"bien-ban.txt": content},
        roots or Roots((house.root.certificate,)),
        now=now,
        evidence=beside,
        algorithms=algorithms,
    )
    return report


@pytest.mark.parametrize("level", [Level.B_B, Level.B_T, Level.B_LT, Level.B_LTA])
def test_each_level_is_good_and_says_who_signed_when(any_house: House, level: Level) -> None:
    report = judge(signed(any_house, level), any_house)
    assert report.valid, report.finding
    assert (report.level, report.file, report.signer) == (level, "bien-ban.txt", "Nguyễn Thị Ánh")
    assert (report.at, report.at_is_proven) == (NOW, level is not Level.B_B)
    assert (report.reasons, report.warnings) == ((), ())


@pytest.mark.parametrize("level", [Level.B_B, Level.B_T, Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("enclosed", [False, True])
def test_openssl_agrees(any_house: House, level: Level, enclosed: bool, tmp_path: Path) -> None:
    root = any_house.root.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "root.pem").write_bytes(root)
    (tmp_path / "content").write_bytes(MINUTES)
    (tmp_path / "message").write_bytes(signed(any_house, level, enclosed=enclosed))
    told = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "message"),
            *("-CAfile", "root.pem", "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "out"),
            *(() if enclosed else ("-content", "content")),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr.decode()
    assert b"CAdES Verification successful" in told.stderr
    assert (tmp_path / "out").read_bytes() == MINUTES


def test_what_a_message_encloses_is_handed_out(house: House) -> None:
    report = judge(signed(house, Level.B_T, enclosed=True), house, content=b"something else")
    assert report.valid, report.finding
    assert (report.file, report.content) == ("", MINUTES)


@pytest.mark.parametrize(
    ("level", "revoked", "good"),
    [
        (Level.B_B, "after", False),
        (Level.B_T, "after", True),
        (Level.B_LT, "after", True),
        (Level.B_LTA, "after", True),
        (Level.B_B, "before", False),
        (Level.B_T, "before", False),
        (Level.B_LT, "before", False),
        (Level.B_LTA, "before", False),
    ],
)
def test_a_time_stamp_decides_what_a_revocation_means(
    house: House, level: Level, revoked: str, good: bool
) -> None:
    message = signed(house, level)
    house.revoke(house.officer, NOW + (DAY if revoked == "after" else -DAY))
    report = judge(message, house, now=NOW + 2 * DAY)
    assert report.valid is good
    assert report.reasons == ((Reason.REVOKED_LATER,) if good else (Reason.REVOKED,))
    assert report.revoked_at is not None


def test_without_revocation_data_nothing_is_proven(house: House) -> None:
    report = judge(signed(house, Level.B_T), house, evidence=Evidence())
    assert (report.valid, report.intact, report.reasons) == (False, True, (Reason.REVOCATION_UNKNOWN,))


def test_it_still_verifies_in_2045_after_two_re_timestampings(house: House) -> None:
    message = signed(house)
    first, second = Stamping(2033), Stamping(2040)
    about_former = Evidence(house.chain, tuple(house.ocsps(first.now)), tuple(house.crls(first.now)))
    message = cades.renew(message, first.stamp, about_former, MINUTES)
    message = cades.renew(message, second.stamp, first.evidence(second.now), MINUTES)
    year_2045 = dt.datetime(2045, 5, 1, tzinfo=dt.UTC)
    roots = Roots((house.root.certificate, first.root.certificate, second.root.certificate))
    report = judge(
        message,
        house,
        now=year_2045,
        evidence=second.evidence(year_2045),
        algorithms=retiring_p256(),
        roots=roots,
    )
    assert report.valid, report.finding
    assert (report.level, report.at) == (Level.B_LTA, NOW)
    alone = judge(
        signed(house), house, now=year_2045, evidence=Evidence(), algorithms=retiring_p256(), roots=roots
    )
    assert not alone.valid


def test_a_changed_file_is_told(house: House) -> None:
    report = judge(signed(house), house, content=MINUTES + b"!")
    assert (report.valid, report.intact, report.reasons) == (False, False, (Reason.ALTERED,))


def test_evidence_taken_from_under_an_archive_time_stamp_is_missed(house: House) -> None:
    content = cms.ContentInfo.load(signed(house))
    lists = list(content["content"]["crls"])
    content["content"]["crls"] = cms.RevocationInfoChoices(lists[1:])
    report = judge(content.dump(), house)
    assert report.reasons == (Reason.TIME_STAMP_INVALID,)
    assert "taken away" in report.finding


def test_a_time_stamp_slipped_in_under_no_archive_counts_for_nothing(house: House) -> None:
    house.now = NOW + 10 * DAY
    message = signed(house)
    house.now = NOW
    slipped = cades.add_time_stamp(message, house.tsa.stamp)
    report = judge(slipped, house, now=NOW + 20 * DAY)
    assert report.valid, report.finding
    assert report.at == NOW + 10 * DAY, "the earlier time is not believed"
    assert any("left out" in one for one in report.warnings)


def test_another_certificate_of_the_same_name_cannot_slip_in(house: House) -> None:
    other = House()
    content = cms.ContentInfo.load(signed(house, Level.B_B))
    stranger = cms.ContentInfo.load(signed(other, Level.B_B))
    content["content"]["certificates"] = stranger["content"]["certificates"]
    assert judge(content.dump(), house).reasons == (Reason.WRONG_CERTIFICATE,)


def test_signed_attributes_cannot_pass_for_content(house: House) -> None:
    """The bytes under a signature without attributes could be those of another's attributes (RFC 5652 section 11)."""
    content = cms.ContentInfo.load(signed(house, Level.B_B))
    signer = content["content"]["signer_infos"][0]
    attributes = signer["signed_attrs"].untag().dump()
    del signer["signed_attrs"]
    (report,) = cades.verify(
        content.dump(), {"": attributes}, Roots((house.root.certificate,)), now=NOW, evidence=Evidence()
    )
    assert (report.valid, report.intact) == (False, False)


@pytest.mark.parametrize("size", [0, 1, 40, 500, 2000])
def test_a_message_cut_short_is_no_message(house: House, size: int) -> None:
    (report,) = cades.verify(signed(house)[:size], {}, Roots(()), now=NOW)
    assert report.reasons == (Reason.MALFORMED,)


def test_nothing_broken_is_archived(house: House) -> None:
    with pytest.raises(BrokenMessage, match="none of the files"):
        cades.archive(signed(house, Level.B_LT), house.tsa.stamp, b"another file")
    with pytest.raises(BrokenMessage, match="none was given"):
        cades.embed_evidence(signed(house, Level.B_T), Evidence())
