"""Is this genuine? Checks of anything signed that a person holds; pure functions that need no database.

The `motcua verify` command runs them offline with a trust bundle; the pages add what the register of documents says.
"""

from motcua.core.documents.checking.bundle import TrustBundle
from motcua.core.documents.checking.entry import LARGEST, TAKES, check, check_all
from motcua.core.documents.checking.findings import (
    DocumentFacts,
    Finding,
    Form,
    Holder,
    Part,
    SignatureFinding,
    Verdict,
)

__all__ = [
    "LARGEST",
    "TAKES",
    "DocumentFacts",
    "Finding",
    "Form",
    "Holder",
    "Part",
    "SignatureFinding",
    "TrustBundle",
    "Verdict",
    "check",
    "check_all",
]
