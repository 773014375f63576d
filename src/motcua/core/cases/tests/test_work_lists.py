"""Work lists in the order of urgency, page by page, for whoever works there."""

from __future__ import annotations

import pytest
from django.db import connection

from motcua.core.cases import actions, queries
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers
from motcua.core.errors import NotAllowed, UserError
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting


@pytest.fixture
def five(office: people.Ward) -> list[str]:
    mother = people.citizen("lan_anh")
    with acting(mother):
        return [
            actions.submit(mother, apply_for(mother, "khai-sinh", birth_answers()), new_uuid()).number
            for _ in range(5)
        ]


def test_the_most_urgent_come_first_page_by_page(office: people.Ward, five: list[str]) -> None:
    with acting(SYSTEM):
        last = Case.objects.get(number=five[-1])
        Task.objects.filter(case=last).update(sort_at=people.FRIDAY_MORNING)
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        first = queries.work_list(clerk, office.desk.pk, "one_stop", limit=2)
        assert first[0].number == five[-1]
        second = queries.work_list(clerk, office.desk.pk, "one_stop", limit=2, after=first[-1].after)
        third = queries.work_list(clerk, office.desk.pk, "one_stop", limit=2, after=second[-1].after)
        assert sorted(row.number for row in [*first, *second, *third]) == sorted(five)
        assert queries.counts(clerk, office.desk.pk) == {"one_stop": 5, "overdue": 0}
        with pytest.raises(UserError):
            queries.work_list(clerk, office.desk.pk, after="somewhere")


def test_a_list_of_another_agency_is_refused_and_empty_below(office: people.Ward, five: list[str]) -> None:
    other = people.officer(people.ward("05455").desk, "one_stop")
    with acting(other):
        with pytest.raises(NotAllowed):
            queries.work_list(other, office.desk.pk)
        assert Task.objects.filter(agency_id=office.desk.pk).count() == 0


def test_the_list_walks_its_index(office: people.Ward, five: list[str]) -> None:
    from motcua.core.cases.queries.officers import _sql

    clerk = people.officer(office.desk, "one_stop")
    parameters: dict[str, int | str | None] = {
        "agency": office.desk.pk, "role": "one_stop", "officer": None, "moment": None, "last": 0, "limit": 100,
    }  # fmt: skip
    with acting(clerk), connection.cursor() as cursor:
        for other_way in ("seqscan", "bitmapscan", "sort"):  # on a handful of rows any way is as good
            cursor.execute(f"set local enable_{other_way} = off")
        cursor.execute("explain " + _sql("work_list_of_role"), parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "open_tasks_of_a" in plan
    assert "Sort" not in plan.split("open_tasks_of_a")[1]


def test_what_was_done_is_listed_the_latest_first(office: people.Ward, five: list[str]) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        rows = queries.work_list(clerk, office.desk.pk)
        for row in rows[:2]:
            actions.receive(clerk, row.case_uuid)
        done = queries.work_list(clerk, office.desk.pk, state="done")
        assert {row.number for row in done} == {row.number for row in rows[:2]}
        assert len(queries.work_list(clerk, office.desk.pk)) == 3


def test_a_case_is_found_without_accents_by_those_who_may_see_it(
    office: people.Ward, five: list[str]
) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        assert len(queries.search_cases(clerk, "nguyen thi lan anh")) == 5
        assert [view.number for view in queries.search_cases(clerk, five[2])] == [five[2]]
        assert queries.search_cases(clerk, "khong co ai") == []
