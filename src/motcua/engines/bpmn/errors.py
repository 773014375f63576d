"""What can be wrong with a process file or with a call on a running process."""


class BpmnError(Exception):
    """A process file cannot be run, or an act does not fit where the process stands.

    `element_id` and `line` say where in the file, when that is known.
    """

    def __init__(self, message: str, element_id: str | None = None, line: int | None = None) -> None:
        place = ", ".join(
            part
            for part in (f"element {element_id}" if element_id else "", f"line {line}" if line else "")
            if part
        )
        super().__init__(f"{message} ({place})" if place else message)
        self.message = message
        self.element_id = element_id
        self.line = line


class NotWaitingError(BpmnError):
    """The token named by the caller does not wait for that any more: done, withdrawn, or never there."""


class EndlessError(BpmnError):
    """An act would go on for ever, or grow for ever. Nothing of it is kept: the state before it still stands."""


class BpmnFaultError(Exception):
    """Raised by an environment inside `decide`: becomes a BPMN error with this code, catchable in the process."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message


def brief(text: object, most: int = 120) -> str:
    """A text of the file or the data as a message shows it: its beginning when it is long."""
    shown = str(text)
    return shown if len(shown) <= most else f"{shown[:most]}…"
