"""What callers were granted is read by the system alone, after it has seen who calls."""

from django.db import migrations

STATEMENTS = """
alter table govstack_caller enable row level security;
create policy caller_hidden on govstack_caller using ((select motcua_is_system()));
"""


class Migration(migrations.Migration):
    dependencies = [("govstack", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
