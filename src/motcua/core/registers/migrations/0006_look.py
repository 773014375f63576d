"""A look at a record is one statement: who acts, the request counted once, the row, and its line in the log.

It runs with the caller's rights, so row security holds in it as anywhere. Alone in a transaction it is given who acts
(`names`, `said`); inside one that has said so already it is not. Nothing is given back where there is no such record
or where the request (`reader`, `jti`) came before.
"""

from django.db import migrations

LOOK = """
create function registers_look(
  names text[], said text[], reader bigint, jti text, of_register text, index text, day date, now timestamptz,
  kind text, label text, account bigint, officer bigint, agency bigint, purpose text, about text[], of_case bigint,
  of_application uuid)
returns table (
  id bigint, uuid uuid, version integer, data text, sealed text, valid_from date, valid_until date,
  recorded_at timestamptz)
language plpgsql as $$
declare
  standing registers_record%rowtype;
  place integer;
begin
  for place in 1 .. coalesce(cardinality(names), 0) loop
    perform set_config('motcua.' || names[place], said[place], true);
  end loop;
  select r.* into standing from registers_record r
   where r.register_id = of_register and r.key_index = index and r.superseded_at is null
     and r.valid_from <= day and (r.valid_until is null or r.valid_until >= day)
   order by r.valid_from desc limit 1;
  if standing.id is null then
    return;
  end if;
  if reader is not null then
    insert into registers_seenrequest (reader_id, jti, at) values (reader, jti, now)
    on conflict on constraint register_request_seen_once do nothing;
    if not found then
      return;
    end if;
  end if;
  insert into ledger_read (at, actor_kind, actor_label, account_id, officer_id, agency_id, purpose, register, people,
                           record_ids, case_id, application)
  values (now, kind, label, account, officer, agency, purpose, of_register, about, array[standing.id], of_case,
          of_application);
  return query select standing.id, standing.uuid, standing.version, standing.data::text, standing.sealed,
                      standing.valid_from, standing.valid_until, standing.recorded_at;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0005_findings"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(LOOK, "drop function registers_look")]
