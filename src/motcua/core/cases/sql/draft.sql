select d.service_version_id, d.answers, d.found, d.files::text, d.down::text, d.channel, d.language, d.key,
       coalesce(d.principal_id, d.party_id), p.name, p.personal_number, p.born, p.sex, p.phone, p.email, p.address_unit,
       p.address_text, p.nationality, p.paper,
       exists (select from registers_finding f where f.application = d.key) as doubted
  from cases_draft d
  join identity_party p on p.id = coalesce(d.principal_id, d.party_id)
 where d.uuid = %s and d.party_id = %s
