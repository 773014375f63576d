"""Results stay provable: renewed before their time-stamps end, by the job itself, through two generations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.documents import actions, archiving, jobs, queries, store, trust
from motcua.core.documents.models import Document, Renewal
from motcua.core.documents.testing import issued_result
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def result(lonely_house: trust.House) -> Iterator[Document]:
    yield issued_result()
    clock.move_sandbox_to(None)


def in_year(year: int, month: int = 3) -> dt.datetime:
    moment = dt.datetime(year, month, 1, tzinfo=dt.UTC)
    clock.move_sandbox_to(moment)
    return moment


def test_a_fresh_result_knows_its_end_and_is_not_due(result: Document) -> None:
    assert result.protected_until is not None
    assert result.protected_until.year == 2033, "the end of the time-stamping certificate"
    assert archiving.renew_due() == 0


def test_a_result_of_today_is_proven_in_2045_after_two_renewals_by_the_job(result: Document) -> None:
    original = store.get(result.digest)
    in_year(2033)
    jobs.renew()
    in_year(2040, 9)
    jobs.renew()
    renewals = list(Renewal.objects.filter(document=result).order_by("place"))
    assert [one.place for one in renewals] == [1, 2]
    assert renewals[1].former == renewals[0].digest

    in_year(2045)
    newest = queries.content(result)
    assert newest.startswith(original), "what was issued is the beginning of what is kept"
    found = queries.verify_bytes(newest)
    assert found.verdict == "valid", [one.finding for one in found.signatures]
    assert [one.level for one in found.signatures] == ["B-LTA", "B-LTA"]
    assert found.document is not None
    assert found.document.code == result.code
    assert found.log_proof is not None
    assert queries.verify_bytes(newest.replace(b"/MediaBox", b"/MediaBoy", 1)).verdict == "altered"


def test_both_digests_find_the_result_and_the_log_is_as_it_was(result: Document) -> None:
    leaf = queries.verify_code(result.code).log_proof
    original = store.get(result.digest)
    in_year(2033)
    jobs.renew()
    renewal = Renewal.objects.get(document=result)
    for content in (original, store.get(renewal.digest)):
        found = queries.verify_bytes(content)
        assert found.verdict == "valid"
        assert found.log_proof is not None
        assert leaf is not None
        assert found.log_proof["leaf_hash"] == leaf["leaf_hash"]
    event = Event.objects.get(kind="document.renewed", subject_id=result.pk)
    assert event.data["former"] == result.digest


def test_the_job_may_run_again_and_again(result: Document) -> None:
    in_year(2033)
    for _ in range(3):
        jobs.renew()
    assert Renewal.objects.filter(document=result).count() == 1


def test_one_that_cannot_be_renewed_stays_in_the_queue_and_holds_nobody_up(
    result: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = issued_result("NGUYỄN VĂN BÌNH")
    in_year(2033)
    get = store.get

    def broken(digest: str) -> bytes:
        if digest == result.digest:
            raise OSError("the stored file has changed on disk")
        return get(digest)

    monkeypatch.setattr(store, "get", broken)
    jobs.renew()
    assert Renewal.objects.filter(document=other).exists()
    assert list(archiving.due()) == [result]
    assert archiving.backlog().due == 1


def test_a_withdrawn_result_is_kept_provable_too(result: Document) -> None:
    actions.withdraw(SYSTEM, result.pk, "cấp nhầm")
    in_year(2033)
    jobs.renew()
    assert queries.verify_bytes(queries.content(result)).verdict == "withdrawn"
