"""Documents, files and vaults are their owners'; officers see them through the cases they work on."""

from django.db import migrations

POLICIES = """
alter table documents_vaultitem enable row level security;
create policy vault_seen on documents_vaultitem using (motcua_is_system() or party_id = motcua_party());
create policy vault_filled on documents_vaultitem for insert with check (motcua_kind() in ('system', 'officer'));
alter table documents_document enable row level security;
create policy document_seen on documents_document using (
  motcua_kind() in ('system', 'officer') or owner_party_id = motcua_party()
  or exists (select 1 from documents_vaultitem v where v.document_id = documents_document.id));
create policy document_drafted on documents_document for insert with check (true);
alter table documents_file enable row level security;
create policy file_seen on documents_file using (
  motcua_kind() in ('system', 'officer', 'partner') or owner_party_id = motcua_party());
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
