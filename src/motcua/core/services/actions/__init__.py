"""Every write of services: packs taken in, versions put in force, changes proposed and approved, gears, rates."""

from motcua.core.services.actions.changing import (
    approve,
    impact,
    propose_change,
    propose_version,
    reject,
    run_cases,
)
from motcua.core.services.actions.setting import set_gear, set_rate
from motcua.core.services.actions.taking import export_zip, import_pack, publish
from motcua.core.services.changes import Change

__all__ = [
    "Change",
    "approve",
    "export_zip",
    "impact",
    "import_pack",
    "propose_change",
    "propose_version",
    "publish",
    "reject",
    "run_cases",
    "set_gear",
    "set_rate",
]
