"""What a clerk prepares is seen by officers only."""

from django.db import migrations

POLICIES = """
alter table studio_workbench enable row level security;
create policy workbench_of_officers on studio_workbench
  using (motcua_is_system() or motcua_kind() = 'officer')
  with check (motcua_is_system() or motcua_kind() = 'officer');
"""


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
