"""Results are renewed before their time-stamps end; a renewal is seen by whoever sees its document."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock

POLICIES = """
alter table documents_renewal enable row level security;
create policy renewal_seen on documents_renewal using (
  exists (select 1 from documents_document d where d.id = documents_renewal.document_id));
create policy renewal_made on documents_renewal for insert with check (motcua_is_system());
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0005_sealed")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="protected_until",
            field=models.DateTimeField(
                help_text="When the newest time-stamp or an algorithm under it ends", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("issued_at__isnull", False)),
                fields=["protected_until"],
                name="document_to_renew",
            ),
        ),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("place", models.SmallIntegerField()),
                ("digest", models.TextField(unique=True)),
                ("former", models.TextField(help_text="Digest of the bytes that were renewed")),
                ("protected_until", models.DateTimeField()),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewals",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("document", "place"), name="renewal_place_once")
                ],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
