"""XML signatures through their levels and their decades."""

import datetime as dt
import subprocess
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.xades.xades import XAdESSigner, XAdESVerifier

from motcua.engines.pki import KeyKind
from motcua.engines.pki.tests.house import NOW, OFFICER, House
from motcua.engines.trust_lists import Evidence, Roots
from motcua.engines.trust_lists.tests.later import Stamping, retiring_p256
from motcua.engines.xades import (
    Claims,
    Level,
    Policy,
    Reason,
    XadesReport,
    add_time_stamp,
    archive,
    embed_evidence,
    renew,
    sign,
    sign_document,
    verify,
    verify_document,
)
from motcua.engines.xmldsig import (
    DigestMethod,
    Fault,
    XmlSignatureError,
    find_signatures,
    read_xml,
    sign_enveloped,
    signer_for,
)

DAY = dt.timedelta(days=1)
DOCUMENT = "<van_ban xmlns='urn:van-ban'><so>12/QĐ-UBND</so>\r\n</van_ban>".encode()
CLAIMS = Claims(
    NOW,
    roles=("Chủ tịch",),
    city="Phường Phan Đình Phùng",
    province="Thái Nguyên",
    country="VN",
    policy=Policy("urn:oid:1.2.3", bytes(32)),
)


@pytest.fixture
def house() -> House:
    return House()


def signed(house: House, level: Level = Level.B_T) -> bytes:
    signer = signer_for(house.officer, house.officer_key, chain=house.chain)
    if level is Level.B_B:
        return sign_document(DOCUMENT, signer, CLAIMS)
    document = sign_document(DOCUMENT, signer, CLAIMS, timestamp=house.tsa.stamp)
    if level is Level.B_T:
        return document
    document = embed_evidence(document, Evidence(house.chain, tuple(house.ocsps(NOW))))
    return archive(document, house.tsa.stamp) if level is Level.B_LTA else document


def judge(document: bytes, house: House, now: dt.datetime = NOW, *, fresh: bool = True) -> XadesReport:
    evidence = Evidence((), (), tuple(house.crls(now))) if fresh else None
    (report,) = verify_document(document, Roots((house.root.certificate,)), now=now, evidence=evidence)
    return report


def test_who_signed_what_as_whom_and_when(house: House) -> None:
    report = judge(signed(house), house)
    assert report.valid
    assert (report.reasons, report.warnings) == ((), ())
    assert (report.signer, report.roles) == ("Nguyễn Thị Ánh", ("Chủ tịch",))
    assert report.place == "Phường Phan Đình Phùng, Thái Nguyên, VN"
    assert (report.policy, report.claimed_at) == ("urn:oid:1.2.3", NOW)
    assert (report.at, report.at_is_proven, report.known_until) == (NOW, True, NOW)
    assert report.parts[0].content == etree.tostring(read_xml(DOCUMENT), method="c14n", exclusive=True)


