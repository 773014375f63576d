"""Only the system reads and writes what the provider keeps; applications' names may be read by all."""

from django.db import migrations

HIDDEN = ("signingkey", "authorizationrequest", "subject", "grant", "refreshtoken", "spent", "consent")
STATEMENTS = "".join(
    f"alter table openid_{table} enable row level security;\n"
    f"create policy {table}_hidden on openid_{table} using ((select motcua_is_system()));\n"
    for table in HIDDEN
) + (
    "alter table openid_client enable row level security;\n"
    "create policy client_read on openid_client for select using (true);\n"
    "create policy client_written on openid_client using ((select motcua_is_system()));\n"
)


class Migration(migrations.Migration):
    dependencies = [("openid", "0002_sealed"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
