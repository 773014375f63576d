"""The look in one statement (0006) names the exchange's call by which it came."""

from django.db import migrations

LOOK = """
drop function registers_look;
create function registers_look(
  names text[], said text[], reader bigint, jti text, of_register text, index text, day date, now timestamptz,
  kind text, label text, account bigint, officer bigint, agency bigint, purpose text, about text[], of_case bigint,
  of_application uuid, of_call text)
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
                           record_ids, case_id, application, call)
  values (now, kind, label, account, officer, agency, purpose, of_register, about, array[standing.id], of_case,
          of_application, of_call);
  return query select standing.id, standing.uuid, standing.version, standing.data::text, standing.sealed,
                      standing.valid_from, standing.valid_until, standing.recorded_at;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0008_seen_at"), ("ledger", "0011_call")]
    operations = [migrations.RunSQL(LOOK, migrations.RunSQL.noop)]
