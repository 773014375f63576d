"""Making documents: draft, sign, seal, issue, withdraw, replace; and taking in files."""

from motcua.core.documents.actions.drafting import CODE_LETTERS, draft, preview, redraft, spoken_code
from motcua.core.documents.actions.issuing import issue, replace, withdraw
from motcua.core.documents.actions.signing import complete, prepare, prepare_with_own_key, seal_slip, sign
from motcua.core.documents.actions.uploading import upload

__all__ = [
    "CODE_LETTERS",
    "complete",
    "draft",
    "issue",
    "prepare",
    "prepare_with_own_key",
    "preview",
    "redraft",
    "replace",
    "seal_slip",
    "sign",
    "spoken_code",
    "upload",
    "withdraw",
]
