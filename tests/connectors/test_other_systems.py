"""Every other system behind its connector: what it gives, that its proof is renewed, that its failures have names."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from motcua.core.errors import NotAllowed, Unavailable, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.core.outbound import client
from motcua.core.outbound.contrib import kept
from motcua.core.outbound.destinations import destination, source_of
from motcua.core.outbound.faults import Silent
from motcua.core.payments import actions as payments
from motcua.core.payments.gateway import gateways
from motcua.core.payments.models import Attempt, RevenueAccount
from motcua.core.registers import elsewhere
from motcua.core.registers.contrib.lgsp import catalogues, civil_status, criminal_record, enterprises
from motcua.systems.intake.contrib import national_portal_adapter
from motcua.systems.sandboxes import moods
from motcua.systems.sandboxes.servers import national_portal, payment_platform
from tests.connectors.conftest import Connect

pytestmark = pytest.mark.django_db
REGISTERS = {
    "enterprises": {"from": "connector", "connector": "business_registration", "destination": "lgsp"},
    "social_protection": {"from": "connector", "connector": "social_insurance", "destination": "lgsp"},
}


@pytest.fixture(autouse=True)
def connected(connections: Connect) -> None:
    connections(REGISTERS)


def look(register: str, what: str, key: str) -> dict[str, Any] | None:
    with acting(SYSTEM):
        found = elsewhere.look(SYSTEM, register, what, key, purpose="thử")
    return None if found is None else dict(found.facts)


# ---- enterprises


def test_an_enterprise_has_our_own_names_for_what_it_is() -> None:
    found = look("enterprises", "enterprise", "4600312345")
    assert found is not None
    assert (found["founded_on"], found["capital"], found["industry"]) == ("2018-03-15", 2_000_000_000, "1076")
    assert (found["state"], found["representatives"]) == ("Đang hoạt động", ["Dương Thu Hương"])
    assert look("enterprises", "enterprise", "0100000000") is None


def test_half_an_enterprise_is_half_known() -> None:
    moods.behave("lgsp", "partial")
    found = look("enterprises", "enterprise", "4600312345")
    assert found is not None
    assert "address" not in found
    assert found["name"] == "CÔNG TY TNHH CHÈ TÂN CƯƠNG XANH"


def test_filings_are_listed_for_five_days_at_most() -> None:
    source = source_of("enterprises")
    day = dt.date(2026, 11, 20)
    assert [one.journal_number for one in enterprises.filings_of_today(source)] == ["26.11.0001"]
    assert enterprises.filings(source, day, day + dt.timedelta(days=4))
    with pytest.raises(UserError):
        enterprises.filings(source, day, day + dt.timedelta(days=5))
    assert enterprises.filing(source, "khong-co") is None


# ---- an LGSP's other services


def test_who_draws_a_pension_is_found_in_two_steps() -> None:
    found = look("social_protection", "person", "019049000456")
    assert found is not None
    assert (found["pension"], found["monthly_allowance"]) == (True, 4_200_000)
    assert look("social_protection", "person", "019195001234") is None


def test_catalogues_are_read_and_filled() -> None:
    lgsp = destination("lgsp")
    assert [one.code for one in catalogues.columns(lgsp, "madantoc")] == ["Ma", "Ten"]
    assert {"Ma": "07", "Ten": "Nùng"} in catalogues.rows(lgsp, "madantoc")
    assert catalogues.add(lgsp, "madantoc", [{"Ma": "11", "Ten": "Ngái"}]) == 1
    with pytest.raises(Silent):
        catalogues.add(lgsp, "madantoc", [{"Ma": "11", "Ten": "Ngái"}, {"Ma": "12"}])
    with pytest.raises(UserError):
        catalogues.rows(lgsp, "../token")


def test_an_entry_handed_in_twice_is_there_once() -> None:
    lgsp, at = destination("lgsp"), dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)

    def hand_in(**entry: Any) -> civil_status.Taken:
        return civil_status.hand_in(
            lgsp, unit="05443", book="births", case_number="H55-1", received_at=at, entry=entry
        )

    assert not hand_in(person={"name": "TRẦN <B>"}).repeated
    assert hand_in(person={"name": "TRẦN <B>"}).repeated
    with pytest.raises(UserError):
        civil_status.hand_in(lgsp, unit="05443", book="births", case_number="H55-2", received_at=at, entry={})


def test_states_of_criminal_records_are_told_until_they_are_taken() -> None:
    lgsp = destination("lgsp")
    told = criminal_record.standings(lgsp, "H55")
    assert [one.state for one in told] == [*criminal_record.State]
    criminal_record.acknowledge(lgsp, "H55", [one.case_number for one in told])
    assert criminal_record.standings(lgsp, "H55") == []


def test_a_token_that_no_longer_holds_is_renewed_unseen() -> None:
    lgsp = destination("lgsp")
    kept.keep(lgsp, "1.khong-con-gia-tri", 300)
    assert catalogues.rows(lgsp, "magioitinh")


def test_a_wrong_secret_is_a_refusal_and_opens_no_circuit(connections: Connect) -> None:
    connections(REGISTERS, lgsp={"authentication": {"style": "wso2", "key": "khac", "secret_file": "secret"}})
    lgsp = destination("lgsp")
    for _ in range(lgsp.failures + 1):
        with pytest.raises(Silent) as silent:
            catalogues.rows(lgsp, "magioitinh")
        assert silent.value.why == "refused us"
    assert client.breaker_of(lgsp).state == "closed"


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("down", "server error"),
        ("slow", "time-out"),
        ("limited", "rate limit"),
        ("wrong_schema", "wrong answer"),
        ("html", "wrong answer"),
        ("cut", "broken off"),
        ("huge", "too large"),
    ],
)
def test_an_lgsp_fails_by_name(mood: str, why: str) -> None:
    moods.behave("lgsp", mood)
    with pytest.raises(Silent) as silent:
        look("enterprises", "enterprise", "4600312345")
    assert silent.value.why == why


def test_an_lgsp_may_write_its_letters_otherwise() -> None:
    plain = look("enterprises", "enterprise", "4600312345")
    moods.behave("lgsp", "odd_encoding")
    assert look("enterprises", "enterprise", "4600312345") == plain


# ---- the axis' adapter


def test_signed_headers_are_accepted_and_altered_ones_refused(connections: Connect) -> None:
    def agencies() -> dict[str, Any]:
        request = client.Request("POST", "/getAgenciesList", "getAgenciesList", {"messageType": "edoc"})
        said: dict[str, Any] = json.loads(client.call(destination("axis"), request).body)
        return said

    assert agencies()["ErrorCode"] == "0"
    other = {
        "authentication": {"style": "xroad_vnpt", "system_id": "000.00.00.H55", "secret_file": "api-key"}
    }
    connections(REGISTERS, axis=other)
    assert agencies()["ErrorCode"] == "15"


# ---- the national portal


PROGRESS = {"MaHoSo": "H55.19-1", "NguoiXuLy": "UBND", "ThoiDiemXuLy": "20261120090000", "PhongBanXuLy": "UBND",
            "NoiDungXuLy": "Đang xử lý", "TrangThai": "4"}  # fmt: skip
CASE = {"MaHoSo": "H55.19-1", "MaTTHC": "1.001193", "TenTTHC": "Đăng ký khai sinh", "ChuHoSo": "NGUYỄN THỊ LAN ANH",
        "NgayTiepNhan": "20261120083000", "TrangThaiHoSo": "2", "DonViXuLy": "UBND"}  # fmt: skip


def test_the_portal_takes_a_case_and_then_its_steps() -> None:
    with pytest.raises(Silent, match="04"):
        national_portal_adapter.send("CapNhatTienDoHoSoMC", [PROGRESS])
    national_portal_adapter.send("DongBoHoSoMC", [CASE], isUpdating="True")
    national_portal_adapter.send("CapNhatTienDoHoSoMC", [PROGRESS])
    assert national_portal.progress[-1]["TrangThai"] == "4"


def test_a_session_that_has_ended_is_opened_anew() -> None:
    kept.keep(destination("national_portal"), "1.cu", 300)
    national_portal_adapter.send("DongBoHoSoMC", [CASE], isUpdating="True")
    assert "H55.19-1" in national_portal.cases


def test_moments_are_written_in_hanoi() -> None:
    assert national_portal_adapter.moment(dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC)) == "20261121030000"


# ---- the payment platform


@pytest.fixture
def attempt() -> Attempt:
    with acting(SYSTEM):
        account = RevenueAccount.objects.select_related("agency").order_by("id").first()
        assert account is not None
        agency: Agency = account.agency
        fee = payments.FeeDue("copies", "Phí cấp bản sao trích lục", 16_000, "Thông tư 281/2016/TT-BTC")
        payments.owe(SYSTEM, "ho-so-thu", [fee], agency_id=agency.pk, payer_party_id=None)
        return payments.start_attempt(SYSTEM, "ho-so-thu", provider="national_platform")


def test_a_payment_is_started_paid_and_settled_by_the_callback(attempt: Attempt) -> None:
    assert attempt.pay_url.endswith(f"/payment_platform/tra/{attempt.code}")
    body = payment_platform.decide(attempt.code)
    with acting(SYSTEM):
        assert payments.receive_notice("national_platform", body, {}) == "paid"
        assert payments.receive_notice("national_platform", body, {}) == "repeated"
    platform = gateways.get("national_platform")
    assert platform.receipt(attempt)  # type: ignore[attr-defined]


def test_an_agency_pays_by_the_platform_that_the_connections_name(connections: Connect) -> None:
    with acting(SYSTEM):
        account = RevenueAccount.objects.select_related("agency").order_by("id").first()
        assert account is not None
        fee = payments.FeeDue("copies", "Phí cấp bản sao trích lục", 16_000, "Thông tư 281/2016/TT-BTC")
        for reference in ("ho-so-1", "ho-so-2", "ho-so-3"):
            payments.owe(SYSTEM, reference, [fee], agency_id=account.agency.pk, payer_party_id=None)
        assert payments.start_attempt(SYSTEM, "ho-so-1").provider == payments.SANDBOX
        connections(payments={"default": "national_platform"})
        assert payments.start_attempt(SYSTEM, "ho-so-2").provider == "national_platform"
        connections(payments={"default": "national_platform", account.agency.code: "no_such"})
        with pytest.raises(Unavailable):
            payments.start_attempt(SYSTEM, "ho-so-3")


def test_a_callback_that_was_altered_is_refused(attempt: Attempt) -> None:
    said = json.loads(payment_platform.decide(attempt.code, "24")) | {"MaLoi": "00"}
    with acting(SYSTEM), pytest.raises(NotAllowed):
        payments.receive_notice("national_platform", json.dumps(said).encode(), {})


def test_a_lost_callback_is_found_by_asking(attempt: Attempt) -> None:
    platform = gateways.get("national_platform")
    waiting = platform.ask(attempt)
    assert waiting is not None
    assert waiting.state == "submitted"
    payment_platform.decide(attempt.code, "24")
    told = platform.ask(attempt)
    assert told is not None
    assert told.state == "cancelled"


def test_a_platform_that_is_down_starts_nothing(attempt: Attempt) -> None:
    moods.behave("payment_platform", "down")
    with acting(SYSTEM), pytest.raises(Silent):
        gateways.get("national_platform").start(attempt)
