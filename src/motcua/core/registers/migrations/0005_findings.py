"""The cases that met a doubt are rows of their own, so that several may wait for one answer; a doubt has its day."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock

MOVED = """
insert into registers_finding (correction_id, case_id, path, waits, found_by_party, at)
select id, case_id, '', waits, asked_by_party, asked_at from registers_correction where case_id is not null
"""
POLICIES = """
alter table registers_finding enable row level security;
create policy finding_of_mine on registers_finding using (
  motcua_kind() in ('system', 'officer') or found_by_party = motcua_party());
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0004_who_may"), ("ledger", "0002_row_security")]
    operations = [
        migrations.AddField("correction", "due_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            "Finding",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_id", models.BigIntegerField(null=True)),
                ("application", models.UUIDField(null=True)),
                ("path", models.TextField(blank=True, default="")),
                ("waits", models.BooleanField(default=False)),
                ("found_by_party", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
                (
                    "correction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="registers.correction",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("case_id__isnull", False)),
                        fields=["case_id"],
                        name="finding_by_case",
                    ),
                    models.Index(
                        condition=models.Q(("application__isnull", False)),
                        fields=["application"],
                        name="finding_by_application",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("correction", "case_id", "application"),
                        name="finding_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("case_id__isnull", False), ("application__isnull", False), _connector="OR"
                        ),
                        name="finding_somewhere",
                    ),
                ],
            },
        ),
        migrations.RunSQL(MOVED, migrations.RunSQL.noop),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
        migrations.RemoveIndex("correction", "correction_by_case"),
        migrations.RemoveField("correction", "case_id"),
        migrations.RemoveField("correction", "waits"),
    ]
