"""Offers, credentials, keys and showings are their owner's; questions the desk's; machines act as the system."""

from django.db import migrations

OWNED = ("offer", "credential", "holderkey", "showing")
POLICIES = (
    "".join(
        f"alter table wallet_{table} enable row level security;\n"
        f"create policy {table}_of_its_owner on wallet_{table}"
        " using (motcua_is_system() or party_id = motcua_party());\n"
        for table in OWNED
    )
    + """
alter table wallet_question enable row level security;
create policy question_of_the_desk on wallet_question using (
  motcua_is_system() or (motcua_kind() = 'officer' and agency_id = any (motcua_units())));
"""
)


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
