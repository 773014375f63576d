"""Tables of people are read and written where they were sent, and by the system."""

from django.db import migrations

STATEMENTS = """
alter table staff_roster enable row level security;
create policy roster_of_its_agency on staff_roster
  using ((select motcua_is_system()) or (motcua_kind() = 'officer' and agency_id = any (motcua_units())));
alter table staff_rosterline enable row level security;
create policy line_of_its_roster on staff_rosterline
  using ((select motcua_is_system()) or exists (select 1 from staff_roster r where r.id = roster_id));
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_rosters"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
