"""The fact views say nothing that depends on the database's own clock: a sandbox lives on another day."""

from pathlib import Path

from django.db import migrations

FACTS = (Path(__file__).resolve().parents[1] / "sql" / "facts_first.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_row_security")]
    operations = [
        migrations.RunSQL("drop view fact_task; drop view fact_case;" + FACTS, migrations.RunSQL.noop),
    ]
