"""Every step that a process took: on what, and what came of it, so that it can be taken again."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from motcua.core.cases.models.case import Case, OfCase
from motcua.core.sealing.fields import SealedJSON


class ProcessStep(OfCase):
    """One act of the interpreter. Never changed, only replayed: the same act on the same state and inputs, under the
    same version, must lead to the same outcome.

    `inputs` are only those facts that the process names; `heard` is what its surroundings answered (due days,
    decisions), in order; `definition` begins the digest of the process file.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    version = models.ForeignKey(
        "services.ServiceVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    definition = models.TextField()
    act = SealedJSON(help_text='["complete", token, result], ["start"], …')
    before = models.JSONField(help_text="where the process stood")
    inputs = SealedJSON()
    heard = SealedJSON()
    outcome = SealedJSON(help_text="{state, effects, learnt}")

    class Meta:
        indexes = [BrinIndex(fields=["at"], name="step_by_day", autosummarize=True)]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.act[0]}"
