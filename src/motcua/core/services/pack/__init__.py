"""The service pack format `motcua: 1`: a public service as a folder of files. docs/service-packs.md explains it."""

from motcua.core.services.pack.deciding import NoOutcome
from motcua.core.services.pack.faults import Fault, PackError
from motcua.core.services.pack.files import Seal, digest, dropped, read_files, signer_of, zipped
from motcua.core.services.pack.finding import as_json, find, from_json
from motcua.core.services.pack.loading import check, load, warnings
from motcua.core.services.pack.pack import FactMissing, Pack, total
from motcua.core.services.pack.parts import Decided, Effect, FeeDue, Gear, Paper, Saved, Sheet, SheetLine

__all__ = [
    "Decided",
    "Effect",
    "FactMissing",
    "Fault",
    "FeeDue",
    "Gear",
    "NoOutcome",
    "Pack",
    "PackError",
    "Paper",
    "Saved",
    "Seal",
    "Sheet",
    "SheetLine",
    "as_json",
    "check",
    "digest",
    "dropped",
    "find",
    "from_json",
    "load",
    "read_files",
    "signer_of",
    "total",
    "warnings",
    "zipped",
]
