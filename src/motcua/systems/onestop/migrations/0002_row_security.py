"""A visit is seen at the desk where it happened."""

from django.db import migrations

POLICIES = """
alter table onestop_visit enable row level security;
create policy visit_at_its_desk on onestop_visit using (
  (select motcua_is_system()) or agency_id = any ((select motcua_units())::bigint[]));
"""


class Migration(migrations.Migration):
    dependencies = [("onestop", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
