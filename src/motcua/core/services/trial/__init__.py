"""A pack's own test cases, run with the real engines and without a database."""

from motcua.core.services.trial.report import CaseReport, Mismatch, Report
from motcua.core.services.trial.running import run_cases

__all__ = ["CaseReport", "Mismatch", "Report", "run_cases"]
