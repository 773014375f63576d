"""Steps that can be taken again, and running cases that move to a new version, with row security."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import motcua.core.keys

# Steps are added by whoever acts and never changed. What a case looked like before a move is the state's own affair;
# officers who decide on moves read their heads.
ROW_SECURITY = """
alter table cases_processstep enable row level security;
create policy step_seen on cases_processstep for select
  using ((select motcua_is_system()) or motcua_sees_case(case_id));
create policy step_taken on cases_processstep for insert with check (true);
create policy step_removed on cases_processstep for delete using ((select motcua_is_system()));

alter table cases_move enable row level security;
create policy move_of_officers on cases_move
  using ((select motcua_is_system()) or (select motcua_kind()) = 'officer')
  with check ((select motcua_is_system()) or (select motcua_kind()) = 'officer');

alter table cases_movedcase enable row level security;
create policy moved_by_the_state on cases_movedcase
  using ((select motcua_is_system())) with check ((select motcua_is_system()));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_working_minutes"),
        ("services", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("service_code", models.TextField()),
                (
                    "from_versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="ids of the versions that cases leave",
                        size=None,
                    ),
                ),
                (
                    "mapping",
                    models.JSONField(default=dict, help_text="{elements: {old: new}, answers: {old: new}}"),
                ),
                ("allow_loss", models.BooleanField(default=False)),
                ("reason", models.TextField(default="")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("proposed", "Chờ duyệt"),
                            ("running", "Đang chuyển"),
                            ("done", "Đã chuyển"),
                            ("back", "Đã chuyển lại"),
                            ("refused", "Không duyệt"),
                        ],
                        default="proposed",
                    ),
                ),
                ("proposed_by_label", models.TextField()),
                ("proposed_by_account", models.BigIntegerField(null=True)),
                ("proposed_at", models.DateTimeField()),
                ("settled_by_label", models.TextField(default="")),
                ("settled_by_account", models.BigIntegerField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "to_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="services.serviceversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MovedCase",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("moved", "Đã chuyển"),
                            ("held", "Giữ lại"),
                            ("back", "Đã chuyển lại"),
                            ("stayed", "Không chuyển lại được"),
                        ]
                    ),
                ),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "lost",
                    models.JSONField(
                        default=list, help_text="paths of answers that the new version has no place for"
                    ),
                ),
                ("why", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("back_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="cases.case"
                    ),
                ),
                (
                    "from_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="services.serviceversion",
                    ),
                ),
                (
                    "move",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="cases.move"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProcessStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("definition", models.TextField()),
                ("act", models.JSONField(help_text='["complete", token, result], ["start"], …')),
                ("before", models.JSONField(help_text="where the process stood")),
                ("inputs", models.JSONField()),
                ("heard", models.JSONField()),
                ("outcome", models.JSONField(help_text="{state, effects, learnt}")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="cases.case"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="services.serviceversion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_by_account__isnull", True),
                    models.Q(("settled_by_account", models.F("proposed_by_account")), _negated=True),
                    _connector="OR",
                ),
                name="move_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["proposed", "running"])),
                fields=("service_code",),
                name="one_open_move_of_a_service",
            ),
        ),
        migrations.AddConstraint(
            model_name="movedcase",
            constraint=models.UniqueConstraint(fields=("move", "case"), name="a_case_once_in_a_move"),
        ),
        migrations.AddIndex(
            model_name="processstep",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="step_by_day"
            ),
        ),
        migrations.RunSQL(ROW_SECURITY, migrations.RunSQL.noop),
    ]
