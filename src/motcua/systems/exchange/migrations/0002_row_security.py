"""Keys, calls and events are for those who run the exchange; members reach them through the API, as the system."""

from django.db import migrations

TABLES = ("apikey", "call", "event", "delivery", "difference")
POLICIES = "".join(
    f"alter table exchange_{table} enable row level security;\n"
    f"create policy {table}_of_the_exchange on exchange_{table}"
    " using (motcua_is_system() or motcua_kind() = 'officer');\n"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
