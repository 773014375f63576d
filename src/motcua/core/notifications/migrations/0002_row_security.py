"""A message is its receiver's."""

from django.db import migrations

POLICIES = """
alter table notifications_message enable row level security;
create policy message_seen on notifications_message using (
  motcua_kind() in ('system', 'officer', 'partner') or party_id = motcua_party());
create policy message_told on notifications_message for insert with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
