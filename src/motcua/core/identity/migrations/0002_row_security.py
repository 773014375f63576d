"""Entering in one statement, and who may see whose person."""

from django.db import migrations

ENTER = """
create function motcua_enter(key text, day date)
returns table (
  session_data text, account_id bigint, uuid uuid, username text, password text, last_login timestamptz,
  email text, party_id bigint, officer_id bigint, language text, is_active boolean, created_at timestamptz,
  level smallint, party_name text, officer_name text, agency_id bigint, agency_ids bigint[], groups text[],
  mandate_id bigint, principal_id bigint)
language plpgsql security definer set search_path = public as $$
#variable_conflict use_column
declare
  found_one record;
begin
  select s.session_data, a.id as account_id, a.uuid, a.username, a.password::text as password, a.last_login, a.email, a.party_id,
         a.officer_id, a.language, a.is_active, a.created_at, s.level, p.name as party_name, o.name as officer_name,
         d.agency_id, case when d.agency_id is null then '{}' else array[d.agency_id] end as agency_ids,
         coalesce(d.groups, '{}') as groups, m.id as mandate_id, m.principal_id
    into found_one
    from identity_session s
    left join identity_account a on a.id = s.account_id
    left join identity_party p on p.id = a.party_id
    left join organisations_officer o on o.id = a.officer_id
    left join identity_mandate m on m.id = s.mandate_id and m.representative_id = a.party_id
      and m.revoked_at is null and m.valid_from <= day
      and (m.valid_until is null or m.valid_until >= day)
    left join lateral (
      select ap.agency_id, array(
          select distinct duty from organisations_appointment same
            join organisations_position held on held.id = same.position_id, unnest(held.groups) duty
           where same.officer_id = a.officer_id and same.agency_id = ap.agency_id
             and same.valid_from <= day and (same.valid_until is null or same.valid_until >= day)
        ) as groups
        from organisations_appointment ap
        join organisations_position po on po.id = ap.position_id
       where ap.officer_id = a.officer_id and ap.valid_from <= day
         and (ap.valid_until is null or ap.valid_until >= day)
       order by ap.agency_id is distinct from s.agency_id, po.rank, ap.id limit 1
    ) d on a.officer_id is not null
   where s.session_key = key and s.expire_date > now();
  if not found then
    return;
  end if;
  perform set_config('motcua.kind', case when found_one.account_id is null or not found_one.is_active then 'anonymous'
            when found_one.officer_id is not null then 'officer' else 'citizen' end, true),
          set_config('motcua.party', coalesce(found_one.principal_id, found_one.party_id)::text, true),
          set_config('motcua.units', found_one.agency_ids::text, true);
  return query select found_one.session_data, found_one.account_id, found_one.uuid, found_one.username,
    found_one.password, found_one.last_login, found_one.email, found_one.party_id, found_one.officer_id,
    found_one.language, found_one.is_active, found_one.created_at, found_one.level, found_one.party_name,
    found_one.officer_name, found_one.agency_id, found_one.agency_ids, found_one.groups, found_one.mandate_id,
    found_one.principal_id;
end $$;
"""

POLICIES = """
alter table identity_party enable row level security;
create policy party_seen on identity_party for select using (
  motcua_kind() in ('system', 'officer', 'partner') or id = motcua_party()
  or exists (select 1 from identity_mandate m where m.principal_id = identity_party.id)
);
create policy party_written on identity_party for insert with check (motcua_kind() in ('system', 'officer', 'partner'));
create policy party_changed on identity_party for update using (
  motcua_kind() in ('system', 'officer', 'partner') or id = motcua_party());

alter table identity_mandate enable row level security;
create policy mandate_seen on identity_mandate using (
  motcua_is_system() or motcua_kind() = 'officer' or motcua_party() in (principal_id, representative_id));
"""


ACCOUNT_EVENTS = """
create index event_by_account on ledger_event (subject_id, id) where subject_type = 'account';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("ledger", "0002_row_security"),
        ("organisations", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(ENTER, "drop function motcua_enter;"),
        migrations.RunSQL(ACCOUNT_EVENTS, "drop index event_by_account;"),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
