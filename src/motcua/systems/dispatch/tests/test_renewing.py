"""Secrets and certificates of the axis renew themselves before they end; what cannot becomes work with its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from motcua.core import clock, jobs
from motcua.core.documents import signing_keys
from motcua.core.documents.key_stores import certificates_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound import wire
from motcua.systems.dispatch import hosting
from motcua.systems.dispatch.actions import admitting, connecting, renewing
from motcua.systems.dispatch.axis import authentication, clients
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.jobs import renew_keys
from motcua.systems.dispatch.models import AxisAgency, AxisMember, Connection, Form
from motcua.systems.dispatch.tests.conftest import FRIDAY_MORNING, Axis, runner
from motcua.systems.dispatch.tests.test_axis import ROOT, site_of

YEAR = dt.timedelta(days=365)
Move = Callable[[dt.datetime], None]


@pytest.fixture(autouse=True)
def as_system(axis: Axis) -> Iterator[None]:
    with acting(SYSTEM):
        yield


@pytest.fixture
def province(axis: Axis, client: Client, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A system elsewhere that accepted our invitation: its own connection, our axis over the wire."""
    monkeypatch.setattr(wire, "send", site_of(client))
    member, secret = admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", [("H05.12", "UBND phường Kinh Bắc")])
    told = admitting.invitation(member, secret) | {
        "axis": "Trục tỉnh",
        "endpoint": f"https://axis.example.gov.vn{ROOT}",
    }
    return connecting.accept(SYSTEM, connecting.read_invitation(str(told).replace("'", '"')))


def night() -> None:
    renew_keys(0)
    jobs.run_all()


def member_of(connection: Connection) -> AxisMember:
    return AxisMember.objects.get(system_id=connection.system_id)


def test_a_member_elsewhere_renews_its_secret_before_it_ends_and_the_former_is_good_for_a_week(
    province: Connection, friday: Move
) -> None:
    first = province.secret
    assert province.secret_until == FRIDAY_MORNING + YEAR
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=31))
    night()
    province.refresh_from_db()
    assert province.secret == first, "31 days are left"
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=30))
    night()
    province.refresh_from_db()
    assert province.secret != first
    assert (province.next_secret, province.renewal_fault) == ("", "")
    assert province.secret_until == clock.now() + YEAR
    assert authentication.by_secret("tinh-b", province.secret).secret_until == clock.now() + YEAR
    assert authentication.by_secret("tinh-b", first), "for a week more"
    friday(clock.now() + renewing.FORMER_LASTS)
    with pytest.raises(AxisError):
        authentication.by_secret("tinh-b", first)
    assert len(clients.axis_of(province).agencies()) == 3, "and the axis answers to the new one"


def test_the_new_secret_never_travels_in_clear(
    province: Connection, friday: Move, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[str] = []
    carry = site_of(client)

    def watch(whom: object, request: wire.Request, url: str, deadline: float) -> wire.Reply:
        carried.append(f"{url} {dict(request.headers)} {request.body!r}")
        return carry(whom, request, url, deadline)

    monkeypatch.setattr(wire, "send", watch)
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=20))
    night()
    province.refresh_from_db()
    assert carried
    assert not any(province.secret in one for one in carried)


def test_an_answer_that_got_lost_is_asked_for_again_and_changes_nothing_twice(
    province: Connection, friday: Move, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=20))
    carry = site_of(client)

    def lose(whom: object, request: wire.Request, url: str, deadline: float) -> wire.Reply:
        carry(whom, request, url, deadline)
        return wire.Reply(502, {}, b"")

    monkeypatch.setattr(wire, "send", lose)
    night()
    province.refresh_from_db()
    assert province.renewal_fault
    assert member_of(province).secret == province.next_secret, "it is there, and we do not know"
    monkeypatch.setattr(wire, "send", carry)
    friday(clock.now() + dt.timedelta(days=8))
    night()
    province.refresh_from_db()
    assert (province.secret, province.next_secret) == (member_of(province).secret, "")
    assert province.secret_until == member_of(province).secret_until


def test_only_who_knows_the_secret_in_force_brings_another(province: Connection) -> None:
    first, second = province.secret, admitting.change_secret(SYSTEM, member_of(province).uuid)
    for under, brought, code in (
        (first, renewing.new_secret(), Code.WRONG_SECRET),
        ("đoán mò", renewing.new_secret(), Code.WRONG_SECRET),
        (second, "ngắn", Code.PROCESSING_FAULT),
        (second, first, Code.PROCESSING_FAULT),
    ):
        with pytest.raises(AxisError) as refused:
            renewing.take("tinh-b", renewing.seal(brought, under))
        assert refused.value.code is code
    with pytest.raises(AxisError):
        renewing.take("tinh-b", "rác")
    assert member_of(province).secret == second


