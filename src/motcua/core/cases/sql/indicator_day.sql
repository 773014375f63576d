-- Sums by day, competent agency, service and channel. Received figures count on the day of receipt, finished ones on
-- the day of finishing, ratings on the day they were given.
with received as (
  select received_on as day, competent_agency_id as agency, service_code, channel,
         count(*) as received, count(*) filter (where online) as online, count(*) filter (where assisted) as assisted,
         sum(asked) as asked, sum(found) as found, sum(supplements) as supplements
    from fact_case where received_at >= %(since)s and received_at < %(until)s group by 1, 2, 3, 4
), finished as (
  select finished_on as day, competent_agency_id as agency, service_code, channel,
         count(*) as finished, count(*) filter (where online) as finished_online,
         count(*) filter (where on_time) as on_time, count(*) filter (where not on_time) as late,
         count(*) filter (where outcome = 'refused') as refused, count(*) filter (where automatic) as automatic
    from fact_case where finished_at >= %(since)s and finished_at < %(until)s group by 1, 2, 3, 4
), taken as (
  select * from jsonb_to_recordset(%(taken)s::jsonb)
             as t (day date, agency bigint, service_code text, channel text, minutes bigint)
), rated as (
  select (r.at at time zone 'Asia/Ho_Chi_Minh')::date as day, c.competent_agency_id as agency, c.service_code, c.channel,
         count(*) as ratings, sum(r.stars) as stars, count(*) filter (where r.stars >= 4) as satisfied
    from cases_rating r join cases_case c on c.id = r.case_id
   where r.at >= %(since)s and r.at < %(until)s group by 1, 2, 3, 4
)
insert into cases_indicatorday (
  day, agency_id, service_code, channel, received, online, assisted, asked, found, supplements, finished,
  finished_online, on_time, late, refused, automatic, minutes, ratings, stars, satisfied)
select day, agency, service_code, channel,
       coalesce(received, 0), coalesce(online, 0), coalesce(assisted, 0), coalesce(asked, 0), coalesce(found, 0),
       coalesce(supplements, 0), coalesce(finished, 0), coalesce(finished_online, 0), coalesce(on_time, 0),
       coalesce(late, 0), coalesce(refused, 0), coalesce(automatic, 0), coalesce(minutes, 0),
       coalesce(ratings, 0), coalesce(stars, 0), coalesce(satisfied, 0)
  from received full join finished using (day, agency, service_code, channel)
                full join taken using (day, agency, service_code, channel)
                full join rated using (day, agency, service_code, channel)
