"""Programs that are not ours judge what the authority issues: openssl, rfc3161-client, pdfsig, pyHanko."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from motcua.core import clock
from motcua.core.documents import certificates, queries, signing_keys, trust
from motcua.core.documents.models import Document, Key
from motcua.core.documents.testing import issued_result
from motcua.core.ledger.actor import SYSTEM
from tests.signing.conftest import Run, save_key

pytestmark = pytest.mark.django_db


def chair_key(document: Document) -> Key:
    return document.signatures.get(role="person").key


def ask_ocsp(openssl: Run, client: Client, folder: Path, issuer: str, certificate: str) -> str:
    """The question by openssl, the answer by the site, the judgement by openssl again."""
    openssl(
        *("ocsp", "-sha256", "-no_nonce", "-issuer", issuer, "-cert", certificate, "-reqout", "question.der")
    )
    question = (folder / "question.der").read_bytes()
    answer = client.post("/chung-thu/ocsp/any", question, content_type="application/ocsp-request")
    (folder / "answer.der").write_bytes(answer.content)
    (folder / "all.pem").write_bytes((folder / "root.pem").read_bytes() + (folder / issuer).read_bytes())
    return openssl(
        *("ocsp", "-sha256", "-no_nonce", "-issuer", issuer, "-cert", certificate, "-respin", "answer.der"),
        *("-CAfile", "all.pem"),
    ).stdout


def test_openssl_reads_our_answers_good_suspended_and_revoked(
    downloads: Path, openssl: Run, client: Client
) -> None:
    key = chair_key(issued_result())
    save_key(downloads, "chair.pem", key)
    said = ask_ocsp(openssl, client, downloads, "officers.pem", "chair.pem")
    assert "Response verify OK" in said
    assert "chair.pem: good" in said
    certificates.suspend(SYSTEM, key.key_id, "nghỉ phép dài")
    held = ask_ocsp(openssl, client, downloads, "officers.pem", "chair.pem")
    assert "chair.pem: revoked" in held
    assert "certificateHold" in held
    certificates.resume(SYSTEM, key.key_id, "đã trở lại")
    assert "chair.pem: good" in ask_ocsp(openssl, client, downloads, "officers.pem", "chair.pem")
    certificates.revoke(SYSTEM, key.key_id, "mất thiết bị", "key_compromise")
    lost = ask_ocsp(openssl, client, downloads, "officers.pem", "chair.pem")
    assert "chair.pem: revoked" in lost
    assert "keyCompromise" in lost


def test_openssl_reads_our_answers_about_issuing_authorities(
    downloads: Path, openssl: Run, client: Client
) -> None:
    said = ask_ocsp(openssl, client, downloads, "root.pem", "officers.pem")
    assert "Response verify OK" in said
    assert "officers.pem: good" in said


def test_the_question_may_come_by_get(downloads: Path, openssl: Run, client: Client) -> None:
    save_key(downloads, "chair.pem", chair_key(issued_result()))
    openssl("ocsp", "-issuer", "officers.pem", "-cert", "chair.pem", "-reqout", "question.der")
    text = base64.b64encode((downloads / "question.der").read_bytes()).decode("ascii")
    answer = client.get(f"/chung-thu/ocsp/officers/{text.replace('/', '%2F').replace('+', '%2B')}")
    read = x509.ocsp.load_der_ocsp_response(answer.content)
    assert read.certificate_status is x509.ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize("name", ["root", "officers", "seals", "stamping", "issuer"])
def test_openssl_verifies_every_list(downloads: Path, openssl: Run, name: str) -> None:
    said = openssl("crl", "-in", f"{name}.crl", "-inform", "DER", "-CAfile", f"{name}.pem", "-noout").stdout
    assert "verify OK" in said


def test_a_revoked_certificate_stands_in_its_branchs_list_with_the_reason(
    downloads: Path, openssl: Run, client: Client
) -> None:
    key = chair_key(issued_result())
    certificates.revoke(SYSTEM, key.key_id, "chuyển công tác", "affiliation_changed")
    (downloads / "officers.crl").write_bytes(client.get("/chung-thu/ca/officers.crl").content)
    said = openssl("crl", "-in", "officers.crl", "-inform", "DER", "-text", "-noout").stdout
    assert f"{int(key.serial):X}" in said
    assert "Affiliation Changed" in said
    seals = openssl("crl", "-in", "seals.crl", "-inform", "DER", "-text", "-noout").stdout
    assert f"{int(key.serial):X}" not in seals


def test_every_certificate_says_where_its_revocation_is_told(as_system: None) -> None:
    """A verifier that demands revocation data for the whole chain fails where one below the root is silent."""
    document = issued_result()
    house = trust.house()
    signers = [signing_keys.certificate_of(one.key) for one in document.signatures.all()]
    for certificate in (*signers, *house.intermediates, house.keys.certificate(trust.STAMPER)):
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert "/chung-thu/ca/" in str(points)
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        assert {each.access_method._name for each in access} == {"OCSP", "caIssuers"}


def test_officers_and_agencies_have_authorities_of_their_own(as_system: None) -> None:
    document = issued_result()
    issuers = [
        signing_keys.certificate_of(one.key).issuer.rfc4514_string()
        for one in document.signatures.order_by("place")
    ]
    assert "Officers" in issuers[0]
    assert "Agencies" in issuers[1]


def test_openssl_and_rfc3161_client_verify_our_time_stamps(
    downloads: Path, openssl: Run, client: Client
) -> None:
    (downloads / "data").write_bytes("giấy khai sinh".encode())
    openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query.tsq")
    query = (downloads / "query.tsq").read_bytes()
    answer = client.post("/chung-thu/dau-thoi-gian", query, content_type="application/timestamp-query")
    assert answer.headers["Content-Type"] == "application/timestamp-reply"
    (downloads / "reply.tsr").write_bytes(answer.content)
    said = openssl(
        *("ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", "root.pem"),
        *("-untrusted", "stamping.pem"),
    ).stdout
    assert "Verification: OK" in said
    root = x509.load_pem_x509_certificate((downloads / "root.pem").read_bytes())
    between = x509.load_pem_x509_certificate((downloads / "stamping.pem").read_bytes())
    verifier = (
        rfc3161_client.VerifierBuilder()
        .add_root_certificate(root)
        .add_intermediate_certificate(between)
        .build()
    )
    response = rfc3161_client.decode_timestamp_response(answer.content)
    assert verifier.verify_message(response, "giấy khai sinh".encode())
    with pytest.raises(rfc3161_client.VerificationError):
        verifier.verify_message(response, "giấy khác".encode())


def test_openssl_verifies_the_cades_signature_in_the_result(downloads: Path, openssl: Run) -> None:
    pdf = queries.content(issued_result())
    ranges = re.search(rb"/ByteRange ?\[0 (\d+) (\d+) (\d+)", pdf)
    assert ranges
    start, end, rest = map(int, ranges.groups())
    hexed = pdf[start + 1 : end - 1].rstrip(b"0")
    message = bytes.fromhex((hexed + b"0" * (len(hexed) % 2)).decode())
    (downloads / "signed").write_bytes(pdf[:start] + pdf[end : end + rest])
    (downloads / "signature.der").write_bytes(message + b"\0" * 8)
    arguments = (
        *("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.der"),
        *("-content", "signed", "-CAfile", "root.pem", "-certfile", "officers.pem"),
        *("-purpose", "any", "-out", "copy"),
    )
    assert "CAdES Verification successful" in openssl(*arguments).stdout
    altered = bytearray((downloads / "signed").read_bytes())
    altered[len(altered) // 2] ^= 1
    (downloads / "signed").write_bytes(bytes(altered))
    assert "CAdES Verification successful" not in openssl(*arguments).stdout


def test_pdfsig_finds_both_signatures_valid(as_system: None, tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    assert pdfsig, "pdfsig is missing: apt-get install poppler-utils"
    file = tmp_path / "result.pdf"
    file.write_bytes(queries.content(issued_result()))
    said = subprocess.run([pdfsig, "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature Validation: Signature is Valid") == 2


def test_the_roots_list_lasts_until_the_next_ceremony(as_system: None, client: Client) -> None:
    held = x509.load_der_x509_crl(client.get("/chung-thu/ca/root.crl").content)
    assert held.next_update_utc is not None
    assert held.next_update_utc - clock.now() > timedelta(days=30)


def test_a_certificate_of_ours_verifies_up_to_the_root_with_every_list_asked_for(
    downloads: Path, openssl: Run
) -> None:
    save_key(downloads, "chair.pem", chair_key(issued_result()))
    lists = b"".join(
        x509.load_der_x509_crl((downloads / f"{name}.crl").read_bytes()).public_bytes(Encoding.PEM)
        for name in ("root", "officers")
    )
    (downloads / "lists.pem").write_bytes(lists)
    said = openssl(
        *("verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem", "-CAfile", "root.pem"),
        *("-untrusted", "officers.pem", "chair.pem"),
    ).stdout
    assert "chair.pem: OK" in said
