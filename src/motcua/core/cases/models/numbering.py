"""Case numbers: the pattern of an agency, and the day's counter."""

from __future__ import annotations

from django.db import models


class NumberPattern(models.Model):
    """How the numbers of a receiving unit are written; `agency` null is the rule for all others.

    `{agency}`, `{former}`, `{yymmdd}`, `{yyyymmdd}` and one `{serial:N}`, e.g. `{agency}-{yymmdd}-{serial:04}`.
    """

    id = models.BigAutoField(primary_key=True)
    agency = models.ForeignKey("organisations.Agency", on_delete=models.CASCADE, null=True, related_name="+")
    pattern = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.TextField()

    def __str__(self) -> str:
        return self.pattern


class NumberCounter(models.Model):
    """The last serial given in a scope on a day. Taken in the transaction that uses it: no number is lost."""

    id = models.BigAutoField(primary_key=True)
    scope = models.TextField()
    day = models.DateField()
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "day"], name="one_counter_a_scope_and_day")]

    def __str__(self) -> str:
        return f"{self.scope} {self.day}: {self.last}"


class SubmissionKey(models.Model):
    """The claim on an idempotency key: whoever inserts it makes the case, whoever meets it reads the winner's.

    Old claims are removed (`tidying.KEY_KEPT`); from then on the case's own key answers a repeat.
    """

    id = models.BigAutoField(primary_key=True)
    submitter = models.BigIntegerField()
    key = models.UUIDField()
    case_uuid = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submitter", "key"], name="submission_key_once")]

    def __str__(self) -> str:
        return str(self.key)
