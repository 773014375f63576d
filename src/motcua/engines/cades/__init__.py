"""Signed messages that last: CAdES baseline levels B-B to B-LTA (ETSI EN 319 122-1), written, raised and verified."""

from motcua.engines.cades.levels import add_time_stamp, archive, embed_evidence, keep_in_stamp, renew
from motcua.engines.cades.report import CadesReport, Level
from motcua.engines.cades.signing import prepare, sign
from motcua.engines.cades.verification import verify

__all__ = [
    "CadesReport",
    "Level",
    "add_time_stamp",
    "archive",
    "embed_evidence",
    "keep_in_stamp",
    "prepare",
    "renew",
    "sign",
    "verify",
]
