"""What an officer may do with a case, as data: each act has its page, its fields, its consequence said in advance.

Adding an act is adding a line to `table.ACTS`; the page, its errors and its safety against double clicks come with it.
"""

from motcua.core.cases.queries import CaseView
from motcua.core.ledger.actor import Actor
from motcua.systems.onestop.acts.options import paper_options
from motcua.systems.onestop.acts.shape import Act, Field, Given
from motcua.systems.onestop.acts.table import ACTS

BY_SLUG = {act.slug: act for act in ACTS}


def possible(actor: Actor, case: CaseView) -> list[Act]:
    """The acts that this officer can do with the case now, the most usual first."""
    return [act for act in ACTS if act.may(actor, case)]


__all__ = ["ACTS", "BY_SLUG", "Act", "Field", "Given", "paper_options", "possible"]
