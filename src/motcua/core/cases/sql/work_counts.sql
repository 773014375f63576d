select role, count(*), count(*) filter (where due_at < %(now)s)
  from cases_task where agency_id = %(agency)s and state = 'open' group by role
