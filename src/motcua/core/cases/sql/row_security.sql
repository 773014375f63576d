-- Who sees a case: the state's own work, its applicant, submitter and beneficiary, the agencies with a part in it, and
-- a partner system what came by the interface.
-- Settings are read once per statement, as sub-selects. Reads of child rows ask a definer function, so that the
-- planner never turns the question into a walk over all cases. Child rows may be inserted freely: in the submitting
-- statement the case itself is not yet to be seen; a row hung on another's case is invisible to its author.

create function motcua_sees_case(wanted bigint) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from cases_case c
     where c.id = wanted
       and (motcua_is_system()
            or motcua_party() in (c.applicant_id, c.submitter_id, c.beneficiary_id)
            or c.agency_ids && motcua_units()
            or (motcua_kind() = 'partner' and c.channel = 'api')))
$$;

alter table cases_case enable row level security;
create policy case_of_its_people on cases_case
  using ((select motcua_is_system())
         or (select motcua_party()) in (applicant_id, submitter_id, beneficiary_id)
         or agency_ids && (select motcua_units())
         or ((select motcua_kind()) = 'partner' and channel = 'api'));

alter table cases_draft enable row level security;
create policy draft_of_its_writer on cases_draft
  using ((select motcua_is_system()) or (select motcua_party()) in (party_id, principal_id));

alter table cases_task enable row level security;
create policy task_seen on cases_task for select
  using ((select motcua_is_system()) or agency_id = any ((select motcua_units())::bigint[]) or motcua_sees_case(case_id));
create policy task_changed on cases_task for update
  using ((select motcua_is_system()) or agency_id = any ((select motcua_units())::bigint[]) or motcua_sees_case(case_id));
create policy task_removed on cases_task for delete using ((select motcua_is_system()));
create policy task_offered on cases_task for insert with check (true);

do $$
declare
  child text;
begin
  foreach child in array array[
    'casereference', 'externalid', 'transfer', 'servicerequest', 'suspension', 'supplement', 'rating', 'decisionrun']
  loop
    execute format('alter table cases_%s enable row level security', child);
    execute format('create policy %s_seen on cases_%s for select using '
                   '((select motcua_is_system()) or motcua_sees_case(case_id))', child, child);
    execute format('create policy %s_changed on cases_%s for update using '
                   '((select motcua_is_system()) or motcua_sees_case(case_id))', child, child);
    execute format('create policy %s_removed on cases_%s for delete using ((select motcua_is_system()))', child, child);
    execute format('create policy %s_added on cases_%s for insert with check (true)', child, child);
  end loop;
end
$$;
