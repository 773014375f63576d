"""New tables are met in an act only; a published schema and a revision of a consent never change."""

from django.db import migrations

POLICIES = """
alter table registers_consent enable row level security;
create policy consent_in_an_act on registers_consent using (
  motcua_kind() in ('system', 'officer', 'partner') or party_id = motcua_party());
alter table registers_consentrevision enable row level security;
create policy revision_in_an_act on registers_consentrevision using (
  motcua_kind() in ('system', 'officer', 'partner', 'citizen'));
alter table registers_correction enable row level security;
create policy correction_of_mine on registers_correction using (
  motcua_is_system() or (motcua_kind() = 'officer' and agency_id = any (motcua_units()))
  or (motcua_kind() = 'citizen' and asked_by_party = motcua_party()));
alter table registers_reader enable row level security;
create policy reader_is_known on registers_reader for select using (true);
create policy reader_is_kept on registers_reader using (motcua_kind() in ('system', 'officer'));
alter table registers_seenrequest enable row level security;
create policy seen_once on registers_seenrequest for insert with check (true);
create policy seen_before on registers_seenrequest for select using (true);
create policy seen_is_kept on registers_seenrequest using (motcua_is_system());

create function registers_keep_published() returns trigger language plpgsql as $$
begin
  if old.state = 'published' and (new.definition is distinct from old.definition
      or new.number is distinct from old.number or new.state is distinct from old.state) then
    raise exception 'a published schema never changes: write a new version';
  end if;
  return new;
end $$;
create trigger schema_version_stays before update on registers_schemaversion
  for each row execute function registers_keep_published();
create function registers_keep_revision() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.about_uuid = old.about_uuid and new.digest = old.digest and new.previous = old.previous and new.at = old.at then
      return new;  -- sealed anew under another key; the digest is of what it says
    end if;
  end if;
  raise exception 'a revision of a consent is only ever added';
end $$;
create trigger consent_revision_stays before update or delete on registers_consentrevision
  for each row execute function registers_keep_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_sealed"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
