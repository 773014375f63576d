"""A birth extract that the house issues today, kept by the house's own job, still proves itself in 2045.

PyHanko's own walk through archives cannot judge this: it looks for proofs of existence as of the machine's clock.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from motcua.core import clock
from motcua.core.cases.actions import submit
from motcua.core.cases.models import Case
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, friday, office, pay, work
from motcua.core.documents import actions, jobs, queries, succession, trust
from motcua.core.documents.checking import TrustBundle, check_all
from motcua.core.documents.models import Document, Renewal
from motcua.core.documents.tests.conftest import lonely_house
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

pytestmark = pytest.mark.django_db
__all__ = ["friday", "lonely_house", "office"]
IN_2045 = dt.datetime(2045, 5, 1, tzinfo=dt.UTC)


def extract(office: people.Ward) -> Document:
    """Applied for, paid, decided by rule, signed and issued as on any day."""
    duc = people.citizen("duc")
    with acting(duc):
        made = submit(duc, apply_for(duc, "trich-luc-ho-tich", {"whose": "mine", "copies": 1}), new_uuid())
    with acting(SYSTEM):
        case = Case.objects.get(uuid=made.case_uuid)
    pay(case)
    work()
    with acting(SYSTEM):
        return Document.objects.get(case_id=case.pk, kind="result", issued_at__isnull=False)


def kept_through_the_years(document: Document, friday: object) -> bytes:
    """The nightly jobs of 2033 and 2040, each with what was due for the authorities."""
    for year in (2033, 2040):
        friday(dt.datetime(year, 3, 1, tzinfo=dt.UTC))  # type: ignore[operator]
        with acting(SYSTEM):
            succession.perform()
            jobs.renew()
    friday(IN_2045)  # type: ignore[operator]
    with acting(SYSTEM):
        succession.perform()
        assert Renewal.objects.filter(document=document).count() == 2
        return queries.content(document)


def test_a_birth_extract_of_today_is_genuine_in_2045(
    lonely_house: trust.House, office: people.Ward, friday: object, tmp_path: Path
) -> None:
    document = extract(office)
    with acting(SYSTEM):
        original = queries.content(document)
    kept = kept_through_the_years(document, friday)
    assert kept.startswith(original), "what was issued is the beginning of what is kept"
    with acting(SYSTEM):
        found = queries.verify_bytes(kept)
        bundle = TrustBundle.read(trust.house().publish())
    assert found.verdict == "valid", [one.finding for one in found.signatures]
    assert found.document is not None
    assert found.document.title == document.title
    assert {one.level for one in found.signatures} == {"B-LTA"}
    assert all(one.at is not None and one.at.year == 2026 and one.at_is_proven for one in found.signatures)
    (offline,) = check_all([("trich-luc.pdf", kept)], bundle, now=clock.now())
    assert offline.verdict.holds, "`motcua verify` says the same without a network"
    (alone,) = check_all([("trich-luc.pdf", original)], bundle, now=clock.now())
    assert alone.signatures
    forged = kept.replace(b"/MediaBox", b"/MediaBoy", 1)
    (changed,) = check_all([("trich-luc.pdf", forged)], bundle, now=clock.now())
    assert not changed.verdict.holds


def test_a_withdrawn_extract_is_told_so_in_2045_too(
    lonely_house: trust.House, office: people.Ward, friday: object
) -> None:
    document = extract(office)
    with acting(SYSTEM):
        actions.withdraw(SYSTEM, document.pk, "cấp nhầm người")
    kept = kept_through_the_years(document, friday)
    with acting(SYSTEM):
        assert queries.verify_bytes(kept).verdict == "withdrawn"
