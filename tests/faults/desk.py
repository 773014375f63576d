"""The officers' part of a birth, by the buttons of their pages."""

from __future__ import annotations

from motcua.core.cases.models import Case, Task
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.faults.conftest import Visitor
from tests.house import work
from tests.people import CHAIR, CLERK, REGISTRAR


def task(case: Case, verb: str) -> Task:
    """The open step of that kind."""
    with acting(SYSTEM):
        return Task.objects.get(case=case, verb=verb, state="open")


def receive(visitor: Visitor, case: Case) -> None:
    visitor(CLERK).open(f"/mot-cua/ho-so/{case.uuid}/tiep-nhan/").press("Tiếp nhận")
    work()


def appraise(visitor: Visitor, case: Case) -> None:
    registrar = visitor(REGISTRAR).open(f"/mot-cua/viec/{task(case, 'appraise').uuid}/")
    registrar.press("Ghi kết quả, chuyển bước sau", {"outcome": "accept"})
    work()


def sign(visitor: Visitor, case: Case) -> None:
    """The chair signs; what follows is left to the worker."""
    chair = visitor(CHAIR).open("/mot-cua/ky/").must_say(case.number)
    chair.press("Ký các văn bản đã chọn", {"task": str(task(case, "sign").uuid)}).must_say(
        "Đã ký 1/1 văn bản"
    )
