"""Authorities follow each other, roots too, and are revoked, without what was signed losing its worth unjustly."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import (
    asking,
    ceremony,
    certificates,
    disowning,
    expiry,
    queries,
    reissuing,
    revocation,
    signing_keys,
    succession,
    trust,
)
from motcua.core.documents.models import CertificateRequest
from motcua.core.documents.testing import issued_result
from motcua.core.documents.tests.conftest import Move
from motcua.core.documents.tests.test_certificates import approver, granted
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.models import Event
from motcua.engines.pki import Addresses, Authority, ceremonies, generate_key
from motcua.engines.pki.ceremonies import Answer, Order

PASSPHRASE = ceremony.kept_by_two("nửa của người thứ nhất", "nửa của người thứ hai")
KEEPERS = ("Nguyễn Văn An", "Trần Thị Bình")
IN_2032 = dt.datetime(2032, 3, 1, tzinfo=dt.UTC)
IN_2035 = dt.datetime(2035, 1, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def openssl_believes(
    leaf: x509.Certificate,
    root: x509.Certificate,
    between: list[x509.Certificate],
    crls: list[bytes],
    folder: Path,
) -> str:
    """What OpenSSL says of a chain with revocation asked of every certificate in it; "" when it agrees."""
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "between.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in between))
    lists = b"".join(x509.load_der_x509_crl(one).public_bytes(Encoding.PEM) for one in crls)
    (folder / "crls.pem").write_bytes(lists)
    told = subprocess.run(
        [
            *(
                "openssl",
                "verify",
                "-CAfile",
                "root.pem",
                "-untrusted",
                "between.pem",
                "-CRLfile",
                "crls.pem",
            ),
            *("-crl_check_all", "-attime", str(int(clock.now().timestamp())), "leaf.pem"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if told.returncode == 0 else told.stdout + told.stderr


def offline(house: trust.House, folder: Path) -> Path:
    sealed = folder / "root.sealed"
    ceremony.take_offline(sealed, PASSPHRASE)
    return sealed


def carried(sealed: Path, next_sealed: Path | None = None, by: tuple[str, ...] = KEEPERS) -> Answer:
    """The order goes to the root's machine as a file, and its answer comes back as one."""
    asked = Order.from_json(succession.order().to_json())
    certificate = trust.house().roots[asked.root]
    following = (next_sealed, PASSPHRASE) if next_sealed else None
    told = ceremony.answer_to(
        asked, certificate, (sealed, PASSPHRASE), by=by, now=clock.now(), next_sealed=following
    )
    return Answer.from_json(told.to_json())


def test_a_young_house_wants_nothing_of_its_root(lonely_house: trust.House) -> None:
    assert succession.duties() == []
    assert succession.perform() == []


def test_an_issuing_authority_is_followed_by_the_next_while_it_outlives_what_it_issues(
    lonely_house: trust.House, tmp_path: Path, move: Move
) -> None:
    signed = queries.content(issued_result())
    move(IN_2032)
    assert set(succession.perform()) >= {"officers-2", "seals-2", "responder"}
    house = trust.house()
    key = granted()
    assert key.authority == "officers-2"
    assert key.valid_until - clock.now() > dt.timedelta(days=3 * 365), "not cut short by its authority"
    assert queries.verify_bytes(signed).verdict == "valid", "what the former one certified stands"
    assert (
        openssl_believes(
            signing_keys.certificate_of(key),
            house.root.certificate,
            house.intermediates,
            house.revocation_lists(),
            tmp_path,
        )
        == ""
    )
    answer = revocation.answer_about(signing_keys.certificate_of(key))
    assert answer
    assert x509.ocsp.load_der_ocsp_response(answer).certificate_status is x509.ocsp.OCSPCertStatus.GOOD
    assert succession.perform() == [], "once is enough"


