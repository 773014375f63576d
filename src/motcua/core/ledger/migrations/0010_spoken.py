"""What people typed as reasons, sealed beside the events."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.sealing.fields


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_scope_of_a_mandate"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spoken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("salted", motcua.core.sealing.fields.SealedText()),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spoken", to="ledger.event"
                    ),
                ),
            ],
        ),
    ]
