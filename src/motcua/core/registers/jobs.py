"""Asking again where the other side was silent."""

from motcua.core import jobs
from motcua.core.registers import actions


@jobs.task(name="registers.ask_for_number_again", retry=20)
def ask_for_number_again(request_id: int) -> None:
    actions.ask_for_number_again(request_id)
