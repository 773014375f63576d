"""Approvals are read by the system alone, after it has seen whose they are."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys


class Migration(migrations.Migration):
    dependencies = [
        ("authority", "0002_row_security"),
        ("documents", "0007_revoked_authorities"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("account_id", models.BigIntegerField()),
                ("digests", models.JSONField(help_text="Base64 digests, in their order")),
                ("description", models.TextField(blank=True, default="")),
                ("asked_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                ("proof", models.JSONField(default=dict)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.key"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            """
            alter table authority_approval enable row level security;
            create policy approval_hidden on authority_approval using ((select motcua_is_system()));
            """,
            migrations.RunSQL.noop,
        ),
    ]
