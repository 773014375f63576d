"""What an officer takes in at a desk is of that desk's agency."""

from django.db import migrations, models

TAKEN_IN = """
update documents_file f set agency_id = (
  select min(p.agency_id) from organisations_appointment p
   where p.officer_id = a.officer_id and p.valid_from <= f.at::date
     and (p.valid_until is null or p.valid_until >= f.at::date)
  having count(distinct p.agency_id) = 1)
  from identity_account a
 where a.id = f.account_id and a.officer_id is not null;
update documents_file f set agency_id = t.agency_id from identity_attestation t where t.file_uuid = f.uuid;
"""
"""Of files before: the agency of the officer's only post on that day; a scan of a mandate's document is its desk's."""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0007_revoked_authorities"),
        ("identity", "0006_cards_papers_and_scope"),
        ("organisations", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            "file",
            "agency_id",
            models.BigIntegerField(help_text="at whose desk an officer took it in", null=True),
        ),
        migrations.RunSQL(TAKEN_IN, migrations.RunSQL.noop),
    ]
