"""Small readings of the forms engine's views that a template cannot say well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from motcua.engines.forms.rules import html_id
from motcua.shell.language import t


def error_links(page: Any) -> list[tuple[str, str]]:
    """The page's mistakes in order, each with a link to the control that has it."""
    return [(error.message, f"#{_control_of(error)}") for error in page.errors]


def _control_of(error: Any) -> str:
    """The day's box bears the id of the whole date, so that a link to the date lands in its first box."""
    whole = html_id(error.path)
    return whole if error.field_id == f"{whole}-day" else str(error.field_id)


def has_file(fields: Iterable[Any]) -> bool:
    """Whether any field, however deep, takes a file: the form then needs to be multipart."""
    return any(
        field.kind == "file" or has_file(field.children) or any(has_file(item) for item in field.items)
        for field in fields
    )


def sent_files(field: Any) -> list[dict[str, Any]]:
    """The files already sent for a field, each removable by the button of the same place."""
    removes = list(field.remove_buttons)
    return [
        {
            "name": file.name,
            "size": file.size,
            "href": getattr(file, "href", None),
            "remove": removes[index].value if index < len(removes) else None,
            "remove_name": removes[index].name if index < len(removes) else None,
        }
        for index, file in enumerate(field.files)
    ]


def shown_value(field: Any) -> str:
    """What a person reads for a stored value: labels of choices, a date in one piece, Có or Không."""
    if field.kind == "date":
        parts = [field.values.get(part, "") for part in ("day", "month", "year")]
        return "/".join(part.rjust(2, "0") for part in parts) if all(parts) else ""
    if field.kind == "checkbox":
        return t("Có") if field.value in ("true", "on", "1") else t("Không")
    values = field.value if isinstance(field.value, list) else [field.value]
    labels = {str(option[0]): option[1] for option in field.options}
    return ", ".join(labels.get(str(value), str(value)) for value in values if value not in (None, ""))


WIDTHS = (2, 3, 4, 5, 10, 20, 30)


def width_class(characters: int | None) -> int | None:
    """The narrowest of the widths we have that holds so many characters; None = as wide as the column."""
    return next((width for width in WIDTHS if characters and characters <= width), None)


def trusted_note(note: str) -> Markup:
    """HTML of a form's note: the forms engine has cleaned it to plain elements before it came here."""
    return Markup(note)
