"""An installation makes an axis for others: letting in, keys, addresses, suspending, by pages and by command."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from motcua.cli.edxml import edxml as command
from motcua.core import clock
from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.dispatch.actions import admitting, connecting, renewing
from motcua.systems.dispatch.axis import authentication
from motcua.systems.dispatch.axis.errors import AxisError
from motcua.systems.dispatch.models import AxisMember, Connection, Form
from motcua.systems.dispatch.tests.conftest import Axis, axis, friday, runner

__all__ = ["axis", "friday"]

BAC_NINH = [("H05.12", "UBND phường Kinh Bắc")]


@pytest.fixture(autouse=True)
def as_system(axis: Axis) -> Iterator[None]:
    with acting(SYSTEM):
        yield


def run(*words: str) -> tuple[int, str]:
    """The command's exit code and what it said."""
    result = CliRunner().invoke(command, ["axis", *words])
    return result.exit_code, result.output


def test_a_system_is_let_in_and_joins_with_its_invitation(axis: Axis, tmp_path: Path) -> None:
    file = tmp_path / "invitation.json"
    code, _ = run(
        "admit", "tinh-b", "--name", "Bắc Ninh", "--agency", "H05.12=UBND phường Kinh Bắc", "-o", str(file)
    )
    assert code == 0
    assert file.stat().st_mode & 0o077 == 0, "it holds the secret"
    invitation = connecting.read_invitation(file.read_text("utf-8"))
    assert invitation.endpoint.endswith("/van-ban/truc")
    assert authentication.by_secret("tinh-b", invitation.secret).name == "Bắc Ninh"
    made = connecting.accept(SYSTEM, invitation, networks=["127.0.0.0/8"])
    assert (made.form, made.organ_ids, made.secret) == (Form.VXP, ["H05.12"], invitation.secret)
    assert "BEGIN CERTIFICATE" in made.trust_pem
    code, said = run("list", "--json")
    assert code == 0
    told = json.loads(said)
    assert {each["system_id"] for each in told["members"]} == {"motcua-test", "tinh-b"}
    assert invitation.secret not in said


def test_only_those_who_run_the_axis_let_systems_in(axis: Axis) -> None:
    with pytest.raises(NotAllowed):
        admitting.admit(axis.ours.clerk, "tinh-b", "Bắc Ninh", BAC_NINH)
    assert axis.ours.browser().get(reverse("dispatch:axis")).status_code in (302, 303, 403, 404)
    assert runner().get(reverse("dispatch:axis")).status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"system_id": "tinh b"}, "system_id"),
        ({"system_id": "motcua-test"}, "system_id"),
        ({"name": " "}, "name"),
        ({"organs": []}, "organs"),
        ({"organs": [("không phải mã", "UBND")]}, "organs"),
        ({"networks": ["10.0.0.1/8x"]}, "networks"),
    ],
)
def test_what_is_wrong_about_a_new_member_is_said_at_its_field(
    axis: Axis, given: dict[str, object], field: str
) -> None:
    right: dict[str, object] = {"system_id": "tinh-b", "name": "Bắc Ninh", "organs": BAC_NINH}
    with pytest.raises(UserError) as wrong:
        admitting.admit(SYSTEM, networks=given.pop("networks", ()), **(right | given))  # type: ignore[arg-type]
    assert wrong.value.field == field
    assert AxisMember.objects.count() == 1


def test_nobody_takes_another_member_s_agency(axis: Axis) -> None:
    with pytest.raises(UserError) as wrong:
        admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", [(axis.ours.agency.code, "UBND")])
    assert "đã thuộc hệ thống khác" in wrong.value.text()


def test_a_suspended_member_is_refused_and_what_is_sent_to_it_is_answered_locked(axis: Axis) -> None:
    member, secret = admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", BAC_NINH)
    token, _ = authentication.give_token(member)
    with pytest.raises(UserError):
        admitting.suspend(SYSTEM, member.uuid, "")
    code, _ = run("suspend", "tinh-b", "--reason", "Lộ khóa")
    assert code == 0
    with pytest.raises(AxisError):
        authentication.by_secret("tinh-b", secret)
    with pytest.raises(AxisError):
        authentication.by_token(f"Bearer {token}")
    sent = axis.sent(receivers=BAC_NINH)
    assert sent.sendings.get().fault.startswith("Nơi nhận đang bị khóa")
    assert run("resume", "tinh-b")[0] == 0
    assert authentication.by_secret("tinh-b", secret) == member


