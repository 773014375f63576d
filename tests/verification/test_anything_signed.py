"""Whatever a person holds is told what it is: PDF, XML, container, detached signature, log, credential."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from motcua.core.documents import actions, queries, trust
from motcua.core.documents.testing import issued_result
from motcua.core.ledger.actor import SYSTEM
from motcua.engines.asice import archive_container, build_cades_container, build_container
from motcua.engines.pades import Level
from tests.verification.house import Officer, by_the_api, by_the_command, on_the_page

pytestmark = pytest.mark.django_db


def test_a_signed_xml_document_is_read(officer: Officer, client: Client, tmp_path: Path) -> None:
    signed = officer.xml()
    page = on_the_page(client, ("van-ban.xml", signed))
    assert "Chữ ký hợp lệ, không phải kết quả của hệ thống này" in page
    assert "XAdES B-LT" in page
    assert "Chủ tịch" in page
    code, (told,) = by_the_command(tmp_path, ("van-ban.xml", signed))
    assert (code, told["form"], told["verdict"]) == (0, "XML", "valid")
    (tmp_path / "root.pem").write_bytes(trust.house().root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "own.pem").write_bytes(officer.signer.certificate.public_bytes(Encoding.PEM))
    checked = subprocess.run(
        [
            *("xmlsec1", "--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"),
            *("--pubkey-cert-pem", "own.pem", "van-ban.xml"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_a_container_is_read_with_its_files(officer: Officer, client: Client, tmp_path: Path) -> None:
    files = {"don.txt": "Đơn đề nghị".encode(), "ban-ve.bin": b"\x00" * 10}
    container = build_container(files, [officer.over(files)])
    page = on_the_page(client, ("ho-so.asice", container))
    assert "Những gì được ký" in page
    assert "don.txt" in page
    code, (told,) = by_the_command(tmp_path, ("ho-so.asice", container))
    assert code == 0
    assert [part["name"] for part in told["signed_parts"]] == ["don.txt", "ban-ve.bin"]


def test_a_container_with_cades_is_read_and_kept_for_decades(
    officer: Officer, client: Client, tmp_path: Path
) -> None:
    files = {"don.txt": "Đơn đề nghị".encode(), "ban-ve.bin": b"\x00" * 10}
    container = build_cades_container(files, [officer.message])
    (said,) = by_the_api(client, ("ho-so.asice", container))
    assert said["valid"], said
    assert [part["name"] for part in said["signed_parts"]] == ["don.txt", "ban-ve.bin"]
    (signature,) = said["signatures"]
    assert (signature["signature_format"], signature["signature_level"]) == ("CAdES", "B-LT")
    kept = archive_container(container, trust.house().time_stamping.stamp, officer.evidence)
    code, (told,) = by_the_command(tmp_path, ("ho-so.asice", kept))
    assert (code, told["signatures"][0]["signature_level"]) == (0, "B-LTA")
    assert "CAdES B-LTA" in on_the_page(client, ("ho-so.asice", kept))
    files["don.txt"] += b"!"
    (said,) = by_the_api(client, ("ho-so.asice", build_cades_container(files, [lambda _: b"nothing"])))
    assert said["verdict"] == "altered"


def test_a_message_that_encloses_its_content_shows_it(officer: Officer, client: Client) -> None:
    signed = officer.message("Biên bản họp".encode(), enclosed=True)
    page = on_the_page(client, ("bien-ban.p7m", signed))
    assert "Chữ ký hợp lệ, không phải kết quả của hệ thống này" in page
    assert "CAdES B-LT" in page
    assert "Biên bản họp" in page
    broken = signed.replace("Biên bản họp".encode(), "Biên bản hộp".encode())
    assert "Văn bản không đáng tin" in on_the_page(client, ("bien-ban.p7m", broken))


def test_a_detached_signature_is_checked_with_its_file(
    officer: Officer, client: Client, tmp_path: Path
) -> None:
    content = "Biên bản họp".encode()
    p7s = officer.p7s(content, tmp_path)
    (said,) = by_the_api(client, ("bien-ban.txt", content), ("bien-ban.txt.p7s", p7s))
    assert said["valid"], said
    assert said["signed_parts"] == [{"name": "bien-ban.txt", "size": len(content)}]
    assert said["signatures"][0]["signature_format"] == "CAdES"
    alone = by_the_api(client, ("bien-ban.txt.p7s", p7s))[0]
    assert not alone["valid"]
    assert "Chọn thêm tệp gốc" in alone["sentence"]
    changed = by_the_api(client, ("bien-ban.txt", content + b"!"), ("bien-ban.txt.p7s", p7s))
    assert {one["verdict"] for one in changed} == {"unknown", "altered"}
    code, told = by_the_command(tmp_path, ("bien-ban.txt", content), ("bien-ban.p7s", p7s))
    assert (code, len(told)) == (0, 1)


def test_an_xml_signature_over_a_file_beside_it(officer: Officer, client: Client) -> None:
    files = {"don.txt": "Đơn đề nghị".encode()}
    signature = officer.over(files)
    (said,) = by_the_api(client, ("chu-ky.xml", signature), *files.items())
    assert said["valid"], said
    (broken, _) = by_the_api(client, ("chu-ky.xml", signature), ("don.txt", b"khac"))
    assert broken["verdict"] == "altered"


def test_several_files_each_get_their_answer(officer: Officer, client: Client) -> None:
    result = queries.content(issued_result())
    page = on_the_page(
        client, ("giay-khai-sinh.pdf", result), ("van-ban.xml", officer.xml()), ("anh.jpg", b"\xff\xd8")
    )
    assert "Kết quả kiểm tra 3 tệp" in page
    for word in ("Văn bản là thật", "Chữ ký hợp lệ, không phải kết quả", "Không kiểm tra được tệp này"):
        assert word in page


def test_a_proof_of_the_log_is_checked(officer: Officer, client: Client, tmp_path: Path) -> None:
    document = issued_result()
    proof = client.get(f"/kiem-tra/{document.code}/chung-minh.json").content
    (said,) = by_the_api(client, ("chung-minh.json", proof))
    assert said["verdict"] == "valid"
    assert "Dòng thứ" in said["sentence"]
    forged = json.loads(proof)
    forged["sth"]["tree_size"] += 1
    (said,) = by_the_api(client, ("chung-minh.json", json.dumps(forged).encode()))
    assert said["verdict"] == "altered"
    assert by_the_command(tmp_path, ("chung-minh.json", proof))[0] == 0


def test_a_wallet_credential_is_told_where_to_be_shown(officer: Officer, client: Client) -> None:
    token = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2NhcC52biIsInZjdCI6InRoZSJ9.AAAA~eyJ9~"
    (said,) = by_the_api(client, ("the.txt", token))
    assert (said["form"], said["valid"]) == ("SD-JWT", False)
    assert "xuất trình từ ví" in said["sentence"]
    assert "https://cap.vn" in said["sentence"]


def test_what_cannot_be_checked_says_what_can(officer: Officer, client: Client) -> None:
    page = on_the_page(client, ("anh.jpg", b"\xff\xd8\xff"))
    assert "Không kiểm tra được tệp này" in page
    assert "PDF đã ký, XML đã ký, gói ASiC-E" in page
    assert "What can be checked" in on_the_page(client, ("a.jpg", b"\xff\xd8\xff"), lang="en")


def test_a_withdrawn_result_is_no_longer_genuine_and_a_replaced_one_leads_on(
    officer: Officer, client: Client
) -> None:
    withdrawn, old, new = issued_result(), issued_result("A"), issued_result("B")
    actions.withdraw(SYSTEM, withdrawn.pk, "cấp nhầm")
    actions.replace(SYSTEM, old, new)
    page = on_the_page(client, ("a.pdf", queries.content(withdrawn)))
    assert "Văn bản đã bị thu hồi" in page
    assert "cấp nhầm" in page
    assert f"/kiem-tra/{new.code}/" in on_the_page(client, ("b.pdf", queries.content(old)))


def test_the_page_names_the_log_and_how_to_check_it(officer: Officer, client: Client) -> None:
    page = on_the_page(client, ("a.pdf", queries.content(issued_result())))
    assert "python verifier.py proof chung-minh.json" in page
    assert "/nhat-ky-cong-khai/" in page
    assert "/nhat-ky-cong-khai/" in client.get("/kiem-tra/").content.decode()


def test_pdfsig_agrees_on_what_is_good(officer: Officer, client: Client, tmp_path: Path) -> None:
    signed = officer.pdf(Level.B_LT)
    (tmp_path / "good.pdf").write_bytes(signed)
    told = subprocess.run(
        ["pdfsig", "-nocert", "good.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Signature is Valid." in told.stdout
    assert by_the_api(client, ("good.pdf", signed))[0]["valid"]


def test_the_report_is_a_sealed_pdf_and_json_and_cannot_be_made_up(officer: Officer, client: Client) -> None:
    page = on_the_page(client, ("giay-khai-sinh.pdf", queries.content(issued_result())))
    blob = page.split('name="bao-cao" value="')[1].split('"')[0]
    pdf = client.post("/kiem-tra/bao-cao/", {"bao-cao": blob, "dang": "pdf"})
    assert pdf["Content-Type"] == "application/pdf"
    (said,) = by_the_api(client, ("bao-cao.pdf", pdf.content))
    assert said["valid"], said
    assert said["signatures"][0]["holder"] == "agency"
    report = client.post("/kiem-tra/bao-cao/", {"bao-cao": blob, "dang": "json"}).json()
    assert report["files"][0]["main_indication"] == "total-passed"
    assert len(report["files"][0]["sha256"]) == 64
    made_up = client.post("/kiem-tra/bao-cao/", {"bao-cao": blob[:-3] + "abc", "dang": "pdf"})
    assert made_up.status_code == 400


def test_no_upload_is_kept_on_disk_or_in_the_database(
    officer: Officer, client: Client, tmp_path: Path
) -> None:
    secret = b"MOT-CHUOI-KHONG-AI-CO-9f8e7d"
    planted = (
        officer.xml(b"<a xmlns='urn:a'>" + secret + b"</a>") + b"\n" * 3_000_000
    )  # beyond Django's memory limit
    page = on_the_page(client, ("planted.xml", planted))
    assert "Kiểm tra" in page
    home = Path(settings.MOTCUA_HOME)
    uploads = Path(settings.FILE_UPLOAD_TEMP_DIR or "/tmp").glob("*.upload*")  # as Django names them
    kept = [path for path in uploads if path.is_file() and secret in path.read_bytes()]
    kept += [path for path in (home / "trust").rglob("*") if path.is_file() and secret in path.read_bytes()]
    kept += [path for path in (home / "files").rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert kept == []
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.tables "
            "where table_schema = 'public' and table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'select count(*) from "{table}" t where t::text like %s', [f"%{secret.decode()}%"]
            )
            assert cursor.fetchone()[0] == 0, table
    assert cache.get("planted.xml") is None


def test_what_is_too_large_is_said_and_never_read_whole(client: Client, db: None) -> None:
    file = io.BytesIO(b"\x00" * (25 * 2**20 + 1))
    file.name = "lon.pdf"
    answer = client.post("/kiem-tra/tep/", {"tep": file})
    assert answer.status_code == 413
    assert "Tệp lớn hơn 25 MB nên không kiểm tra được." in answer.content.decode()
    assert "25 MB" in client.get("/kiem-tra/").content.decode()


def test_the_api_describes_itself_and_refuses_by_problem_json(client: Client, db: None) -> None:
    described = client.get("/kiem-tra/api/v1/openapi.json").json()
    assert "/kiem-tra/api/v1/files" in described["paths"]
    nothing = client.post("/kiem-tra/api/v1/files", {})
    assert nothing.status_code == 400
    assert nothing["Content-Type"] == "application/problem+json"
    assert client.get("/kiem-tra/api/v1/codes/ABCDEFGHJKLM").status_code == 404


def test_the_bundle_of_the_page_serves_the_command_elsewhere(
    officer: Officer, client: Client, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from motcua.cli.verify import verify

    (tmp_path / "tin-cay.zip").write_bytes(client.get("/kiem-tra/bo-tin-cay.zip").content)
    (tmp_path / "a.pdf").write_bytes(officer.pdf(Level.B_LT))
    command = [str(tmp_path / "a.pdf"), "--trust", str(tmp_path / "tin-cay.zip")]
    said = CliRunner().invoke(verify, [*command, "--report", str(tmp_path / "r.json")])
    assert said.exit_code == 0, said.output
    assert "Chưa biết kết quả có bị thu hồi" in said.output, "what it could not know offline"
    assert json.loads((tmp_path / "r.json").read_text())["files"][0]["valid"]
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04")
    assert CliRunner().invoke(verify, [command[0], "--trust", str(tmp_path / "bad.zip")]).exit_code == 2
