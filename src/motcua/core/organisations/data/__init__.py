"""Reference data that ships: units old and new, what became of them, agencies, holidays. See README.md."""

from motcua.core.organisations.data.load import load

__all__ = ["load"]
