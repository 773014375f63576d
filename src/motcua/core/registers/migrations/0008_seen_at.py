"""Requests seen are forgotten by their moment."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registers", "0007_own_keys")]
    operations = [
        migrations.AddIndex(
            "seenrequest",
            django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="register_request_seen_at"),
        ),
    ]
