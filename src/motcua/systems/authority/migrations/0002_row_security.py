"""Tokens, authorisations and pairings are read by the system alone, after it has seen whose they are."""

from django.db import migrations

STATEMENTS = """
alter table authority_accesstoken enable row level security;
create policy token_hidden on authority_accesstoken using ((select motcua_is_system()));
alter table authority_authorization enable row level security;
create policy authorization_hidden on authority_authorization using ((select motcua_is_system()));
alter table authority_devicepairing enable row level security;
create policy pairing_hidden on authority_devicepairing using ((select motcua_is_system()));
"""


class Migration(migrations.Migration):
    dependencies = [("authority", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
