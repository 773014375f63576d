"""Authorities of ours that were revoked, on two persons' word; seen by officers only."""

from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0006_renewals"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuthorityRevocation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("name", models.TextField(help_text="Of the authority, its generation with it")),
                ("code", models.TextField(help_text="RFC 5280 section 5.3.1")),
                ("reason", models.TextField()),
                (
                    "since",
                    models.DateTimeField(
                        help_text="From when on nothing that it issued or stamped is believed"
                    ),
                ),
                ("asked_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("asked_by", models.TextField()),
                ("asked_by_account", models.BigIntegerField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.TextField(blank=True, default="")),
                ("revoked", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("name",),
                        name="authority_revocation_asked_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            """
            alter table documents_authorityrevocation enable row level security;
            create policy authority_revocation_seen on documents_authorityrevocation
              using (motcua_kind() in ('system', 'officer'));
            """,
            migrations.RunSQL.noop,
        ),
    ]
