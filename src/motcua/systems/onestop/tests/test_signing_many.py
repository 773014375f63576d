"""Many signatures at one press ask for the second factor again when it was shown long ago."""

from __future__ import annotations

from motcua.core.cases.models import Case, Task
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.onestop.tests.conftest import Desk, apply_for, shows_second_factor, work

PAGE = "/mot-cua/ky/"


def birth_to_sign(office: Desk, name: str) -> Case:
    case = apply_for("lan_anh", "khai-sinh", {"child": {"name": name}, "copies": 0})
    office.clerk.post(f"/mot-cua/ho-so/{case.uuid}/tiep-nhan/", {})
    work()
    office.registrar.post(f"/mot-cua/viec/{open_step(case, 'appraise').uuid}/", {"outcome": "accept"})
    work()
    return case


def open_step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def waiting(cases: list[Case]) -> int:
    with acting(SYSTEM):
        return Task.objects.filter(case__in=cases, state="open", verb="sign").count()


def test_two_signatures_ask_again_after_a_quarter_of_an_hour(office: Desk) -> None:
    cases = [birth_to_sign(office, name) for name in ("TRẦN AN", "TRẦN BÌNH")]
    chair = office.chair
    shows_second_factor(chair, minutes_ago=16)
    chosen = [str(open_step(case, "sign").uuid) for case in cases]
    asked = chair.post(PAGE, {"task": chosen})
    assert (asked.status_code, waiting(cases)) == (303, 2)
    assert asked["Location"].startswith("/tai-khoan/xac-nhan/ma/?next=")
    assert chair.get(PAGE).content.decode().count(" checked") == 2
    shows_second_factor(chair, minutes_ago=14)
    assert chair.post(PAGE, {"task": chosen})["Location"] == f"{PAGE}ket-qua/"
    assert waiting(cases) == 0


def test_one_signature_does_not_ask_again(office: Desk) -> None:
    case = birth_to_sign(office, "TRẦN AN")
    chair = office.chair
    shows_second_factor(chair, minutes_ago=60)
    assert chair.post(PAGE, {"all": "1"})["Location"] == f"{PAGE}ket-qua/"
    assert waiting([case]) == 0
