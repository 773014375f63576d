"""What was entered of a mandate's document is its sides' and its desk's, no other agency's."""

from django.db import migrations

POLICY = """
create policy attestation_of_its_desk on identity_attestation as restrictive
  using ((select motcua_kind()) <> 'officer' or agency_id = any ((select motcua_units())::bigint[])
         or (select motcua_party()) in (principal_id, representative_id));
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0009_duties_in_row_security")]
    operations = [
        migrations.RunSQL(POLICY, "drop policy attestation_of_its_desk on identity_attestation;"),
    ]
