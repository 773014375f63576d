"""What a form file can be told it does wrong."""

from __future__ import annotations


class FormError(ValueError):
    """A form file that cannot be loaded: what is wrong, in which component, and how to mend it.

    `component_id` is the component's `id` (or key, or "" for the file itself); `path` leads to it in the
    file, for example `components[3].components[0].properties["motcua:kind"]`.
    """

    def __init__(self, message: str, component_id: str = "", path: str = "") -> None:
        where = " ".join(part for part in (component_id and f"component {component_id!r}", path) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.component_id = component_id
        self.path = path
