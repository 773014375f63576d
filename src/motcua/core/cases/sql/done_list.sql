select t.id, t.uuid, c.uuid, c.number, c.title, c.applicant_name, t.name, t.name_en, t.verb, t.role,
       c.business_status_id, c.channel, t.assignee_officer_id, t.offered_at, t.due_at, t.done_at
  from (select * from cases_task
         where agency_id = %(agency)s and state = 'done' and (%(role)s = '' or role = %(role)s)
           and (%(moment)s::timestamptz is null or (done_at, id) < (%(moment)s::timestamptz, %(last)s::bigint))
           and (%(officer)s::bigint is null or assignee_officer_id = %(officer)s::bigint)
         order by done_at desc, id desc limit %(limit)s) t
  join cases_case c on c.id = t.case_id
 order by t.done_at desc, t.id desc
