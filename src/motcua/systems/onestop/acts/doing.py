"""How each act is done: what was typed becomes one call of a core action."""

from __future__ import annotations

import datetime as dt

from motcua.core.cases import actions
from motcua.core.cases.queries import CaseView
from motcua.core.errors import UserError
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.payments import actions as payments
from motcua.core.payments import queries as balances
from motcua.core.registers import queries as registers
from motcua.systems.onestop import days
from motcua.systems.onestop.acts.options import agencies, paper_options, ways
from motcua.systems.onestop.acts.shape import Given


def receive(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.receive(actor, case.uuid, note=given.text("reason"))


def refuse_receipt(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.refuse_receipt(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def ask_supplement(actor: Actor, case: CaseView, given: Given) -> object:
    known = dict(paper_options(case, "vi"))
    items: list[dict[str, str]] = [
        {"text": known[paper], "paper": paper} for paper in given.lists.get("papers", []) if paper in known
    ]
    items += [{"text": line.strip()} for line in given.text("items").splitlines() if line.strip()]
    return actions.ask_supplement(
        actor, case.uuid, items, given.text("reason"), again_because=given.text("again_because")
    )


def refuse(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.refuse(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def transfer(actor: Actor, case: CaseView, given: Given) -> object:
    chosen = given.text("to_agency")
    if chosen not in dict(agencies(case, "vi")):
        raise UserError("Chọn cơ quan nhận hồ sơ.", "Choose the agency that takes the case.", "to_agency")
    return actions.transfer(actor, case.uuid, int(chosen), given.text("reason"))


def take_over(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.acknowledge_transfer(actor, case.uuid)


def extend(actor: Actor, case: CaseView, given: Given) -> object:
    chosen = days.read(given.texts, "new_due")
    if chosen is None:
        raise UserError("Nhập ngày hẹn mới.", "Enter the new day.", "new_due")
    calendar = organisations.calendar(case.handling_agency_id)
    sessions = calendar.half_days(chosen)
    closes = sessions[-1][1] if sessions else dt.time(17)
    return actions.extend(actor, case.uuid, calendar.at(chosen, closes), given.text("reason"))


def stop(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.stop(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def resume(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.resume(actor, case.uuid, given.text("reason"))


def give_back(actor: Actor, case: CaseView, given: Given) -> object:
    how = given.text("how")
    if how not in dict(ways(case, "vi")):
        raise UserError("Chọn cách trả kết quả.", "Choose how the result is returned.", "how")
    return actions.return_result(actor, case.uuid, how=how)


def may_take_over(actor: Actor, case: CaseView) -> bool:
    return any(task.verb == "take_over" and task.may_do for task in case.open_tasks)


def may_charge(actor: Actor, case: CaseView) -> bool:
    return actor.has("cashier") and case.finished_at is None and balances.balance(str(case.uuid)).due > 0


def charge(actor: Actor, case: CaseView, given: Given) -> object:
    return payments.pay_at_counter(actor, str(case.uuid))


def may_settle_number(actor: Actor, case: CaseView) -> bool:
    request = registers.number_request(case.id)
    handles = case.handling_agency_id in actor.unit_ids and actor.has("civil_status_officer")
    return handles and request is not None and request.state != "issued"


def settle_number(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.settle_number(
        actor, case.uuid, given.text("state"), given.text("number"), given.text("reason")
    )