@pytest.mark.parametrize("level", [Level.B_B, Level.B_T, Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.RSA2048])
def test_each_level_is_told_apart_and_xmlsec_agrees(level: Level, kind: KeyKind, tmp_path: Path) -> None:
    house = House(kind)
    document = signed(house, level)
    report = judge(document, house)
    assert report.valid, report.finding
    assert report.level is level
    assert report.at_is_proven == (level is not Level.B_B)
    (tmp_path / "signed.xml").write_bytes(document)
    (tmp_path / "key.pem").write_bytes(house.officer.public_bytes(Encoding.PEM))
    properties = ["--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"]
    command = ["xmlsec1", "--verify", *properties, "--pubkey-cert-pem", "key.pem", "signed.xml"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "2/2" in told.stdout + told.stderr


def test_signxml_and_we_accept_each_other(house: House) -> None:
    ours = signed(house, Level.B_LTA)
    assert len(XAdESVerifier().verify(ours, x509_cert=house.officer, expect_references=2)) == 2
    made = XAdESSigner(signature_algorithm="ecdsa-sha256", digest_algorithm="sha256").sign(
        etree.fromstring(DOCUMENT),
        key=house.officer_key,
        cert=[house.officer, *house.chain],
    )
    report = judge(etree.tostring(made), house)
    assert report.valid, report.finding
    assert report.level is Level.B_B
    assert judge(add_time_stamp(etree.tostring(made), house.tsa.stamp), house).level is Level.B_T


@pytest.mark.parametrize(
    ("level", "revoked_before", "stands"),
    [
        (Level.B_B, True, False),
        (Level.B_B, False, False),
        (Level.B_T, True, False),
        (Level.B_T, False, True),
        (Level.B_LT, True, False),
        (Level.B_LT, False, True),
        (Level.B_LTA, True, False),
        (Level.B_LTA, False, True),
    ],
)
def test_a_time_stamp_decides_what_a_revocation_means(
    house: House, level: Level, revoked_before: bool, stands: bool
) -> None:
    document = signed(house, level)
    house.revoke(house.officer, NOW - DAY if revoked_before else NOW + DAY)
    report = judge(document, house, NOW + 2 * DAY)
    assert report.valid is stands
    assert report.reasons == ((Reason.REVOKED_LATER,) if stands else (Reason.REVOKED,))
    assert report.revoked_at == (NOW - DAY if revoked_before else NOW + DAY)


def test_evidence_kept_speaks_for_its_own_time(house: House) -> None:
    later = NOW + 900 * DAY
    report = judge(signed(house, Level.B_LT), house, later, fresh=False)
    assert report.valid
    assert report.reasons == (Reason.AS_OF_EVIDENCE,)
    assert report.known_until == NOW
    silent = judge(signed(house, Level.B_T), house, NOW, fresh=False)
    assert silent.reasons == (Reason.REVOCATION_UNKNOWN,)
    assert silent.intact


def test_strangers_are_not_trusted(house: House) -> None:
    (report,) = verify_document(
        signed(house),
        Roots((House().root.certificate,)),
        now=NOW,
        evidence=Evidence((), (), tuple(house.crls())),
    )
    assert not report.valid
    assert report.intact


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"12/Q", b"13/Q", Reason.ALTERED),
        ("Chủ tịch".encode(), "Thư ký".encode(), Reason.ALTERED),
        (b"urn:oid:1.2.3", b"urn:oid:1.2.4", Reason.ALTERED),
        (b'Target="#', b'Target="#x', Reason.MALFORMED),
        (b"01903#SignedProperties", b"01903#Properties", Reason.FORGED),
        (b"<xades:EncapsulatedTimeStamp>MII", b"<xades:EncapsulatedTimeStamp>MIJ", Reason.TIME_STAMP_INVALID),
        (b"xades:EncapsulatedTimeStamp", b"xades:Nothing", Reason.TIME_STAMP_INVALID),
        (b"xades:SignedProperties", b"xades:Properties", Reason.MALFORMED),
        (b"xades:SigningCertificateV2", b"xades:NoCertificate", Reason.MALFORMED),
    ],
)
def test_every_change_has_its_verdict(house: House, old: bytes, new: bytes, reason: Reason) -> None:
    document = signed(house)
    assert old in document
    report = judge(document.replace(old, new), house)
    assert report.reasons == (reason,), report.finding
    assert not report.intact


def test_properties_of_another_signature_do_not_count(house: House) -> None:
    """Wrapping of properties: the signed ones are moved aside, and others stand in their place."""
    root = read_xml(signed(house))
    (signature,) = find_signatures(root)
    holder = next(signature.iter("{*}QualifyingProperties"))
    genuine = holder[0]
    aside = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
    forged = etree.fromstring(etree.tostring(genuine, encoding="UTF-8").replace("Chủ tịch".encode(), b"King"))
    forged.set("Id", "other")
    holder.replace(genuine, forged)
    aside.append(genuine)
    report = judge(etree.tostring(root), house)
    assert not report.valid
    assert "own properties" in report.finding


def test_a_certificate_of_the_same_key_cannot_be_slipped_in(house: House) -> None:
    twin = house.issuing.issue_person(
        replace(OFFICER, name="Người Khác"), house.officer_key.public_key(), start=NOW - 5 * DAY
    )
    own, other = (b64encode(each.public_bytes(Encoding.DER)) for each in (house.officer, twin))
    report = judge(signed(house).replace(own, other), house)
    assert report.reasons == (Reason.WRONG_CERTIFICATE,)


def test_a_document_of_which_only_a_part_is_signed_is_told(house: House) -> None:
    assert judge(signed(house), house).covers_document
    wrapped = (
        b"<bao><so>99</so>"
        + sign({"x": b""}, signer_for(house.officer, house.officer_key), CLAIMS).xml
        + b"</bao>"
    )
    evidence = Evidence(house.chain, (), tuple(house.crls()))
    (report,) = verify_document(
        wrapped, Roots((house.root.certificate,)), now=NOW, evidence=evidence, contents={"x": b""}
    )
    assert report.valid, report.finding
    assert not report.covers_document


