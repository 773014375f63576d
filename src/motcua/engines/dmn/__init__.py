"""DMN 1.2 to 1.5: load a model, decide, see which rules fired, check and edit its tables."""

from motcua.engines.dmn.analysis import Finding, analyse
from motcua.engines.dmn.editor import ColumnView, RuleView, TableView, tables, with_cell
from motcua.engines.dmn.loader import load
from motcua.engines.dmn.model import Decision, Input, Model
from motcua.engines.dmn.outcome import FiredRule, Outcome
from motcua.engines.dmn.xml import DmnError

__all__ = [
    "ColumnView",
    "Decision",
    "DmnError",
    "Finding",
    "FiredRule",
    "Input",
    "Model",
    "Outcome",
    "RuleView",
    "TableView",
    "analyse",
    "load",
    "tables",
    "with_cell",
]
