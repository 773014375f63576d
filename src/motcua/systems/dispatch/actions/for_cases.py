"""What a letter about a case tells the case: that it waits for the answer, what receivers did, that it goes on."""

from __future__ import annotations

import uuid

from motcua.core.cases import actions as cases
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines import edxml
from motcua.systems.dispatch import rules
from motcua.systems.dispatch.actions.drafting import _allow, _locked, _reason
from motcua.systems.dispatch.models import Outgoing


def begin_to_wait(letter: Outgoing) -> None:
    """From now on the case stands still until the receivers have answered this letter, and not the one it replaces."""
    old = letter.concerns
    assert letter.case_id is not None
    cases.await_answer(
        letter.case_id, str(letter.uuid), letter.sign, dict(letter.receivers),
        rules.end_of(letter.due) if letter.due else None, instead_of=str(old.uuid) if old else "",
    )  # fmt: skip
    if old is not None:
        old.case_waits = False
        old.save(update_fields=["case_waits"])


def go_on_without(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """The case no longer waits for the answer to this letter; the officer says why."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "go_on_without")
    assert letter.case_id is not None
    cases.stop_waiting(actor, letter.case_id, str(letter.uuid), _reason(reason))
    letter.case_waits = False
    letter.save(update_fields=["case_waits"])
    return letter


def hear(letter: Outgoing, organ_id: str, what: cases.Heard, words: str) -> None:
    """What a receiver did with a letter, told to the case that waits for it."""
    if letter.case_id is None:
        return
    named = next((one for one, _ in letter.receivers if edxml.same_organ(one, organ_id)), organ_id)
    waits = cases.hear(letter.case_id, str(letter.uuid), named, what, words)
    if letter.case_waits != waits:
        letter.case_waits = waits
        letter.save(update_fields=["case_waits"])


def returned(letter: Outgoing, organ_id: str, words: str) -> None:
    """A receiver does not take the letter, and says why."""
    _tell("case.letter_refused", letter, words)
    hear(letter, organ_id, cases.Heard.RETURNED, f"{letter.sign}: {words}")


def taken_back(letter: Outgoing) -> None:
    """Every receiver has given the letter back."""
    _tell("case.letter_recalled", letter, letter.reason)


def replaced(letter: Outgoing, sign: str) -> None:
    """The letter of that number has taken its place."""
    _tell("case.letter_replaced", letter, sign)


def _tell(kind: str, letter: Outgoing, reason: str) -> None:
    """A line on the case that the letter is about, if it is about one."""
    if letter.case_id is not None:
        emit(
            kind, SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk),
            data={"reason": f"{letter.sign}: {reason}"[:500]},
        )  # fmt: skip
