"""Identity documents with a chip: their zone, their files, whether the issuer vouches for them (ICAO Doc 9303)."""

from motcua.engines.identity_documents.answering import CHALLENGE_BYTES
from motcua.engines.identity_documents.checking import Proven, check
from motcua.engines.identity_documents.data_groups import CardData, Portrait
from motcua.engines.identity_documents.mrz import Mrz, check_digit, read_mrz
from motcua.engines.identity_documents.reading import LARGEST, Reading, read_reading
from motcua.engines.identity_documents.refusal import Disbelieved, Fault
from motcua.engines.identity_documents.trust import Authorities, CardTrust, joined, read_master_list

__all__ = [
    "CHALLENGE_BYTES",
    "LARGEST",
    "Authorities",
    "CardData",
    "CardTrust",
    "Disbelieved",
    "Fault",
    "Mrz",
    "Portrait",
    "Proven",
    "Reading",
    "check",
    "check_digit",
    "joined",
    "read_master_list",
    "read_mrz",
    "read_reading",
]