def test_a_certificate_for_something_else_signs_no_document(house: House) -> None:
    by_the_stamp = sign_document(
        DOCUMENT, signer_for(house.stamp, house.stamp_key, chain=house.chain), CLAIMS
    )
    assert judge(by_the_stamp, house).reasons == (Reason.WRONG_PURPOSE,)


def test_a_plain_signature_is_told_as_such(house: House) -> None:
    plain = sign_enveloped(DOCUMENT, signer_for(house.officer, house.officer_key, chain=house.chain))
    report = judge(plain, house)
    assert report.valid
    assert report.level is Level.XMLDSIG
    assert "plain XML signature" in report.warnings[0]
    with pytest.raises(XmlSignatureError, match="sign it by XAdES"):
        add_time_stamp(plain, house.tsa.stamp)


def test_files_are_signed_with_their_media_types(house: House) -> None:
    files = {"message.xml": b"<a/>", "tệp 1.bin": b"\x00"}
    claims = replace(CLAIMS, media_types={"message.xml": "text/xml"})
    signer = signer_for(house.officer, house.officer_key, chain=house.chain, digest=DigestMethod.SHA512)
    made = archive(
        embed_evidence(
            sign(files, signer, claims, timestamp=house.tsa.stamp).xml,
            Evidence(house.chain, tuple(house.ocsps(NOW))),
        ),
        house.tsa.stamp,
        files,
    )
    trust = Roots((house.root.certificate,))
    report = verify(read_xml(made), trust, now=NOW, contents=files)
    assert report.valid, report.finding
    assert report.level is Level.B_LTA
    assert [part.content for part in report.parts] == list(files.values())
    assert b"<xades:MimeType>text/xml</xades:MimeType>" in made
    assert verify(read_xml(made), trust, now=NOW).reasons == (Reason.ALTERED,)


def test_what_is_missing_is_said(house: House) -> None:
    signer = signer_for(house.officer, house.officer_key)
    with pytest.raises(ValueError, match="over nothing"):
        sign({}, signer, CLAIMS)
    with pytest.raises(ValueError, match="time zone"):
        sign({"a": b""}, signer, Claims(NOW.replace(tzinfo=None)))
    with pytest.raises(XmlSignatureError, match="none was given"):
        embed_evidence(signed(house), Evidence())
    with pytest.raises(XmlSignatureError) as unsigned:
        add_time_stamp(DOCUMENT, house.tsa.stamp)
    assert unsigned.value.fault is Fault.NO_SIGNATURE
    assert verify_document(b"no xml", Roots(()), now=NOW) == ()
    with pytest.raises(ValueError, match="time zone"):
        verify(read_xml(signed(house)), Roots(()), now=NOW.replace(tzinfo=None))


def test_a_signature_of_today_is_still_proven_in_2045(house: House) -> None:
    """Certificates end in 2029 and 2034, P-256 is retired in 2036; re-stamped in 2033 and 2041 it stands."""
    old, first, second = signed(house, Level.B_LTA), Stamping(2033), Stamping(2041)
    fresh = Evidence((house.root.certificate,), (), tuple(house.crls(first.now)))
    once = renew(old, first.stamp, fresh)
    twice = renew(once, second.stamp, first.evidence(second.now))
    now = dt.datetime(2045, 6, 1, tzinfo=dt.UTC)
    trust = Roots((house.root.certificate, first.root.certificate, second.root.certificate))

    def in_2045(document: bytes) -> XadesReport:
        (report,) = verify_document(
            document, trust, now=now, evidence=second.evidence(now), algorithms=retiring_p256()
        )
        return report

    report = in_2045(twice)
    assert report.valid, report.finding
    assert report.reasons == ()
    assert (report.level, report.at, report.known_until) == (Level.B_LTA, NOW, now)
    assert house.stamp.not_valid_after_utc < now
    assert in_2045(old).reasons == (Reason.WEAK_ALGORITHM,)
    assert in_2045(twice.replace(b"12/Q", b"13/Q")).reasons == (Reason.ALTERED,)
    assert in_2045(once).reasons == (Reason.REVOCATION_UNKNOWN,)
