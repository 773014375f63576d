"""Seals say so; requests are seen by officers only; the history of a certificate is found without reading the ledger."""

from django.db import migrations

STATEMENTS = """
update documents_key set purpose = 'seal' where officer_id is null;
alter table documents_certificaterequest enable row level security;
create policy request_seen on documents_certificaterequest using (motcua_kind() in ('system', 'officer'));
create index event_of_certificate on ledger_event (subject_type, subject_id, id)
  where subject_type in ('key', 'certificate_request');
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_certificates"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
