"""What is prepared for a person is theirs alone to see."""

from django.db import migrations

POLICIES = """
alter table portal_offer enable row level security;
create policy offer_of_its_person on portal_offer using (motcua_is_system() or party_id = motcua_party());
alter table portal_lookahead enable row level security;
create policy look_ahead_of_its_person on portal_lookahead
  using (motcua_is_system() or party_id = motcua_party());
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
