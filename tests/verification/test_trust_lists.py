"""Whom an installation trusts besides itself: outsiders' documents judged by the lists that it keeps."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from motcua.cli.trust import trust as command
from motcua.core import clock
from motcua.core.documents import expiry, jobs, trust
from motcua.core.documents.checking import TrustBundle, following
from motcua.core.documents.checking.bundle import fingerprint
from motcua.core.documents.checking.keeping import Lists
from motcua.engines import xades
from motcua.engines.pki import Addresses, Authority, Person, Revocation, generate_key
from motcua.engines.xmldsig import sign_enveloped, signer_for
from tests.verification.house import XML, Officer, by_the_api

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PLACES = Addresses("http://ca.test/a.crl", "http://ca.test/ocsp", "http://ca.test/a.cer")


class PublicCa:
    """An authority that this installation does not know yet, and a company's accountant who signs by it."""

    def __init__(self, folder: Path) -> None:
        self.key = generate_key()
        self.root = Authority.root("Public CA of a test", self.key, PLACES, start=START)
        self.own = generate_key()
        person = Person("Trần Thị Kế Toán", "", "Công ty Cổ phần Thử", "r1")
        self.signer = self.root.issue_person(person, self.own.public_key(), start=START)
        self.file = folder / "ca.cer"
        self.file.write_bytes(self.root.certificate.public_bytes(Encoding.DER))

    def revocations(self, *revoked: Revocation) -> bytes:
        now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        return self.root.crl(revoked, number=1, now=now, next_update=now + dt.timedelta(days=3))

    def signed(self) -> bytes:
        return xades.sign_document(
            XML, signer_for(self.signer, self.own), xades.Claims(clock.now() - dt.timedelta(minutes=1))
        )


@pytest.fixture
def lists(officer: Officer, tmp_path: Path) -> Iterator[Lists]:
    kept = Lists(trust.house().trust)
    yield kept
    for file in kept.folder.glob("*"):
        file.unlink()


@pytest.fixture
def ca(tmp_path: Path) -> PublicCa:
    return PublicCa(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        command, ["--folder", str(trust.house().trust), *arguments], standalone_mode=False
    )


def test_an_outsider_is_unproven_until_the_installation_adds_the_authority(
    lists: Lists, ca: PublicCa, client: Client, tmp_path: Path
) -> None:
    (before,) = by_the_api(client, ("a.xml", ca.signed()))
    assert before["verdict"] == "unproven"
    own = fingerprint(ca.root.certificate)
    added = run("add", "Public CA", str(ca.file), "--fingerprint", own, "--holders", "organisation")
    assert added.return_value == 0, added.output
    (without_list,) = by_the_api(client, ("a.xml", ca.signed()))
    assert without_list["verdict"] == "unproven", "revocation data is required"
    (tmp_path / "ca.crl").write_bytes(ca.revocations())
    assert run("crl", str(tmp_path / "ca.crl")).return_value == 0
    (after,) = by_the_api(client, ("a.xml", ca.signed()))
    assert after["verdict"] == "not_ours", after
    assert after["signatures"][0]["holder"] == "organisation"
    assert after["signatures"][0]["vouched_by"].startswith("Public CA")
    (tmp_path / "ca.crl").write_bytes(ca.revocations(Revocation(ca.signer.serial_number, START)))
    run("crl", str(tmp_path / "ca.crl"))
    assert by_the_api(client, ("a.xml", ca.signed()))[0]["verdict"] == "altered"
    assert run("remove", own[:16]).return_value == 0
    assert by_the_api(client, ("a.xml", ca.signed()))[0]["verdict"] != "not_ours"


def test_a_certificate_is_added_by_its_true_fingerprint_only(lists: Lists, ca: PublicCa) -> None:
    assert run("add", "Public CA", str(ca.file), "--fingerprint", "00" * 32).return_value == 1
    own = fingerprint(ca.root.certificate)
    assert run("add", "Nobody", str(ca.file), "--fingerprint", own).return_value == 1
    signers = ca.file.with_name("signer.cer")
    signers.write_bytes(ca.signer.public_bytes(Encoding.DER))
    refused = run("add", "Public CA", str(signers), "--fingerprint", fingerprint(ca.signer))
    assert refused.return_value == 1
    assert lists.entries()["certificates"] == []


def test_the_list_says_what_is_trusted_and_what_is_missing(lists: Lists, ca: PublicCa) -> None:
    own = fingerprint(ca.root.certificate)
    for _ in range(2):
        run("add", "Public CA", str(ca.file), "--fingerprint", own)
    told = json.loads(run("list", "--json").output)
    assert [one["fingerprint"] for one in told["certificates"]] == [own]
    assert "Vietnam National Root CA" in told["missing"]
    assert "Public CA" not in told["missing"]


def etsi_list(
    ca: PublicCa, following: str = "2099-01-01T00:00:00Z", issued: str = "2026-01-01T00:00:00Z"
) -> bytes:
    der = "".join(ca.root.certificate.public_bytes(Encoding.PEM).decode().splitlines()[1:-1])
    return f"""<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><SchemeInformation>
<SchemeOperatorName><Name xml:lang="en">A ministry</Name></SchemeOperatorName><SchemeTerritory>EX</SchemeTerritory>
<ListIssueDateTime>{issued}</ListIssueDateTime><NextUpdate><dateTime>{following}</dateTime></NextUpdate>
</SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation>
<TSPName><Name xml:lang="en">A provider</Name></TSPName></TSPInformation><TSPServices><TSPService><ServiceInformation>
<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Qualified certificates</Name></ServiceName><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{der}</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus>
<StatusStartingTime>2026-01-01T00:00:00Z</StatusStartingTime></ServiceInformation></TSPService></TSPServices>
</TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>""".encode()