def test_the_key_of_a_member_that_we_host_changes_at_both_ends_at_once(axis: Axis, friday: Move) -> None:
    first = axis.connection.secret
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=29))
    night()
    axis.connection.refresh_from_db()
    assert axis.connection.secret == member_of(axis.connection).secret != first
    assert hosting.ending() == []
    letter = axis.sent()
    assert axis.arrived(letter).trusted, "letters go on"


def test_a_secret_that_ended_is_refused_with_the_day(province: Connection, friday: Move) -> None:
    friday(FRIDAY_MORNING + YEAR)
    with pytest.raises(AxisError, match="đã hết hạn 20/11/2027"):
        authentication.by_secret("tinh-b", province.secret)


def test_what_nobody_renews_is_work_with_the_day_it_ends(axis: Axis, friday: Move) -> None:
    admitting.admit(SYSTEM, "tinh-c", "Hà Nam", [("H24.1", "UBND phường Phủ Lý")])
    connecting.connect(
        SYSTEM, "Trục xa", Form.SESSION, system_id="a", secret="b", organ_ids=["H55.1"],
        endpoint="http://127.0.0.1:9", networks=["127.0.0.0/8"], secret_until=FRIDAY_MORNING + YEAR,
    )  # fmt: skip
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=15))
    night()
    assert hosting.ending() == []
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=13))
    assert [(one.whose, one.ends) for one in hosting.ending()] == [
        ("Hà Nam", FRIDAY_MORNING + YEAR), ("Trục xa", FRIDAY_MORNING + YEAR)
    ]  # fmt: skip
    shown = runner().get(reverse("dispatch:axis")).text
    assert shown.count("Hết hạn 20/11/2027") == 2


def test_a_new_secret_given_by_hand_ends_the_work(axis: Axis, friday: Move) -> None:
    member, _ = admitting.admit(SYSTEM, "tinh-c", "Hà Nam", [("H24.1", "UBND phường Phủ Lý")])
    away = connecting.connect(
        SYSTEM, "Trục xa", Form.SESSION, system_id="a", secret="b", organ_ids=["H55.1"],
        endpoint="http://127.0.0.1:9", networks=["127.0.0.0/8"], secret_until=FRIDAY_MORNING + YEAR,
    )  # fmt: skip
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=15))
    night()
    friday(FRIDAY_MORNING + YEAR - dt.timedelta(days=13))
    assert len(hosting.ending()) == 2
    connecting.change(SYSTEM, away.uuid, secret="khóa mới", secret_until=dt.date(2028, 11, 20))
    admitting.change_secret(SYSTEM, member.uuid)
    assert hosting.ending() == []


def test_seals_of_agencies_that_we_host_are_registered_anew_beside_the_former(axis: Axis) -> None:
    agency = axis.ours.agency
    former = signing_keys.certificate_of(signing_keys.agency_key(agency))
    entry = admitting.register_certificates(SYSTEM, agency.code, _pem(former))
    renewing.renew_certificates()
    assert certificates_in(_entry(entry)) == (former,)
    present = signing_keys.certificate_of(signing_keys.enrol_agency(agency))
    assert renewing.renew_certificates() == [agency.code]
    assert certificates_in(_entry(entry)) == (former, present)
    letter = axis.sent()
    assert axis.arrived(letter).held == "", "signed by the new seal"


def test_a_certificate_of_another_s_agency_that_ends_is_work(axis: Axis, friday: Move) -> None:
    member, _ = admitting.admit(SYSTEM, "tinh-c", "Hà Nam", [("H24.1", "UBND phường Phủ Lý")])
    seal = signing_keys.certificate_of(signing_keys.agency_key(axis.ours.agency))
    admitting.register_certificates(SYSTEM, "H24.1", _pem(seal))
    assert hosting.ending() == []
    friday(seal.not_valid_after_utc - dt.timedelta(days=29))
    (one,) = [each for each in hosting.ending() if each.what.vi == "Chứng thư ký"]
    assert (one.whose, one.ends, one.uuid) == ("UBND phường Phủ Lý", seal.not_valid_after_utc, member.uuid)


def _pem(certificate: object) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return str(certificate.public_bytes(Encoding.PEM).decode())  # type: ignore[attr-defined]


def _entry(entry: AxisAgency) -> str:
    entry.refresh_from_db()
    return entry.certificates_pem
