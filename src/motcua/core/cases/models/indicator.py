"""Indicators by day, so that a page of figures never walks over cases."""

from __future__ import annotations

from django.db import models


class IndicatorDay(models.Model):
    """What happened on a day, at an agency, for a service, through a channel: sums from which every ratio is made."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    service_code = models.TextField()
    channel = models.TextField()
    received = models.IntegerField(default=0)
    online = models.IntegerField(default=0)
    assisted = models.IntegerField(default=0)
    finished = models.IntegerField(default=0)
    finished_online = models.IntegerField(default=0)
    on_time = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    automatic = models.IntegerField(default=0)
    asked = models.IntegerField(default=0)
    found = models.IntegerField(default=0)
    supplements = models.IntegerField(default=0)
    ratings = models.IntegerField(default=0)
    stars = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)
    minutes = models.BigIntegerField(
        default=0, help_text="office hours from receipt to finish while the clock ran, of the finished cases"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "agency", "service_code", "channel"],
                name="one_indicator_row_a_day_and_service",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.service_code}"
