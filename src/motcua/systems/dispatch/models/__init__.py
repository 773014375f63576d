"""Official documents: the axis that carries them, the office that writes and receives them, the files."""

from motcua.systems.dispatch.models.axis import (
    AxisAgency,
    AxisDelivery,
    AxisMember,
    AxisMessage,
    AxisToken,
    Queue,
    RecallBy,
)
from motcua.systems.dispatch.models.files import FileItem, FileState, ItemKind, WorkFile
from motcua.systems.dispatch.models.office import (
    Assignment,
    Connection,
    Direction,
    Fault,
    Form,
    Incoming,
    NumberCounter,
    Outgoing,
    Sending,
    SendState,
    Stage,
    StatusNote,
)

__all__ = [
    "Assignment",
    "AxisAgency",
    "AxisDelivery",
    "AxisMember",
    "AxisMessage",
    "AxisToken",
    "Connection",
    "Direction",
    "Fault",
    "FileItem",
    "FileState",
    "Form",
    "Incoming",
    "ItemKind",
    "NumberCounter",
    "Outgoing",
    "Queue",
    "RecallBy",
    "SendState",
    "Sending",
    "Stage",
    "StatusNote",
    "WorkFile",
]