def test_a_signed_list_is_followed_refreshed_and_refused_when_it_does_not_hold(
    lists: Lists, ca: PublicCa, client: Client, tmp_path: Path
) -> None:
    signer, source, by = ca.signer, tmp_path / "list.xml", tmp_path / "by.pem"
    by.write_bytes(signer.public_bytes(Encoding.PEM))
    signed = sign_enveloped(etsi_list(ca), signer_for(signer, ca.own))
    source.write_bytes(signed)
    followed = run("follow", "eu-ex", str(source), "--signer", str(by))
    assert followed.return_value == 0, followed.output
    lists.keep_revocations(ca.revocations())
    (said,) = by_the_api(client, ("a.xml", ca.signed()))
    assert said["verdict"] == "not_ours"
    assert said["signatures"][0]["vouched_by"] == "Qualified certificates (A provider)"
    source.write_bytes(signed.replace(b"A provider", b"B provider"))
    assert run("refresh").return_value == 1
    assert by_the_api(client, ("a.xml", ca.signed()))[0]["verdict"] == "not_ours", "the former list stays"
    (lists.folder / "eu-ex.xml").write_bytes(signed.replace(b"A provider", b"B provider"))
    assert by_the_api(client, ("a.xml", ca.signed()))[0]["verdict"] == "unproven", "checked at every reading"
    assert TrustBundle.read(trust.house().trust).listed.faults


def test_a_list_out_of_date_is_refused(lists: Lists, ca: PublicCa, tmp_path: Path) -> None:
    source, by = tmp_path / "old.xml", tmp_path / "by.pem"
    by.write_bytes(ca.signer.public_bytes(Encoding.PEM))
    source.write_bytes(sign_enveloped(etsi_list(ca, "2026-02-01T00:00:00Z"), signer_for(ca.signer, ca.own)))
    assert run("follow", "eu-ex", str(source), "--signer", str(by)).return_value == 1
    assert lists.entries()["lists"] == []
    assert isinstance(ca.root.certificate, x509.Certificate)


def test_an_older_list_is_not_played_back(lists: Lists, ca: PublicCa, tmp_path: Path) -> None:
    source, by, signer = tmp_path / "list.xml", tmp_path / "by.pem", signer_for(ca.signer, ca.own)
    by.write_bytes(ca.signer.public_bytes(Encoding.PEM))
    source.write_bytes(sign_enveloped(etsi_list(ca, issued="2026-06-01T00:00:00Z"), signer))
    assert run("follow", "eu-ex", str(source), "--signer", str(by)).return_value == 0
    kept = (lists.folder / "eu-ex.xml").read_bytes()
    source.write_bytes(sign_enveloped(etsi_list(ca, issued="2026-05-01T00:00:00Z"), signer))
    refused = run("refresh")
    assert refused.return_value == 1
    assert "issued before the one that is kept" in refused.output
    assert (lists.folder / "eu-ex.xml").read_bytes() == kept
    source.write_bytes(sign_enveloped(etsi_list(ca, issued="2026-07-01T00:00:00Z"), signer))
    assert run("refresh").return_value == 0


def test_the_nightly_job_keeps_the_last_good_list_and_the_page_says_why_it_is_not_newer(
    lists: Lists, ca: PublicCa, client: Client, tmp_path: Path
) -> None:
    source, by, signer = tmp_path / "list.xml", tmp_path / "by.pem", signer_for(ca.signer, ca.own)
    by.write_bytes(ca.signer.public_bytes(Encoding.PEM))
    ends = f"{clock.now() + dt.timedelta(days=5):%Y-%m-%dT00:00:00Z}"
    source.write_bytes(sign_enveloped(etsi_list(ca, ends), signer))
    run("follow", "eu-ex", str(source), "--signer", str(by))
    page = "/kiem-tra/danh-sach-tin-cay/"
    assert "Chưa làm mới lần nào" in client.get(page).content.decode()
    told: list[tuple[str, str]] = []
    expiry.list_fails.register(lambda followed, week: told.append((followed.name, followed.fault)))
    jobs.follow_lists()
    assert "Đang dùng" in client.get(page).content.decode()
    assert told == []
    source.write_bytes(b"<html>out of order</html>")
    jobs.follow_lists()
    shown = client.get(page).content.decode()
    assert "Không làm mới được, đang dùng bản tốt gần nhất" in shown
    assert [name for name, _ in told] == ["eu-ex"], "it ends within the week"
    lists.keep_revocations(ca.revocations())
    assert by_the_api(client, ("a.xml", ca.signed()))[0]["verdict"] == "not_ours"
    assert "Whom checks here believe" in client.get(f"{page}?lang=en").content.decode()


def test_the_nightly_job_asks_no_address_within(lists: Lists, ca: PublicCa, tmp_path: Path) -> None:
    source, by = tmp_path / "list.xml", tmp_path / "by.pem"
    by.write_bytes(ca.signer.public_bytes(Encoding.PEM))
    source.write_bytes(sign_enveloped(etsi_list(ca), signer_for(ca.signer, ca.own)))
    run("follow", "eu-ex", str(source), "--signer", str(by))
    table = lists.entries()
    table["lists"][0]["source"] = "https://10.0.0.1/list.xml"
    (lists.folder / "added.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    jobs.follow_lists()
    (state,) = following.states(lists)
    assert "forbidden address" in state.fault
