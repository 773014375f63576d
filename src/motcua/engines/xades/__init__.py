"""XML signatures that last: XAdES baseline levels B-B, B-T, B-LT and B-LTA, written, raised and verified."""

from motcua.engines.xades.levels import add_time_stamp, archive, embed_evidence, renew
from motcua.engines.xades.report import Level, Reason, XadesReport
from motcua.engines.xades.signing import Claims, Policy, Timestamp, sign, sign_document
from motcua.engines.xades.verification import verify, verify_document

__all__ = [
    "Claims",
    "Level",
    "Policy",
    "Reason",
    "Timestamp",
    "XadesReport",
    "add_time_stamp",
    "archive",
    "embed_evidence",
    "renew",
    "sign",
    "sign_document",
    "verify",
    "verify_document",
]
