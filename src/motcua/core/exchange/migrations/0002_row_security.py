"""A question under way is seen by the officers of the agency that asks."""

from django.db import migrations

POLICIES = """
alter table core_exchange_errand enable row level security;
create policy errand_of_its_agency on core_exchange_errand using (
  motcua_is_system() or (motcua_kind() = 'officer' and agency_id = any (motcua_units())));
create policy errand_sent on core_exchange_errand for insert with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("core_exchange", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
