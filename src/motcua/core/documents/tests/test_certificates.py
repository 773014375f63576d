"""A certificate is asked for, approved by another person, issued, renewed, suspended, revoked, and warned of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from motcua.core import clock
from motcua.core.documents import (
    asking,
    ceremony,
    certificates,
    expiry,
    queries,
    revocation,
    signing_keys,
    trust,
)
from motcua.core.documents.asking import Wish
from motcua.core.documents.models import Key
from motcua.core.documents.testing import issued_result
from motcua.core.documents.tests.conftest import Move
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.organisations.models import Agency, Appointment

pytestmark = pytest.mark.django_db


def ward() -> Agency:
    return Agency.objects.get(code="H55.237")


def post(position: str) -> Appointment:
    return Appointment.objects.select_related("officer", "position").get(
        position__code=position, agency__code="H55.237"
    )


def head(account: int = 1) -> Actor:
    chair = post("chair")
    return Actor(
        ActorKind.OFFICER,
        chair.officer.name,
        account_id=account,
        officer_id=chair.officer_id,
        agency_id=chair.agency_id,
        unit_ids=(chair.agency_id,),
        groups=frozenset({"chair"}),
    )


def approver(account: int = 2) -> Actor:
    groups = frozenset({"certificate_approver"})
    return replace(head(account), label="Người duyệt", officer_id=None, groups=groups)


def wish(**other: object) -> Wish:
    given: dict[str, object] = {"officer_id": post("civil_status_officer").officer_id, "reason": "bổ nhiệm"}
    return Wish("person", ward().pk, **(given | other))  # type: ignore[arg-type]


def granted() -> Key:
    return asking.approve(approver(), asking.ask(head(), wish()).pk)


def test_the_head_asks_another_person_approves_and_the_certificate_is_issued() -> None:
    key = granted()
    assert key.subject == post("civil_status_officer").officer.name
    assert key.authority == "officers"
    assert certificates.standing(key) == "valid"
    assert signing_keys.officer_key(post("civil_status_officer").officer_id, ward().pk) == key
    kinds = Event.objects.filter(subject_type="key", subject_id=key.pk).values_list("kind", flat=True)
    assert list(kinds) == ["certificate.issued"]


def test_nobody_approves_what_they_asked_for() -> None:
    both = replace(head(), groups=frozenset({"chair", "certificate_approver"}))
    asked = asking.ask(both, wish())
    with pytest.raises(NotAllowed, match="second person"):
        asking.approve(both, asked.pk)
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_approving_twice_issues_once() -> None:
    asked = asking.ask(head(), wish())
    assert asking.approve(approver(), asked.pk) == asking.approve(approver(), asked.pk)


def test_the_head_of_another_agency_asks_for_nothing_here() -> None:
    with pytest.raises(NotAllowed):
        asking.ask(replace(head(), unit_ids=(1,)), wish())


def test_an_officer_without_a_post_there_gets_none() -> None:
    elsewhere = Appointment.objects.exclude(agency=ward()).filter(position__code="chair").first()
    assert elsewhere is not None
    with pytest.raises(UserError, match="holds no post") as told:
        asking.ask(head(), wish(officer_id=elsewhere.officer_id))
    assert told.value.field == "officer"


def test_a_second_request_for_the_same_waits_for_the_first() -> None:
    asking.ask(head(), wish())
    with pytest.raises(Conflict, match="waits already"):
        asking.ask(head(), wish())


def test_a_refusal_needs_its_reason_and_issues_nothing() -> None:
    asked = asking.ask(head(), wish())
    with pytest.raises(UserError, match="reason"):
        asking.refuse(approver(), asked.pk, " ")
    asking.refuse(approver(), asked.pk, "sai chức vụ")
    with pytest.raises(Conflict):
        asking.approve(approver(), asked.pk)


def test_a_suspended_key_signs_nothing_until_it_is_resumed() -> None:
    key = granted()
    officer = post("civil_status_officer").officer_id
    certificates.suspend(head(), key.key_id, "nghỉ ốm")
    assert not signing_keys.usable(officer, ward().pk).filter(pk=key.pk).exists()
    assert revocation.standing_of(int(key.serial), "officers").reason is x509.ReasonFlags.certificate_hold  # type: ignore[union-attr]
    certificates.resume(head(), key.key_id, "đi làm lại")
    assert signing_keys.usable(officer, ward().pk).filter(pk=key.pk).exists()


def test_a_revoked_certificate_is_neither_resumed_nor_renewed() -> None:
    key = granted()
    certificates.revoke(head(), key.key_id, "lộ mã PIN", "key_compromise")
    with pytest.raises(Conflict):
        certificates.resume(head(), key.key_id, "x")
    key.refresh_from_db()
    with pytest.raises(Conflict):
        asking.ask_renewal(head(), key, "x")


def test_strangers_govern_no_certificate() -> None:
    key = granted()
    with pytest.raises(NotAllowed):
        certificates.revoke(replace(head(), unit_ids=(), officer_id=None), key.key_id, "x")


def test_a_renewal_is_had_late_enough_and_overlaps(move: Move) -> None:
    key = granted()
    with pytest.raises(Conflict, match="lasts long"):
        asking.ask_renewal(head(), key, "sắp hết hạn")
    move(key.valid_until - dt.timedelta(days=60))
    renewed = asking.approve(approver(), asking.ask_renewal(head(), key, "sắp hết hạn").pk)
    assert renewed.replaces == key
    assert renewed.valid_until > key.valid_until
    assert {certificates.standing(key), certificates.standing(renewed)} == {"valid"}
    assert signing_keys.officer_key(key.officer_id or 0, ward().pk) == renewed


def test_holders_are_warned_60_30_and_7_days_before_and_not_twice(move: Move) -> None:
    key = granted()
    told = []
    warned = Event.objects.filter(kind="certificate.warned", subject_id=key.pk)
    for days in (61, 60, 59, 30, 8, 7, 1):
        move(key.valid_until - dt.timedelta(days=days, seconds=-1))
        before = warned.count()
        expiry.warn()
        told += [days] if warned.count() > before else []
    assert told == [60, 30, 7]


def test_a_seal_is_asked_for_the_agency_and_then_seals() -> None:
    asked = asking.ask(head(), Wish("seal", ward().pk, "đổi con dấu"))
    key = asking.approve(approver(), asked.pk)
    assert key.authority == "seals"
    assert signing_keys.agency_key(ward()) == key


def test_a_systems_certificate_never_stands_for_the_seal() -> None:
    asked = asking.ask(head(), Wish("service", ward().pk, "kết nối trục", name="Máy chủ một cửa"))
    key = asking.approve(approver(), asked.pk)
    assert (key.purpose, key.authority) == ("service", "issuer")
    assert signing_keys.agency_key(ward()) != key


def test_a_request_that_its_key_did_not_sign_is_refused() -> None:
    with pytest.raises(UserError) as told:
        asking.ask(head(), wish(store="agent", request="-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"))
    assert told.value.field == "request"


def test_the_root_goes_offline_and_everything_goes_on(lonely_house: trust.House, tmp_path: Path) -> None:
    sealed = tmp_path / "root.sealed"
    with pytest.raises(UserError, match="passphrase"):
        ceremony.take_offline(sealed, "short")
    ceremony.take_offline(sealed, "một cụm mật khẩu thật dài")
    house = trust.house()
    assert not house.root_is_online
    assert b"ENCRYPTED" in sealed.read_bytes()
    with pytest.raises(trust.RootRests):
        house.root_authority()
    report = queries.verify_bytes(queries.content(issued_result()))
    assert report.verdict == "valid"
    intermediate = house.intermediates[0]
    answer = revocation.answer_about(intermediate)
    assert answer
    assert x509.ocsp.load_der_ocsp_response(answer).certificate_status is x509.ocsp.OCSPCertStatus.GOOD


def test_the_root_comes_back_for_its_yearly_list(
    lonely_house: trust.House, tmp_path: Path, move: Move
) -> None:
    sealed = tmp_path / "root.sealed"
    ceremony.take_offline(sealed, "một cụm mật khẩu thật dài")
    before = revocation.root_list_ends()
    move(clock.now() + dt.timedelta(days=300))
    assert revocation.root_list_ends() == before
    with pytest.raises(UserError, match="does not open"):
        ceremony.renew(sealed, "cụm mật khẩu khác hẳn")
    ceremony.renew(sealed, "một cụm mật khẩu thật dài")
    assert revocation.root_list_ends() > before
    assert not trust.house().root_is_online


def test_an_installation_from_before_the_branches_gets_them_and_keeps_its_word(
    lonely_house: trust.House, tmp_path: Path
) -> None:
    """What was issued by the single authority stays good; new certificates come from the branches."""
    for branch in ("officers", "seals", "stamping"):
        lonely_house.keys.remove(trust.key_of(branch))
        (lonely_house.trust / trust.file_of(branch)).unlink()
    lonely_house.keys.remove(trust.ROOT_RESPONDER)
    former = issuer_certificate = lonely_house.issuer.certificate
    trust.forget_house()
    house = trust.house()
    assert set(house.authorities) == set(trust.BRANCHES)
    assert house.issuer.certificate == former == issuer_certificate
    assert queries.verify_bytes(queries.content(issued_result())).verdict == "valid"
