"""Every write of this room, one function per verb. Each emits its event; each tolerates a repeat."""

from motcua.core.cases.actions.doubt import doubt_in_application, doubt_in_case
from motcua.core.cases.actions.draft import (
    application_of,
    attach,
    discard_draft,
    keep_page,
    keep_up,
    save_page,
    start_draft,
    submit_draft,
)
from motcua.core.cases.actions.endings import (
    extend,
    object_to,
    rate,
    refuse,
    refuse_receipt,
    resume,
    stop,
    withdraw,
)
from motcua.core.cases.actions.letters import Heard, await_answer, hear, stop_waiting
from motcua.core.cases.actions.number import settle_number
from motcua.core.cases.actions.sign import Signed, sign_results
from motcua.core.cases.actions.submit import submit
from motcua.core.cases.actions.supplement import answer_supplement, ask_supplement
from motcua.core.cases.actions.work import (
    acknowledge_transfer,
    complete_task,
    give_up,
    receive,
    return_result,
    take,
    transfer,
)
from motcua.core.cases.intake import Application, Incomplete, NewVersion, Submitted

__all__ = [
    "Application",
    "Heard",
    "Incomplete",
    "NewVersion",
    "Signed",
    "Submitted",
    "acknowledge_transfer",
    "answer_supplement",
    "application_of",
    "ask_supplement",
    "attach",
    "await_answer",
    "complete_task",
    "discard_draft",
    "doubt_in_application",
    "doubt_in_case",
    "extend",
    "give_up",
    "hear",
    "keep_page",
    "keep_up",
    "object_to",
    "rate",
    "receive",
    "refuse",
    "refuse_receipt",
    "resume",
    "return_result",
    "save_page",
    "settle_number",
    "sign_results",
    "start_draft",
    "stop",
    "stop_waiting",
    "submit",
    "submit_draft",
    "take",
    "transfer",
    "withdraw",
]
