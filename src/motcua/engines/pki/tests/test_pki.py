"""Certificates, revocation and time-stamps, checked by OpenSSL as the outsider."""

import datetime as dt
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from motcua.engines.pki import (
    Authority,
    FileKeyStore,
    KeyKind,
    KeyStoreError,
    Person,
    Revocation,
    Seal,
    SignatureAlgorithm,
    TimeStampAuthority,
    blind_reference,
    frame_for,
    generate_key,
    sign_with,
)
from motcua.engines.pki.cms import der_of
from motcua.engines.pki.tests.house import NOW, OFFICER, START, House, addresses


@pytest.fixture(scope="module")
def house() -> House:
    return House()


@pytest.fixture(scope="module", params=list(KeyKind))
def any_house(request: pytest.FixtureRequest) -> House:
    return House(request.param)


def openssl(*arguments: str, cwd: Path) -> str:
    if shutil.which("openssl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is absent; deploy/test-packages.txt names what the tests need")
        pytest.skip("openssl is absent: apt-get install openssl")
    done = subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def write_chain(house: House, folder: Path) -> None:
    for name, certificate in (
        ("root", house.root.certificate),
        ("issuing", house.issuing.certificate),
        ("officer", house.officer),
    ):
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    for name, crl in zip(("root", "issuing"), house.crls(), strict=True):
        (folder / f"{name}.crl").write_bytes(crl)


def test_openssl_accepts_the_whole_chain_with_its_revocation_lists(any_house: House, tmp_path: Path) -> None:
    write_chain(any_house, tmp_path)
    pems = [x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM) for crl in any_house.crls()]
    (tmp_path / "crls.pem").write_bytes(b"".join(pems))
    answer = openssl(
        *("verify", "-x509_strict", "-crl_check_all", "-attime", str(int(NOW.timestamp()))),
        *("-CAfile", "root.pem", "-CRLfile", "crls.pem", "-untrusted", "issuing.pem", "officer.pem"),
        cwd=tmp_path,
    )
    assert "officer.pem: OK" in answer


def test_an_officer_is_named_with_every_mark_and_without_the_personal_number(house: House) -> None:
    subject = house.officer.subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Nguyễn Thị Ánh"
    assert subject.get_attributes_for_oid(NameOID.TITLE)[0].value == "Chủ tịch"
    reference = blind_reference("019195001234", b"k" * 32)
    assert "019195001234" not in reference
    assert reference == blind_reference("019195001234", b"k" * 32)
    assert reference != blind_reference("019195001234", b"l" * 32)
    with pytest.raises(ValueError, match="32 bytes"):
        blind_reference("019195001234", b"short")


@pytest.mark.filterwarnings("error")
def test_a_long_name_is_shortened_at_a_word_and_stands_whole_as_organisation(house: House) -> None:
    agency = "Trung tâm Phục vụ hành chính công phường Phan Đình Phùng"
    key = generate_key(KeyKind.P256)
    seal = house.issuing.issue_seal(Seal(agency, "000.00.18.H55"), key.public_key(), start=NOW).subject
    assert names(seal, NameOID.COMMON_NAME) == ["Trung tâm Phục vụ hành chính công phường Phan Đình"]
    assert names(seal, NameOID.ORGANIZATION_NAME) == [agency]
    stamps = house.issuing.issue_time_stamping(f"{agency}, cấp dấu thời gian", key.public_key(), start=NOW)
    assert names(stamps.subject, NameOID.COMMON_NAME) == [
        "Trung tâm Phục vụ hành chính công phường Phan Đình"
    ]
    assert names(stamps.subject, NameOID.ORGANIZATION_NAME) == [f"{agency}, cấp"]


def names(subject: x509.Name, kind: x509.ObjectIdentifier) -> list[str | bytes]:
    return [each.value for each in subject.get_attributes_for_oid(kind)]


def test_every_certificate_below_the_root_says_where_its_revocation_is_told(house: House) -> None:
    for certificate, name in (
        (house.issuing.certificate, "root"),
        (house.officer, "issuing"),
        (house.stamp, "issuing"),
    ):
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        assert points[0].full_name is not None
        assert points[0].full_name[0].value == f"http://pki.motcua.example/{name}.crl"
        assert access[0].access_location.value == f"http://pki.motcua.example/{name}/ocsp"


