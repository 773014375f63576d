"""Authorities of identity documents are believed after their fingerprint was compared, country by country."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.cli.trust import trust
from motcua.core.documents.checking.bundle import fingerprint
from motcua.engines.identity_documents.issuing import Issuer
from motcua.engines.identity_documents.trust import MASTER_LIST
from motcua.engines.pki import der

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
ISSUER = Issuer.new("CSCA", "FRA", "http://csca.example", start=NOW - dt.timedelta(days=9))
CERTIFICATE = ISSUER.authority.certificate


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    file = tmp_path / "csca.pem"
    file.write_bytes(CERTIFICATE.public_bytes(Encoding.PEM))
    return file


def run(folder: Path, *words: str) -> Result:
    made = CliRunner().invoke(trust, ["--folder", str(folder), "documents", *words], standalone_mode=False)
    assert made.exception is None or isinstance(made.exception, Exception)
    return made


def kept(folder: Path) -> list[str]:
    return sorted(one.suffix for one in (folder / "documents").glob("*/*"))


def test_a_certificate_is_kept_when_its_fingerprint_is_the_one_told(tmp_path: Path, authority: Path) -> None:
    assert run(tmp_path, "FRA", str(authority)).return_value == 1
    assert run(tmp_path, "FRA", str(authority), "--fingerprint", "00" * 32).return_value == 1
    assert kept(tmp_path) == []
    good = run(tmp_path, "FRA", str(authority), "--fingerprint", fingerprint(CERTIFICATE).upper())
    assert good.return_value == 0
    assert kept(tmp_path) == [".cer"]


def test_a_newer_list_takes_the_former_one_s_place(tmp_path: Path) -> None:
    for days in (1, 0):
        listed = ISSUER.authorities(NOW - dt.timedelta(days=days)).revoked[0]
        file = tmp_path / "signers.crl"
        file.write_bytes(listed)
        assert run(tmp_path, "FRA", str(file)).return_value == 0
    assert kept(tmp_path) == [".crl"]
    assert next((tmp_path / "documents" / "FRA").glob("*.crl")).read_bytes() == listed


def test_of_a_master_list_one_country_is_taken(tmp_path: Path) -> None:
    content = der.sequence(der.integer(0), der.set_of(CERTIFICATE.public_bytes(Encoding.DER)))
    enclosed = der.sequence(der.oid(MASTER_LIST), der.context(0, der.octets(content)))
    signed = der.sequence(der.integer(3), der.set_of(), enclosed, der.set_of())
    message = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.context(0, signed))
    file = tmp_path / "master.ml"
    file.write_bytes(message)
    told = ("--fingerprint", hashlib.sha256(message).hexdigest())
    country = str(CERTIFICATE.subject.rfc4514_string()).rpartition("C=")[2]
    assert run(tmp_path, "FRA", str(file), "--letters", country).return_value == 1, "nobody told the digest"
    assert "it has no authority of ZZ" in run(tmp_path, "FRA", str(file), "--letters", "ZZ", *told).output
    assert run(tmp_path, "FRA", str(file), "--letters", country, *told).return_value == 0
    assert kept(tmp_path) == [".cer"]


@pytest.mark.parametrize("country", ["fra", "FR", "../x", ""])
def test_a_country_is_written_as_in_zones(tmp_path: Path, authority: Path, country: str) -> None:
    assert isinstance(run(tmp_path, country, str(authority)).exception, Exception)
    assert kept(tmp_path) == []


def test_another_file_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8\xff")
    answer = run(tmp_path, "FRA", str(file))
    assert answer.return_value == 1
    assert "holiday.jpg" in answer.output
