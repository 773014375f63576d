-- Facts for indicators, reports and open data. Views run with the rights of whoever asks. Only what stays true is said
-- here: what is late depends on the moment asked about, so whoever asks compares due_at with that moment.
create view fact_case with (security_invoker = true) as
select c.id as case_id, c.number, c.service_code, c.service_version_id, c.channel, c.assisted,
       c.channel in ('portal', 'api') and not c.assisted as online,
       c.business_status_id as status, s."group" as status_group, c.financial_state, c.delivery_state,
       c.competent_agency_id, c.receiving_agency_id, c.handling_agency_id,
       c.received_at, (c.received_at at time zone 'Asia/Ho_Chi_Minh')::date as received_on,
       c.promised_at, c.due_at, c.extended_to is not null as extended, c.finished_at,
       (c.finished_at at time zone 'Asia/Ho_Chi_Minh')::date as finished_on, c.returned_at,
       case when c.finished_at is null then null
            when c.due_at is null then true else c.finished_at <= c.due_at end as on_time,
       nullif(c.ended_as, '') as outcome, c.asked, c.found, r.stars,
       (select count(*) from cases_supplement x where x.case_id = c.id) as supplements,
       exists (select 1 from cases_decisionrun d where d.case_id = c.id and d.gear = 'automatic' and d.adopted)
         as automatic
  from cases_case c
  join cases_status s on s.code = c.business_status_id
  left join cases_rating r on r.case_id = c.id;

create view fact_task with (security_invoker = true) as
select t.id as task_id, t.case_id, c.number, c.service_code, t.element_id, t.name, t.role, t.verb, t.agency_id,
       t.assignee_officer_id, t.applicant_task, t.state, t.outcome, t.offered_at, t.due_at, t.done_at, t.done_by_label,
       case when t.done_at is null then null
            when t.due_at is null then true else t.done_at <= t.due_at end as on_time
  from cases_task t
  join cases_case c on c.id = t.case_id;
