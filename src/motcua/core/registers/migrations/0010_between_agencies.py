"""An officer reads the registers that their rules open to one of the officer's agencies, or to all of them.

A register says to whom it is open in a column made of its schema: `agency|duty`, either of them empty where the rule
names none; its owner and the desk that answers doubts always. So the question costs one look at a table of a few rows for each statement.
"""

from django.db import migrations

OPENINGS = """
create function registers_openings(schema jsonb, owner text) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  with rule as (
    select array(select jsonb_array_elements_text(coalesce(said -> 'kinds', '[]'))) as kinds,
           array(select jsonb_array_elements_text(coalesce(said -> 'groups', '[]'))) as duties,
           array(select jsonb_array_elements_text(coalesce(said -> 'agencies', '[]'))) as agencies
      from jsonb_each(coalesce(schema -> 'access', '{}')) as each_rule (use, said)
  ), opening as (
    select agency || '|' || duty as one
      from rule,
           unnest(case when agencies = '{}' then array[''] else agencies end) as agency,
           unnest(case when 'officer' = any (kinds) or (kinds = '{}' and duties = '{}' and agencies <> '{}')
                       then array[''] else duties end) as duty
     union
    select owner || '|'
     union
    select '|' || (schema -> 'desk' ->> 'group') where schema -> 'desk' ->> 'group' <> ''
  )
  select array_agg(one order by one) from opening
$$;
alter table registers_register
  add column open_to text[] generated always as (registers_openings(schema, owner_agency_code)) stored;

create function motcua_groups() returns text[] language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('motcua.groups', true), ''), '{}')::text[] $$;

create function motcua_registers() returns text[]
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(r.slug), '{}') from registers_register r
   where cardinality(motcua_units()) > 0
     and r.open_to && array(
       select agency || '|' || duty
         from unnest('{""}'::text[] || array(
                select a.code from organisations_agency a where a.id = any (motcua_units()))) as agency,
              unnest('{""}'::text[] || motcua_groups()) as duty)
$$;
"""
POLICIES = """
create policy record_open_to_the_agency on registers_record as restrictive
  using ((select motcua_kind()) <> 'officer' or register_id = any ((select motcua_registers())::text[]));
create policy entry_open_to_the_agency on registers_civilentry as restrictive
  using ((select motcua_kind()) <> 'officer' or 'civil_status' = any ((select motcua_registers())::text[]));
create policy consent_open_to_the_agency on registers_consent as restrictive
  using ((select motcua_kind()) <> 'officer'
         or exists (select from registers_agreement g
                     where g.id = agreement_id and g.register_id = any ((select motcua_registers())::text[])));
create policy revision_open_to_the_agency on registers_consentrevision as restrictive
  using ((select motcua_kind()) <> 'officer' or about = 'agreement'
         or exists (select from registers_consent c where c.uuid = about_uuid));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0009_look_by_a_call"),
        ("ledger", "0009_scope_of_a_mandate"),
        ("organisations", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(OPENINGS, migrations.RunSQL.noop),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
