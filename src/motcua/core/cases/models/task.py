"""Steps: those that wait for a person, those that the state does by itself, and the times the clock stood still."""

from __future__ import annotations

from django.db import models

from motcua.core.cases.models.case import Case, OfCase
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON, SealedText


class Task(OfCase):
    """A step that waits for a person: an officer of an agency with a duty, or the applicant."""

    class State(models.TextChoices):
        OPEN = "open", "Đang chờ"
        DONE = "done", "Đã làm"
        WITHDRAWN = "withdrawn", "Đã thu lại"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    token_id = models.BigIntegerField(null=True)
    element_id = models.TextField(default="")
    name = models.TextField()
    name_en = models.TextField(default="")
    role = models.TextField(
        default="", help_text="the duty that may do it: one_stop, civil_status_officer, chair …"
    )
    verb = models.TextField(help_text="receive, appraise, verify, sign, decide, return, pay, incident …")
    agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    assignee_officer = models.ForeignKey(
        "organisations.Officer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    applicant_task = models.BooleanField(default=False)
    data = SealedJSON(default=dict)
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sort_at = models.DateTimeField(
        help_text="what a work list is ordered by: when it is due, else when offered"
    )
    state = models.TextField(choices=State.choices, default=State.OPEN)
    outcome = models.TextField(default="")
    reason = SealedText(default="")
    done_at = models.DateTimeField(null=True)
    done_by_label = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["agency", "role", "sort_at", "id"],
                condition=models.Q(state="open"),
                name="open_tasks_of_a_role",
            ),
            models.Index(
                fields=["agency", "sort_at", "id"],
                condition=models.Q(state="open"),
                name="open_tasks_of_an_agency",
            ),
            models.Index(
                fields=["agency", "-done_at"], condition=models.Q(state="done"), name="done_tasks_of_agency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.name}"


class ServiceRequest(OfCase):
    """A step that the state does by itself. It is tried again with growing pauses; when it cannot be done it becomes
    an incident that an officer sees, never silence."""

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        DONE = "done", "Đã xong"
        INCIDENT = "incident", "Sự cố"
        WITHDRAWN = "withdrawn", "Đã thu lại"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="service_requests")
    token_id = models.BigIntegerField()
    element_id = models.TextField()
    type = models.TextField()
    parameters = SealedJSON(default=dict)
    state = models.TextField(choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(default="")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state"],
                condition=~models.Q(state__in=["done", "withdrawn"]),
                name="unfinished_requests",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.type}"


class Suspension(OfCase):
    """A time in which the clock stood still: waiting for papers, for money, or stopped."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="suspensions")
    start = models.DateTimeField()
    end = models.DateTimeField(null=True)
    reason = SealedText(default="")
    status = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end=None) | models.Q(end__gte=models.F("start")),
                name="suspension_runs_forward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.start} – {self.end}"
