"""Pages of staff and offices."""

from motcua.systems.staff.views.agencies import agency, contact, end_signing, home, office, signing
from motcua.systems.staff.views.people import (
    account,
    add,
    approve_code,
    correct,
    end_post,
    import_,
    officer,
    post,
    proposal,
)

__all__ = [
    "account",
    "add",
    "agency",
    "approve_code",
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
    "signing",
]
