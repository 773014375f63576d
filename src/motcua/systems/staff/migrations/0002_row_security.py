"""Proposals are read and written by officers and by the system, never by citizens."""

from django.db import migrations

STATEMENTS = """
alter table staff_proposal enable row level security;
create policy proposal_of_staff on staff_proposal
  using ((select motcua_is_system()) or cardinality((select motcua_units())) > 0);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
