"""An entry holds its leaf hash and is named by its place in its log; nodes give way to tiles."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock

LOGS = [("events", "Nhật ký nội bộ"), ("results", "Nhật ký kết quả công khai")]
RESHAPE = """
alter table ledger_logentry disable trigger ledger_logentry_append_only;
do $$ declare old text; begin
  for old in select conname from pg_constraint
    where conrelid = 'ledger_logentry'::regclass and contype in ('p', 'u', 'f')
  loop
    execute format('alter table ledger_logentry drop constraint %I', old);
  end loop;
end $$;
alter table ledger_logentry add column leaf bytea;
update ledger_logentry as entry set leaf = node.hash
  from ledger_lognode as node where node.log = entry.log and node.level = 0 and node.index = entry.index;
alter table ledger_logentry enable trigger ledger_logentry_append_only;
alter table ledger_logentry alter column leaf set not null;
alter table ledger_logentry drop column id;
alter table ledger_logentry add constraint ledger_logentry_pkey primary key (log, index);
drop table ledger_lognode;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_reads_of_an_application")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(RESHAPE, elidable=False)],
            [
                migrations.DeleteModel("LogNode"),
                migrations.DeleteModel("LogEntry"),
                migrations.CreateModel(
                    name="LogEntry",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "log",
                                "index",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("log", models.TextField(choices=LOGS)),
                        ("index", models.BigIntegerField()),
                        ("leaf", models.BinaryField()),
                        ("at", models.DateTimeField(default=motcua.core.clock.now)),
                        (
                            "event",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="entries",
                                to="ledger.event",
                            ),
                        ),
                        (
                            "submission",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="entries",
                                to="ledger.logsubmission",
                            ),
                        ),
                    ],
                ),
            ],
        ),
    ]
