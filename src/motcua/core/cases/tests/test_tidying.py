"""Drafts that nobody goes on with go, after a notice; claims on keys go when the case answers for them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

from motcua.core.cases import actions
from motcua.core.cases.jobs import tidy
from motcua.core.cases.models import Case, Draft, SubmissionKey
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers
from motcua.core.documents import actions as documents
from motcua.core.documents.models import File
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message

Move = Callable[[dt.datetime], None]


def night(days: int) -> dt.datetime:
    return people.FRIDAY_MORNING + dt.timedelta(days=days)


def tidied() -> dict[str, int]:
    with acting(SYSTEM):
        done: dict[str, int] = tidy()
    return done


def drafts() -> int:
    with acting(SYSTEM):
        return Draft.objects.count()


def test_a_draft_left_lying_goes_a_week_after_its_writer_was_told(office: people.Ward, friday: Move) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        draft = actions.start_draft(mother, "khai-sinh")
        scan = documents.upload(mother, name="a.pdf", stream=io.BytesIO(b"%PDF-1.7 thu"))
        actions.attach(mother, draft.uuid, "birth_notice", [str(scan.uuid)])
    friday(night(82))
    assert tidied()["announced"] == 0
    friday(night(83))
    assert (tidied()["announced"], tidied()["announced"]) == (1, 0)
    with acting(SYSTEM):
        told = Message.objects.get(party_id=mother.party_id, kind="draft.expires")
    assert f"{night(90):%d/%m/%Y}" in told.body
    friday(night(89))
    assert tidied()["removed"] == 0
    friday(night(90))
    assert tidied()["removed"] == 1
    assert drafts() == 0
    with acting(SYSTEM):
        assert not File.objects.filter(pk=scan.pk).exists()
        assert Event.objects.get(kind="draft.expired").data == {"service": draft.service_code}


def test_however_long_the_worker_stood_still_the_notice_comes_a_week_before(
    office: people.Ward, friday: Move
) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        actions.start_draft(mother, "khai-sinh")
    friday(night(200))
    assert tidied() == {"announced": 1, "removed": 0, "keys": 0, "erased": 0}
    friday(night(206))
    assert tidied()["removed"] == 0
    friday(night(207))
    assert tidied()["removed"] == 1


def test_who_goes_on_keeps_the_draft_and_is_told_anew_later(office: people.Ward, friday: Move) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        draft = actions.start_draft(mother, "khai-sinh")
    friday(night(83))
    tidied()
    with acting(mother):
        actions.attach(mother, draft.uuid, "birth_notice", [])
    friday(night(95))
    assert tidied() == {"announced": 0, "removed": 0, "keys": 0, "erased": 0}
    friday(night(83 + 90))
    assert (tidied()["announced"], drafts()) == (1, 1)


def test_an_old_claim_goes_and_the_same_key_still_makes_no_second_case(
    office: people.Ward, friday: Move
) -> None:
    mother, key = people.citizen("lan_anh"), new_uuid()
    application = apply_for(mother, "khai-sinh", birth_answers())
    with acting(mother):
        first = actions.submit(mother, application, key)
    friday(night(29))
    assert tidied()["keys"] == 0
    friday(night(31))
    assert tidied()["keys"] == 1
    with acting(mother):
        again = actions.submit(mother, application, key)
    assert (again.number, again.repeated) == (first.number, True)
    with acting(SYSTEM):
        assert Case.objects.count() == 1
        assert not SubmissionKey.objects.exists()
