"""Who may see whose payments: the payer, the agency that is paid, and the system."""

from django.db import migrations

POLICIES = """
alter table payments_obligation enable row level security;
create policy obligation_seen on payments_obligation using (
  motcua_is_system() or payer_party_id = motcua_party() or motcua_kind() = 'officer');
alter table payments_attempt enable row level security;
create policy attempt_seen on payments_attempt using (
  motcua_is_system() or payer_party_id = motcua_party() or motcua_kind() = 'officer');
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
