"""Who works where: taken on with a code on paper, powers by a second person's word, ended by a paper."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from motcua.core import clock
from motcua.core.errors import Conflict
from motcua.core.identity.models import Account, FirstKey
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Appointment, Delegation, Officer
from motcua.systems.staff.models import Proposal

pytestmark = pytest.mark.django_db
KEEPER, SECOND = "h55.staff-officer", "h55.staff-approver"
WARD = "H55.237"
PAPER = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}")


@pytest.fixture
def keeper(client: Client) -> Client:
    sign_in(client, KEEPER)
    return client


@pytest.fixture
def second() -> Client:
    client = Client()
    sign_in(client, SECOND)
    return client


def day(name: str, when: dt.date) -> dict[str, str]:
    return {f"{name}-day": str(when.day), f"{name}-month": str(when.month), f"{name}-year": str(when.year)}


def new(**more: Any) -> dict[str, str]:
    return {
        "name": "Hoàng Thị Mơ",
        "code": "cb.0123",
        "email": "mo@example.gov.vn",
        "position": "one_stop_clerk",
        "source": "Quyết định 12/QĐ-UBND",
        **day("since", clock.today()),
        **more,
    }


def add(client: Client, **more: Any) -> Any:
    return client.post(reverse("staff:add", args=[WARD]), new(**more))


def officer(code: str = "cb.0123") -> Officer:
    return Officer.objects.get(code=code)


def proposal() -> Proposal:
    """The one that there is."""
    with acting(SYSTEM):
        return Proposal.objects.select_related("officer").get()


def test_a_new_officer_signs_in_by_a_code_on_paper_with_the_duties_of_the_post(keeper: Client) -> None:
    page = add(keeper)
    assert page.status_code == 200
    paper = PAPER.search(page.content.decode())
    assert paper is not None
    assert page["Cache-Control"].startswith("max-age=0")
    (duty,) = organisations.duties(officer().pk)
    assert (duty.agency_code, set(duty.groups)) == (WARD, {"one_stop", "cashier"})
    first = Client(REMOTE_ADDR="10.20.30.40").post(
        reverse("identity_first"),
        {"number": "cb.0123", "code": paper[0], "password1": "Mat-khau-2026", "password2": "Mat-khau-2026"},
    )
    assert first.status_code == 303
    with acting(SYSTEM):
        assert Account.objects.get(username="cb.0123").check_password("Mat-khau-2026")


def test_a_post_that_signs_waits_for_a_second_person(keeper: Client, second: Client) -> None:
    assert add(keeper, position="vice_chair").status_code == 200
    assert organisations.duties(officer().pk) == []
    here = reverse("staff:proposal", args=[proposal().uuid])
    assert keeper.get(here).status_code == 403
    assert "Hoàng Thị Mơ" in second.get(reverse("staff:home")).content.decode()
    assert second.post(here, {"act": "agree"}).status_code == 303
    assert [one.position for one in organisations.duties(officer().pk)] == ["vice_chair"]
    assert second.post(here, {"act": "agree"}).status_code == 422


def test_a_second_person_who_does_not_agree_says_why(keeper: Client, second: Client) -> None:
    add(keeper, position="chair")
    here = reverse("staff:proposal", args=[proposal().uuid])
    assert second.post(here, {"act": "refuse", "reason": " "}).status_code == 422
    assert second.post(here, {"act": "refuse", "reason": "Chưa có nghị quyết"}).status_code == 303
    row = proposal()
    assert (row.state, row.reason) == ("refused", "Chưa có nghị quyết")
    assert organisations.duties(officer().pk) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "Có dấu"}, "Mã cán bộ gồm"),
        ({"code": "h55.237.chair"}, "đã có người mang"),
        ({"name": "  "}, "Ghi họ"),
        ({"email": "khong-phai-thu"}, "Địa chỉ thư không đúng"),
        ({"position": ""}, "Chọn nhiệm vụ"),
        ({"source": ""}, "Ghi số và ngày"),
        ({"since-day": "31", "since-month": "2"}, "ngày có thật"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    keeper: Client, wrong: dict[str, str], said: str
) -> None:
    page = add(keeper, **wrong)
    shown = page.content.decode()
    assert (page.status_code, said in shown) == (422, True)
    assert wrong.get("name", "Hoàng Thị Mơ").strip() in shown
    assert not Officer.objects.filter(code="cb.0123").exists()
    assert not Account.objects.filter(username="cb.0123").exists()


def test_duties_that_check_each_other_are_not_given_to_one_person(keeper: Client) -> None:
    add(keeper, position="certificate_officer")
    person = officer()
    wanted = {"agency": WARD, **new(position="service_editor")}
    assert keeper.post(reverse("staff:post", args=[person.uuid]), wanted).status_code == 303
    post = Appointment.objects.filter(position__code="certificate_approver")[0]
    with acting(SYSTEM), pytest.raises(Conflict):
        staffing.appoint(SYSTEM, person, post.position, post.agency, since=clock.today(), source="Quyết định")


def test_the_last_post_ends_and_the_account_with_it(keeper: Client) -> None:
    add(keeper)
    held = Appointment.objects.get(officer=officer())
    here = reverse("staff:end_post", args=[held.pk])
    assert keeper.get(here).status_code == 200
    assert (
        keeper.post(
            here, {**day("last_day", held.valid_from - dt.timedelta(days=2)), "source": "x"}
        ).status_code
        == 422
    )
    ended = keeper.post(here, {**day("last_day", clock.today()), "source": "Quyết định 15/QĐ-UBND"})
    assert ended.status_code == 303
    with acting(SYSTEM):
        assert not Account.objects.get(username="cb.0123").is_active
    assert "Không còn giữ nhiệm vụ nào" in keeper.get(ended["Location"]).content.decode()
    assert keeper.post(here, {**day("last_day", clock.today()), "source": "lần hai"}).status_code == 422


def test_signing_rights_end_with_the_post_they_rest_on() -> None:
    chair = Appointment.objects.get(position__code="chair", agency__code=WARD)
    with acting(SYSTEM):
        assert Delegation.objects.filter(grantor=chair, valid_until=None).count() == 2
        staffing.end_post(SYSTEM, chair, last_day=clock.today(), source="Nghị quyết 3/NQ-HĐND")
        assert not Delegation.objects.filter(grantor=chair, valid_until=None).exists()


def test_the_head_lets_a_subordinate_sign_for_some_services(keeper: Client) -> None:
    posts = {
        one.position.code: one
        for one in Appointment.objects.filter(agency__code=WARD).select_related("position")
    }
    chair, clerk = posts["chair"], posts["civil_status_officer"]
    here = reverse("staff:signing", args=[WARD])
    given = {
        "form": "TL",
        "grantor": chair.pk,
        "to": clerk.pk,
        "services": "2.000635, 1.001193",
        "source": "QĐ 9",
    }
    given |= day("since", clock.today())
    assert keeper.post(here, {**given, "form": "TM"}).status_code == 422
    assert keeper.post(here, {**given, "to": ""}).status_code == 422
    assert keeper.post(here, given).status_code == 303
    right = organisations.signing_right(clerk.officer_id, chair.agency_id, "2.000635")
    assert right is not None
    assert right.title_lines[0] == "TL. CHỦ TỊCH"
    assert organisations.signing_right(clerk.officer_id, chair.agency_id, "9.999999") is None
    row = Delegation.objects.latest("pk")
    end = reverse("staff:end_signing", args=[row.pk])
    assert keeper.get(end).status_code == 200
    yesterday = clock.today() - dt.timedelta(days=1)
    assert keeper.post(end, {**day("last_day", clock.today()), "source": "QĐ 10"}).status_code == 303
    assert keeper.post(end, {**day("last_day", yesterday), "source": ""}).status_code == 422


def test_nobody_keeps_the_staff_of_another_province(keeper: Client) -> None:
    stranger = Appointment.objects.filter(agency__code__startswith="H05.").first()
    assert stranger is not None
    for place in (
        reverse("staff:agency", args=[stranger.agency.code]),
        reverse("staff:add", args=[stranger.agency.code]),
        reverse("staff:officer", args=[stranger.officer.uuid]),
        reverse("staff:end_post", args=[stranger.pk]),
    ):
        assert keeper.get(place).status_code == 404
    assert (
        "H05"
        not in keeper.get(reverse("staff:home"), {"tim": "H05.200"}).content.decode().split("<main")[1][:200]
    )


def test_a_clerk_keeps_no_staff(client: Client) -> None:
    sign_in(client, "h55.237.00.one-stop-clerk")
    assert client.get(reverse("staff:home")).status_code == 403


def test_the_second_person_keeps_no_staff_alone(second: Client) -> None:
    assert second.get(reverse("staff:agency", args=[WARD])).status_code == 200
    assert second.post(reverse("staff:add", args=[WARD]), new()).status_code == 403


def test_an_officer_who_lost_everything_gets_a_code_that_a_second_person_makes_good(
    keeper: Client, second: Client
) -> None:
    with acting(SYSTEM):
        clerk = Account.objects.get(username="h55.237.00.one-stop-clerk")
        Account.objects.filter(pk=clerk.pk).update(last_login=clock.now())
        uuid = Officer.objects.get(code=clerk.username).uuid
    page = keeper.post(reverse("staff:account", args=[uuid, "ma"]))
    assert PAPER.search(page.content.decode())
    with acting(SYSTEM):
        key = FirstKey.objects.latest("id")
    assert key.ready_at > clock.now()
    here = reverse("staff:approve_code", args=[key.uuid])
    assert keeper.post(here).status_code == 403
    assert second.post(here).status_code == 303
    key.refresh_from_db()
    assert key.ready_at <= clock.now()
    assert second.post(here).status_code == 404


def test_an_account_is_locked_and_unlocked_with_a_reason(keeper: Client) -> None:
    with acting(SYSTEM):
        uuid = Officer.objects.get(code="h55.237.social-officer").uuid
    lock, unlock = (reverse("staff:account", args=[uuid, act]) for act in ("khoa", "mo-khoa"))
    assert keeper.post(lock, {"reason": ""}).status_code == 422
    assert keeper.post(lock, {"reason": "Mất thẻ"}).status_code == 303
    with acting(SYSTEM):
        assert not Account.objects.get(username="h55.237.social-officer").is_active
    assert keeper.post(unlock, {"reason": "Đã có thẻ mới"}).status_code == 303


def test_an_office_is_founded_below_and_found_again(keeper: Client) -> None:
    here = reverse("staff:office", args=[WARD])
    made = keeper.post(here, {"name": "Phòng Văn hóa - Xã hội", "phone": "0208 123"})
    assert made.status_code == 303
    office = Agency.objects.get(name="Phòng Văn hóa - Xã hội")
    assert (office.code, office.kind) == ("H55.237.10", "commune_office")
    assert office in Agency.objects.get(code=WARD).children.all()
    assert keeper.post(here, {"name": "Phòng Văn hóa - Xã hội"}).status_code == 422
    assert "Phòng Văn hóa" in keeper.get(reverse("staff:home"), {"tim": "van hoa - xa"}).content.decode()
    contact = reverse("staff:contact", args=[office.code])
    assert keeper.post(contact, {"place": "Tầng 2", "phone": "0208 456"}).status_code == 303
    assert "0208 456" in keeper.get(reverse("staff:agency", args=[office.code])).content.decode()


def test_the_pages_speak_english(keeper: Client) -> None:
    keeper.cookies["ngon_ngu"] = "en"
    add(keeper)
    for place in (
        reverse("staff:home"),
        reverse("staff:agency", args=[WARD]),
        reverse("staff:add", args=[WARD]),
        reverse("staff:officer", args=[officer().uuid]),
        reverse("staff:import"),
    ):
        page = keeper.get(place)
        assert (page.status_code, 'lang="en"' in page.content.decode()) == (200, True)
