-- Search among the cases one may see. Owned by the owner of the tables, so that the trigram index is used; it checks
-- the right itself, as the policy of cases_case does.
create index case_folded_trigrams on cases_case using gin (folded gin_trgm_ops);

create function motcua_search_cases(words text, most integer) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select c.id from cases_case c
   where c.folded like all (select '%' || replace(replace(w, '%', ''), '_', '') || '%'
                              from regexp_split_to_table(words, '\s+') w)
     and (motcua_is_system()
          or motcua_party() in (c.applicant_id, c.submitter_id, c.beneficiary_id)
          or c.agency_ids && motcua_units())
   order by c.id desc limit least(most, 200)
$$;
