select t.id, t.uuid, c.uuid, c.number, c.title, c.applicant_name, t.name, t.name_en, t.verb, t.role,
       c.business_status_id, c.channel, t.assignee_officer_id, t.offered_at, t.due_at, t.sort_at
  from (select * from cases_task
         where agency_id = %(agency)s and state = 'open'
           and (%(moment)s::timestamptz is null or (sort_at, id) > (%(moment)s::timestamptz, %(last)s::bigint))
           and (%(officer)s::bigint is null or assignee_officer_id = %(officer)s::bigint)
         order by sort_at, id limit %(limit)s) t
  join cases_case c on c.id = t.case_id
 order by t.sort_at, t.id
