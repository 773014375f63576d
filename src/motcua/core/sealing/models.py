"""The keys under which personal data lie in the database, each wrapped by the installation's master key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock


class DataKey(models.Model):
    """A key of one group of rows. Erasing it erases the group, in this database and in every copy of it.

    `id` stands in each sealed value. `wrapped` is the key under the master key named `master`; empty once erased.
    """

    id = models.TextField(primary_key=True)
    group = models.TextField()
    wrapped = models.TextField()
    master = models.TextField()
    made_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group"], condition=Q(retired_at__isnull=True), name="data_key_one_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group} ({self.id})"
