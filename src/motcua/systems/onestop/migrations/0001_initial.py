"""Visits at the counter."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0002_row_security"),
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("evidence", models.TextField()),
                ("draft_uuid", models.UUIDField(null=True)),
                ("case_uuid", models.UUIDField(null=True)),
                ("begun_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.agency",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.officer",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.party"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["officer", "-begun_at"],
                        name="open_visits_of_officer",
                    )
                ],
            },
        ),
    ]