def test_an_authority_cannot_outlive_itself_or_issue_after_its_end(house: House) -> None:
    key = generate_key().public_key()
    late = house.issuing.issue_person(OFFICER, key, start=START + dt.timedelta(days=9.5 * 365))
    assert late.not_valid_after_utc == house.issuing.certificate.not_valid_after_utc
    with pytest.raises(ValueError, match="renew it"):
        house.issuing.issue_person(OFFICER, key, start=START + dt.timedelta(days=11 * 365))
    with pytest.raises(ValueError, match="before it begins"):
        house.issuing.issue_person(OFFICER, key, start=NOW, end=START)
    with pytest.raises(ValueError, match="64"):
        house.issuing.issue_person(Person("N" * 65, "", "", ""), key, start=NOW)
    with pytest.raises(ValueError, match="do not belong together"):
        Authority(house.root.certificate, generate_key(), addresses("root"))


def test_openssl_hears_good_and_revoked_from_the_responder(tmp_path: Path) -> None:
    house = House(now=dt.datetime.now(dt.UTC))
    write_chain(house, tmp_path)
    about = ("ocsp", "-issuer", "issuing.pem", "-cert", "officer.pem")
    say = (*about, "-CAfile", "root.pem", "-verify_other", "issuing.pem")
    request = tmp_path / "request.der"
    openssl(*about, "-reqout", "request.der", cwd=tmp_path)
    (tmp_path / "good.der").write_bytes(house.responder.respond(request.read_bytes(), house.now))
    asked = openssl(*say, "-no_nonce", "-respin", "good.der", cwd=tmp_path)
    assert "Response verify OK" in asked, asked
    assert "officer.pem: good" in asked
    house.revoke(house.officer, house.now)
    (tmp_path / "bad.der").write_bytes(house.responder.respond(request.read_bytes(), house.now))
    assert "officer.pem: revoked" in openssl(*say, "-no_nonce", "-respin", "bad.der", cwd=tmp_path)


def test_what_was_never_issued_is_unknown_and_other_issuers_are_refused(house: House) -> None:
    stranger = House()
    forged = x509.ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *_issuer_hashes(house), serial_number=12345, algorithm=SHA256()
    )
    answer = ocsp.load_der_ocsp_response(
        house.responder.respond(forged.build().public_bytes(Encoding.DER), NOW)
    )
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    elsewhere = ocsp.OCSPRequestBuilder().add_certificate(
        stranger.officer, stranger.issuing.certificate, SHA1()
    )
    refused = ocsp.load_der_ocsp_response(
        house.responder.respond(elsewhere.build().public_bytes(Encoding.DER), NOW)
    )
    assert refused.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    broken = ocsp.load_der_ocsp_response(house.responder.respond(b"nonsense", NOW))
    assert broken.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def _issuer_hashes(house: House) -> tuple[bytes, bytes]:
    request = ocsp.OCSPRequestBuilder().add_certificate(house.officer, house.issuing.certificate, SHA256())
    built = request.build()
    return built.issuer_name_hash, built.issuer_key_hash


def test_a_nonce_comes_back(house: House) -> None:
    request = ocsp.OCSPRequestBuilder().add_certificate(house.officer, house.issuing.certificate, SHA1())
    request = request.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False)
    answer = ocsp.load_der_ocsp_response(
        house.responder.respond(request.build().public_bytes(Encoding.DER), NOW)
    )
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"


def test_a_revocation_list_holds_when_and_why(house: House) -> None:
    reason = x509.ReasonFlags.key_compromise
    crl = house.issuing.crl(
        [Revocation(77, NOW, reason), Revocation(78, NOW)],
        number=5,
        now=NOW,
        next_update=NOW + dt.timedelta(days=1),
    )
    read = x509.load_der_x509_crl(crl)
    entry = read.get_revoked_certificate_by_serial_number(77)
    assert entry is not None
    assert entry.revocation_date_utc == NOW
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is reason
    assert read.get_revoked_certificate_by_serial_number(79) is None
    assert read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 5


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_openssl_verifies_our_time_stamps(any_house: House, tmp_path: Path, digest: str) -> None:
    any_house.now = dt.datetime.now(dt.UTC)
    write_chain(any_house, tmp_path)
    (tmp_path / "data").write_bytes(b"what was known")
    openssl("ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "q.tsq", cwd=tmp_path)
    (tmp_path / "r.tsr").write_bytes(any_house.tsa.respond((tmp_path / "q.tsq").read_bytes()))
    check = (
        "ts",
        "-verify",
        "-queryfile",
        "q.tsq",
        "-in",
        "r.tsr",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
    )
    assert "Verification: OK" in openssl(*check, cwd=tmp_path)
    (tmp_path / "data").write_bytes(b"what was not")
    forged = (
        "ts",
        "-verify",
        "-data",
        "data",
        "-in",
        "r.tsr",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
    )
    assert "Verification: OK" not in openssl(*forged, cwd=tmp_path)


def test_a_time_stamp_tells_the_moment_of_the_clock(house: House) -> None:
    token = cms.ContentInfo.load(house.tsa.stamp(sha256(b"x").digest()), strict=True)
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["gen_time"].native == house.now
    assert info["message_imprint"]["hashed_message"].native == sha256(b"x").digest()
    assert len(token.dump()) <= house.tsa.token_size
    with pytest.raises(ValueError, match="32 bytes"):
        house.tsa.stamp(b"short")


def rejection(response: bytes) -> tsp.PKIStatusInfo:
    """The status of a response without token, which asn1crypto reads only by itself."""
    return tsp.PKIStatusInfo.load(response[2:], strict=True)


@pytest.mark.parametrize(
    ("algorithm", "digest", "failure"),
    [("sha1", bytes(20), "bad_alg"), ("sha256", bytes(31), "bad_data_format")],
)
def test_an_unfit_digest_is_rejected_with_its_reason(
    house: House, algorithm: str, digest: bytes, failure: str
) -> None:
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint}).dump()
    status = rejection(house.tsa.respond(request))
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}
    garbage = rejection(house.tsa.respond(b"garbage"))
    assert garbage["fail_info"].native == {"bad_data_format"}


