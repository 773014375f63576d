"""What has served its term is erased: cases of a month lose what people answered, and keep what was done."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from motcua.core.cases import actions, queries, retention
from motcua.core.cases.models import Case
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers
from motcua.core.documents import actions as documents
from motcua.core.documents.models import File
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.services.models import ServiceVersion

Move = Callable[[dt.datetime], None]
CommitHere = Callable[..., Any]
BIRTH = "1.001193"


@pytest.fixture
def ten_years(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "rules", lambda: {BIRTH: 10})


@pytest.fixture
def mother(office: people.Ward) -> Actor:
    return people.citizen("lan_anh")


def submitted(mother: Actor) -> Case:
    with acting(mother):
        made = actions.submit(mother, apply_for(mother, "khai-sinh", birth_answers()), new_uuid())
        return Case.objects.get(uuid=made.case_uuid)


def erased(commit_here: CommitHere) -> int:
    with commit_here(execute=True), acting(SYSTEM):
        return retention.erase_due()


def after(years: int, days: int = 0) -> dt.datetime:
    moment = people.FRIDAY_MORNING
    return moment.replace(year=moment.year + years) + dt.timedelta(days=days)


def test_answers_are_kept_for_the_term_and_gone_after_it(
    mother: Actor, ten_years: None, friday: Move, django_capture_on_commit_callbacks: CommitHere
) -> None:
    case = submitted(mother)
    with acting(mother):
        scan = documents.upload(mother, name="a.pdf", stream=io.BytesIO(b"%PDF-1.7 thu"))
        File.objects.filter(pk=scan.pk).update(case_id=case.pk)
        actions.withdraw(mother, case.uuid, "Nộp nhầm")
    friday(after(10, -1))
    assert erased(django_capture_on_commit_callbacks) == 0
    friday(after(10, 1))
    assert erased(django_capture_on_commit_callbacks) == 1
    assert erased(django_capture_on_commit_callbacks) == 0
    with acting(SYSTEM):
        case.refresh_from_db()
        assert (case.data, case.applicant_name, case.title) == ({}, "", "")
        assert (case.number != "", case.ended_as) == (True, "withdrawn")
        assert not File.objects.filter(pk=scan.pk).exists()
        event = Event.objects.get(kind="cases.erased")
        assert event.data == {"service": BIRTH, "month": "2026-11", "cases": 1, "files": 1}
        with connection.cursor() as cursor:
            cursor.execute("select wrapped from sealing_datakey where \"group\" = 'cases/1.001193/2026-11'")
            assert all(row == ("",) for row in cursor.fetchall())
    with acting(mother):
        assert queries.case_for(mother, case.uuid).number == case.number


def test_a_month_waits_for_its_last_case(
    mother: Actor, ten_years: None, friday: Move, django_capture_on_commit_callbacks: CommitHere
) -> None:
    first, second = submitted(mother), submitted(mother)
    with acting(mother):
        actions.withdraw(mother, first.uuid, "Nộp nhầm")
    friday(after(11))
    assert erased(django_capture_on_commit_callbacks) == 0
    with acting(mother):
        actions.withdraw(mother, second.uuid, "Nộp nhầm")
    friday(after(21, -1))
    assert erased(django_capture_on_commit_callbacks) == 0
    with acting(SYSTEM):
        first.refresh_from_db()
        assert first.data["answers"]


def test_the_newest_version_of_a_service_says_its_term_and_without_one_all_is_kept(
    office: people.Ward,
) -> None:
    with acting(SYSTEM):
        assert retention.rules() == {}
        newer = ServiceVersion.objects.get(service__code=BIRTH, state="published")
        rule = {"years": 10, "source": "Quy định thử", "verified_on": None}
        newer.pk, newer.uuid, newer.number, newer.state = None, new_uuid(), 99, "retired"
        newer.manifest = {**newer.manifest, "retention": rule}
        newer.save(force_insert=True)
        assert retention.rules() == {BIRTH: 10}
