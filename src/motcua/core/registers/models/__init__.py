"""The tables of registers, by what they are about."""

from motcua.core.registers.models.civil import (
    BookCounter,
    CivilEntry,
    EntryState,
    NumberRequest,
    RequestState,
)
from motcua.core.registers.models.consent import (
    Agreement,
    AgreementState,
    Consent,
    ConsentRevision,
    ConsentState,
)
from motcua.core.registers.models.corrections import Correction, CorrectionState, Finding
from motcua.core.registers.models.keys import SigningKey
from motcua.core.registers.models.partners import Reader, SeenRequest
from motcua.core.registers.models.records import Attribute, Record, Register, SchemaVersion, VersionState

__all__ = [
    "Agreement",
    "AgreementState",
    "Attribute",
    "BookCounter",
    "CivilEntry",
    "Consent",
    "ConsentRevision",
    "ConsentState",
    "Correction",
    "CorrectionState",
    "EntryState",
    "Finding",
    "NumberRequest",
    "Reader",
    "Record",
    "Register",
    "RequestState",
    "SchemaVersion",
    "SeenRequest",
    "SigningKey",
    "VersionState",
]
