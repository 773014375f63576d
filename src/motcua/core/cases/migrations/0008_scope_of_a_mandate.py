"""A mandate reaches the services it names and lasts as long as it lasts, in row security too."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "sql" / "scope_of_a_mandate.sql").read_text("utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_sealed"),
        ("documents", "0002_row_security"),
        ("identity", "0006_cards_papers_and_scope"),
        ("services", "0001_initial"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
