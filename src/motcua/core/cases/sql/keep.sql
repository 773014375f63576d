-- What a step of the process changes of its case, and the step itself, in one statement.
with kept as (
  update cases_case
     set process_state = %(process_state)s::jsonb, data = %(data)s::text, ended_as = %(ended_as)s::text, agency_ids = %(agencies)s::bigint[],
         financial_state = %(financial_state)s::text, delivery_state = %(delivery_state)s::text
   where id = %(case)s::bigint
  returning id
)
insert into cases_processstep (case_id, version_id, at, definition, act, before, inputs, heard, outcome)
select kept.id, s.version_id, s.at, s.definition, s.act, s.before, s.inputs, s.heard, s.outcome
  from kept, jsonb_to_recordset(%(steps)s::jsonb) as s (
    version_id bigint, at timestamptz, definition text, act text, before jsonb, inputs text, heard text,
    outcome text)
