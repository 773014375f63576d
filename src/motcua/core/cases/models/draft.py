"""An application while it is being filled in."""

from __future__ import annotations

import datetime as dt

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON


class Draft(models.Model):
    """What a person has answered so far. It keeps the service version it was begun under, and the key under which
    it will be submitted: however often the last button is pressed, one case comes of it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="+")
    principal = models.ForeignKey("identity.Party", on_delete=models.PROTECT, null=True, related_name="+")
    service_version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT, related_name="+")
    service_code = models.TextField()
    channel = models.TextField(default="portal")
    language = models.TextField(default="vi")
    answers = SealedJSON(default=dict)
    found = SealedJSON(default=dict)
    down = models.JSONField(default=list, help_text="sources that did not answer when they were asked")
    files = models.JSONField(default=dict)
    page = models.TextField(default="")
    pages_done = models.JSONField(default=list)
    key = models.UUIDField(default=new_uuid)
    submitted_case = models.ForeignKey(
        "cases.Case", on_delete=models.SET_NULL, null=True, related_name="drafts"
    )
    created_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(default=clock.now)
    notice_at = models.DateTimeField(null=True, help_text="when the writer was told that it will be removed")

    class Meta:
        indexes = [
            models.Index(
                fields=["party", "-saved_at"],
                condition=models.Q(submitted_case=None),
                name="open_drafts_of_party",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_code} {self.uuid}"

    def sealing_group(self) -> str:
        return f"drafts/{self.created_at.astimezone(dt.UTC):%Y-%m}"
