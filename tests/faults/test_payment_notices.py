"""The bank tells us twice, in the wrong order, or somebody else pretends to be the bank: money is counted once."""

from __future__ import annotations

from typing import Any

import httpx

from motcua.cli.demonstration.person import Person
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.payments.contrib import sandbox_bank
from motcua.core.payments.models import Attempt, AttemptState, Receipt
from tests.faults.conftest import Visitor
from tests.house import work
from tests.people import number

NOTICES = "/ngan-hang/thong-bao/sandbox_bank/"


def begun(person: Person) -> Attempt:
    """An extract applied for, its payment begun."""
    person.open("/thu-tuc/trich-luc-ho-tich/nop/").press("Đồng ý tra cứu và bắt đầu")
    while not person.has_button("Nộp hồ sơ"):
        names = {element.get("name") for form in person.forms for element in form.inputs}
        fields = {name: value for name, value in {"whose": "mine", "copies": "2"}.items() if name in names}
        if person.has_button("Lưu và tiếp tục"):
            person.press("Lưu và tiếp tục", fields)
        else:
            person.open(person.link_to(r"/trang/|/xem-lai/"))
    person.press("Nộp hồ sơ").must_say("Đã nộp hồ sơ")
    work()
    person.open(person.link_to(r"/nop-tien/$")).press("Nộp")
    with acting(SYSTEM):
        return Attempt.objects.latest("id")


def post(site: str, entry: dict[str, Any]) -> httpx.Response:
    body, headers = sandbox_bank.notice(entry)
    return httpx.post(site + NOTICES, content=body, headers=headers, timeout=30)


def receipts(attempt: Attempt) -> int:
    with acting(SYSTEM):
        return Receipt.objects.filter(attempt=attempt).count()


def state(attempt: Attempt) -> str:
    with acting(SYSTEM):
        return str(Attempt.objects.get(pk=attempt.pk).state)


def test_a_notice_told_twice_counts_once(visitor: Visitor, world: str) -> None:
    person = visitor(number("khanh"))
    attempt = begun(person)
    with acting(SYSTEM):
        entry = sandbox_bank.decide(attempt, AttemptState.SUCCESS)
    assert [post(world, entry).status_code for _ in range(3)] == [200, 200, 200]
    assert (state(attempt), receipts(attempt)) == ("success", 1)


def test_a_notice_out_of_order_does_not_undo_a_payment(visitor: Visitor, world: str) -> None:
    person = visitor(number("huong"))
    attempt = begun(person)
    with acting(SYSTEM):
        paid = sandbox_bank.decide(attempt, AttemptState.SUCCESS)
        earlier = sandbox_bank.decide(attempt, AttemptState.SUBMITTED)
    assert post(world, paid).status_code == 200
    assert post(world, earlier).status_code == 200
    assert (state(attempt), receipts(attempt)) == ("success", 1)


def test_a_forged_notice_changes_nothing(visitor: Visitor, world: str) -> None:
    person = visitor(number("duc"))
    attempt = begun(person)
    with acting(SYSTEM):
        body, headers = sandbox_bank.notice(sandbox_bank.decide(attempt, AttemptState.SUCCESS))
    forged = httpx.post(world + NOTICES, content=body.replace(b"success", b"failed "), headers=headers)
    assert forged.status_code == 403
    assert state(attempt) not in ("success", "failed")
    assert receipts(attempt) == 0
