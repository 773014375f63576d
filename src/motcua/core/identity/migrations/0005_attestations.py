"""Mandates proved by a document, entered at the counter and looked at by a second officer."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys

POLICY = """
alter table identity_attestation enable row level security;
create policy attestation_seen on identity_attestation using (
  motcua_is_system() or motcua_kind() = 'officer' or motcua_party() in (principal_id, representative_id));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_relying_accounts_mandates"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attestation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("parent", "Cha, mẹ"),
                            ("guardian", "Người giám hộ"),
                            ("legal_representative", "Người đại diện theo pháp luật"),
                            ("proxy", "Người được ủy quyền"),
                            ("employee", "Người làm việc tại tổ chức"),
                            ("heir", "Người thừa kế"),
                        ]
                    ),
                ),
                (
                    "service_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "authority",
                    models.TextField(help_text="the notary, the office or the court that made the document"),
                ),
                ("number", models.TextField()),
                ("dated_on", models.DateField()),
                ("file_uuid", models.UUIDField(help_text="the scan of the document")),
                ("agency_id", models.BigIntegerField()),
                ("entered_by", models.BigIntegerField(help_text="officer")),
                ("entered_label", models.TextField()),
                ("entered_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("seconded_by", models.BigIntegerField(help_text="officer", null=True)),
                ("seconded_label", models.TextField(blank=True, default="")),
                ("seconded_at", models.DateTimeField(null=True)),
                ("refused_at", models.DateTimeField(null=True)),
                ("refused_by", models.TextField(blank=True, default="")),
                ("refused_because", models.TextField(blank=True, default="")),
                (
                    "mandate",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attestation",
                        to="identity.mandate",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.party"
                    ),
                ),
                (
                    "representative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.party"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("seconded_by__isnull", True),
                            models.Q(("seconded_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="attestation_by_two_officers",
                    )
                ],
            },
        ),
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
    ]
