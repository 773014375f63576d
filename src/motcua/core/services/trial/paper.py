"""What a result says, as text: the template is set as for print, and asked for its words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from motcua.engines import typeset
from motcua.engines.typeset import Typesetter

_SAID = "motcua-said"
_TELL = f"#show text: it => it + [#metadata(it.text)<{_SAID}>]\n"
_setters: dict[Path, Typesetter] = {}


def said(template: str, data: Mapping[str, Any], fonts: Path, created: dt.datetime) -> str:
    """Every word of the document in order, white space as one blank. Raises TypesetError, as a real document would."""
    setter = _setters.setdefault(fonts, Typesetter(fonts))
    setter.render(template, data, created=created)
    library = Path(str(typeset.__file__)).parent
    parts: Any = {
        "motcua/decree30.typ": (library / "decree30.typ").read_bytes(),
        "main.typ": (_TELL + template).encode(),
    }
    words = typst.query(
        parts, f"<{_SAID}>", field="value", root=str(library), font_paths=[str(fonts)], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )  # fmt: skip
    return " ".join(" ".join(json.loads(words)).split())


def holds(document: str, text: str) -> bool:
    """Whether the document says the text; white space does not matter, since lines break."""
    return "".join(text.split()) in "".join(document.split())