def test_a_signers_certificate_cannot_stamp_time(house: House) -> None:
    with pytest.raises(ValueError, match="that purpose only"):
        TimeStampAuthority(house.officer, (), lambda data: data, lambda: NOW)


def test_openssl_verifies_a_message_with_its_cades_attributes(any_house: House, tmp_path: Path) -> None:
    write_chain(any_house, tmp_path)
    frame = frame_for(der_of(any_house.officer), tuple(map(der_of, any_house.chain)))
    (tmp_path / "data").write_bytes(b"signed")
    attributes = frame.attributes(sha256(b"signed").digest())
    message = frame.message(attributes, sign_with(any_house.officer_key, attributes))
    assert len(message) <= frame.size
    (tmp_path / "m.der").write_bytes(message)
    check = (
        *("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "m.der", "-content", "data"),
        *("-CAfile", "root.pem", "-attime", str(int(NOW.timestamp())), "-purpose", "any", "-out", "out"),
    )
    assert "CAdES Verification successful" in openssl(*check, cwd=tmp_path)
    (tmp_path / "data").write_bytes(b"forged")
    assert "successful" not in openssl(*check, cwd=tmp_path)


def test_keys_are_kept_encrypted_and_open_again(house: House, tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys", "a long passphrase")
    store.add("officer", house.officer_key)
    store.install("officer", house.officer, house.chain)
    path = tmp_path / "keys" / "officer.key"
    assert isinstance(house.officer_key, EllipticCurvePrivateKey)
    assert b"ENCRYPTED" in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    again = FileKeyStore(tmp_path / "keys", "a long passphrase")
    signature = again.sign("officer", b"data", SignatureAlgorithm.ECDSA_SHA256)
    digest = again.sign("officer", sha256(b"data").digest(), SignatureAlgorithm.ECDSA_SHA256, prehashed=True)
    for each in (signature, digest):
        house.officer_key.public_key().verify(each, b"data", ECDSA(SHA256()))
    assert again.certificate("officer") == house.officer
    assert again.chain("officer") == house.chain
    assert again.key_ids() == ["officer"]


def test_a_renewal_by_another_process_is_seen(house: House, tmp_path: Path) -> None:
    one, other = (FileKeyStore(tmp_path, "a long passphrase") for _ in range(2))
    one.add("officer", house.officer_key)
    one.install("officer", house.officer)
    assert other.certificate("officer") == house.officer
    renewed = house.issuing.issue_person(OFFICER, house.officer_key.public_key(), start=NOW)
    one.install("officer", renewed)
    assert other.certificate("officer") == renewed


def test_a_key_store_refuses_what_would_lose_or_leak_a_key(house: House, tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path, "a long passphrase")
    store.create("officer")
    with pytest.raises(KeyStoreError, match="never overwritten"):
        store.create("officer")
    with pytest.raises(KeyStoreError, match="does not open with this passphrase"):
        FileKeyStore(tmp_path, "another passphrase").private_key("officer")
    with pytest.raises(KeyStoreError, match="no key 'absent'"):
        store.private_key("absent")
    with pytest.raises(KeyStoreError, match="letters, digits"):
        store.private_key("../../etc/passwd")
    with pytest.raises(KeyStoreError, match="not for the key"):
        store.install("officer", house.officer)
    with pytest.raises(KeyStoreError, match="no certificate yet"):
        store.certificate("officer")
    with pytest.raises(KeyStoreError, match="cannot sign with rsa"):
        store.sign("officer", b"", SignatureAlgorithm.RSA_SHA256)
    with pytest.raises(KeyStoreError, match="8 characters"):
        FileKeyStore(tmp_path, "short")
