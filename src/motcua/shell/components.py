"""`ui`: every component macro under one name, known in every template without an import.

    {{ ui.button(t("Nộp hồ sơ")) }}

A component is a macro in `templates/components/*.jinja`; names that begin with an underscore are the file's own.
"""

from __future__ import annotations

from typing import Any

import jinja2

FILES = (
    *(
        "brand",
        "button",
        "card",
        "case",
        "chart",
        "choice",
        "confirm",
        "date",
        "error",
        "field",
        "file",
        "input",
    ),
    *("link", "list", "search", "select", "source", "table", "tell", "textarea"),
)


class Components:
    """Looks a macro up by its name; the files are read at the first use."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        macros = self._gather()
        if name not in macros:
            raise jinja2.UndefinedError(f"no component {name!r}; there are {', '.join(sorted(macros))}")
        vars(self).update(macros)  # from now on found without coming here
        return macros[name]

    def _gather(self) -> dict[str, Any]:
        macros: dict[str, Any] = {}
        for file in FILES:
            module = self._environment.get_template(f"components/{file}.jinja").module
            for name, macro in vars(module).items():
                if name.startswith("_") or name in macros:
                    continue
                macros[name] = macro
        return macros
