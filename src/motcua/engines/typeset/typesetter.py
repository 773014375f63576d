"""Paper from data: typst templates to PDF/A-2b, with one compiler kept warm."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import typst

_HERE = Path(__file__).parent
_LIBRARY = {"motcua/decree30.typ": (_HERE / "decree30.typ").read_bytes()}
_MOUNTED = (".typ", ".svg", ".png", ".jpg", ".csv", ".json")


class TypesetError(ValueError):
    """A template or its data cannot be set: what, where in the template, and hints of the compiler."""


class Typesetter:
    """Sets documents with the fonts of one folder only, so that every machine sets the same page.

    Templates import `/motcua/decree30.typ` for the layout of official documents and find their data
    there as `given`. Safe to share between threads; one document is set at a time.
    """

    def __init__(self, fonts_dir: Path | str, root: Path | str | None = None) -> None:
        """`fonts_dir` is searched with its subfolders; `root` is all that templates may read besides."""
        fonts = Path(fonts_dir)
        if not any(fonts.rglob("*.ttf")) and not any(fonts.rglob("*.otf")):
            raise FileNotFoundError(f"no .ttf or .otf fonts in {fonts}: build the assets")
        self._compiler = typst.Compiler(
            root=str(root or _HERE), font_paths=[str(fonts)], ignore_system_fonts=True
        )
        self._lock = Lock()

    def render(
        self,
        template: str | Path,
        data: Mapping[str, Any],
        *,
        created: dt.datetime,
        files: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """PDF/A-2b of `template` (its text, or the path of a file) filled with `data`.

        `created` (with its time zone) becomes the creation date; equal input gives equal bytes. Beside a
        template file lie the images and parts that it may use; `files` adds more by name. Dates in `data`
        arrive as ISO text, decimals as text. Raises TypesetError, also when a letter has no glyph or a
        font is absent.
        """
        if created.tzinfo is None:
            raise ValueError("the creation date needs a time zone")
        source, beside = _load(template)
        if "@preview/" in source or "@local/" in source:
            raise TypesetError("templates may not load typst packages: they would come from the network")
        parts: Any = {**beside, **(files or {}), **_LIBRARY, "main.typ": source.encode()}
        try:
            with self._lock:
                pdf, warnings = self._compiler.compile_with_warnings(
                    input=parts,
                    format="pdf",
                    sys_inputs={"data": json.dumps(data, ensure_ascii=False, default=_as_json)},
                    pdf_standards=["a-2b"],
                    timestamp=int(created.timestamp()),
                )
        except typst.TypstError as error:
            raise TypesetError(_explain(error)) from error
        lost = [warning.message for warning in warnings if "font family" in warning.message]
        if lost:
            raise TypesetError(f"{lost[0]}: documents use the fonts of the product only")
        if not isinstance(pdf, bytes):
            raise TypesetError("the template gave no single PDF document")
        return pdf


def _load(template: str | Path) -> tuple[str, dict[str, bytes]]:
    if isinstance(template, str):
        return template, {}
    beside = {
        path.name: path.read_bytes()
        for path in sorted(template.parent.iterdir())
        if path.suffix in _MOUNTED and path.is_file() and path != template
    }
    return template.read_text(encoding="utf-8"), beside


def _as_json(value: object) -> str:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypesetError(f"a document cannot show a {type(value).__name__}: give text, numbers, lists or dates")


def _explain(error: typst.TypstError) -> str:
    diagnostic = getattr(error, "diagnostic", "") or str(error)
    lines = [line for line in str(diagnostic).splitlines() if line.strip()]
    hints = [f"hint: {hint}" for hint in getattr(error, "hints", [])]
    return "\n".join([*lines, *(hint for hint in hints if hint not in lines)])