def test_a_former_secret_is_good_for_seven_days_and_a_betrayed_one_ends_at_once(
    axis: Axis, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, first = admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", BAC_NINH)
    second = admitting.change_secret(SYSTEM, member.uuid)
    assert authentication.by_secret("tinh-b", first) == authentication.by_secret("tinh-b", second) == member
    later = clock.now() + renewing.FORMER_LASTS
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(AxisError):
        authentication.by_secret("tinh-b", first)
    third = admitting.change_secret(SYSTEM, member.uuid, at_once=True)
    with pytest.raises(AxisError):
        authentication.by_secret("tinh-b", second)
    assert authentication.by_secret("tinh-b", third) == member


def test_a_member_with_addresses_calls_from_those_only(axis: Axis, client: Client) -> None:
    _, secret = admitting.admit(SYSTEM, "tinh-b", "Bắc Ninh", BAC_NINH, networks=["203.0.113.0/24"])

    def answered_from(address: str) -> str:
        headers = {"X-SystemId": "tinh-b", "X-SecretKey": secret}
        answer = client.get("/van-ban/truc/v1/getAgenciesList", REMOTE_ADDR=address, headers=headers)
        return str(answer.json()["ErrorCode"])

    assert answered_from("198.51.100.7") == "15"
    assert answered_from("203.0.113.7") == "0"
    assert answered_from("::ffff:203.0.113.7") == "0"
    assert run("addresses", "tinh-b")[0] == 0
    assert answered_from("198.51.100.7") == "0"


def test_the_whole_of_it_goes_by_pages(axis: Axis) -> None:
    desk = runner()
    wrong = desk.post(
        reverse("dispatch:axis_admit"), {"name": "Bắc Ninh", "system_id": "tinh-b", "organs": "H05.12"}
    )
    assert wrong.status_code == 400
    assert "thiếu tên" in wrong.text
    assert "Bắc Ninh" in wrong.text
    told = {"name": "Bắc Ninh", "system_id": "tinh-b", "organs": "H05.12, UBND phường Kinh Bắc\n"}
    shown = desk.post(reverse("dispatch:axis_admit"), told).text
    found = re.search(r'<textarea[^>]* id="invitation"[^>]*>(.*?)</textarea>', shown, re.S)
    assert found is not None
    invitation = html.unescape(found.group(1)).strip()
    with acting(SYSTEM):
        member = AxisMember.objects.get(system_id="tinh-b")
    page = reverse("dispatch:axis_member", args=[member.uuid])
    assert member.secret not in desk.get(page).text, "the secret is shown once"
    joining = desk.post(
        reverse("dispatch:axis_connect"),
        {"do": "accept", "invitation": invitation, "networks": "127.0.0.0/8"},
    )
    assert joining.status_code == 303
    with acting(SYSTEM):
        joined = Connection.objects.get(system_id="tinh-b")
    assert desk.get(reverse("dispatch:axis_connection", args=[joined.uuid])).status_code == 200
    assert desk.post(page, {"do": "suspend", "reason": ""}).status_code == 400
    assert desk.post(page, {"do": "suspend", "reason": "Bảo trì"}).status_code == 303
    assert "Bảo trì" in desk.get(page).text
    assert desk.post(page, {"do": "resume"}).status_code == 303
    assert desk.post(page, {"do": "networks", "networks": "không phải"}).status_code == 400
    assert (
        desk.post(page, {"do": "certificates", "organ": "H05.12", "certificates": "rác"}).status_code == 400
    )
    told = {"do": "recalling", "recall_by": "status", "recall_source": ""}
    assert desk.post(page, told).status_code == 400
    assert desk.post(page, told | {"recall_source": "Tài liệu kết nối 2.1"}).status_code == 303
    assert "Tài liệu kết nối 2.1" in desk.get(page).text
    renewed = desk.post(page, {"do": "secret"})
    assert renewed.status_code == 200
    with acting(SYSTEM):
        member.refresh_from_db()
    assert member.secret in html.unescape(renewed.text)


@pytest.mark.parametrize("name", ["axis", "axis_admit", "axis_connect"])
def test_every_page_of_the_axis_opens_in_english(axis: Axis, name: str) -> None:
    answer = runner().get(reverse(f"dispatch:{name}"), headers={"accept-language": "en"})
    assert answer.status_code == 200


@pytest.mark.parametrize("text", ["", "{", "[]", '{"axis": 1}', '{"axis": "a", "form": "vxp"}'])
def test_what_is_no_invitation_is_said_so(text: str) -> None:
    with pytest.raises(UserError) as wrong:
        connecting.read_invitation(text)
    assert wrong.value.field == "invitation"


def test_a_connection_outside_is_checked_before_it_is_kept(axis: Axis) -> None:
    def connect(**more: object) -> Connection:
        given: dict[str, object] = {
            "name": "Trục", "form": Form.VXP, "system_id": "a", "secret": "b", "organ_ids": ["H55.1"],
            "endpoint": "https://truc.example.gov.vn",
        }  # fmt: skip
        told = given | more
        return connecting.connect(SYSTEM, told.pop("name"), told.pop("form"), **told)  # type: ignore[arg-type]

    for more, field in (
        ({"endpoint": "http://truc.example.gov.vn"}, "endpoint"),
        ({"endpoint": "ftp://truc"}, "endpoint"),
        ({"endpoint": "https://a:b@truc.example.gov.vn"}, "endpoint"),
        ({"organ_ids": []}, "organs"),
        ({"secret": ""}, "secret"),
        ({"name": axis.connection.name}, "name"),
        ({"trust_pem": "rác"}, "trust"),
    ):
        with pytest.raises(UserError) as wrong:
            connect(**more)
        assert wrong.value.field == field
    kept = connect()
    with pytest.raises(UserError) as silent:
        connecting.try_out(
            SYSTEM, connect(name="Gần", endpoint="http://127.0.0.1:9", networks=["127.0.0.0/8"]).uuid
        )
    assert "Chưa nối được" in silent.value.text()
    changed = connecting.change(SYSTEM, kept.uuid, secret="mới", takes_unsigned=True)
    assert (changed.secret, changed.takes_unsigned) == ("mới", True)
    assert not connecting.rest(SYSTEM, kept.uuid, active=False).active
