"""Pages of staff and offices."""

from motcua.systems.staff.views.agencies import agency, contact, end_signing, home, office, signing
from motcua.systems.staff.views.people import (
    account,
    add,
    approve_code,
    correct,
    end_post,
    officer,
    post,
    proposal,
)
from motcua.systems.staff.views.rosters import anew, blank, import_, sheet, under_way

__all__ = [
    "account",
    "add",
    "agency",
    "anew",
    "approve_code",
    "blank",
    "contact",
    "correct",
    "end_post",
    "end_signing",
    "home",
    "import_",
    "office",
    "officer",
    "post",
    "proposal",
    "sheet",
    "signing",
    "under_way",
]