def test_other_processes_notice_a_ceremony(
    lonely_house: trust.House, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(IN_2032)
    before = trust.house()
    monkeypatch.setattr(trust._house, "cache_clear", lambda: None)  # as in a process that did not hold it
    succession.perform()
    assert trust.house() is not before
    assert "officers-2" in trust.house().authorities


def test_an_offline_root_is_asked_by_a_file_and_answers_by_one(
    lonely_house: trust.House, tmp_path: Path, move: Move
) -> None:
    sealed = offline(lonely_house, tmp_path)
    move(IN_2032)
    assert succession.perform() == [], "nothing happens without the root"
    told: list[str] = []
    expiry.root_is_wanted.register(lambda duty, days: told.append(duty.kind))
    expiry.call_the_root()
    assert {"authority", "list", "responder"} <= set(told)
    assert any("officers-2" in one for one in succession.order().sentences())
    fresh = succession.accept(approver(), carried(sealed))
    assert {"officers-2", "seals-2"} <= set(fresh)
    assert granted().authority == "officers-2"
    assert not trust.house().root_is_online
    used = Event.objects.filter(kind="authority.root_used").latest("id")
    assert used.data["by"] == list(KEEPERS)
    assert not [one for one in succession.duties() if one.kind != "stamper"]


def test_the_ceremony_takes_two_persons(lonely_house: trust.House, tmp_path: Path, move: Move) -> None:
    sealed = offline(lonely_house, tmp_path)
    move(IN_2032)
    with pytest.raises(UserError, match="two persons"):
        carried(sealed, by=("Nguyễn Văn An", "Nguyễn Văn An"))
    with pytest.raises(UserError, match="does not open"):
        ceremony.unseal(sealed, ceremony.kept_by_two("nửa của người thứ nhất", "đoán"))


def test_only_the_roots_own_word_is_taken_in(lonely_house: trust.House, tmp_path: Path, move: Move) -> None:
    sealed = offline(lonely_house, tmp_path)
    move(IN_2032)
    asked = succession.order()
    false_key = generate_key()
    false_root = Authority.root(
        "Motcua Root CA (thử nghiệm)", false_key, Addresses("", "", ""), start=trust.START
    )
    forged = ceremonies.answer(
        replace(asked, fingerprint=ceremonies.fingerprint_of(false_root.certificate)),
        false_root.certificate,
        false_key,
        by=KEEPERS,
        now=clock.now(),
    )
    with pytest.raises(UserError, match="not signed by the root"):
        succession.accept(approver(), forged)
    told = carried(sealed)
    swapped = dict(told.certificates) | {"officers-2": told.certificates["responder"]}
    with pytest.raises(UserError, match="another purpose"):
        succession.accept(approver(), replace(told, certificates=swapped))
    strange = dict(told.certificates) | {"officers-2": told.certificates["seals-2"]}
    with pytest.raises(UserError, match="not for the key"):
        succession.accept(approver(), replace(told, certificates=strange))
    succession.accept(approver(), told)
    move(IN_2032 + 30 * HOUR)
    succession.accept(approver(), carried(sealed))
    with pytest.raises(Conflict, match="older"):
        succession.accept(approver(), told)


@pytest.mark.parametrize("online", [True, False])
def test_a_root_is_followed_by_the_next_and_both_vouch_for_each_other(
    online: bool, lonely_house: trust.House, tmp_path: Path, move: Move
) -> None:
    signed = queries.content(issued_result())
    first = lonely_house.root.certificate
    sealed = None if online else offline(lonely_house, tmp_path)
    move(IN_2035)
    if sealed is None:
        assert "root-2" in succession.perform()
    else:
        next_sealed = tmp_path / "next.sealed"
        assert "root-2" in succession.accept(approver(), carried(sealed, next_sealed))
        sealed = next_sealed
    house = trust.house()
    assert (house.root_name, house.root_is_online) == ("root-2", online)
    second = house.root.certificate
    assert second.not_valid_after_utc > first.not_valid_after_utc
    assert queries.verify_bytes(signed).verdict == "valid"
    lists = house.revocation_lists()
    old_leaf, between = house.authorities["officers"].certificate, house.intermediates
    assert openssl_believes(old_leaf, first, between, lists, tmp_path) == ""
    assert openssl_believes(old_leaf, second, between, lists, tmp_path) == "", (
        "by the former key under the new root"
    )
    move(IN_2035 + dt.timedelta(days=6 * 365))
    if sealed is None:
        succession.perform()
    else:
        succession.accept(approver(), carried(sealed))
    house = trust.house()
    key = granted()
    leaf = signing_keys.certificate_of(key)
    above = house.authorities[key.authority]
    assert above.certificate.issuer == second.subject
    lists, between = house.revocation_lists(), house.intermediates
    assert openssl_believes(leaf, second, between, lists, tmp_path) == ""
    if online:  # an offline former root would sign its list for the link to it by an order of its own
        assert openssl_believes(leaf, first, between, lists, tmp_path) == "", (
            "by the new key under the former root"
        )
    assert house.root_name == "root-2"
    assert (house.trust / "root.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 2


def revoked(name: str, since: dt.datetime | None = None, code: str = "ca_compromise") -> None:
    asked = disowning.ask(replace(approver(), account_id=7), name, code, "mất khóa", since)
    disowning.approve(approver(8), asked.pk)


def test_nobody_revokes_an_authority_alone(lonely_house: trust.House) -> None:
    one = approver(7)
    asked = disowning.ask(one, "officers", "ca_compromise", "mất khóa")
    with pytest.raises(NotAllowed, match="second person"):
        disowning.approve(one, asked.pk)
    with pytest.raises(Conflict, match="waits"):
        disowning.ask(approver(8), "officers", "superseded", "x")
    disowning.decline(approver(8), asked.pk)
    assert lonely_house.revoked() == ()
    with pytest.raises(Conflict):
        disowning.approve(approver(8), asked.pk)
    with pytest.raises(NotAllowed):
        disowning.ask(replace(one, groups=frozenset({"chair"})), "officers", "superseded", "x")


@pytest.mark.parametrize(("since", "verdict"), [(HOUR, "valid"), (-HOUR, "altered")])
def test_a_time_stamp_of_another_branch_decides_what_an_authoritys_revocation_means(
    since: dt.timedelta, verdict: str, lonely_house: trust.House, move: Move
) -> None:
    now = clock.now()
    signed = queries.content(issued_result())
    move(now + 2 * HOUR)
    revoked("officers", now + since)
    assert queries.verify_bytes(signed).verdict == verdict


def test_who_lost_the_certificate_with_its_authority_is_asked_for_anew(
    lonely_house: trust.House, tmp_path: Path
) -> None:
    key = granted()
    revoked("officers")
    house = trust.house()
    assert certificates.standing(key) == "revoked"
    assert not signing_keys.usable(key.officer_id, key.agency_id).filter(pk=key.pk).exists()
    listed = x509.load_der_x509_crl(revocation.list_of("root"))
    serial = house.authorities["officers"].certificate.serial_number
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
    assert "revoked" in openssl_believes(
        signing_keys.certificate_of(key),
        house.root.certificate,
        house.intermediates,
        house.revocation_lists(),
        tmp_path,
    )
    asked = CertificateRequest.objects.get(replaces=key)
    renewed = asking.approve(approver(), asked.pk)
    assert renewed.authority == "officers-2"
    assert certificates.standing(renewed) == "valid"
    assert (
        reissuing.ask_anew() == 0
        or not CertificateRequest.objects.filter(replaces=key, state="asked").exists()
    )


def test_with_the_root_offline_its_responder_tells_at_once_and_its_list_later(
    lonely_house: trust.House, tmp_path: Path
) -> None:
    sealed = offline(lonely_house, tmp_path)
    signed = queries.content(issued_result())
    revoked("officers", clock.now() - HOUR)
    answer = revocation.answer_about(trust.house().authorities["officers"].certificate)
    assert answer
    assert x509.ocsp.load_der_ocsp_response(answer).certificate_status is x509.ocsp.OCSPCertStatus.REVOKED
    assert queries.verify_bytes(signed).verdict == "altered"
    with pytest.raises(trust.RootRests):
        granted()
    assert {one.kind for one in succession.duties()} >= {"authority", "revocation"}
    succession.accept(approver(), carried(sealed))
    listed = x509.load_der_x509_crl(revocation.list_of("root"))
    serial = trust.house().authorities["officers"].certificate.serial_number
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
    assert not [one for one in succession.duties() if one.kind in ("authority", "revocation")]


def test_the_next_time_stamping_key_comes_when_its_authority_is_revoked(lonely_house: trust.House) -> None:
    revoked("stamping", code="cessation_of_operation")
    house = trust.house()
    assert house.stamper == "time-stamping-2"
    assert house.issuer_of(house.keys.certificate(house.stamper)) == "root"
    result = issued_result()
    assert queries.verify_bytes(queries.content(result)).verdict == "valid"


def test_results_go_on_under_the_next_authority(lonely_house: trust.House) -> None:
    revoked("seals", clock.now() - HOUR)
    for asked in CertificateRequest.objects.filter(state="asked"):
        asking.approve(approver(), asked.pk)
    result = issued_result()
    assert queries.verify_bytes(queries.content(result)).verdict == "valid"
    sealing = result.signatures.select_related("key").order_by("place").last()
    assert sealing is not None
    assert sealing.key.authority == "seals-2"
