"""DMN 1.2 to 1.5: load a model, decide, see which rules fired, check and edit its tables."""

from motcua.engines.dmn.loader import load
from motcua.engines.dmn.model import Decision, Input, Model
from motcua.engines.dmn.outcome import FiredRule, Outcome
from motcua.engines.dmn.xml import DmnError

__all__ = ["Decision", "DmnError", "FiredRule", "Input", "Model", "Outcome", "load"]
