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
_ADDED: dict[str, Any] = {
    "agency": "Ủy ban nhân dân phường Phan Đình Phùng",
    "superior": None,
    "number": "12",
    "place": "Phan Đình Phùng",
    "day": "ngày 21 tháng 11 năm 2026",
    "check": {
        "code": "ABCD EFGH",
        "url": "https://example.vn/kiem-tra/ABCDEFGH/",
        "qr": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1H0z"/></svg>',
    },
}
_SIGNER = {"name": "Hoàng Văn Chính", "form": "TM.", "for_whom": "ỦY BAN NHÂN DÂN", "position": "CHỦ TỊCH"}
"""What the documents room adds to a pack's own data."""
_setters: dict[Path, Typesetter] = {}


def said(template: str, data: Mapping[str, Any], fonts: Path, created: dt.datetime) -> str:
    """Every word of the signed document in order, white space as one blank. It is set as a draft first, without signer.

    Raises TypesetError, as a real document would.
    """
    setter = _setters.setdefault(fonts, Typesetter(fonts))
    setter.render(template, {**_ADDED, "signer": None, **data}, created=created)
    given = {**_ADDED, "signer": _SIGNER, **data}
    library = Path(str(typeset.__file__)).parent
    parts: Any = {
        "motcua/decree30.typ": (library / "decree30.typ").read_bytes(),
        "main.typ": (_TELL + template).encode(),
    }
    words = typst.query(
        parts, f"<{_SAID}>", field="value", root=str(library), font_paths=[str(fonts)], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(given, ensure_ascii=False)},
    )  # fmt: skip
    return " ".join(" ".join(json.loads(words)).split())


def holds(document: str, text: str) -> bool:
    """Whether the document says the text; white space does not matter, since lines break."""
    return "".join(text.split()) in "".join(document.split())
