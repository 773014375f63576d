-- One statement makes a case. The claim on (submitter, key) comes first: a repeat, or the loser of a race, inserts
-- nothing, takes no number and returns no row; it then reads the winner's. The jobs are read at the end, since a
-- function in a table expression that nobody reads is never called.
with claim as (
  insert into cases_submissionkey (submitter, key, case_uuid)
  select %(submitter)s::bigint, %(key)s::uuid, %(uuid)s::uuid
   where not exists (select from cases_case c where c.submitter_id = %(submitter)s::bigint and c.idempotency_key = %(key)s::uuid)
  on conflict (submitter, key) do nothing
  returning case_uuid
), serial as (
  insert into cases_numbercounter as counter (scope, day, last)
  select %(scope)s::text, %(day)s::date, 1 from claim
  on conflict (scope, day) do update set last = counter.last + 1
  returning last, %(prefix)s::text || lpad(last::text, greatest(%(width)s::int, length(last::text)), '0') || %(suffix)s::text as number
), made as (
  insert into cases_case (
    uuid, number, service_version_id, service_code, title, applicant_name, folded, business_status_id,
    financial_state, delivery_state, sync_state, channel, assisted, applicant_id, submitter_id, beneficiary_id,
    assisting_officer_id, competent_agency_id, receiving_agency_id, handling_agency_id, agency_ids, owner_system,
    parent_dossier, decided_case_id, received_at, limit_amount, limit_unit, due_at, promised_at, process_state,
    data, ended_as, asked, found, idempotency_key, updated_at)
  select
    %(uuid)s::uuid, number, %(version)s::bigint, %(service_code)s::text, %(title)s::text, %(applicant_name)s::text,
    lower(number) || ' ' || %(folded)s::text, %(status)s::smallint,
    'none', 'none', %(sync)s::text, %(channel)s::text, %(assisted)s::boolean, %(applicant)s::bigint, %(submitter)s::bigint, %(beneficiary)s::bigint,
    %(assisting)s::bigint, %(competent)s::bigint, %(receiving)s::bigint, %(handling)s::bigint, %(agencies)s::bigint[], 'motcua',
    %(dossier)s::uuid, %(decided_case)s::bigint, %(now)s::timestamptz, %(limit_amount)s::numeric, %(limit_unit)s::text, %(due_now)s::timestamptz, %(due)s::timestamptz,
    %(process_state)s::jsonb, %(data)s::text, '', %(asked)s::int, %(found)s::int, %(key)s::uuid, %(now)s::timestamptz
  from serial
  returning id, number
), related as (
  insert into cases_casereference (case_id, kind, agency_id, system, valid_from)
  select made.id, r.kind, r.agency, r.system, %(now)s::timestamptz
  from made, (values ('competent', %(competent)s::bigint, ''), ('receiving', %(receiving)s::bigint, ''),
                     ('handling', %(handling)s::bigint, ''), ('owner_system', null::bigint, 'motcua'))
             as r (kind, agency, system)
), known_elsewhere as (
  insert into cases_externalid (case_id, system, value)
  select made.id, e.key, e.value from made, jsonb_each_text(%(external_ids)s::jsonb) as e
), offered as (
  insert into cases_task (uuid, case_id, token_id, element_id, name, name_en, role, verb, agency_id, applicant_task,
                          data, offered_at, due_at, sort_at, state, outcome, reason, done_by_label)
  select t.uuid, made.id, t.token_id, t.element_id, t.name, t.name_en, t.role, t.verb, t.agency_id,
         t.applicant_task, t.data, %(now)s::timestamptz, t.due_at, t.sort_at, 'open', '', '', ''
  from made, jsonb_to_recordset(%(tasks)s::jsonb) as t (
    uuid uuid, token_id bigint, element_id text, name text, name_en text, role text, verb text, agency_id bigint,
    applicant_task boolean, data text, due_at timestamptz, sort_at timestamptz)
), requested as (
  insert into cases_servicerequest (uuid, case_id, token_id, element_id, type, parameters, state, attempts,
                                    last_error, asked_at)
  select r.uuid, made.id, r.token_id, r.element_id, r.type, r.parameters, 'waiting', 0, '', %(now)s::timestamptz
  from made, jsonb_to_recordset(%(requests)s::jsonb) as r (
    uuid uuid, token_id bigint, element_id text, type text, parameters text)
), decided as (
  insert into cases_decisionrun (uuid, case_id, decision, version_id, gear, legal_basis, inputs, sources, outcome,
                                 proposed, adopted, adopted_by, at)
  select d.uuid, made.id, d.decision, d.version_id, d.gear, d.legal_basis, d.inputs, d.sources, d.outcome,
         d.proposed, d.adopted, d.adopted_by, %(now)s::timestamptz
  from made, jsonb_to_recordset(%(runs)s::jsonb) as d (
    uuid uuid, decision text, version_id bigint, gear text, legal_basis text, inputs text, sources text,
    outcome text, proposed text, adopted boolean, adopted_by text)
), stepped as (
  insert into cases_processstep (case_id, version_id, at, definition, act, before, inputs, heard, outcome)
  select made.id, s.version_id, %(now)s::timestamptz, s.definition, s.act, s.before, s.inputs, s.heard, s.outcome
  from made, jsonb_to_recordset(%(steps)s::jsonb) as s (
    version_id bigint, definition text, act text, before jsonb, inputs text, heard text, outcome text)
), stopped as (
  insert into cases_suspension (case_id, start, reason, status)
  select made.id, %(now)s::timestamptz, '', %(status)s::smallint from made where %(clock_stops)s::boolean
), told as (
  insert into ledger_event (uuid, at, kind, actor_kind, actor_label, account_id, party_id, officer_id, agency_id,
                            principal_id, mandate_id, case_id, subject_type, subject_id, data)
  select %(event_uuid)s::uuid, %(now)s::timestamptz, 'case.submitted', %(actor_kind)s::text, %(actor_label)s::text, %(account)s::bigint, %(party)s::bigint,
         %(officer)s::bigint, %(agency)s::bigint, %(principal)s::bigint, %(mandate)s::bigint, made.id, '', null,
         %(event_data)s::jsonb || jsonb_build_object('number', made.number)
  from made
), closed as (
  update cases_draft set submitted_case_id = made.id from made where cases_draft.uuid = %(draft)s::uuid
), attached as (
  update documents_file set case_id = made.id from made where documents_file.uuid = any (%(files)s::uuid[])
     and documents_file.case_id is null
), queued as (
  select procrastinate_defer_jobs_v1(array(
    select row('default', j.task, 0, null, null, j.args, j.at)::procrastinate_job_to_defer_v1
    from jsonb_to_recordset(%(jobs)s::jsonb) as j (task text, args jsonb, at timestamptz))) as ids
  from made
)
select made.id, made.number, queued.ids from made left join queued on true
