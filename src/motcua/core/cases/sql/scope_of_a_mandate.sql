-- Who acts by a mandate for some services sees the principal's cases, drafts and results of those services only. Who
-- submitted for another at the portal sees the case as long as a mandate for it stands. As before: settings are read
-- once per statement, as sub-selects.

create function motcua_is_of(applicant bigint, submitter bigint, beneficiary bigint, service text, by text)
returns boolean language sql stable parallel safe set search_path = public, pg_temp as $$
  select motcua_party() in (applicant, submitter, beneficiary)
     and motcua_in_scope(service)
     and (motcua_party() in (applicant, beneficiary) or by <> 'portal'
          or motcua_represents(applicant, submitter, service))
$$;

create or replace function motcua_sees_case(wanted bigint) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from cases_case c
     where c.id = wanted
       and (motcua_is_system()
            or motcua_is_of(c.applicant_id, c.submitter_id, c.beneficiary_id, c.service_code, c.channel)
            or c.agency_ids && motcua_units()
            or (motcua_kind() = 'partner' and c.channel = 'api')))
$$;

drop policy case_of_its_people on cases_case;
create policy case_of_its_people on cases_case
  using ((select motcua_is_system())
         or ((select motcua_party()) in (applicant_id, submitter_id, beneficiary_id)
             and motcua_is_of(applicant_id, submitter_id, beneficiary_id, service_code, channel))
         or agency_ids && (select motcua_units())
         or ((select motcua_kind()) = 'partner' and channel = 'api'));

create or replace function motcua_search_cases(words text, most integer) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select c.id from cases_case c
   where c.folded like all (select '%' || replace(replace(w, '%', ''), '_', '') || '%'
                              from regexp_split_to_table(words, '\s+') w)
     and (motcua_is_system()
          or motcua_is_of(c.applicant_id, c.submitter_id, c.beneficiary_id, c.service_code, c.channel)
          or c.agency_ids && motcua_units())
   order by c.id desc limit least(most, 200)
$$;

create function motcua_version_in_scope(wanted bigint) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (
    select from services_serviceversion v join services_service s on s.id = v.service_id
     where v.id = wanted and motcua_in_scope(s.code))
$$;

create policy draft_in_scope on cases_draft as restrictive
  using ((select cardinality(motcua_services())) = 0 or motcua_version_in_scope(service_version_id));

create function motcua_case_in_scope(wanted bigint) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (select from cases_case c where c.id = wanted and motcua_in_scope(c.service_code))
$$;

create policy document_in_scope on documents_document as restrictive
  using ((select cardinality(motcua_services())) = 0 or motcua_case_in_scope(case_id));

create function motcua_document_in_scope(wanted bigint) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (
    select from documents_document d join cases_case c on c.id = d.case_id
     where d.id = wanted and motcua_in_scope(c.service_code))
$$;

create policy vault_in_scope on documents_vaultitem as restrictive
  using ((select cardinality(motcua_services())) = 0 or motcua_document_in_scope(document_id));
