-- Officers see the papers of their own agencies: of cases in which these have a part, what these issue, what was taken
-- in at their desks, and what belongs to the person whom they help at this moment. Everybody else stays where they
-- were: these policies only take away. Settings are read once per statement, as sub-selects, and the cheap questions
-- come before the one that looks at a case.

create policy document_of_its_agencies on documents_document as restrictive
  using ((select motcua_kind()) <> 'officer'
         or agency_id = any ((select motcua_units())::bigint[])
         or owner_party_id = (select motcua_party())
         or (case_id is not null and motcua_sees_case(case_id)));

create policy file_of_its_agencies on documents_file as restrictive
  using ((select motcua_kind()) <> 'officer'
         or agency_id = any ((select motcua_units())::bigint[])
         or owner_party_id = (select motcua_party())
         or (case_id is not null and motcua_sees_case(case_id)));

-- A signature in the making holds the paper it is made for.
alter table documents_signature enable row level security;
create policy signature_of_its_document on documents_signature
  using ((select motcua_is_system())
         or exists (select from documents_document d where d.id = documents_signature.document_id));

-- A vault is kept by the system: what lies in it is open to its owner, so nobody puts anything there for themselves.
drop policy vault_filled on documents_vaultitem;
drop policy vault_seen on documents_vaultitem;
create policy vault_seen on documents_vaultitem for select
  using ((select motcua_is_system()) or party_id = (select motcua_party()));
create policy vault_kept on documents_vaultitem using ((select motcua_is_system()));

-- What a case asked of a register, and what it doubted there, is of the case; a doubt also of the desk that answers it.
create policy number_request_of_its_agencies on registers_numberrequest as restrictive
  using ((select motcua_is_system()) or motcua_sees_case(case_id));
create policy finding_of_its_agencies on registers_finding as restrictive
  using ((select motcua_kind()) <> 'officer'
         or found_by_party = (select motcua_party())
         or (case_id is not null and motcua_sees_case(case_id))
         or exists (select from registers_correction c where c.id = correction_id));
