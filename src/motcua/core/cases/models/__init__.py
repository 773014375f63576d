"""The tables of the cases room."""

from motcua.core.cases.models.case import (
    Case,
    CaseReference,
    Channel,
    Delivery,
    ExternalId,
    Financial,
    Sync,
    Transfer,
)
from motcua.core.cases.models.decision import DecisionRun, Gear
from motcua.core.cases.models.draft import Draft
from motcua.core.cases.models.indicator import IndicatorDay
from motcua.core.cases.models.move import Move, MovedCase
from motcua.core.cases.models.numbering import NumberCounter, NumberPattern, SubmissionKey
from motcua.core.cases.models.status import Code, Status
from motcua.core.cases.models.step import ProcessStep
from motcua.core.cases.models.supplement import Rating, Supplement
from motcua.core.cases.models.task import ServiceRequest, Suspension, Task

__all__ = [
    "Case",
    "CaseReference",
    "Channel",
    "Code",
    "DecisionRun",
    "Delivery",
    "Draft",
    "ExternalId",
    "Financial",
    "Gear",
    "IndicatorDay",
    "Move",
    "MovedCase",
    "NumberCounter",
    "NumberPattern",
    "ProcessStep",
    "Rating",
    "ServiceRequest",
    "Status",
    "SubmissionKey",
    "Supplement",
    "Suspension",
    "Sync",
    "Task",
    "Transfer",
]
