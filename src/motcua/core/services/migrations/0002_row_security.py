"""Services are public; only the state itself and officers write (actions ask for the duty); a published text stays."""

from django.db import migrations

TABLES = ("services_service", "services_serviceversion", "services_gearsetting", "services_rate")

# Drafts and proposals are read by officers only; what is or was in force is everybody's.
POLICIES = "".join(
    f"""
alter table {table} enable row level security;
create policy {table}_write on {table}
  using (motcua_is_system() or motcua_kind() = 'officer')
  with check (motcua_is_system() or motcua_kind() = 'officer');
"""
    for table in TABLES
) + "".join(
    f"create policy {table}_read on {table} for select using (true);\n"
    for table in TABLES
    if table != "services_serviceversion"
)
VERSIONS = """
create policy services_serviceversion_read on services_serviceversion for select
  using (state in ('published', 'retired'));

create function services_keep_published() returns trigger language plpgsql as
$$ begin
  if tg_op = 'DELETE' then
    if old.state in ('published', 'retired') then
      raise exception 'a version that was published is never removed' using errcode = 'insufficient_privilege';
    end if;
    return old;
  end if;
  if old.state in ('published', 'retired')
     and (new.files, new.manifest, new.digest, new.number, new.service_id, new.in_force_from)
         is distinct from (old.files, old.manifest, old.digest, old.number, old.service_id, old.in_force_from) then
    raise exception 'a published version never changes: propose a new one' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

create trigger services_keep_published before update or delete on services_serviceversion
  for each row execute function services_keep_published();
"""
UNDO = (
    "drop trigger services_keep_published on services_serviceversion; drop function services_keep_published;"
    + "".join(
        f"drop policy if exists {t}_write on {t}; drop policy if exists {t}_read on {t}; "
        f"alter table {t} disable row level security;"
        for t in TABLES
    )
)


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(POLICIES + VERSIONS, UNDO)]
