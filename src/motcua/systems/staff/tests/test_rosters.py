"""Many officers from one table: all good or nobody; taken on by a job; their codes handed over once."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from motcua.core import clock, jobs
from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Appointment, Officer
from motcua.systems.staff import actions, roster, rosters
from motcua.systems.staff.models import Proposal, Roster, RosterLine

pytestmark = pytest.mark.django_db
KEEPER, SECOND = "h55.staff-officer", "h55.staff-approver"
PAPER = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")
TITLES = "Mã cán bộ;Họ tên;Thư điện tử;Mã cơ quan;Nhiệm vụ;Từ ngày;Quyết định\n"
GOOD = (
    "cb.1;Ma Thị Sen;;H55.237.00;Công chức bộ phận một cửa;01/07/2026;QĐ 1\n"
    "cb.2;Lý Văn Páo;;H55.237;chair;01/07/2026;QĐ 2\n"
)


@pytest.fixture
def keeper(client: Client) -> Client:
    sign_in(client, KEEPER)
    return client


@pytest.fixture(autouse=True)
def as_the_system() -> Iterator[None]:
    """What a test looks up itself, it sees whole."""
    with acting(SYSTEM):
        yield


def send(client: Client, text: str = TITLES + GOOD) -> Any:
    return client.post(reverse("staff:import"), {"file": SimpleUploadedFile("can-bo.csv", text.encode())})


def sent(client: Client, text: str = TITLES + GOOD) -> Roster:
    """A table under way."""
    answer = send(client, text)
    assert answer.status_code == 303
    row: Roster = Roster.objects.latest("id")
    assert answer["Location"] == reverse("staff:roster", args=[row.uuid])
    return row


def done(client: Client, text: str = TITLES + GOOD) -> Roster:
    """A table whose people are taken on."""
    row = sent(client, text)
    jobs.run_all()
    row.refresh_from_db()
    return row


def page(client: Client, row: Roster) -> str:
    return str(client.get(reverse("staff:roster", args=[row.uuid])).content.decode())


def open_sheet(client: Client, row: Roster) -> Any:
    return client.post(reverse("staff:sheet", args=[row.uuid]))


def papers(client: Client, row: Roster) -> list[str]:
    return PAPER.findall(open_sheet(client, row).content.decode())


def test_a_table_takes_on_all_and_hands_over_their_codes(keeper: Client) -> None:
    row = sent(keeper)
    assert "Đã làm 0 trên 2 người" in page(keeper, row)
    assert "can-bo.csv" in keeper.get(reverse("staff:home")).content.decode()
    jobs.run_all()
    assert "Đã nhận 2 người" in page(keeper, row)
    assert Appointment.objects.get(officer__code="cb.1").source == "QĐ 1"
    assert Proposal.objects.get().officer.code == "cb.2"
    assert Event.objects.filter(kind="staff.officer_added", officer_id=row.sent_by).count() == 2
    sheet = open_sheet(keeper, row)
    assert sheet["Cache-Control"].startswith("max-age=0")
    (first, _) = PAPER.findall(sheet.content.decode())
    entered = Client(REMOTE_ADDR="10.20.30.40").post(
        reverse("identity_first"),
        {"number": "cb.1", "code": first, "password1": "Mat-khau-2026", "password2": "Mat-khau-2026"},
    )
    assert entered.status_code == 303


def test_every_fault_of_a_table_is_named_and_nobody_is_taken_on(keeper: Client) -> None:
    wrong = (
        "cb.3;Ai Đó;;H05.200;chair;01/07/2026;QĐ 3\n"
        "cb.4;;không-phải-thư;H55.237;quan huyện;31/02/2026;\n"
        "CB.1;Trùng Mã;;H55.237;chair;01/07/2026;QĐ 5\n"
        "h55.237.chair;Mã Đã Có;;H55.237;chair;01/07/2026;QĐ 6\n"
    )
    answer = send(keeper, TITLES + GOOD + wrong)
    shown = answer.content.decode()
    assert "Tệp có 4 dòng sai" in shown
    for said in (
        "H05.200", "Ghi họ", "Địa chỉ thư không đúng", "Không có nhiệm vụ “quan huyện”", "Ngày ghi như",
        "Ghi số và ngày", "Mã cb.1 đã ghi ở dòng 2", "Mã h55.237.chair đã có người mang",
    ):  # fmt: skip
        assert said in shown, said
    jobs.run_all()
    assert not Officer.objects.filter(code__startswith="cb.").exists()
    assert not Roster.objects.exists()


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", TITLES])
def test_a_file_that_is_no_roster_says_what_lacks(keeper: Client, text: str) -> None:
    assert send(keeper, text).status_code == 422
    assert keeper.post(reverse("staff:import"), {}).status_code == 422


def test_two_thousand_lines_are_looked_at_by_a_handful_of_questions(keeper: Client) -> None:
    lines = [f"cb.{number};Nguyễn Văn Một;;H55.237;chair;01/07/2026;QĐ 1\n" for number in range(roster.MOST)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert send(keeper, TITLES + "".join(lines)).status_code == 303
    assert len(asked) < 60
    assert RosterLine.objects.count() == roster.MOST
    more = send(keeper, TITLES + "".join(lines) + "cb.x;Thừa;;H55.237;chair;01/07/2026;QĐ 1\n")
    assert "nhiều nhất 2000" in more.content.decode()


def test_the_same_file_sent_twice_is_one_table(keeper: Client) -> None:
    assert sent(keeper) == sent(keeper)
    jobs.run_all()
    assert Officer.objects.filter(code__startswith="cb.").count() == 2
    assert "đã có người mang" in send(keeper).content.decode()


def test_a_worker_that_dies_in_a_batch_leaves_it_to_the_next(
    keeper: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent(keeper)
    take_on = actions.take_on

    def lose_power(actor: Actor, agency: Agency, **who: Any) -> Any:
        if who["code"] == "cb.2":
            raise RuntimeError("power")
        return take_on(actor, agency, **who)

    with monkeypatch.context() as broken:
        broken.setattr(actions, "take_on", lose_power)
        with pytest.raises(RuntimeError, match="power"), acting(SYSTEM):
            rosters.take_on_next(str(row.uuid))
    assert not Officer.objects.filter(code="cb.1").exists()
    assert not row.lines.filter(done=True).exists()
    jobs.run_all()
    assert Officer.objects.filter(code__in=["cb.1", "cb.2"]).count() == 2


def test_a_lost_job_is_called_again(keeper: Client) -> None:
    row = sent(keeper)
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'failed' where task_name = %s", [rosters.GOES_ON]
        )
    jobs.run_all()
    assert "Đã làm 0 trên 2" in page(keeper, row)
    rosters.tend()
    rosters.tend()
    jobs.run_all()
    assert "Đã nhận 2 người" in page(keeper, row)


def test_many_are_taken_on_batch_by_batch(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "BATCH", 1)
    row = sent(keeper)
    rosters.take_on_next(str(row.uuid))
    assert "Đã làm 1 trên 2 người" in page(keeper, row)
    part = keeper.get(reverse("staff:roster", args=[row.uuid]), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="standing"')
    assert open_sheet(keeper, row).status_code == 422
    jobs.run_all()
    assert len(papers(keeper, row)) == 2


def test_what_changed_meanwhile_stops_one_line_and_not_the_others(keeper: Client) -> None:
    row = sent(keeper)
    staffing.add_officer(SYSTEM, code="cb.2", name="Người Nhanh Hơn")
    jobs.run_all()
    shown = page(keeper, row)
    assert "Đã nhận 1 người" in shown
    assert "Mã cb.2 đã có người mang" in shown
    assert len(papers(keeper, row)) == 1


def test_a_keeper_who_lost_the_post_takes_nobody_on(keeper: Client) -> None:
    row = sent(keeper)
    Appointment.objects.filter(officer=row.sent_by).update(valid_until=clock.today() - dt.timedelta(days=1))
    jobs.run_all()
    assert not Officer.objects.filter(code__startswith="cb.").exists()
    assert set(row.lines.values_list("done", flat=True)) == {True}


def later(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_the_sheet_is_opened_once_and_its_codes_forgotten(
    keeper: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = done(keeper)
    codes = papers(keeper, row)
    assert len(codes) == 2
    assert papers(keeper, row) == codes  # a second click
    later(monkeypatch, clock.now() + rosters.GRACE)
    assert open_sheet(keeper, row).status_code == 422
    assert "không còn ở đây" in page(keeper, row)
    rosters.forget_codes(str(row.uuid))
    assert not RosterLine.objects.filter(paper__isnull=False).exists()


def test_codes_lie_sealed_and_no_longer_than_they_are_good(
    keeper: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = done(keeper)
    with connection.cursor() as cursor:
        cursor.execute("select paper from staff_rosterline")
        assert not any(PAPER.search(paper) for (paper,) in cursor.fetchall())
    assert row.codes_end_at is not None
    later(monkeypatch, row.codes_end_at)
    rosters.tend()
    assert not RosterLine.objects.filter(paper__isnull=False).exists()
    assert open_sheet(keeper, row).status_code == 422
    later(monkeypatch, clock.now() + rosters.KEPT)
    rosters.tend()
    assert not Roster.objects.exists()


def test_the_sheet_is_for_who_sent_the_table(keeper: Client) -> None:
    row = done(keeper)
    other = staffing.add_officer(SYSTEM, code="cb.other", name="Người Khác")
    Roster.objects.update(codes_to=other.pk)
    assert open_sheet(keeper, row).status_code == 403
    assert "chờ người đã gửi" in page(keeper, row)


def test_a_lost_sheet_is_made_anew_for_those_who_have_not_signed_in(keeper: Client) -> None:
    row = done(keeper)
    before = papers(keeper, row)
    Account.objects.filter(username="cb.1").update(last_login=clock.now())
    again = reverse("staff:anew", args=[row.uuid])
    assert keeper.post(again).status_code == 303
    assert keeper.post(again).status_code == 303  # a second click
    jobs.run_all()
    (code,) = papers(keeper, row)
    assert code not in before
    Account.objects.filter(username="cb.2").update(last_login=clock.now())
    assert keeper.post(again).status_code == 422


def test_tables_of_other_agencies_are_not_there(keeper: Client) -> None:
    row = done(keeper)
    Roster.objects.update(agency=Appointment.objects.filter(agency__code__startswith="H05.")[0].agency)
    for answer in (keeper.get(reverse("staff:roster", args=[row.uuid])), open_sheet(keeper, row)):
        assert answer.status_code == 404
    second = Client()
    sign_in(second, SECOND)
    assert second.get(reverse("staff:roster", args=[row.uuid])).status_code == 403


def test_the_empty_table_has_the_right_columns(keeper: Client) -> None:
    book = load_workbook(io.BytesIO(keeper.get(reverse("staff:blank")).content))
    (titles,) = book.worksheets[0].iter_rows(values_only=True)
    assert list(titles) == [one.vi for one in roster.COLUMNS.values()]
