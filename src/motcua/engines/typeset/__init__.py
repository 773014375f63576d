"""Paper: typst templates to PDF/A-2b in the layout of Vietnamese official documents."""

from motcua.engines.typeset.glyphs import VIETNAMESE_LETTERS, missing_glyphs
from motcua.engines.typeset.typesetter import TypesetError, Typesetter

__all__ = ["VIETNAMESE_LETTERS", "TypesetError", "Typesetter", "missing_glyphs"]
