"""Register data is read in the course of an act (officer, system, partner, or a person's own look); the purpose and
the reader are logged by the queries, and nobody without a role reads anything at all."""

from django.db import migrations

POLICIES = """
alter table registers_record enable row level security;
create policy record_in_an_act on registers_record using (motcua_kind() in ('system', 'officer', 'partner', 'citizen'));
alter table registers_civilentry enable row level security;
create policy entry_in_an_act on registers_civilentry
  using (motcua_kind() in ('system', 'officer', 'partner', 'citizen'));
alter table registers_numberrequest enable row level security;
create policy number_request_in_an_act on registers_numberrequest
  using (motcua_kind() in ('system', 'officer', 'partner', 'citizen'));
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
