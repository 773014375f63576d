"""The standard library of FEEL (DMN 1.5, 10.3.4)."""

from motcua.engines.feel.library import contexts, conversion, dates, lists, numbers, ranges, strings
from motcua.engines.feel.library.registry import LIBRARY

__all__ = ["LIBRARY", "contexts", "conversion", "dates", "lists", "numbers", "ranges", "strings"]
