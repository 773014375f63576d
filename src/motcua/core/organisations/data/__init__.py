"""Reference data that ships: units old and new, what became of them, agencies, holidays. See README.md."""

from motcua.core.organisations.data.load import load, load_map, load_province

__all__ = ["load", "load_map", "load_province"]
