"""A proxy, a guardian and an heir: entered from a document, looked at twice where it matters, objected to, ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core import clock
from motcua.core.identity.actions import open_officer_account
from motcua.core.identity.models import Attestation, Mandate, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.organisations.models import Agency, Appointment, Officer, Position
from motcua.core.registers import actions as registers
from tests.people import CHAIR, CLERK, number, person

pytestmark = pytest.mark.django_db
ENTER, LIST = "/mot-cua/dai-dien/ghi-nhan/", "/mot-cua/dai-dien/"


@pytest.fixture
def colleague() -> Client:
    """Another officer of the same desk."""
    client = Client()
    with acting(SYSTEM):
        desk = Agency.objects.get(code="H55.237.00")
        officer = Officer.objects.exclude(code__in=[CLERK, CHAIR]).filter(account=None).earliest("id")
        post = Appointment.objects.filter(agency=desk, officer__code=CLERK).latest("id").position
        Appointment.objects.create(
            officer=officer,
            position=Position.objects.get(pk=post.pk),
            agency=desk,
            valid_from=dt.date(2026, 1, 1),
        )
        sign_in(client, open_officer_account(SYSTEM, officer, None), agency=desk)
    return client


def signed_in(who: str) -> Client:
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number(who))
    return client


def document(kind: str = "proxy", **other: Any) -> dict[str, Any]:
    """Sửu lets Đức act for her, as a notary has written."""
    day = clock.today() - dt.timedelta(days=10)
    typed = {
        "kind": kind, "principal": number("suu"), "principal_name": "Ma Thị Sửu",
        "representative": number("duc"), "representative_name": "Trần Minh Đức",
        "authority": "Phòng công chứng số 1 tỉnh Thái Nguyên", "paper_number": "118/2026/CC", "scope": "all",
        "dated-day": day.day, "dated-month": day.month, "dated-year": day.year,
        "paper": SimpleUploadedFile("uy-quyen.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
    }  # fmt: skip
    return {name: value for name, value in {**typed, **other}.items() if value is not None}


def entered(clerk: Client, **other: Any) -> Attestation:
    page = clerk.post(ENTER, document(**other))
    assert page.status_code == 303, page.content.decode()[-3000:]
    with acting(SYSTEM):
        return Attestation.objects.select_related("mandate").latest("id")


def told(who: str) -> list[str]:
    with acting(SYSTEM):
        party = Party.objects.get(personal_number=number(who))
        rows = Message.objects.filter(party_id=party.pk, kind__startswith="mandate.")
        return list(rows.order_by("id").values_list("kind", flat=True))


def dies(who: str) -> None:
    died = {"dead_on": clock.today().isoformat()}
    with acting(SYSTEM):
        registers.write(SYSTEM, "population", number(who), died, told_by="civil_status")


def test_a_notarised_proxy_is_in_force_at_once_for_a_year_and_both_sides_are_told(clerk: Client) -> None:
    one = entered(clerk)
    assert one.mandate is not None
    assert one.mandate.valid_until == one.dated_on + dt.timedelta(days=365)
    assert one.mandate.file_uuid == one.file_uuid
    assert told("suu") == told("duc") == ["mandate.given"]
    assert "118/2026/CC" in signed_in("suu").get("/lam-thay/").content.decode()
    assert "MA THỊ SỬU" in signed_in("duc").get("/lam-thay/").content.decode()
    scan = clerk.get(f"{LIST}{one.uuid}/ban-quet/")
    assert scan.content.startswith(b"%PDF")


def test_the_card_of_either_side_is_compared_with_the_register(clerk: Client) -> None:
    born = person("suu")["born"]
    card = f"{number('suu')}||Ma Thị Sửu|{born:%d%m%Y}|Nữ|Thái Nguyên|01012022"
    assert entered(clerk, principal=card, principal_name="").mandate is not None
    other = f"{number('suu')}||Lý Thị Bảy|{born:%d%m%Y}|Nữ|Thái Nguyên|01012022"
    page = clerk.post(ENTER, document(principal=other, principal_name=""))
    assert page.status_code == 400
    assert 'href="#principal"' in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"kind": "parent"}, "kind"),
        ({"principal": ""}, "principal"),
        ({"principal": "019195009999"}, "principal"),
        ({"principal_name": "Ma Thị Sáu"}, "principal"),
        ({"representative_name": ""}, "representative"),
        ({"representative": "a|b"}, "representative"),
        ({"representative": "019149000123", "representative_name": "Ma Thị Sửu"}, "representative"),
        ({"authority": " "}, "authority"),
        ({"paper_number": ""}, "paper_number"),
        ({"dated-day": "31", "dated-month": "2"}, "dated"),
        ({"dated-year": "2099"}, "dated"),
        ({"dated-year": "2020"}, "until"),
        ({"paper": None}, "paper"),
        ({"paper": SimpleUploadedFile("a.pdf", b"<html>")}, "paper"),
        ({"scope": "some"}, "scope"),
        ({"scope": "some", "service": ["9.999999"]}, "scope"),
        ({"until-day": "1", "until-month": "1", "until-year": "2020"}, "until"),
        ({"kind": "heir"}, "principal"),
    ],
)
def test_wrong_input_is_said_at_its_field_and_what_was_typed_is_kept(
    clerk: Client, wrong: dict[str, Any], place: str
) -> None:
    page = clerk.post(ENTER, document(**wrong))
    words = page.content.decode()
    assert page.status_code in (400, 404, 409, 422), page.status_code
    assert f'href="#{place}"' in words
    if "authority" not in wrong:
        assert "Phòng công chứng số 1" in words
    with acting(SYSTEM):
        assert not Attestation.objects.exists()


def test_the_same_document_is_entered_once(clerk: Client) -> None:
    entered(clerk)
    assert clerk.post(ENTER, document()).status_code == 409
    with acting(SYSTEM):
        assert Attestation.objects.count() == 1


def test_a_guardian_waits_for_another_officer_of_the_desk(clerk: Client, colleague: Client) -> None:
    one = entered(clerk, kind="guardian")
    assert one.mandate is None
    assert told("suu") == ["mandate.waits"]
    assert clerk.post(f"{LIST}{one.uuid}/dong-y/").status_code == 403
    assert colleague.post(f"{LIST}{one.uuid}/dong-y/").status_code == 303
    assert colleague.post(f"{LIST}{one.uuid}/dong-y/").status_code == 409
    with acting(SYSTEM):
        mandate = Mandate.objects.get(attestation=one)
        assert (mandate.kind, mandate.valid_until) == ("guardian", None)
    assert told("duc") == ["mandate.waits", "mandate.given"]


def test_an_heir_acts_only_for_the_dead(clerk: Client, colleague: Client) -> None:
    dies("suu")
    one = entered(clerk, kind="heir")
    assert colleague.post(f"{LIST}{one.uuid}/dong-y/").status_code == 303
    heir = signed_in("duc")
    assert "MA THỊ SỬU" in heir.get("/lam-thay/").content.decode()
    page = clerk.post(ENTER, document(paper_number="2"))
    assert 'href="#principal"' in page.content.decode()


@pytest.mark.parametrize("who", ["suu", "duc"])
def test_either_side_objects_before_it_is_in_force(clerk: Client, colleague: Client, who: str) -> None:
    one = entered(clerk, kind="guardian")
    side = signed_in(who)
    assert "phan-doi" in side.get("/lam-thay/").content.decode()
    path = f"/lam-thay/{one.uuid}/phan-doi/"
    assert side.get(path).status_code == 200
    assert side.post(path, {"because": " "}).status_code == 422
    assert side.post(path, {"because": "Tôi không biết việc này"}).status_code == 303
    assert colleague.post(f"{LIST}{one.uuid}/dong-y/").status_code == 409
    assert "Tôi không biết việc này" in clerk.get(f"{LIST}{one.uuid}/").content.decode()
    assert told("suu")[-1] == told("duc")[-1] == "mandate.refused"


def test_nobody_else_objects_or_sees_it(clerk: Client) -> None:
    one = entered(clerk, kind="guardian")
    stranger = signed_in("lan_anh")
    assert stranger.get(f"/lam-thay/{one.uuid}/phan-doi/").status_code == 404
    assert "118/2026/CC" not in stranger.get("/lam-thay/").content.decode()
    assert stranger.get(f"{LIST}{one.uuid}/").status_code in (403, 404)


@pytest.mark.parametrize("who", ["suu", "duc"])
def test_either_side_ends_a_proxy_and_both_hear_of_it(clerk: Client, who: str) -> None:
    one = entered(clerk)
    assert one.mandate is not None
    assert signed_in(who).post(f"/lam-thay/{one.mandate.uuid}/thoi/", {"because": "Thôi"}).status_code == 303
    assert told("suu")[-1] == told("duc")[-1] == "mandate.ended"
    with acting(SYSTEM):
        one.mandate.refresh_from_db()
    assert one.mandate.revoked_because == "Thôi"


def test_the_desk_ends_it_with_a_reason(clerk: Client) -> None:
    one = entered(clerk)
    assert clerk.post(f"{LIST}{one.uuid}/cham-dut/", {"because": ""}).status_code == 400
    assert clerk.post(f"{LIST}{one.uuid}/cham-dut/", {"because": "Ghi nhầm"}).status_code == 303
    assert "Ghi nhầm" in clerk.get(f"{LIST}{one.uuid}/", headers={"Accept-Language": "en"}).content.decode()


def test_only_the_one_stop_desk_has_these_pages() -> None:
    chair = Client()
    with acting(SYSTEM):
        sign_in(chair, CHAIR)
    assert chair.get(ENTER).status_code in (403, 404)
    assert Client().get(ENTER).status_code == 302


@pytest.fixture
def elsewhere() -> Client:
    """A clerk of another agency's desk."""
    client = Client()
    with acting(SYSTEM):
        posts = Appointment.objects.select_related("officer", "agency").filter(
            agency__kind="one_stop", position__groups__contains=["one_stop"], valid_until=None
        )
        post = posts.exclude(agency__code="H55.237.00").filter(officer__account=None).earliest("id")
        sign_in(client, open_officer_account(SYSTEM, post.officer, None), agency=post.agency)
    return client


def test_no_other_agency_sees_it_and_the_same_paper_is_not_entered_there_either(
    clerk: Client, elsewhere: Client
) -> None:
    made = entered(clerk)
    with acting(SYSTEM):
        other = Agency.objects.filter(kind="one_stop").exclude(pk=made.agency_id).earliest("id").pk
    seen = []
    for pk in (made.agency_id, other):
        with acting(Actor(ActorKind.OFFICER, "Cán bộ", officer_id=1, agency_id=pk, unit_ids=(pk,))):
            seen.append(Attestation.objects.filter(pk=made.pk).exists())
    assert seen == [True, False]
    assert elsewhere.get(f"{LIST}{made.uuid}/").status_code == 404
    assert elsewhere.post(ENTER, document()).status_code == 409
